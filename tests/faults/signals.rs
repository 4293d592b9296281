//! Signals, with a handler that does not ask for calls to be restarted, interrupt whatever a thread
//! is waiting in.

use std::{
    io, mem,
    os::unix::thread::JoinHandleExt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use compio_sync::{Condvar, Mutex, Semaphore};

use crate::common::{
    DOORBELLS, MANY, Watchdog, alone, in_line, on_a_runtime, spin_until, storm, turn, warm_up,
    were_polled_twice,
};

static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

/// `SIGUSR1` is handled, and whatever it interrupts fails with `EINTR`.
fn handle_signals() {
    // SAFETY: all zeros is a value of it; the handler does nothing that one may not do.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        let handler: extern "C" fn(libc::c_int) = handle;
        action.sa_sigaction = handler as libc::sighandler_t;
        let result = libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut());
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
    }
}

/// Sends a signal to these threads all the time, until `done`. They live as long.
fn pester(threads: &[libc::pthread_t], mut done: impl FnMut() -> bool) {
    while !done() {
        for &thread in threads {
            // SAFETY: the thread has not been joined.
            assert_eq!(unsafe { libc::pthread_kill(thread, libc::SIGUSR1) }, 0);
        }
        thread::sleep(Duration::from_micros(50));
    }
}

/// Until so many more have been handled.
fn some_more(n: usize) -> impl FnMut() -> bool {
    let enough = HANDLED.load(Ordering::SeqCst) + n;
    move || HANDLED.load(Ordering::SeqCst) >= enough
}

/// The ring's wait is interrupted all the time, also that of the doorbell in it.
#[test]
fn runtime_is_interrupted_while_its_tasks_wait_then_they_are_polled_when_they_are_woken() {
    const TEST: &str = "signals::runtime_is_interrupted_while_its_tasks_wait_then_they_are_polled_when_they_are_woken";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            handle_signals();
            let s = Arc::new(Semaphore::new(0));
            let waiting = thread::spawn({
                let s = s.clone();
                move || {
                    on_a_runtime(async {
                        warm_up().await;
                        for _ in 0..10 {
                            were_polled_twice(in_line(&s, MANY).await).await;
                        }
                    });
                }
            });
            let thread = [waiting.as_pthread_t()];
            for _ in 0..10 {
                spin_until(|| s.waiters() == MANY);
                pester(&thread, some_more(100));
                assert_eq!(s.waiters(), MANY, "nobody has sent a wake");
                s.add_permits(1);
                pester(&thread, some_more(20));
                s.add_permits(MANY - 1);
            }
            pester(&thread, || waiting.is_finished());
            waiting.join().unwrap();
            assert_eq!((s.waiters(), s.available_permits()), (0, 0));
        });
    }
}

#[test]
fn two_runtimes_are_interrupted_while_they_release_each_other_then_all_end() {
    const TEST: &str =
        "signals::two_runtimes_are_interrupted_while_they_release_each_other_then_all_end";
    const ROUNDS: usize = 30;
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            handle_signals();
            let [stop, stopped] = [(); 2].map(|()| AtomicBool::new(false));
            let (send, threads) = mpsc::channel();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let threads: Vec<_> = threads.into_iter().take(2).collect();
                    pester(&threads, || stop.load(Ordering::SeqCst));
                    stopped.store(true, Ordering::SeqCst);
                });
                storm(crate::common::runtime, MANY, ROUNDS, async |_, round| {
                    if round == 0 {
                        // SAFETY: no pointers.
                        send.send(unsafe { libc::pthread_self() }).unwrap();
                    }
                    // Before a thread ends.
                    stop.store(round == ROUNDS - 1, Ordering::SeqCst);
                    while round == ROUNDS - 1 && !stopped.load(Ordering::SeqCst) {
                        turn().await;
                    }
                });
            });
            assert!(HANDLED.load(Ordering::SeqCst) > 0);
        });
    }
}

