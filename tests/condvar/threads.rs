//! The shared form on several threads, without a runtime.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use compio_sync::{Condvar, Mutex};

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{POLICIES, Watchdog, a_while, fewer, share_of_cpu, spin_until};

#[test]
fn blocking_ones_wait_in_the_same_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let (m, c) = (Arc::new(Mutex::with_fairness(0, fairness)), Condvar::new());
        let asked = AtomicUsize::new(0);
        let below_three = |value: &mut u32| {
            asked.fetch_add(1, Ordering::SeqCst);
            *value < 3
        };
        thread::scope(|scope| {
            let one = scope.spawn(|| *c.blocking_wait(m.blocking_lock()));
            spin_until(|| c.waiters() == 1);
            let two = scope.spawn(|| *c.blocking_wait(m.clone().blocking_lock_owned()));
            spin_until(|| c.waiters() == 2);
            let three = scope.spawn(|| *c.blocking_wait_while(m.blocking_lock(), below_three));
            spin_until(|| c.waiters() == 3);
            for (value, thread) in [(1, one), (2, two)] {
                *m.blocking_lock() = value;
                c.notify_one();
                assert_eq!(thread.join().unwrap(), value);
            }
            c.notify_one();
            spin_until(|| asked.load(Ordering::SeqCst) == 2 && c.waiters() == 1);
            *m.blocking_lock() = 3;
            c.notify_all();
            assert_eq!(three.join().unwrap(), 3);
        });
        assert_eq!((asked.into_inner(), m.is_locked()), (3, false));
    }
}

/// A waker that notifies, and then parks the thread that it is called on for a purpose of its own.
struct NotifiesAndParks {
    condvar: Arc<Condvar>,
    calls: AtomicUsize,
}

impl Wake for NotifiesAndParks {
    fn wake(self: Arc<Self>) {
        self.condvar.notify_one();
        // Returns at once, and the thread's one token is gone.
        thread::park();
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn notified_by_a_waker_that_uses_up_the_token_then_the_blocked_one_goes_on() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let (m, c) = (Mutex::with_fairness((), fairness), Arc::new(Condvar::new()));
        let guard = m.blocking_lock();
        let wake = Arc::new(NotifiesAndParks {
            condvar: c.clone(),
            calls: AtomicUsize::new(0),
        });
        let waker = Waker::from(wake.clone());
        let mut next = pin!(m.lock());
        let mut cx = Context::from_waker(&waker);
        assert!(next.as_mut().poll(&mut cx).is_pending());
        thread::scope(|scope| {
            // Its first poll unlocks the mutex, which calls the waker.
            let blocked = scope.spawn(|| drop(c.blocking_wait(guard)));
            spin_until(|| wake.calls.load(Ordering::SeqCst) == 1);
            let mut cx = Context::from_waker(Waker::noop());
            spin_until(|| next.as_mut().poll(&mut cx).is_ready());
            blocked.join().unwrap();
        });
    }
}

#[test]
fn blocked_ones_use_no_cpu() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let (m, c) = (Mutex::with_fairness(false, fairness), Condvar::new());
        thread::scope(|scope| {
            let (m, c) = (&m, &c);
            let wait = || drop(c.blocking_wait_while(m.blocking_lock(), |done| !*done));
            let one = scope.spawn(move || share_of_cpu(wait).1);
            let two = scope.spawn(|| share_of_cpu(|| drop(c.blocking_wait(m.blocking_lock()))).1);
            spin_until(|| c.waiters() == 2);
            thread::sleep(a_while());
            *m.blocking_lock() = true;
            c.notify_all();
            for share in [one.join().unwrap(), two.join().unwrap()] {
                assert!(share < 0.02, "{share} of a CPU");
            }
        });
    }
}

