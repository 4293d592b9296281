//! The shared form on several threads, without a runtime.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{Fairness, Mutex};

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{POLICIES, Watchdog, a_while, assert_at_rest, fewer, share_of_cpu, spin_until};

#[test]
fn blocking_ones_wait_in_the_same_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness(Vec::new(), fairness));
        let held = m.try_lock().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| m.blocking_lock().push(1));
            spin_until(|| m.waiters() == 1);
            scope.spawn(|| m.clone().blocking_lock_owned().push(2));
            spin_until(|| m.waiters() == 2);
            drop(held);
        });
        assert_eq!(*m.blocking_lock(), [1, 2]);
        assert_eq!(*m.clone().blocking_lock_owned(), [1, 2]);
        assert_at_rest(&m);
    }
}

#[test]
fn blocked_ones_use_no_cpu() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Arc::new(Mutex::with_fairness((), fairness));
        let held = m.try_lock().unwrap();
        thread::scope(|scope| {
            let one = scope.spawn(|| share_of_cpu(|| drop(m.blocking_lock())).1);
            let two = scope.spawn(|| share_of_cpu(|| drop(m.clone().blocking_lock_owned())).1);
            spin_until(|| m.waiters() == 2);
            thread::sleep(a_while());
            drop(held);
            for share in [one.join().unwrap(), two.join().unwrap()] {
                assert!(share < 0.02, "{share} of a CPU");
            }
        });
        assert_at_rest(&m);
    }
}

#[test]
fn blocking_ones_unparked_for_no_reason_keep_waiting() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let m = Mutex::with_fairness((), fairness);
        let held = m.try_lock().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(m.blocking_lock()));
            spin_until(|| m.waiters() == 1);
            for _ in 0..100 {
                waiting.thread().unpark();
                thread::yield_now();
            }
            assert!(!waiting.is_finished());
            drop(held);
            waiting.join().unwrap();
        });
        assert_at_rest(&m);
    }
}

/// It is the thread that counts: also when the lock is free.
#[cfg(feature = "compio")]
#[test]
fn blocking_ones_on_a_runtimes_thread_panic_and_name_the_way_out() {
    let _watchdog = Watchdog::start();
    let m = Arc::new(Mutex::new(()));
    let texts = crate::common::on_a_runtime(async {
        [
            panic_of(|| drop(m.blocking_lock())),
            panic_of(|| drop(m.clone().blocking_lock_owned())),
        ]
    });
    for (text, way) in texts.into_iter().zip(["lock", "lock_owned"]) {
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        assert!(text.contains(&format!("`blocking_{way}`")), "{text}");
        assert!(text.contains(&format!("`{way}().await`")), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    }
    // The runtime is over, and the thread a plain one again.
    drop(m.blocking_lock());
    assert_at_rest(&m);
}

/// What is read is what was written last: the value needs no atomics of its own.
#[test]
fn threads_lock_try_and_cancel_then_no_increment_is_lost() {
    let _watchdog = Watchdog::start();
    let steps = fewer(6_000) as u64;
    for fairness in POLICIES {
        let m = Mutex::with_fairness([0_u64; 2], fairness);
        let total: u64 = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let m = &m;
                    scope.spawn(move || work(m, thread, steps))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert!(total >= 4 * steps / 3, "most of them are served: {total}");
        assert_at_rest(&m);
        assert_eq!(m.into_inner(), [total; 2], "{fairness:?}");
    }
}

/// Gives how often it had the lock.
fn work(m: &Mutex<[u64; 2]>, seed: u64, steps: u64) -> u64 {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut count = 0;
    for _ in 0..steps {
        let guard = match rng.u32(0..10) {
            0..5 => Some(m.blocking_lock()),
            5..7 => m.try_lock(),
            _ => poll_some(m, rng.usize(1..4)),
        };
        if let Some(mut guard) = guard {
            assert_eq!(guard[0], guard[1]);
            guard[0] += 1;
            if rng.u32(0..50) == 0 {
                thread::yield_now();
            }
            guard[1] += 1;
            count += 1;
        }
    }
    count
}

/// Gives up after so many polls.
fn poll_some<T>(m: &Mutex<T>, polls: usize) -> Option<compio_sync::MutexGuard<'_, T>> {
    let mut waiting = pin!(m.lock());
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(guard) = waiting.as_mut().poll(&mut cx) {
            return Some(guard);
        }
        thread::yield_now();
    }
    None
}

#[test]
fn guards_are_dropped_on_another_thread() {
    let _watchdog = Watchdog::start();
    for fairness in [Fairness::Strict, Fairness::Throughput] {
        let m = Arc::new(Mutex::with_fairness(0, fairness));
        for _ in 0..100 {
            let mut guard = m.clone().blocking_lock_owned();
            let next = thread::spawn({
                let m = m.clone();
                move || *m.blocking_lock()
            });
            *guard += 1;
            let expected = *guard;
            thread::spawn(move || drop(guard)).join().unwrap();
            assert_eq!(next.join().unwrap(), expected);
        }
        assert_at_rest(&m);
    }
}
