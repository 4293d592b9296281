//! Tasks of compio, on one runtime and on two that share a condition variable.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{cell::Cell, future::poll_fn, pin::pin, rc::Rc, sync::Arc, thread, time::Duration};

use compio::{
    runtime::{JoinHandle, spawn},
    time::timeout,
};
use compio_sync::{Condvar, Mutex, local};

use crate::common::{POLICIES, Watchdog, on_a_runtime, turn, until};

const TASKS: usize = 20;
const TOKENS: usize = 60;

/// Tokens that are handed from those who make them to those who take them.
struct Bank {
    tokens: Mutex<usize>,
    more: Condvar,
}

/// Takes so many tokens; gives up waiting now and then, and begins again.
async fn take(bank: Arc<Bank>, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..TOKENS {
        loop {
            let guard = bank.tokens.lock().await;
            let wait = bank.more.wait_while(guard, |tokens| *tokens == 0);
            let guard = if rng.bool() {
                Some(wait.await)
            } else {
                let patience = Duration::from_micros(rng.u64(0..300));
                timeout(patience, wait).await.ok()
            };
            if let Some(mut guard) = guard {
                *guard -= 1;
                break;
            }
        }
        if rng.u32(0..3) == 0 {
            turn().await;
        }
    }
}

async fn make(bank: Arc<Bank>, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..TOKENS {
        *bank.tokens.lock().await += 1;
        bank.more.notify_one();
        if rng.bool() {
            turn().await;
        }
    }
}

fn run_tasks(bank: &Arc<Bank>, seed: u64) {
    on_a_runtime(async {
        let mut tasks: Vec<JoinHandle<()>> = Vec::new();
        for task in 0..TASKS as u64 / 2 {
            tasks.push(spawn(take(bank.clone(), seed + task)));
            tasks.push(spawn(make(bank.clone(), seed + 500 + task)));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// One notification that is lost leaves one task waiting for ever, next to a token.
#[test]
fn tasks_of_two_runtimes_and_threads_wait_and_time_out_then_every_token_is_taken() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let bank = Arc::new(Bank {
            tokens: Mutex::with_fairness(0, fairness),
            more: Condvar::new(),
        });
        thread::scope(|scope| {
            for runtime in [1, 2] {
                let bank = &bank;
                scope.spawn(move || run_tasks(bank, 1000 * runtime));
            }
            scope.spawn(|| {
                for _ in 0..300 {
                    let guard = bank.tokens.blocking_lock();
                    *bank.more.blocking_wait_while(guard, |tokens| *tokens == 0) -= 1;
                }
            });
            scope.spawn(|| {
                for _ in 0..300 {
                    *bank.tokens.blocking_lock() += 1;
                    bank.more.notify_one();
                }
            });
        });
        assert_eq!(*bank.tokens.try_lock().unwrap(), 0);
        assert_eq!((bank.more.waiters(), bank.tokens.waiters()), (0, 0));
    }
}

#[test]
fn timed_out_in_a_loop_then_the_notification_is_not_missed() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Rc::new(local::Mutex::with_fairness(0, fairness));
        let c = Rc::new(local::Condvar::new());
        on_a_runtime(async {
            for round in 1..=30 {
                let (others, conds) = (m.clone(), c.clone());
                let waits = spawn(async move {
                    let mut timeouts = 0;
                    loop {
                        let guard = others.lock().await;
                        let wait = conds.wait_while(guard, |value| *value < round);
                        match timeout(Duration::from_micros(100), wait).await {
                            Ok(guard) => return (*guard, timeouts),
                            Err(_) => timeouts += 1,
                        }
                    }
                });
                until(|| c.waiters() == 1).await;
                *m.lock().await = round;
                c.notify_one();
                assert_eq!(waits.await.unwrap().0, round);
            }
        });
        assert_eq!((c.waiters(), m.is_locked()), (0, false));
    }
}

/// For the notification and, where the mutex is busy, for the mutex: nobody spins.
#[test]
fn local_tasks_are_polled_once_a_wake() {
    let _watchdog = Watchdog::start();
    const N: usize = 40;
    for fairness in POLICIES {
        let m = Rc::new(local::Mutex::with_fairness(0, fairness));
        let c = Rc::new(local::Condvar::new());
        let polls = Rc::new(Cell::new(0));
        on_a_runtime(async {
            let tasks: Vec<_> = (0..N)
                .map(|_| {
                    let (m, c, polls) = (m.clone(), c.clone(), polls.clone());
                    spawn(async move {
                        let mut wait = pin!(c.wait(m.try_lock().unwrap()));
                        let mut guard = poll_fn(|cx| {
                            polls.set(polls.get() + 1);
                            wait.as_mut().poll(cx)
                        })
                        .await;
                        turn().await;
                        *guard += 1;
                    })
                })
                .collect();
            until(|| c.waiters() == N).await;
            c.notify_all();
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert!(polls.get() <= 3 * N, "{} polls", polls.get());
        assert_eq!(*m.try_lock().unwrap(), N);
    }
}

/// The runtime sleeps in its driver, without a timer, when another thread notifies.
#[test]
fn runtime_sleeps_then_a_notification_on_another_thread_wakes_it() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness(0, fairness));
        let c = Arc::new(Condvar::new());
        let runtime = thread::spawn({
            let (m, c) = (m.clone(), c.clone());
            move || {
                on_a_runtime(async {
                    let (others, conds) = (m.clone(), c.clone());
                    let task = spawn(async move { *conds.wait(others.lock().await).await });
                    let root = *c.wait(m.lock().await).await;
                    root + task.await.unwrap()
                })
            }
        });
        while c.waiters() < 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(20));
        *m.blocking_lock() = 4;
        c.notify_one();
        thread::sleep(Duration::from_millis(20));
        c.notify_one();
        assert_eq!(runtime.join().unwrap(), 8);
    }
}

/// Those that were notified, and whose runtime ends before it polls them, pass it on.
#[test]
fn runtime_dropped_with_a_notified_task_then_the_notification_goes_on() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        for locking in [false, true] {
            let m = Arc::new(Mutex::with_fairness(0, fairness));
            let c = Arc::new(Condvar::new());
            let ended = crate::common::runtime();
            ended.block_on(async {
                let (others, conds) = (m.clone(), c.clone());
                spawn(async move { drop(conds.wait(others.lock().await).await) }).detach();
                until(|| c.waiters() == 1).await;
            });
            thread::scope(|scope| {
                let next = scope.spawn(|| *c.blocking_wait(m.blocking_lock()));
                while c.waiters() < 2 {
                    thread::yield_now();
                }
                let mut guard = m.blocking_lock();
                *guard = 1;
                c.notify_one();
                if locking {
                    ended.block_on(until(|| m.waiters() == 1));
                }
                assert_eq!(c.waiters(), 1);
                drop(ended);
                drop(guard);
                assert_eq!(next.join().unwrap(), 1);
            });
        }
    }
}
