//! The shared forms on plain threads.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use compio_sync::{Barrier, Latch, WaitGroup};

use crate::common::{Counter, Watchdog, fewer, spin_until};

#[test]
fn blocked_at_a_barrier_then_one_a_round_leads() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(3000);
    let barrier = Barrier::new(2);
    let leaders = AtomicUsize::new(0);
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for round in 0..rounds {
                    begun.fetch_add(1, Ordering::Relaxed);
                    let leads = barrier.blocking_wait().is_leader();
                    // What all did before is seen by all after; nobody is a round ahead.
                    let arrived = begun.load(Ordering::Relaxed);
                    assert!(
                        (2 * round + 2..=2 * round + 3).contains(&arrived),
                        "{arrived}"
                    );
                    leaders.fetch_add(usize::from(leads), Ordering::SeqCst);
                    barrier.blocking_wait();
                    assert_eq!(leaders.load(Ordering::SeqCst), round + 1);
                    barrier.blocking_wait();
                }
            });
        }
    });
    assert_eq!(leaders.load(Ordering::SeqCst), rounds);
    assert_eq!(barrier.arrived(), 0);
}

/// A withdrawal meets the last arrival: the round is complete with both, or lacks one.
#[test]
fn withdrawn_while_the_last_arrives_then_the_counts_agree() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5000);
    let barrier = Barrier::new(2);
    let turn = AtomicUsize::new(0);
    let led = AtomicBool::new(false);
    let mut completed = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut cx = Context::from_waker(Waker::noop());
            for round in 0..rounds {
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 1);
                let ready = pin!(barrier.wait()).as_mut().poll(&mut cx).is_ready();
                led.store(ready, Ordering::SeqCst);
                turn.store(2 * round + 2, Ordering::SeqCst);
            }
        });
        for round in 0..rounds {
            let mut cx = Context::from_waker(Waker::noop());
            let mut wait = Box::pin(barrier.wait());
            assert!(wait.as_mut().poll(&mut cx).is_pending(), "{round}");
            turn.store(2 * round + 1, Ordering::SeqCst);
            (0..round % 64).for_each(|_| std::hint::spin_loop());
            drop(wait);
            spin_until(|| turn.load(Ordering::SeqCst) == 2 * round + 2);
            // Complete or not, nobody is there any more.
            assert_eq!(barrier.arrived(), 0, "{round}");
            completed += usize::from(led.load(Ordering::SeqCst));
        }
    });
    assert!(completed <= rounds);
}

#[test]
fn blocked_at_a_latch_then_released_with_all_that_was_done() {
    let _watchdog = Watchdog::start();
    for _ in 0..200 {
        let latch = Latch::new(3);
        let done = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    latch.blocking_wait();
                    assert!(latch.try_wait());
                    assert_eq!(done.load(Ordering::Relaxed), 3);
                });
            }
            scope.spawn(|| {
                done.fetch_add(1, Ordering::Relaxed);
                latch.count_down();
            });
            done.fetch_add(2, Ordering::Relaxed);
            latch.count_down_by(2);
        });
    }
}

#[test]
fn counted_down_by_two_threads_then_exactly_one_opens_it() {
    let _watchdog = Watchdog::start();
    for _ in 0..500 {
        let latch = Latch::new(100);
        let counter = Counter::default();
        let waker = counter.waker();
        let mut cx = Context::from_waker(&waker);
        let mut wait = pin!(latch.wait());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..50).for_each(|_| latch.count_down()));
            }
        });
        assert_eq!((latch.count(), counter.wakes()), (0, 1));
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    }
}

#[test]
fn blocked_at_a_wait_group_then_released_with_all_that_was_done() {
    let _watchdog = Watchdog::start();
    let group = WaitGroup::new();
    let done = AtomicUsize::new(0);
    for round in 1..=500 {
        thread::scope(|scope| {
            for _ in 0..3 {
                let guard = group.enter();
                let done = &done;
                scope.spawn(move || {
                    done.fetch_add(1, Ordering::Relaxed);
                    drop(guard);
                });
            }
            group.blocking_wait();
            assert_eq!(done.load(Ordering::Relaxed), 3 * round);
        });
    }
}

/// A group that is used again: the last `done` of one round is still at work when the next round
/// begins, and must not end that.
#[test]
fn wait_group_used_again_while_the_last_done_returns_then_the_new_wait_is_not_over() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(20_000);
    // Where others take the CPUs, a turn of the other thread may take long.
    let end = Instant::now() + Duration::from_secs(20);
    let group = WaitGroup::new();
    let begun = AtomicUsize::new(0);
    // Counted, since a panic here would leave the other thread waiting.
    let (mut early, mut missed) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                spin_until(|| begun.load(Ordering::SeqCst) >= round);
                if begun.load(Ordering::SeqCst) > rounds {
                    break;
                }
                group.done();
            }
        });
        for round in (1..=rounds).take_while(|_| Instant::now() < end) {
            group.add(1);
            begun.store(round, Ordering::SeqCst);
            spin_until(|| group.count() == 0);
            // The next round: this is not done before the wait has been looked at.
            group.add(1);
            let counter = Counter::default();
            let waker = counter.waker();
            let mut cx = Context::from_waker(&waker);
            let mut wait = pin!(group.wait());
            let mut over = false;
            for _ in 0..50 {
                over |= !over && wait.as_mut().poll(&mut cx).is_ready();
                std::hint::spin_loop();
            }
            early += usize::from(over);
            group.done();
            if !over && wait.as_mut().poll(&mut cx).is_pending() {
                // Then the other thread is just taking it out of line, and about to wake it.
                let give_up = Instant::now() + Duration::from_secs(1);
                spin_until(|| counter.wakes() > 0 || Instant::now() > give_up);
                missed +=
                    usize::from(counter.wakes() != 1 || wait.as_mut().poll(&mut cx).is_pending());
            }
        }
        begun.store(usize::MAX, Ordering::SeqCst);
    });
    assert_eq!(early, 0, "of {rounds} waits were over with one under way");
    assert_eq!(
        missed, 0,
        "of {rounds} waits were not over with none under way"
    );
}

/// A wait sees every zero, also one that lasts a moment.
#[test]
fn wait_group_comes_to_zero_for_a_moment_then_the_wait_is_over() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5000);
    let group = WaitGroup::new();
    group.add(1);
    let turn = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                spin_until(|| turn.load(Ordering::SeqCst) == 2 * round - 1);
                group.done();
                group.add(1);
                turn.store(2 * round, Ordering::SeqCst);
            }
        });
        for round in 1..=rounds {
            let counter = Counter::default();
            let waker = counter.waker();
            let mut cx = Context::from_waker(&waker);
            let mut unpolled = pin!(group.wait());
            let mut wait = pin!(group.wait());
            let early = round % 2 == 0 && wait.as_mut().poll(&mut cx).is_ready();
            assert!(!early, "{round}");
            turn.store(2 * round - 1, Ordering::SeqCst);
            let at_once = round % 2 == 1 && wait.as_mut().poll(&mut cx).is_ready();
            spin_until(|| turn.load(Ordering::SeqCst) == 2 * round);
            assert!(at_once || counter.wakes() == 1, "{round}");
            assert!(at_once || wait.as_mut().poll(&mut cx).is_ready(), "{round}");
            assert!(unpolled.as_mut().poll(&mut cx).is_ready(), "{round}");
        }
    });
    assert_eq!((group.count(), group.waiters()), (1, 0));
}
