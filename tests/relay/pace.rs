//! Mail for many tasks is handed out step by step.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use compio::runtime::spawn;
use compio_sync::{Fairness, Semaphore, local::Notify};

use crate::common::{Gate, Watchdog, fewer, on_a_runtime, release_soon, spin_until, turn};

/// One who goes ahead, and after it parcels of 32: full ones, and with one less or one more.
const SOME: [usize; 9] = [1, 2, 3, 32, 33, 34, 65, 66, 200];

#[test]
fn some_released_at_once_by_another_thread_then_they_run_in_their_order() {
    for n in SOME {
        on_a_runtime(async move {
            let (notify, ran) = (Rc::new(Notify::new()), Rc::new(RefCell::new(Vec::new())));
            let s = Arc::new(Semaphore::new(0));
            for id in 0..n {
                let (s, notify, ran) = (s.clone(), notify.clone(), ran.clone());
                spawn(async move {
                    s.acquire().await.forget();
                    ran.borrow_mut().push(id);
                    notify.notify_one();
                })
                .detach();
            }
            // Nothing else is to be done, so the runtime sleeps.
            let releasing = release_soon(&s, n);
            while ran.borrow().len() < n {
                notify.notified().await;
            }
            releasing.join().unwrap();
            assert!(ran.borrow().is_sorted(), "{:?}", ran.borrow());
        });
    }
}

/// Tells whether, of what is released at once to `n` tasks of a runtime that sleeps, a newcomer on
/// a third thread got something, which tries all the time.
fn newcomer_gets_some(n: usize) -> bool {
    let s = Arc::new(Semaphore::with_fairness(0, Fairness::Throughput));
    let waiting = {
        let s = s.clone();
        thread::spawn(move || {
            on_a_runtime(async move {
                let tasks: Vec<_> = (0..n).map(|_| spawn(s.clone().pass())).collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        })
    };
    spin_until(|| s.waiters() == n);
    thread::sleep(Duration::from_millis(3));
    let (begun, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let got = thread::scope(|scope| {
        let newcomer = scope.spawn(|| {
            loop {
                if let Some(permit) = s.try_acquire() {
                    drop(permit);
                    return true;
                }
                begun.store(true, Ordering::Relaxed);
                if stop.load(Ordering::Relaxed) {
                    return false;
                }
            }
        });
        spin_until(|| begun.load(Ordering::Relaxed));
        s.add_permits(n);
        stop.store(true, Ordering::Relaxed);
        newcomer.join().unwrap()
    });
    waiting.join().unwrap();
    got
}

#[test]
fn some_released_at_once_under_throughput_then_newcomers_get_none_of_it() {
    let _watchdog = Watchdog::start();
    for n in [2, 3, 10, 30] {
        assert!((0..fewer(50)).all(|_| !newcomer_gets_some(n)), "{n}");
    }
}

/// Has `n` tasks of a runtime released by one call from another thread, and does not let the
/// runtime run until the call has returned. Each runs `passed` with how many did before it.
async fn release(n: usize, passed: impl Fn(usize) + 'static) {
    let s = Arc::new(Semaphore::new(0));
    let passed = Rc::new((Cell::new(0), passed));
    let tasks: Vec<_> = (0..n)
        .map(|_| {
            let (s, passed) = (s.clone(), passed.clone());
            spawn(async move {
                s.acquire().await.forget();
                let (count, passed) = &*passed;
                passed(count.replace(count.get() + 1));
            })
        })
        .collect();
    let releasing = release_soon(&s, n);
    // All are in line before this task runs, and blocks the runtime.
    spawn(async move { releasing.join().unwrap() })
        .await
        .unwrap();
    // The last of them first: whom compio runs the runtime for is woken by its own waker.
    for task in tasks.into_iter().rev() {
        task.await.unwrap();
    }
}

#[test]
fn mail_for_many_is_handed_out_then_others_have_their_turn_and_do_not_delay_it() {
    const TASKS: usize = 10_000;
    on_a_runtime(async {
        let turns = Rc::new(Cell::new(0));
        let others = spawn({
            let turns = turns.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    thread::sleep(Duration::from_millis(1));
                    turn().await;
                }
            }
        });
        let (first, last) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        release(TASKS, {
            let (turns, first, last) = (turns.clone(), first.clone(), last.clone());
            move |before| match before {
                0 => first.set(turns.get()),
                _ if before == TASKS - 1 => last.set(turns.get()),
                _ => {}
            }
        })
        .await;
        drop(others);
        let turns = last.get() - first.get();
        // Steps that double, from some dozens to about a thousand.
        assert!((9..40).contains(&turns), "{turns}");
    });
}

/// A wait of no time takes the kernel long. (One for something to do follows when there is nothing;
/// so the process ends with the last task.)
///
/// When this thread is put aside meanwhile, the drain goes on in greater steps, and then there are
/// waits; so one of some attempts counts.
#[cfg(target_os = "linux")]
#[test]
fn mail_for_many_is_handed_out_then_the_driver_was_not_waited_for() {
    use std::time::Instant;

    use crate::{
        common::{DOORBELLS, WELL},
        filter::{Rule, Scope, install},
        tools::{TOO_SLOW, alone_once_of, slowness},
    };

    const TEST: &str = "pace::mail_for_many_is_handed_out_then_the_driver_was_not_waited_for";
    const TASKS: usize = 170;
    /// A step of the drain, and half of what makes it take greater ones.
    const STEP: (usize, Duration) = (56, Duration::from_micros(250));

    if slowness() > 1 {
        return;
    }
    let ends = |code| {
        // SAFETY: ends the process.
        unsafe { libc::_exit(code) }
    };
    for doorbell in DOORBELLS {
        alone_once_of(30, TEST, &[doorbell], || {
            let times = RefCell::new(Vec::with_capacity(TASKS));
            on_a_runtime(release(TASKS, move |before| {
                let mut times = times.borrow_mut();
                times.push(Instant::now());
                if times[before] - times[before.saturating_sub(STEP.0)] > STEP.1 {
                    ends(TOO_SLOW);
                }
                match before {
                    0 => {
                        let waits_for_one = Rule::kill(libc::SYS_io_uring_enter).only(2, 1);
                        install(&[waits_for_one], Scope::Thread);
                    }
                    _ if before == TASKS - 1 => ends(WELL),
                    _ => {}
                }
            }));
        });
    }
}
