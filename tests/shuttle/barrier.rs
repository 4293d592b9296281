//! Barriers, latches and wait groups.

use std::sync::Arc;

use compio_sync::{Barrier, Latch, WaitGroup};
use shuttle::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::support::{come_and_leave, explore, finish, join, pick, poll_once, spawn};

struct All {
    barrier: Barrier,
    /// How often somebody has come.
    came: AtomicUsize,
    leaders: AtomicUsize,
    done: AtomicUsize,
}

impl All {
    fn new(parties: usize) -> Arc<Self> {
        Arc::new(Self {
            barrier: Barrier::new(parties),
            came: AtomicUsize::new(0),
            leaders: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
        })
    }

    fn wait(&self) {
        self.came.fetch_add(1, Ordering::SeqCst);
        if finish(self.barrier.wait()).is_leader() {
            self.leaders.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn barrier_has_one_leader_in_each_round_which_ends_when_all_have_come() {
    explore(|| {
        let all = All::new(6);
        join(spawn(6, &all, |all, _| {
            for round in 1..4 {
                all.wait();
                assert!(all.came.load(Ordering::SeqCst) >= 6 * round);
            }
        }));
        assert_eq!(all.leaders.load(Ordering::SeqCst), 3);
        assert_eq!(all.barrier.arrived(), 0);
    });
}

/// Who leaves takes its arrival back, unless the round is complete. At the end some are in want of
/// others, so one fills the round up until all have come.
#[test]
fn barrier_that_some_come_to_and_leave() {
    explore(|| {
        let all = All::new(4);
        let mut threads = spawn(4, &all, |all, _| {
            (0..3).for_each(|_| all.wait());
            all.done.fetch_add(1, Ordering::SeqCst);
        });
        threads.extend(spawn(2, &all, |all, _| {
            (0..3).for_each(|_| come_and_leave(all.barrier.wait()));
        }));
        while all.done.load(Ordering::SeqCst) < 4 {
            let fill = [(); 3].map(|()| poll_once(all.barrier.wait()));
            thread::yield_now();
            drop(fill);
        }
        join(threads);
        assert_eq!(all.barrier.arrived(), 0);
    });
}

#[test]
fn latch_opens_for_those_who_wait_and_those_who_count() {
    explore(|| {
        let shared = Arc::new(Latch::new(6));
        let mut threads = spawn(3, &shared, |latch, _| {
            latch.count_down();
            come_and_leave(latch.wait());
            finish(latch.arrive_and_wait());
        });
        threads.extend(spawn(3, &shared, |latch, _| {
            come_and_leave(latch.wait());
            finish(latch.wait());
            assert!(latch.try_wait());
        }));
        join(threads);
        assert_eq!(shared.count() + shared.waiters(), 0);
    });
}

/// Each round of the group ends, and a wait ends with the round that it began in.
#[test]
fn wait_group_is_entered_again_while_some_wait() {
    explore(|| {
        let shared = Arc::new(WaitGroup::new());
        let first = shared.enter();
        let mut threads = spawn(3, &shared, |group, _| {
            for _ in 0..3 {
                let guard = group.clone().enter_owned();
                thread::yield_now();
                drop(guard);
            }
        });
        threads.extend(spawn(3, &shared, |group, _| {
            for _ in 0..2 {
                match pick(3) {
                    0 => come_and_leave(group.wait()),
                    _ => finish(group.wait()),
                }
            }
        }));
        drop(first);
        join(threads);
        assert_eq!(shared.count() + shared.waiters(), 0);
    });
}
