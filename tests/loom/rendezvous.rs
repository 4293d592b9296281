//! Latch, wait group and barrier: the last to come against those who wait and those who leave.

use std::sync::Arc;

use compio_sync::{Barrier, Latch, WaitGroup};

use crate::support::{Unguarded, cancel, check, finish, poll_once, race, spawn};

#[test]
fn latch_last_count_races_a_wait() {
    check(3, || {
        let all = Arc::new((Latch::new(1), Unguarded::new()));
        let counter = spawn(&all, |(latch, work)| {
            work.add(1);
            latch.count_down();
        });
        finish(all.0.wait());
        assert_eq!(all.1.get(), 1);
        counter.join().unwrap();
    });
}

#[test]
fn latch_two_counts_release_a_waiter_who_sees_what_both_did() {
    check(2, || {
        let all = Arc::new((Latch::new(2), [Unguarded::new(), Unguarded::new()]));
        let others = [0, 1].map(|i| {
            spawn(&all, move |(latch, work)| {
                work[i].add(1);
                latch.count_down();
            })
        });
        finish(all.0.wait());
        assert_eq!(all.1.each_ref().map(Unguarded::get), [1, 1]);
        assert!(all.0.try_wait());
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn latch_counted_by_those_who_wait_for_it() {
    check(3, || {
        let latch = Arc::new(Latch::new(2));
        race(
            &latch,
            |latch| finish(latch.arrive_and_wait()),
            || finish(latch.arrive_and_wait()),
        );
        assert_eq!(latch.waiters(), 0);
    });
}

#[test]
fn latch_first_waiter_leaves_while_it_opens() {
    check(3, || {
        let latch = Arc::new(Latch::new(1));
        let first = poll_once(latch.wait()).err().unwrap();
        let second = poll_once(latch.wait()).err().unwrap();
        race(&latch, Latch::count_down, || drop(first));
        second.was_served();
        assert_eq!(latch.waiters(), 0);
    });
}

#[test]
fn latch_waiter_comes_and_leaves_while_it_opens() {
    check(3, || {
        let latch = Arc::new(Latch::new(1));
        race(&latch, Latch::count_down, || cancel(latch.wait()));
        assert!(latch.try_wait());
        assert_eq!(latch.waiters(), 0);
    });
}

#[test]
fn latch_releases_more_than_a_batch() {
    check(2, || {
        let latch = Arc::new(Latch::new(1));
        let waiting = [0; 3].map(|_| poll_once(latch.wait()).err().unwrap());
        race(&latch, Latch::count_down, || {
            finish(latch.wait());
        });
        for waiting in waiting {
            waiting.was_served();
        }
    });
}

#[test]
fn group_done_races_a_wait() {
    check(3, || {
        let all = Arc::new((WaitGroup::new(), Unguarded::new()));
        all.0.add(1);
        let worker = spawn(&all, |(group, work)| {
            work.add(1);
            group.done();
        });
        finish(all.0.wait());
        assert_eq!(all.1.get(), 1);
        worker.join().unwrap();
    });
}

#[test]
fn group_of_two_releases_a_waiter_who_sees_what_both_did() {
    check(2, || {
        let all = Arc::new((WaitGroup::new(), [Unguarded::new(), Unguarded::new()]));
        all.0.add(2);
        let others = [0, 1].map(|i| {
            spawn(&all, move |(group, work)| {
                work[i].add(1);
                group.done();
            })
        });
        finish(all.0.wait());
        assert_eq!(all.1.each_ref().map(Unguarded::get), [1, 1]);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn group_first_waiter_leaves_while_the_last_is_done() {
    check(3, || {
        let group = Arc::new(WaitGroup::new());
        group.add(1);
        let first = poll_once(group.wait()).err().unwrap();
        let second = poll_once(group.wait()).err().unwrap();
        race(&group, WaitGroup::done, || drop(first));
        second.was_served();
        assert_eq!(group.waiters(), 0);
    });
}

#[test]
fn group_wait_is_over_though_more_was_added_at_once() {
    check(3, || {
        let group = Arc::new(WaitGroup::new());
        group.add(1);
        // Made while one is under way, so that the next done is for it.
        let wait = group.wait();
        let other = spawn(&group, |group| {
            group.done();
            group.add(1);
        });
        finish(wait);
        other.join().unwrap();
        assert_eq!(group.count(), 1);
    });
}

/// Whoever was the last of one round may still be about to say so when the next has begun.
#[test]
fn group_wait_of_a_round_is_not_ended_by_the_round_before() {
    check(3, || {
        let group = Arc::new(WaitGroup::new());
        group.add(1);
        let last = spawn(&group, WaitGroup::done);
        finish(group.wait());
        group.add(1);
        let wait = poll_once(group.wait()).expect_err("over, and one is under way");
        last.join().unwrap();
        let wait = wait.again().expect_err("over, and one is under way");
        group.done();
        wait.was_served();
    });
}

#[test]
fn group_entered_again_by_another_while_the_last_leaves() {
    check(2, || {
        let group = Arc::new(WaitGroup::new());
        let guard = group.clone().enter_owned();
        let other = spawn(&group, |group| drop(group.enter()));
        let waiter = spawn(&group, |group| finish(group.wait()));
        drop(guard);
        other.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(group.count(), 0);
        assert_eq!(group.waiters(), 0);
    });
}

#[test]
fn barrier_has_one_leader_and_shows_each_what_the_other_did() {
    check(3, || {
        let all = Arc::new((Barrier::new(2), [Unguarded::new(), Unguarded::new()]));
        let arrive = |me: usize| {
            move |(barrier, work): &(Barrier, [Unguarded; 2])| {
                work[me].add(1);
                let result = finish(barrier.wait());
                assert_eq!(work[1 - me].get(), 1);
                result.is_leader()
            }
        };
        let (theirs, mine) = race(&all, arrive(0), || arrive(1)(&all));
        assert!(theirs != mine, "one of a round is its leader");
    });
}

#[test]
fn barrier_for_three_has_one_leader() {
    check(1, || {
        let barrier = Arc::new(Barrier::new(3));
        let arrive = |barrier: &Barrier| usize::from(finish(barrier.wait()).is_leader());
        let others = [spawn(&barrier, arrive), spawn(&barrier, arrive)];
        let mut leaders = arrive(&barrier);
        for other in others {
            leaders += other.join().unwrap();
        }
        assert_eq!(leaders, 1);
        assert_eq!(barrier.arrived(), 0);
    });
}

#[test]
fn barrier_goes_on_to_the_next_round() {
    check(2, || {
        let barrier = Arc::new(Barrier::new(2));
        let arrive = |barrier: &Barrier| [0; 2].map(|_| finish(barrier.wait()).is_leader());
        let (theirs, mine) = race(&barrier, arrive, || arrive(&barrier));
        for (theirs, mine) in theirs.into_iter().zip(mine) {
            assert!(theirs != mine, "one of each round is its leader");
        }
        assert_eq!(barrier.arrived(), 0);
    });
}

#[test]
fn barrier_withdrawal_races_the_last_arrival() {
    check(3, || {
        let barrier = Arc::new(Barrier::new(2));
        let first = {
            let barrier = barrier.clone();
            poll_once(async move { barrier.wait().await })
                .err()
                .unwrap()
        };
        let (_, second) = race(&barrier, |_| drop(first), || poll_once(barrier.wait()));
        match second {
            Ok(second) => {
                assert!(second.is_leader());
                assert_eq!(
                    barrier.arrived(),
                    0,
                    "withdrawn from a round that was complete"
                );
            }
            Err(second) => {
                assert_eq!(barrier.arrived(), 1, "withdrawn, and the second is there");
                assert!(finish(barrier.wait()).is_leader());
                assert!(!second.was_served().is_leader());
            }
        }
    });
}

#[test]
fn barrier_withdrawal_and_last_arrival_with_a_third_in_line() {
    check(2, || {
        let barrier = Arc::new(Barrier::new(3));
        let first = {
            let barrier = barrier.clone();
            poll_once(async move { barrier.wait().await })
                .err()
                .unwrap()
        };
        let second = poll_once(barrier.wait()).err().unwrap();
        let (_, third) = race(&barrier, |_| drop(first), || poll_once(barrier.wait()));
        match third {
            Ok(third) => {
                assert!(third.is_leader());
                assert_eq!(barrier.arrived(), 0);
            }
            Err(third) => {
                assert_eq!(barrier.arrived(), 2);
                assert!(finish(barrier.wait()).is_leader());
                assert!(!third.was_served().is_leader());
            }
        }
        assert!(!second.was_served().is_leader());
    });
}

#[test]
fn barrier_two_come_and_may_leave() {
    check(3, || {
        let barrier = Arc::new(Barrier::new(2));
        let visit = |barrier: &Barrier| cancel(barrier.wait()).is_some_and(|it| it.is_leader());
        let (theirs, mine) = race(&barrier, visit, || visit(&barrier));
        assert!(!(theirs && mine), "two leaders of one round");
        assert_eq!(barrier.arrived(), 0);
    });
}

#[test]
fn barrier_withdrawal_that_comes_too_late_takes_nothing_from_the_next_round() {
    check(3, || {
        let barrier = Arc::new(Barrier::new(2));
        let first = {
            let barrier = barrier.clone();
            poll_once(async move { barrier.wait().await })
                .err()
                .unwrap()
        };
        assert!(finish(barrier.wait()).is_leader());
        let (_, third) = race(&barrier, |_| drop(first), || poll_once(barrier.wait()));
        let third = third.expect_err("alone in its round");
        assert_eq!(barrier.arrived(), 1);
        assert!(finish(barrier.wait()).is_leader());
        assert!(!third.was_served().is_leader());
    });
}
