//! The condition variable: waits that begin, end and are given up against notifications.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use compio_sync::{Condvar, Mutex, OwnedMutexGuard};

use crate::support::{Polled, Unguarded, cancel, check, finish, poll_once, race, spawn};

/// Gets in line with a guard of a mutex that nobody has locked. None when that panics.
macro_rules! try_wait {
    ($condvar:expr, $mutex:expr) => {
        catch_unwind(AssertUnwindSafe(|| {
            poll_once($condvar.wait($mutex.try_lock().unwrap()))
                .err()
                .expect("nobody notifies")
        }))
        .ok()
    };
}

/// A claim that came too late must not stay behind: it would let the next of its kind in, and keep
/// out those who may wait.
#[test]
fn claim_for_a_second_mutex_fails_while_a_wait_begins_and_leaves_nothing_behind() {
    check(3, || {
        let all = Arc::new((Condvar::new(), Mutex::new(()), Mutex::new(())));
        let (condvar, first, second) = &*all;
        drop(cancel(condvar.wait(first.try_lock().unwrap())));
        let (_, waiting) = race(
            &all,
            |(condvar, _, second)| drop(try_wait!(condvar, second)),
            || try_wait!(condvar, first),
        );
        if let Some(waiting) = waiting {
            assert!(
                try_wait!(condvar, second).is_none(),
                "two mutexes at a time"
            );
            assert!(
                try_wait!(condvar, first).is_some(),
                "one mutex, and a panic"
            );
            drop(waiting);
        }
    });
}

/// A condition variable, and a mutex whose guards are waited with.
type All = (Condvar, Arc<Mutex<Unguarded>>);
type Guard = OwnedMutexGuard<Unguarded>;

fn model(preemptions: usize, script: impl Fn(Arc<All>) + Copy + Send + Sync + 'static) {
    check(preemptions, move || {
        let all = Arc::new((Condvar::new(), Arc::new(Mutex::new(Unguarded::new()))));
        script(all.clone());
        assert_eq!(all.0.waiters(), 0, "somebody is still in line");
        assert_eq!(all.1.waiters(), 0, "somebody still waits for the mutex");
        assert!(!all.1.is_locked(), "somebody still has the mutex");
    });
}

/// Gets in line with the mutex, which nobody has locked. Holds all that it needs.
fn wait_once(all: &Arc<All>) -> Result<Guard, Polled<impl Future<Output = Guard> + use<>>> {
    let all = all.clone();
    let guard = all.1.clone().try_lock_owned().unwrap();
    poll_once(async move { all.0.wait(guard).await })
}

fn waiting(all: &Arc<All>) -> Polled<impl Future<Output = Guard> + use<>> {
    wait_once(all).err().expect("nobody has notified")
}

/// That nothing was stored.
fn is_lost(all: &Arc<All>) {
    drop(
        waiting(all)
            .settled()
            .err()
            .expect("a notification was stored"),
    );
}

#[test]
fn waits_for_a_change_that_is_notified_under_the_lock() {
    model(3, |all| {
        let other = spawn(&all, |(condvar, mutex)| {
            let guard = finish(mutex.lock());
            guard.add(1);
            condvar.notify_one();
            drop(guard);
        });
        let guard = finish(all.1.lock());
        let guard = finish(all.0.wait_while(guard, |changed| changed.get() == 0));
        assert_eq!(guard.get(), 1);
        drop(guard);
        other.join().unwrap();
    });
}

#[test]
fn waits_for_a_change_that_is_notified_after_the_unlock() {
    model(3, |all| {
        let other = spawn(&all, |(condvar, mutex)| {
            finish(mutex.lock()).add(1);
            condvar.notify_all();
        });
        let guard = finish(all.1.lock());
        let guard = finish(all.0.wait_while(guard, |changed| changed.get() == 0));
        assert_eq!(guard.get(), 1);
        drop(guard);
        other.join().unwrap();
    });
}

#[test]
fn two_wait_for_a_change_that_all_are_told_of() {
    model(1, |all| {
        let wait = |(condvar, mutex): &All| {
            let guard = finish(mutex.lock());
            drop(finish(
                condvar.wait_while(guard, |changed| changed.get() == 0),
            ));
        };
        let others = [spawn(&all, wait), spawn(&all, wait)];
        finish(all.1.lock()).add(1);
        all.0.notify_all();
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn two_wait_and_each_is_notified_alone() {
    model(1, |all| {
        let wait = |(condvar, mutex): &All| {
            let guard = finish(mutex.lock());
            drop(finish(
                condvar.wait_while(guard, |changed| changed.get() == 0),
            ));
        };
        let others = [spawn(&all, wait), spawn(&all, wait)];
        finish(all.1.lock()).add(1);
        all.0.notify_one();
        all.0.notify_one();
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn what_the_notifier_did_is_seen_without_the_mutex() {
    check(3, || {
        let condvar = Condvar::new();
        let all = Arc::new((condvar, Mutex::new(()), Unguarded::new()));
        let (condvar, mutex, work) = &*all;
        let waiting = poll_once(condvar.wait(mutex.try_lock().unwrap()))
            .err()
            .unwrap();
        race(
            &all,
            |(condvar, _, work)| {
                work.add(1);
                condvar.notify_one();
            },
            || {
                drop(waiting.finish());
                assert_eq!(work.get(), 1);
            },
        );
    });
}

#[test]
fn first_is_dropped_while_it_is_notified_and_the_second_is_told() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        race(&all, |(condvar, _)| condvar.notify_one(), || drop(first));
        drop(second.was_served());
        is_lost(&all);
    });
}

#[test]
fn only_one_is_dropped_while_it_is_notified_and_nothing_is_stored() {
    model(3, |all| {
        let only = waiting(&all);
        race(&all, |(condvar, _)| condvar.notify_one(), || drop(only));
        is_lost(&all);
    });
}

#[test]
fn nothing_is_stored_for_one_who_comes_too_late() {
    model(3, |all| {
        let (_, newcomer) = race(
            &all,
            |(condvar, _)| condvar.notify_one(),
            || wait_once(&all).map(drop),
        );
        drop(newcomer.map_err(|newcomer| newcomer.settled().map(drop)));
        is_lost(&all);
    });
}

#[test]
fn two_are_notified_while_the_first_is_dropped() {
    model(3, |all| {
        let first = waiting(&all);
        let others = [waiting(&all), waiting(&all)];
        race(
            &all,
            |(condvar, _)| {
                condvar.notify_one();
                condvar.notify_one();
            },
            || drop(first),
        );
        for other in others {
            drop(other.was_served());
        }
        is_lost(&all);
    });
}

/// Pending notifications for those who have left are for nobody who comes later.
#[test]
fn both_in_line_are_dropped_while_two_are_notified_and_nothing_is_stored() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        race(
            &all,
            |(condvar, _)| {
                condvar.notify_one();
                condvar.notify_one();
            },
            || {
                drop(first);
                drop(second);
            },
        );
        is_lost(&all);
    });
}

