//! The shared form on several threads, with runtimes and without.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use compio::{runtime::spawn, time::timeout};
use compio_sync::Notify;

use crate::common::{
    Counter, Watchdog, assert_at_rest, fewer, on_a_runtime, spin_until, take_stored, turn, until,
};

/// Each thing that is put there is told of once, and nobody who takes one misses it.
#[test]
fn tasks_of_two_runtimes_take_what_they_are_told_of_then_all_is_taken() {
    let _watchdog = Watchdog::start();
    const THINGS: usize = 4000;
    let things = Arc::new((Notify::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
    let takers = [1, 2].map(|runtime| {
        let things = things.clone();
        thread::spawn(move || {
            on_a_runtime(async {
                let tasks: Vec<_> = (0..16)
                    .map(|task| spawn(take(things.clone(), THINGS, runtime * 100 + task)))
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        })
    });
    let givers = [(); 2].map(|()| {
        let things = things.clone();
        thread::spawn(move || {
            for at in 0..THINGS / 2 {
                things.1.fetch_add(1, Ordering::SeqCst);
                things.0.notify_one();
                if at % 32 == 0 {
                    thread::yield_now();
                }
            }
        })
    });
    for thread in givers.into_iter().chain(takers) {
        thread.join().unwrap();
    }
    assert_eq!(things.2.load(Ordering::SeqCst), THINGS);
    assert_eq!(things.0.waiters(), 0);
}

/// The notification, what there is, what was taken.
type Things = Arc<(Notify, AtomicUsize, AtomicUsize)>;

async fn take(things: Things, all: usize, seed: u64) {
    let (notify, there, taken) = &*things;
    let mut rng = fastrand::Rng::with_seed(seed);
    while taken.load(Ordering::SeqCst) < all {
        let took = there.try_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if took.is_ok() {
            // Who takes tells the next, as what was stored stands for several things.
            if taken.fetch_add(1, Ordering::SeqCst) + 1 == all {
                notify.notify_waiters();
            } else {
                notify.notify_one();
            }
            continue;
        }
        let wait = notify.notified();
        if taken.load(Ordering::SeqCst) == all {
            return;
        }
        if rng.bool() {
            // Given up with the notification or without.
            let patience = Duration::from_micros(rng.u64(0..100));
            let _ = timeout(patience, wait).await;
        } else {
            wait.await;
        }
        turn().await;
    }
}

/// A wait for all that was made before is released, in line or not; one made after is not.
#[test]
fn notify_waiters_releases_those_from_before_and_no_others_while_they_come_and_go() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(3000);
    let notify = Notify::new();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (notify, stop) = (&notify, &stop);
        for _ in 0..2 {
            // Keeps the list busy, with waits that are never polled to their end.
            scope.spawn(move || {
                let mut cx = Context::from_waker(Waker::noop());
                while !stop.load(Ordering::SeqCst) {
                    let mut one = pin!(notify.notified());
                    let mut two = pin!(notify.notified());
                    let _ = one.as_mut().poll(&mut cx).is_pending();
                    let _ = two.as_mut().poll(&mut cx).is_pending();
                }
            });
        }
        for round in 0..rounds {
            let counter = Counter::default();
            let waker = counter.waker();
            let mut cx = Context::from_waker(&waker);
            let mut in_line = pin!(notify.notified());
            let mut unpolled = pin!(notify.notified());
            assert!(in_line.as_mut().poll(&mut cx).is_pending(), "{round}");
            notify.notify_waiters();
            let mut after = pin!(notify.notified());
            assert!(unpolled.as_mut().poll(&mut cx).is_ready(), "{round}");
            assert!(after.as_mut().poll(&mut cx).is_pending(), "{round}");
            // One step: whether the wake has come is another matter.
            if round % 2 == 0 {
                spin_until(|| counter.wakes() > 0);
            }
            assert!(in_line.as_mut().poll(&mut cx).is_ready(), "{round}");
            assert!(after.as_mut().poll(&mut cx).is_pending(), "{round}");
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_at_rest(&notify, false);
}

/// Both are in the list, or would be: when both have returned, whoever was to be told has been.
#[test]
fn notified_while_another_thread_leaves_the_line_then_the_wake_has_come_with_both() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(20_000);
    let notify = Notify::new();
    let turn = AtomicUsize::new(0);
    let mut missed = 0;
    thread::scope(|scope| {
        let (notify, turn) = (&notify, &turn);
        scope.spawn(move || {
            for round in 0..rounds {
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 1);
                (0..round % 32).for_each(|_| std::hint::spin_loop());
                match round % 3 {
                    0 => notify.notify_one(),
                    1 => notify.notify_last(),
                    _ => notify.notify_waiters(),
                }
                turn.store(2 * round + 2, Ordering::SeqCst);
            }
        });
        for round in 0..rounds {
            let counters = [(); 3].map(|()| Counter::default());
            let mut waits = counters.each_ref().map(|counter| {
                let mut wait = Box::pin(notify.notified());
                let waker = counter.waker();
                let poll = wait.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(poll.is_pending());
                Some(wait)
            });
            let leaves = round / 3 % 3;
            turn.store(2 * round + 1, Ordering::SeqCst);
            waits[leaves] = None;
            spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 2);
            let woken = (0..3).filter(|at| *at != leaves && counters[*at].wakes() == 1);
            let expected = if round % 3 == 2 { 2 } else { 1 };
            missed += usize::from(woken.count() != expected);
            // Whatever is left goes with them.
            drop(waits);
            take_stored(notify);
        }
    });
    assert_eq!(missed, 0, "of {rounds}");
    assert_at_rest(&notify, false);
}

/// tokio#3660: whatever `notify_waiters` does at the same moment, one is not lost.
#[test]
fn notify_one_races_notify_waiters_and_cancellation_then_it_is_not_lost() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(3000);
    for drops in [false, true] {
        let notify = Notify::new();
        let turn = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (notify, turn) = (&notify, &turn);
            scope.spawn(move || {
                for round in 0..rounds {
                    spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 1);
                    notify.notify_one();
                    turn.store(2 * round + 2, Ordering::SeqCst);
                }
            });
            for round in 0..rounds {
                let mut cx = Context::from_waker(Waker::noop());
                let mut waits = [(); 3].map(|()| Box::pin(notify.notified()));
                for wait in &mut waits {
                    assert!(wait.as_mut().poll(&mut cx).is_pending());
                }
                turn.store(2 * round + 1, Ordering::SeqCst);
                if !drops {
                    notify.notify_waiters();
                }
                // Dropped before, at, or after their release: what was for one is passed on.
                drop(waits);
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 2);
                assert_eq!(notify.waiters(), 0);
                assert!(take_stored(notify), "lost in round {round}");
                assert!(!take_stored(notify), "doubled in round {round}");
            }
        });
    }
}

