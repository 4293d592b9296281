//! Tasks of compio, on one runtime and on two that share a semaphore.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use compio::{
    runtime::{JoinHandle, spawn},
    time::{sleep, timeout},
};
use compio_sync::{Fairness, Semaphore, local};

use crate::common::{Watchdog, assert_at_rest, assert_numbers, on_a_runtime, turn};

const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// Longer than any test takes.
const EVER: Duration = Duration::from_secs(3600);

async fn until(done: impl Fn() -> bool) {
    while !done() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// What is held now, and the most that ever was.
#[derive(Default)]
struct Gauge {
    held: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    fn take(&self, n: usize) {
        let held = self.held.fetch_add(n, Ordering::SeqCst) + n;
        self.most.fetch_max(held, Ordering::SeqCst);
    }

    fn give(&self, n: usize) {
        self.held.fetch_sub(n, Ordering::SeqCst);
    }
}

const LIMIT: usize = 5;
const TASKS: u64 = 24;

/// One task of the stress: acquires several at a time, gives up now and then, holds across waits.
async fn work(s: Arc<Semaphore>, gauge: Arc<Gauge>, seed: u64) -> usize {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut served = 0;
    for _ in 0..60 {
        let n = rng.usize(1..=LIMIT);
        let permit = match rng.u32(0..4) {
            0 => s.try_acquire_many(n),
            1 => {
                let patience = Duration::from_micros(rng.u64(0..200));
                timeout(patience, s.acquire_many(n)).await.ok()
            }
            _ => Some(s.acquire_many(n).await),
        };
        let Some(permit) = permit else { continue };
        gauge.take(n);
        served += 1;
        for _ in 0..rng.u32(0..3) {
            turn().await;
        }
        if rng.u32(0..20) == 0 {
            sleep(Duration::from_micros(100)).await;
        }
        gauge.give(n);
        drop(permit);
    }
    served
}

#[test]
fn tasks_of_two_runtimes_acquire_and_time_out_then_all_permits_are_back() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(LIMIT, fairness));
        let gauge = Arc::new(Gauge::default());
        let threads = [1, 2].map(|runtime| {
            let (s, gauge) = (s.clone(), gauge.clone());
            thread::spawn(move || {
                on_a_runtime(async {
                    let tasks: Vec<JoinHandle<usize>> = (0..TASKS)
                        .map(|task| spawn(work(s.clone(), gauge.clone(), 1000 * runtime + task)))
                        .collect();
                    let mut served = 0;
                    for task in tasks {
                        served += task.await.unwrap();
                    }
                    served
                })
            })
        });
        for thread in threads {
            let served = thread.join().unwrap();
            assert!(served >= 600, "half of the 1440 do not give up");
        }
        assert!(gauge.most.load(Ordering::SeqCst) <= LIMIT);
        assert_at_rest(&s, LIMIT);
    }
}

#[test]
fn tasks_and_blocked_threads_share_one_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(LIMIT, fairness));
        let gauge = Arc::new(Gauge::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..TASKS)
                        .map(|task| spawn(work(s.clone(), gauge.clone(), task)))
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            });
            for thread in 0..2 {
                let (s, gauge) = (&s, &gauge);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(thread);
                    for _ in 0..500 {
                        let n = rng.usize(1..=LIMIT);
                        let permit = s.blocking_acquire_many(n);
                        gauge.take(n);
                        thread::yield_now();
                        gauge.give(n);
                        drop(permit);
                    }
                });
            }
        });
        assert!(gauge.most.load(Ordering::SeqCst) <= LIMIT);
        assert_at_rest(&s, LIMIT);
    }
}

#[test]
fn local_tasks_take_turns_then_all_permits_are_back() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Rc::new(local::Semaphore::with_fairness(2, fairness));
        let (inside, polls) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        on_a_runtime(async {
            let tasks: Vec<_> = (0..50)
                .map(|_| {
                    let (s, inside, polls) = (s.clone(), inside.clone(), polls.clone());
                    spawn(async move {
                        let mut acquire = pin!(s.acquire());
                        let permit = poll_fn(|cx| {
                            polls.set(polls.get() + 1);
                            acquire.as_mut().poll(cx)
                        })
                        .await;
                        inside.set(inside.get() + 1);
                        assert!(inside.get() <= 2);
                        turn().await;
                        inside.set(inside.get() - 1);
                        drop(permit);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        // Once to get in line and once when served; nobody came in vain, and nobody spun.
        assert!(polls.get() <= 100, "{} polls", polls.get());
        assert_at_rest(&s, 2);
    }
}

/// The runtime sleeps in its driver, without a timer, when another thread releases.
#[test]
fn runtime_sleeps_then_a_release_on_another_thread_wakes_it() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(0, fairness));
        let runtime = thread::spawn({
            let s = s.clone();
            move || {
                on_a_runtime(async {
                    let other = s.clone();
                    // As a task and as the root, which have wakers of different kinds.
                    let task = spawn(async move { other.acquire().await.num_permits() });
                    let root = s.acquire_many(2).await.num_permits();
                    root + task.await.unwrap()
                })
            }
        });
        while s.waiters() < 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(20));
        s.add_permits(1);
        thread::sleep(Duration::from_millis(20));
        s.add_permits(1);
        assert_eq!(runtime.join().unwrap(), 3);
        assert_at_rest(&s, 2);
    }
}

