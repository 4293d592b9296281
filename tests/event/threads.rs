//! The shared form over two runtimes and plain threads.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use compio::{runtime::spawn, time::timeout};
use compio_sync::Event;

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{
    Counter, Watchdog, assert_at_rest, fewer, on_a_runtime, spin_until, turn, until,
};

/// A lock made of one event: each set is consumed by exactly one, whoever gives up meanwhile.
#[test]
fn auto_event_handed_about_by_two_runtimes_and_threads_then_one_has_it_at_a_time() {
    let _watchdog = Watchdog::start();
    let event = Arc::new(Event::auto_reset());
    let inside = Arc::new(AtomicUsize::new(0));
    event.set();
    let runtimes = [1, 2].map(|runtime| {
        let (event, inside) = (event.clone(), inside.clone());
        thread::spawn(move || {
            on_a_runtime(async {
                let tasks: Vec<_> = (0..16)
                    .map(|task| {
                        let (event, inside) = (event.clone(), inside.clone());
                        spawn(take_turns(event, inside, runtime * 100 + task))
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        })
    });
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for round in 0..400 {
                    if round % 4 > 0 || !event.try_wait() {
                        event.blocking_wait();
                    }
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    event.set();
                }
            });
        }
    });
    for runtime in runtimes {
        runtime.join().unwrap();
    }
    assert_at_rest(&event, true);
}

async fn take_turns(event: Arc<Event>, inside: Arc<AtomicUsize>, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..50 {
        if rng.u32(0..3) == 0 {
            let patience = Duration::from_micros(rng.u64(0..100));
            if timeout(patience, event.wait()).await.is_err() {
                continue;
            }
        } else {
            event.wait().await;
        }
        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two have it");
        if rng.bool() {
            turn().await;
        }
        inside.fetch_sub(1, Ordering::SeqCst);
        event.set();
    }
}

/// Set and reset in a row, by a thread that nobody waits for: no wait misses it.
#[test]
fn manual_event_set_and_reset_in_a_row_then_no_wait_from_before_misses_it() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(3000);
    let event = Event::new();
    let turn = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round - 1);
                event.set();
                event.reset();
                turn.store(2 * round, Ordering::SeqCst);
            }
        });
        scope.spawn(|| {
            // Keeps the list busy.
            let mut cx = Context::from_waker(Waker::noop());
            while turn.load(Ordering::SeqCst) < 2 * rounds {
                let mut one = pin!(event.wait());
                let mut two = pin!(event.wait());
                let _ = one.as_mut().poll(&mut cx).is_ready();
                let _ = two.as_mut().poll(&mut cx).is_ready();
            }
        });
        for round in 1..=rounds {
            let counter = Counter::default();
            let waker = counter.waker();
            let mut cx = Context::from_waker(&waker);
            let mut unpolled = pin!(event.wait());
            let mut wait = pin!(event.wait());
            let early = round % 2 == 0;
            assert!(
                !early || wait.as_mut().poll(&mut cx).is_pending(),
                "{round}"
            );
            turn.store(2 * round - 1, Ordering::SeqCst);
            let at_once = !early && wait.as_mut().poll(&mut cx).is_ready();
            spin_until(|| at_once || counter.wakes() > 0);
            assert!(at_once || wait.as_mut().poll(&mut cx).is_ready(), "{round}");
            spin_until(|| turn.load(Ordering::SeqCst) == 2 * round);
            assert!(unpolled.as_mut().poll(&mut cx).is_ready(), "{round}");
            let mut after = pin!(event.wait());
            assert!(after.as_mut().poll(&mut cx).is_pending(), "{round}");
        }
    });
    assert_at_rest(&event, false);
}

/// A cancellation meets a set: it is consumed, or it stays.
#[test]
fn auto_event_set_while_its_only_wait_is_dropped_then_it_stays_set() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5000);
    let event = Event::auto_reset();
    let turn = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round - 1);
                event.set();
                turn.store(2 * round, Ordering::SeqCst);
            }
        });
        for round in 1..=rounds {
            let mut cx = Context::from_waker(Waker::noop());
            let mut waits = [(); 2].map(|()| Box::pin(event.wait()));
            for wait in &mut waits[..round % 2 + 1] {
                assert!(wait.as_mut().poll(&mut cx).is_pending());
            }
            turn.store(2 * round - 1, Ordering::SeqCst);
            (0..round % 64).for_each(|_| std::hint::spin_loop());
            drop(waits);
            spin_until(|| turn.load(Ordering::SeqCst) == 2 * round);
            assert_eq!(event.waiters(), 0);
            assert!(event.try_wait(), "lost in round {round}");
            assert!(!event.try_wait(), "doubled in round {round}");
        }
    });
}

#[test]
fn runtime_sleeps_then_another_thread_sets_it() {
    let _watchdog = Watchdog::start();
    for event in [Event::manual_reset(), Event::auto_reset()] {
        let event = Arc::new(event);
        thread::scope(|scope| {
            let runtime = scope.spawn(|| {
                on_a_runtime(async {
                    let task = spawn(event.clone().wait_owned());
                    event.wait().await;
                    task.await.unwrap();
                });
            });
            spin_until(|| event.waiters() == 2);
            thread::sleep(Duration::from_millis(10));
            event.set();
            thread::sleep(Duration::from_millis(5));
            event.set();
            runtime.join().unwrap();
        });
        assert_at_rest(&event, !event.is_auto_reset());
    }
}

#[test]
fn runtime_dropped_with_a_task_that_was_handed_it_then_a_thread_has_it() {
    let _watchdog = Watchdog::start();
    let event = Arc::new(Event::auto_reset());
    let ended = crate::common::runtime();
    ended.block_on(async {
        spawn(event.clone().wait_owned()).detach();
        until(|| event.waiters() == 1).await;
    });
    thread::scope(|scope| {
        let next = scope.spawn(|| event.blocking_wait());
        spin_until(|| event.waiters() == 2);
        event.set();
        drop(ended);
        next.join().unwrap();
    });
    assert_at_rest(&event, false);
}

/// It is the thread that counts: also when it is set.
#[test]
#[cfg(feature = "compio")]
fn blocking_one_on_a_runtimes_thread_panics_and_names_the_way_out() {
    let _watchdog = Watchdog::start();
    for event in [Event::manual_reset(), Event::auto_reset()] {
        event.set();
        let text = on_a_runtime(async { panic_of(|| event.blocking_wait()) });
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        assert!(text.contains("`blocking_wait`"), "{text}");
        assert!(text.contains("`wait().await`"), "{text}");
        // The runtime is over, and the thread a plain one again; nothing was consumed.
        event.blocking_wait();
    }
}