/// Blocked threads that are interrupted are neither let in nor polled.
#[test]
fn blocked_threads_are_interrupted_then_each_gets_what_it_waits_for() {
    const TEST: &str = "signals::blocked_threads_are_interrupted_then_each_gets_what_it_waits_for";
    alone(TEST, &[], || {
        handle_signals();
        let s = Arc::new(Semaphore::new(0));
        let shared = Arc::new((Mutex::new(0_usize), Condvar::new()));
        let checks = Arc::new(AtomicUsize::new(0));
        let acquiring: Vec<_> = (0..4)
            .map(|_| {
                let s = s.clone();
                thread::spawn(move || s.blocking_acquire().forget())
            })
            .collect();
        let noticing: Vec<_> = (0..4)
            .map(|_| {
                let (shared, checks) = (shared.clone(), checks.clone());
                thread::spawn(move || {
                    let (mutex, condvar) = &*shared;
                    let guard = mutex.blocking_lock();
                    let guard = condvar.blocking_wait_while(guard, |number| {
                        checks.fetch_add(1, Ordering::SeqCst);
                        *number < 2
                    });
                    assert_eq!(*guard, 2);
                })
            })
            .collect();
        spin_until(|| s.waiters() == 4 && shared.1.waiters() == 4);
        let threads: Vec<_> = acquiring
            .iter()
            .chain(&noticing)
            .map(JoinHandleExt::as_pthread_t)
            .collect();
        pester(&threads, some_more(1000));
        assert_eq!((s.waiters(), shared.1.waiters()), (4, 4));
        assert_eq!(checks.load(Ordering::SeqCst), 4);
        for round in 2..=3 {
            *shared.0.blocking_lock() += 1;
            shared.1.notify_all();
            if round == 2 {
                spin_until(|| checks.load(Ordering::SeqCst) == 8 && shared.1.waiters() == 4);
                pester(&threads, some_more(1000));
            }
            // Once to begin with, and once for each that was told.
            spin_until(|| checks.load(Ordering::SeqCst) >= 4 * round);
            assert_eq!(checks.load(Ordering::SeqCst), 4 * round);
        }
        for thread in noticing {
            thread.join().unwrap();
        }
        let threads = &threads[..4];
        for left in (0..4).rev() {
            s.add_permits(1);
            spin_until(|| {
                acquiring
                    .iter()
                    .filter(|thread| !thread.is_finished())
                    .count()
                    == left
            });
            pester(threads, some_more(20 * usize::from(left > 0)));
        }
        for thread in acquiring {
            thread.join().unwrap();
        }
        assert_eq!((s.waiters(), s.available_permits()), (0, 0));
    });
}

/// In both halves of the signal's way: while the thread goes to sleep, and while it wakes another.
#[test]
fn blocked_threads_and_a_runtime_hand_a_permit_around_while_interrupted() {
    const TEST: &str =
        "signals::blocked_threads_and_a_runtime_hand_a_permit_around_while_interrupted";
    /// Many, and until signals have come.
    fn rounds() -> impl Iterator<Item = usize> {
        (0..).take_while(|at| *at < 500 || HANDLED.load(Ordering::SeqCst) < 200)
    }

    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            let _watchdog = Watchdog::start();
            handle_signals();
            let s = Arc::new(Semaphore::new(1));
            let held = Arc::new(AtomicBool::new(false));
            let inside = {
                let held = held.clone();
                move || {
                    assert!(!held.swap(true, Ordering::SeqCst), "two hold it");
                    held.store(false, Ordering::SeqCst);
                }
            };
            let mut threads: Vec<_> = (0..3)
                .map(|_| {
                    let (s, inside) = (s.clone(), inside.clone());
                    thread::spawn(move || {
                        for _ in rounds() {
                            let _permit = s.blocking_acquire();
                            inside();
                        }
                    })
                })
                .collect();
            threads.push(thread::spawn({
                let s = s.clone();
                move || {
                    on_a_runtime(async {
                        for _ in rounds() {
                            let permit = compio::runtime::spawn(s.clone().acquire_owned());
                            let _permit = permit.await.unwrap();
                            inside();
                        }
                    });
                }
            }));
            let pestered: Vec<_> = threads.iter().map(JoinHandleExt::as_pthread_t).collect();
            pester(&pestered, || {
                threads.iter().all(thread::JoinHandle::is_finished)
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!((s.waiters(), s.available_permits()), (0, 1));
        });
    }
}