#[test]
fn dropped_when_notified_and_not_polled_while_the_next_leaves() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        let third = waiting(&all);
        all.0.notify_one();
        race(&all, |_| drop(first), || drop(second));
        drop(third.was_served());
        is_lost(&all);
    });
}

#[test]
fn dropped_while_it_locks_again_and_the_second_is_told() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        let guard = all.1.clone().try_lock_owned().unwrap();
        all.0.notify_one();
        let first = first.again().err().expect("the mutex is locked");
        race(&all, |_| drop(guard), || drop(first));
        drop(second.was_served());
        is_lost(&all);
    });
}

#[test]
fn dropped_while_it_locks_again_and_another_comes() {
    model(2, |all| {
        let first = waiting(&all);
        let guard = all.1.try_lock().unwrap();
        all.0.notify_one();
        let first = first.again().err().expect("the mutex is locked");
        let second = poll_once(all.0.wait(guard)).err().unwrap();
        // It has passed on what it was told, or has got the mutex and used it up.
        race(&all, |_| drop(first), || drop(second.finish()));
    });
}

#[test]
fn told_with_all_and_dropped_passes_nothing_on() {
    model(3, |all| {
        let first = waiting(&all);
        all.0.notify_all();
        let second = waiting(&all);
        race(&all, |_| drop(first), || second.settled().err())
            .1
            .expect("told of what was for those before");
        is_lost(&all);
    });
}

#[test]
fn all_are_told_while_another_comes() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        let (_, third) = race(
            &all,
            |(condvar, _)| condvar.notify_all(),
            || wait_once(&all).map(drop),
        );
        drop(first.was_served());
        drop(second.was_served());
        if let Err(third) = third
            && let Err(third) = third.settled()
        {
            all.0.notify_all();
            drop(third.was_served());
        }
    });
}

#[test]
fn all_are_told_while_the_first_leaves() {
    model(3, |all| {
        let first = waiting(&all);
        let others = [waiting(&all), waiting(&all)];
        race(&all, |(condvar, _)| condvar.notify_all(), || drop(first));
        for other in others {
            drop(other.was_served());
        }
        is_lost(&all);
    });
}

#[test]
fn all_and_one_are_told_at_once() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        race(
            &all,
            |(condvar, _)| condvar.notify_all(),
            || all.0.notify_one(),
        );
        drop(first.was_served());
        drop(second.was_served());
        is_lost(&all);
    });
}

#[test]
fn waker_is_replaced_while_it_is_notified() {
    model(3, |all| {
        let first = waiting(&all);
        let second = waiting(&all);
        race(
            &all,
            |(condvar, _)| condvar.notify_one(),
            || drop(first.finish()),
        );
        drop(second.settled().err().expect("one notification for two"));
    });
}

/// Two claims that fail at once leave nothing behind either.
#[test]
fn claims_for_two_other_mutexes_fail_while_a_wait_begins_and_leave_nothing_behind() {
    check(3, || {
        let all = Arc::new((Condvar::new(), [(); 3].map(Mutex::new)));
        let (condvar, [first, second, third]) = &*all;
        drop(cancel(condvar.wait(first.try_lock().unwrap())));
        let other = spawn(&all, |(condvar, [_, _, third])| {
            drop(try_wait!(condvar, third));
        });
        let (_, waiting) = race(
            &all,
            |(condvar, [_, second, _])| drop(try_wait!(condvar, second)),
            || try_wait!(condvar, first),
        );
        other.join().unwrap();
        if let Some(waiting) = waiting {
            for another in [second, third] {
                assert!(try_wait!(condvar, another).is_none(), "two mutexes");
            }
            assert!(try_wait!(condvar, first).is_some(), "one mutex, a panic");
            drop(waiting);
        }
    });
}

#[test]
fn told_with_all_and_dropped_while_it_locks_again_passes_nothing_on() {
    model(3, |all| {
        let first = waiting(&all);
        let guard = all.1.try_lock().unwrap();
        all.0.notify_all();
        let first = first.again().err().expect("the mutex is locked");
        let second = poll_once(all.0.wait(guard)).err().unwrap();
        race(&all, |_| drop(first), || all.0.waiters());
        drop(
            second
                .settled()
                .err()
                .expect("told of what was for those before"),
        );
    });
}