/// It is the thread that counts: also when there is nothing to wait for.
#[cfg(feature = "compio")]
#[test]
fn blocking_ones_on_a_runtimes_thread_panic_and_name_the_way_out() {
    let _watchdog = Watchdog::start();
    let (m, c) = (Mutex::new(()), Condvar::new());
    let lock = || m.try_lock().unwrap();
    let texts = crate::common::on_a_runtime(async {
        [
            panic_of(|| drop(c.blocking_wait(lock()))),
            panic_of(|| drop(c.blocking_wait_while(lock(), |()| false))),
        ]
    });
    let ways = ["wait(guard)", "wait_while(guard, condition)"];
    for (text, way) in texts.into_iter().zip(ways) {
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        let name = way.split('(').next().unwrap();
        assert!(text.contains(&format!("`blocking_{name}`")), "{text}");
        assert!(text.contains(&format!("`{way}.await`")), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    }
    assert!(!m.is_locked() && c.waiters() == 0);
}

/// What every condition variable is for: a queue of few places.
#[test]
fn producers_and_consumers_with_notify_one_then_everything_arrives() {
    let _watchdog = Watchdog::start();
    const ITEMS: usize = 3_000;
    for fairness in POLICIES {
        let queue = Mutex::with_fairness(VecDeque::new(), fairness);
        let (filled, emptied) = (Condvar::new(), Condvar::new());
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for item in 1..=ITEMS {
                        let guard = queue.blocking_lock();
                        let mut guard = emptied.blocking_wait_while(guard, |q| q.len() >= 2);
                        guard.push_back(item);
                        drop(guard);
                        filled.notify_one();
                    }
                });
                scope.spawn(|| {
                    for _ in 0..ITEMS {
                        let guard = queue.blocking_lock();
                        let mut guard = filled.blocking_wait_while(guard, |q| q.is_empty());
                        sum.fetch_add(guard.pop_front().unwrap(), Ordering::SeqCst);
                        emptied.notify_one();
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), ITEMS * (ITEMS + 1));
        assert!(queue.try_lock().unwrap().is_empty());
        assert_eq!(filled.waiters() + emptied.waiters(), 0);
    }
}

/// Of two who wait one gives up just when one is notified: the notification is for the other, or
/// was the first one's, who says so.
#[test]
fn notification_and_cancel_meet_then_somebody_has_it() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5_000);
    for fairness in POLICIES {
        let (m, c) = (Mutex::with_fairness(0, fairness), Condvar::new());
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..rounds {
                    barrier.wait();
                    c.notify_one();
                    barrier.wait();
                }
            });
            for round in 0..rounds {
                let mut cx = Context::from_waker(Waker::noop());
                let mut first = Box::pin(c.wait(m.blocking_lock()));
                assert!(first.as_mut().poll(&mut cx).is_pending());
                let mut second = pin!(c.wait(m.blocking_lock()));
                assert!(second.as_mut().poll(&mut cx).is_pending());
                barrier.wait();
                let mut has = false;
                for _ in 0..round % 8 {
                    has = has || first.as_mut().poll(&mut cx).is_ready();
                }
                drop(first);
                barrier.wait();
                let next = second.as_mut().poll(&mut cx).is_ready();
                assert!(has != next, "round {round}: {has} and {next}");
            }
        });
        assert_eq!((c.waiters(), m.is_locked()), (0, false));
    }
}

/// Waits begin while others are notified: each that began before its notification gets it.
#[test]
fn threads_wait_give_up_and_notify_then_no_token_is_left() {
    let _watchdog = Watchdog::start();
    const STEPS: usize = 3_000;
    for fairness in POLICIES {
        // Tokens that may be taken, and those that were.
        let (m, c) = (Mutex::with_fairness((0, 0), fairness), Condvar::new());
        thread::scope(|scope| {
            for seed in 0..2 {
                let (m, c) = (&m, &c);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(seed);
                    let mut taken = 0;
                    while taken < STEPS {
                        taken += usize::from(take(m, c, &mut rng));
                    }
                });
            }
            for seed in 10..12 {
                let (m, c) = (&m, &c);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(seed);
                    for _ in 0..STEPS {
                        let mut guard = m.blocking_lock();
                        guard.0 += 1;
                        let early = rng.bool();
                        if early {
                            c.notify_one();
                        }
                        drop(guard);
                        if !early {
                            c.notify_one();
                        }
                        if rng.u32(0..50) == 0 {
                            c.notify_all();
                        }
                    }
                });
            }
        });
        assert_eq!((*m.try_lock().unwrap(), c.waiters()), ((0, 2 * STEPS), 0));
    }
}

/// Takes a token, or gives up waiting for one.
fn take(m: &Mutex<(usize, usize)>, c: &Condvar, rng: &mut fastrand::Rng) -> bool {
    let mut guard = if rng.bool() {
        c.blocking_wait_while(m.blocking_lock(), |tokens| tokens.0 == 0)
    } else {
        let mut wait = pin!(c.wait_while(m.blocking_lock(), |tokens| tokens.0 == 0));
        let mut cx = Context::from_waker(Waker::noop());
        let mut polls = rng.u32(1..10);
        loop {
            if let Poll::Ready(guard) = wait.as_mut().poll(&mut cx) {
                break guard;
            }
            polls -= 1;
            if polls == 0 {
                return false;
            }
            thread::yield_now();
        }
    };
    guard.0 -= 1;
    guard.1 += 1;
    true
}