#[test]
fn runtime_dropped_with_waiters_in_line_then_those_of_others_are_served() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(1, fairness));
        let held = s.try_acquire().unwrap();
        let ended = crate::common::runtime();
        ended.block_on(async {
            for _ in 0..5 {
                let s = s.clone();
                spawn(async move { drop(s.acquire().await) }).detach();
            }
            until(|| s.waiters() == 5).await;
        });
        let (queued, behind) = mpsc::channel();
        let other = thread::spawn({
            let s = s.clone();
            move || {
                on_a_runtime(async {
                    let mut acquire = pin!(s.acquire());
                    poll_fn(|cx| {
                        let poll = acquire.as_mut().poll(cx);
                        let _ = queued.send(poll.is_pending());
                        poll
                    })
                    .await
                    .num_permits()
                })
            }
        });
        assert!(behind.recv().unwrap());
        assert_eq!(s.waiters(), 6);
        drop(ended);
        assert_eq!(s.waiters(), 1);
        drop(held);
        assert_eq!(other.join().unwrap(), 1);
        assert_at_rest(&s, 1);
    }
}

/// Those that were served, and whose runtime ends before it polls them, pass it on.
#[test]
fn runtime_dropped_with_a_served_task_then_the_permit_goes_on() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(1, fairness));
        let held = s.try_acquire().unwrap();
        let ended = crate::common::runtime();
        ended.block_on(async {
            let first = s.clone();
            spawn(async move { drop(first.acquire().await) }).detach();
            until(|| s.waiters() == 1).await;
        });
        thread::scope(|scope| {
            let next = scope.spawn(|| s.blocking_acquire().num_permits());
            while s.waiters() < 2 {
                thread::yield_now();
            }
            drop(held);
            drop(ended);
            assert_eq!(next.join().unwrap(), 1);
        });
        assert_at_rest(&s, 1);
    }
}

#[test]
fn task_cancelled_on_one_runtime_then_a_waiter_of_the_other_runs() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(3, fairness));
        let mut held = s.try_acquire_many(3).unwrap();
        let cancel = AtomicUsize::new(0);
        thread::scope(|scope| {
            let one = scope.spawn(|| {
                on_a_runtime(async {
                    let large = s.clone();
                    let task = spawn(async move { drop(large.acquire_many(3).await) });
                    until(|| cancel.load(Ordering::SeqCst) == 1).await;
                    assert!(task.cancel().await.is_none());
                })
            });
            while s.waiters() < 1 {
                thread::yield_now();
            }
            let two = scope.spawn(|| on_a_runtime(async { s.acquire().await.num_permits() }));
            while s.waiters() < 2 {
                thread::yield_now();
            }
            drop(held.split(2));
            assert_numbers(&s, 2, 3, 1, 2);
            assert!(!two.is_finished());
            cancel.store(1, Ordering::SeqCst);
            assert_eq!(two.join().unwrap(), 1);
            one.join().unwrap();
        });
        drop(held);
        assert_at_rest(&s, 3);
    }
}

/// The waker of a task of a runtime that is no more is woken, replaced, and dropped.
#[test]
fn waiters_outlive_their_runtime_then_woken_polled_elsewhere_and_dropped() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        for by_task in [false, true] {
            let s = Arc::new(Semaphore::with_fairness(2, fairness));
            let held = s.try_acquire_many(2).unwrap();
            let mut waits = [(); 4].map(|()| Box::pin(s.clone().acquire_owned()));
            let polled = async move {
                poll_fn(|cx| {
                    for wait in &mut waits {
                        assert!(wait.as_mut().poll(cx).is_pending());
                    }
                    Poll::Ready(())
                })
                .await;
                waits
            };
            let [mut first, mut second, third, fourth] = on_a_runtime(async {
                if by_task {
                    spawn(polled).await.unwrap()
                } else {
                    polled.await
                }
            });
            assert_eq!(s.waiters(), 4);
            let mut cx = Context::from_waker(Waker::noop());
            assert!(second.as_mut().poll(&mut cx).is_pending());
            drop(fourth);
            drop(held);
            assert!(first.as_mut().poll(&mut cx).is_ready());
            assert!(second.as_mut().poll(&mut cx).is_ready());
            drop(third);
            assert_at_rest(&s, 2);
        }
    }
}

#[test]
fn waiter_outlives_its_runtime_then_moved_to_another_and_served_there() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(1, fairness));
        let held = s.try_acquire().unwrap();
        let mut wait = Box::pin(s.clone().acquire_owned());
        on_a_runtime(async {
            poll_fn(|cx| {
                assert!(wait.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        });
        let other = thread::spawn(move || {
            on_a_runtime(async move {
                let permit = timeout(EVER, wait).await.unwrap();
                permit.num_permits()
            })
        });
        thread::sleep(Duration::from_millis(5));
        drop(held);
        assert_eq!(other.join().unwrap(), 1);
        assert_at_rest(&s, 1);
    }
}

#[test]
fn timed_out_then_it_has_left_the_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(1, fairness));
        on_a_runtime(async {
            let held = s.acquire().await;
            assert!(
                timeout(Duration::from_millis(1), s.acquire())
                    .await
                    .is_err()
            );
            assert_numbers(&s, 0, 1, 1, 0);
            // Released and timed out in one turn: whoever wins, nothing is lost.
            for _ in 0..50 {
                let other = s.clone();
                let task = spawn(async move {
                    timeout(Duration::from_micros(50), other.acquire_owned())
                        .await
                        .is_ok()
                });
                until(|| task.is_finished() || s.waiters() == 1).await;
                sleep(Duration::from_micros(40)).await;
                s.add_permits(1);
                let _ = task.await.unwrap();
                assert_eq!(s.reduce_permits(1), 1);
                assert_numbers(&s, 0, 1, 1, 0);
            }
            drop(held);
        });
        assert_at_rest(&s, 1);
    }
}