#[test]
fn runtime_sleeps_then_another_thread_notifies_it() {
    let _watchdog = Watchdog::start();
    let notify = Arc::new(Notify::new());
    let runtime = thread::spawn({
        let notify = notify.clone();
        move || {
            on_a_runtime(async {
                // As a task and as the root, which have wakers of different kinds.
                let task = spawn(notify.clone().notified_owned());
                notify.notified().await;
                task.await.unwrap();
            });
        }
    });
    spin_until(|| notify.waiters() == 2);
    thread::sleep(Duration::from_millis(20));
    notify.notify_one();
    thread::sleep(Duration::from_millis(5));
    notify.notify_last();
    runtime.join().unwrap();
    assert_at_rest(&notify, false);
}

#[test]
fn runtime_dropped_with_a_notified_task_then_it_goes_to_a_waiter_of_another() {
    let _watchdog = Watchdog::start();
    let notify = Arc::new(Notify::new());
    let ended = crate::common::runtime();
    ended.block_on(async {
        spawn(notify.clone().notified_owned()).detach();
        until(|| notify.waiters() == 1).await;
    });
    thread::scope(|scope| {
        let next = scope.spawn(|| on_a_runtime(notify.notified()));
        spin_until(|| notify.waiters() == 2);
        notify.notify_one();
        drop(ended);
        next.join().unwrap();
    });
    assert_at_rest(&notify, false);
}
