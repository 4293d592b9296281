//! The shared form on several threads, without a runtime.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{Fairness, Semaphore};

use crate::common::{Watchdog, assert_at_rest, fewer, panic_of, spin_until};

const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// The thread that served the line may not have left it yet when nobody is in it any more. That is
/// nobody waiting, and what it has published is free.
#[test]
fn last_one_is_served_and_more_is_free_then_try_succeeds_though_the_releaser_is_still_busy() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(10_000);
    for fairness in POLICIES {
        let s = Semaphore::with_fairness(0, fairness);
        let turn = AtomicUsize::new(0);
        let mut refused = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..rounds {
                    spin_until(|| turn.load(Ordering::Acquire) == 2 * round + 1);
                    s.add_permits(2);
                    turn.store(2 * round + 2, Ordering::Release);
                }
            });
            for round in 0..rounds {
                let mut waiting = pin!(s.acquire());
                let mut cx = Context::from_waker(Waker::noop());
                assert!(waiting.as_mut().poll(&mut cx).is_pending());
                turn.store(2 * round + 1, Ordering::Release);
                let mut permit = None;
                spin_until(|| {
                    if let Poll::Ready(ready) = waiting.as_mut().poll(&mut cx) {
                        permit = Some(ready);
                    }
                    permit.is_some()
                });
                // Served, so nobody is in line any more.
                spin_until(|| s.available_permits() == 1);
                refused += usize::from(s.try_acquire().is_none());
                drop(permit);
                spin_until(|| turn.load(Ordering::Acquire) == 2 * round + 2);
                assert_eq!(s.forget_permits(2), 2);
            }
        });
        assert_eq!(refused, 0, "of {rounds}, {fairness:?}");
    }
}

#[test]
fn blocking_ones_wait_in_the_same_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(2, fairness));
        let mut held = s.try_acquire_many(2).unwrap();
        thread::scope(|scope| {
            let one = scope.spawn(|| s.blocking_acquire().num_permits());
            spin_until(|| s.waiters() == 1);
            let many = scope.spawn(|| s.blocking_acquire_many(2).num_permits());
            spin_until(|| s.waiters() == 2);
            drop(held.split(1));
            assert_eq!(one.join().unwrap(), 1);
            drop(held);
            assert_eq!(many.join().unwrap(), 2);
        });
        let one = s.clone().blocking_acquire_owned();
        let held = s.clone().blocking_acquire_many_owned(1);
        let other = s.clone();
        let waiting = thread::spawn(move || other.blocking_acquire_many_owned(2).num_permits());
        spin_until(|| s.waiters() == 1);
        drop((one, held));
        assert_eq!(waiting.join().unwrap(), 2);
        assert_at_rest(&s, 2);
    }
}

#[test]
fn blocking_ones_unparked_for_no_reason_keep_waiting() {
    let _watchdog = Watchdog::start();
    let s = Semaphore::new(1);
    let held = s.try_acquire().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| drop(s.blocking_acquire()));
        spin_until(|| s.waiters() == 1);
        for _ in 0..100 {
            waiting.thread().unpark();
            thread::yield_now();
        }
        assert!(!waiting.is_finished());
        drop(held);
        waiting.join().unwrap();
    });
    assert_at_rest(&s, 1);
}

#[test]
fn blocking_ones_on_a_closed_one_panic() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(1));
    let held = s.try_acquire().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| panic_of(|| drop(s.blocking_acquire())));
        spin_until(|| s.waiters() == 1);
        s.close();
        assert!(waiting.join().unwrap().unwrap().contains("closed"));
    });
    assert!(panic_of(|| drop(s.blocking_acquire())).is_some());
    drop(held);
    assert_at_rest(&s, 1);
}

/// It is the thread that counts: also when a permit is free.
#[cfg(feature = "compio")]
#[test]
fn blocking_ones_on_a_runtimes_thread_panic_and_name_the_way_out() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(1));
    let texts = crate::common::runtime().block_on(async {
        [
            panic_of(|| drop(s.blocking_acquire())),
            panic_of(|| drop(s.blocking_acquire_many(1))),
            panic_of(|| drop(s.clone().blocking_acquire_owned())),
            panic_of(|| drop(s.clone().blocking_acquire_many_owned(1))),
        ]
    });
    let ways = [
        "acquire()",
        "acquire_many(n)",
        "acquire_owned()",
        "acquire_many_owned(n)",
    ];
    for (text, way) in texts.into_iter().zip(ways) {
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        assert!(
            text.contains(&format!("`blocking_{}`", way.split('(').next().unwrap())),
            "{text}"
        );
        assert!(text.contains(&format!("`{way}.await`")), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    }
    // The runtime is over, and the thread a plain one again.
    drop(s.blocking_acquire());
    assert_at_rest(&s, 1);
}

/// Threads that acquire, and drop futures half-way, while others change the number of permits.
#[test]
fn threads_acquire_cancel_and_resize_then_all_permits_are_back() {
    let _watchdog = Watchdog::start();
    const LIMIT: usize = 4;
    for fairness in POLICIES {
        let s = Semaphore::with_fairness(LIMIT, fairness);
        let held = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..4 {
                let (s, held) = (&s, &held);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(thread);
                    let mut cx = Context::from_waker(Waker::noop());
                    for _ in 0..3_000 {
                        let n = rng.usize(1..=LIMIT);
                        match rng.u32(0..10) {
                            0..4 => {
                                let permit = s.blocking_acquire_many(n);
                                let before = held.fetch_add(n, Ordering::SeqCst);
                                assert!(before + n <= LIMIT + 4, "{before} and {n}");
                                held.fetch_sub(n, Ordering::SeqCst);
                                drop(permit);
                            }
                            4..8 => {
                                let mut waiting = pin!(s.acquire_many(n));
                                for _ in 0..rng.usize(1..4) {
                                    if waiting.as_mut().poll(&mut cx).is_ready() {
                                        break;
                                    }
                                    thread::yield_now();
                                }
                            }
                            8 => drop(s.try_acquire_many(n)),
                            // At most one a thread at a time.
                            _ => {
                                s.add_permits(1);
                                thread::yield_now();
                                assert_eq!(s.reduce_permits(1), 1);
                            }
                        }
                    }
                });
            }
        });
        assert_at_rest(&s, LIMIT);
    }
}
