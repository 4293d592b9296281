//! What relays cost while nothing happens.

use std::{mem, sync::Arc, thread, time::Duration};

use compio::runtime::spawn;
use compio_sync::{Event, Semaphore};

use crate::common::{DOORBELLS, alone, on_a_runtime, warm_up};

const ROUNDS: usize = 200;

/// How often this thread was put to sleep or aside, and the time that it ran.
fn usage() -> (i64, Duration) {
    // SAFETY: all zeros is a value of it, and the call writes to it.
    let usage = unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage), 0);
        usage
    };
    let time = |time: libc::timeval| {
        let seconds = Duration::from_secs(time.tv_sec.try_into().unwrap());
        seconds + Duration::from_micros(time.tv_usec.try_into().unwrap())
    };
    let switches = usage.ru_nvcsw + usage.ru_nivcsw;
    (switches, time(usage.ru_utime) + time(usage.ru_stime))
}

async fn be_used_and_rest(own: Arc<Semaphore>, other: Arc<Semaphore>, rest: [Arc<Event>; 2]) {
    warm_up().await;
    let task = spawn(async move {
        for _ in 0..ROUNDS {
            other.add_permits(1);
            own.acquire().await.forget();
        }
    });
    task.await.unwrap();
    let [begin, end] = rest;
    begin.wait().await;
    let before = usage();
    end.wait().await;
    let after = usage();
    let (switches, time) = (after.0 - before.0, after.1 - before.1);
    eprintln!("{switches} switches, {time:?}");
    // Once to sleep. The system may have put it aside a few times at either end.
    assert!(switches <= 8, "{switches} switches");
    assert!(time < Duration::from_millis(20), "{time:?}");
}

#[test]
fn two_runtimes_have_woken_each_other_then_nothing_happens_for_a_while() {
    const TEST: &str = "idle::two_runtimes_have_woken_each_other_then_nothing_happens_for_a_while";
    let rest_with = |doorbell| {
        alone(TEST, &[doorbell], || {
            let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
            let rest = [(); 2].map(|()| Arc::new(Event::new()));
            let threads = [0, 1].map(|this| {
                let (own, other) = (gates[this].clone(), gates[1 - this].clone());
                let rest = rest.clone();
                thread::spawn(move || on_a_runtime(be_used_and_rest(own, other, rest)))
            });
            let [begin, end] = rest;
            thread::sleep(Duration::from_millis(500));
            begin.set();
            thread::sleep(Duration::from_secs(2));
            end.set();
            for thread in threads {
                thread.join().unwrap();
            }
        });
    };
    // They rest at the same time.
    thread::scope(|scope| {
        for doorbell in DOORBELLS {
            scope.spawn(move || rest_with(doorbell));
        }
    });
}
