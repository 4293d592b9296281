//! Tasks of compio, on one runtime and on two that share a mutex.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use compio::{
    runtime::{JoinHandle, spawn},
    time::{sleep, timeout},
};
use compio_sync::{Mutex, local};

use crate::common::{POLICIES, Watchdog, assert_at_rest, assert_state, on_a_runtime, turn, until};

const TASKS: u64 = 24;

/// Two halves that are equal whenever nobody is inside.
type Halves = [u64; 2];

/// One task of the stress: locks, gives up now and then, holds across waits. Gives how often it had
/// the lock.
async fn work(m: Arc<Mutex<Halves>>, seed: u64) -> u64 {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut served = 0;
    for _ in 0..60 {
        let guard = match rng.u32(0..4) {
            0 => m.try_lock(),
            1 => {
                let patience = Duration::from_micros(rng.u64(0..200));
                timeout(patience, m.lock()).await.ok()
            }
            _ => Some(m.lock().await),
        };
        let Some(mut guard) = guard else { continue };
        assert_eq!(guard[0], guard[1], "somebody else is inside");
        guard[0] += 1;
        for _ in 0..rng.u32(0..3) {
            turn().await;
        }
        if rng.u32(0..20) == 0 {
            sleep(Duration::from_micros(100)).await;
        }
        guard[1] += 1;
        served += 1;
    }
    served
}

fn run_tasks(m: &Arc<Mutex<Halves>>, seed: u64) -> u64 {
    on_a_runtime(async {
        let tasks: Vec<JoinHandle<u64>> = (0..TASKS)
            .map(|task| spawn(work(m.clone(), seed + task)))
            .collect();
        let mut served = 0;
        for task in tasks {
            served += task.await.unwrap();
        }
        served
    })
}

#[test]
fn tasks_of_two_runtimes_and_threads_lock_and_time_out_then_no_increment_is_lost() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness([0, 0], fairness));
        let total = thread::scope(|scope| {
            let mut threads = Vec::new();
            for runtime in [1, 2] {
                let m = &m;
                threads.push(scope.spawn(move || run_tasks(m, 1000 * runtime)));
            }
            for _ in 0..2 {
                threads.push(scope.spawn(|| {
                    for _ in 0..300 {
                        let mut guard = m.blocking_lock();
                        guard[0] += 1;
                        thread::yield_now();
                        guard[1] += 1;
                        assert_eq!(guard[0], guard[1]);
                    }
                    300
                }));
            }
            threads.into_iter().map(|t| t.join().unwrap()).sum::<u64>()
        });
        assert!(total >= 1800, "half of the 2880 do not give up: {total}");
        assert_at_rest(&m);
        assert_eq!(*m.try_lock().unwrap(), [total; 2]);
    }
}

#[test]
fn local_tasks_take_turns_and_none_comes_in_vain() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Rc::new(local::Mutex::with_fairness(0, fairness));
        let polls = Rc::new(Cell::new(0));
        on_a_runtime(async {
            let tasks: Vec<_> = (0..50)
                .map(|_| {
                    let (m, polls) = (m.clone(), polls.clone());
                    spawn(async move {
                        let mut lock = pin!(m.lock());
                        let mut guard = poll_fn(|cx| {
                            polls.set(polls.get() + 1);
                            lock.as_mut().poll(cx)
                        })
                        .await;
                        let seen = *guard;
                        turn().await;
                        *guard = seen + 1;
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        // Once to get in line and once when served; nobody spun.
        assert!(polls.get() <= 100, "{} polls", polls.get());
        assert_eq!(*m.try_lock().unwrap(), 50);
        assert_at_rest(&m);
    }
}

/// The runtime sleeps in its driver, without a timer, when another thread unlocks.
#[test]
fn runtime_sleeps_then_an_unlock_on_another_thread_wakes_it() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness(0, fairness));
        let mut held = m.try_lock().unwrap();
        let runtime = thread::spawn({
            let m = m.clone();
            move || {
                on_a_runtime(async {
                    // As a task and as the root, which have wakers of different kinds.
                    let other = m.clone();
                    let task = spawn(async move { *other.lock().await });
                    let root = *m.lock().await;
                    root + task.await.unwrap()
                })
            }
        });
        while m.waiters() < 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(20));
        *held = 4;
        drop(held);
        assert_eq!(runtime.join().unwrap(), 8);
        assert_at_rest(&m);
    }
}

#[test]
fn runtime_dropped_with_queued_and_woken_tasks_then_the_lock_goes_on() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness(0, fairness));
        let held = m.try_lock().unwrap();
        let ended = crate::common::runtime();
        ended.block_on(async {
            for _ in 0..5 {
                let m = m.clone();
                spawn(async move { drop(m.lock().await) }).detach();
            }
            until(|| m.waiters() == 5).await;
        });
        thread::scope(|scope| {
            let next = scope.spawn(|| *m.blocking_lock() += 1);
            while m.waiters() < 6 {
                thread::yield_now();
            }
            drop(held);
            assert!(!next.is_finished());
            drop(ended);
            next.join().unwrap();
        });
        assert_eq!(*m.try_lock().unwrap(), 1);
        assert_at_rest(&m);
    }
}

#[test]
fn task_with_the_lock_is_cancelled_on_one_runtime_then_a_waiter_of_the_other_runs() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness(0, fairness));
        let (cancel, cancelled) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let one = scope.spawn(|| {
                let cancelled = cancelled;
                on_a_runtime(async {
                    let other = m.clone();
                    let task = spawn(async move {
                        let _guard = other.lock().await;
                        std::future::pending::<()>().await;
                    });
                    until(|| cancelled.try_recv().is_ok()).await;
                    assert!(task.cancel().await.is_none());
                });
            });
            while !m.is_locked() {
                thread::yield_now();
            }
            let two = scope.spawn(|| on_a_runtime(async { *m.lock().await += 1 }));
            while m.waiters() < 1 {
                thread::yield_now();
            }
            assert_state(&m, true, 1);
            cancel.send(()).unwrap();
            two.join().unwrap();
            one.join().unwrap();
        });
        assert_eq!(*m.try_lock().unwrap(), 1);
        assert_at_rest(&m);
    }
}

#[test]
fn timed_out_then_it_has_left_the_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Rc::new(local::Mutex::with_fairness(0, fairness));
        on_a_runtime(async {
            let held = m.lock().await;
            let late = timeout(Duration::from_millis(1), m.lock()).await;
            assert!(late.is_err());
            assert_state(&m, true, 0);
            drop(held);
            // Unlocked and timed out in one turn: whoever wins, nothing is lost.
            for _ in 0..50 {
                let held = m.lock().await;
                let other = m.clone();
                let task = spawn(async move {
                    timeout(Duration::from_micros(50), other.lock_owned())
                        .await
                        .is_ok()
                });
                until(|| task.is_finished() || m.waiters() == 1).await;
                sleep(Duration::from_micros(40)).await;
                drop(held);
                let _ = task.await.unwrap();
                assert_at_rest(&m);
            }
        });
    }
}
