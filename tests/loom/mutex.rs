//! The mutex: exclusion, hand-over, and waits that are given up in every stage.

use std::sync::Arc;

use compio_sync::{Fairness, Mutex, MutexGuard};

use crate::support::{Unguarded, cancel, check, finish, poll_once, race, spawn};

const BOTH: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

type Lock = Mutex<Unguarded>;

fn model(preemptions: usize, script: impl Fn(Arc<Lock>) + Copy + Send + Sync + 'static) {
    for fairness in BOTH {
        check(preemptions, move || {
            let mutex = Arc::new(Mutex::with_fairness(Unguarded::new(), fairness));
            script(mutex.clone());
            assert_eq!(mutex.waiters(), 0, "somebody is still in line");
            assert!(!mutex.is_locked(), "somebody still has it");
            assert!(mutex.try_lock().is_some());
        });
    }
}

fn work(mutex: &Lock) {
    finish(mutex.lock()).add(1);
}

#[test]
fn two_lock_and_see_what_the_other_did() {
    model(3, |mutex| {
        race(&mutex, work, || work(&mutex));
        assert_eq!(finish(mutex.lock()).get(), 2);
    });
}

#[test]
fn three_lock_in_turn() {
    model(1, |mutex| {
        let others = [spawn(&mutex, work), spawn(&mutex, work)];
        work(&mutex);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(finish(mutex.lock()).get(), 3);
    });
}

#[test]
fn two_try_and_one_waits() {
    model(2, |mutex| {
        let attempt = |mutex: &Lock| mutex.try_lock().map_or(0, |guard| guard.get() + 1);
        let other = spawn(&mutex, attempt);
        work(&mutex);
        attempt(&mutex);
        assert!(other.join().unwrap() <= 2);
    });
}

#[test]
fn unlocked_through_a_part_of_the_value() {
    model(3, |mutex| {
        let guard = MutexGuard::map(mutex.try_lock().unwrap(), |value| value);
        let other = spawn(&mutex, work);
        guard.add(1);
        drop(guard);
        other.join().unwrap();
        assert_eq!(finish(mutex.lock()).get(), 2);
    });
}

#[test]
fn comes_and_leaves_while_it_is_unlocked() {
    model(3, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        race(&mutex, |_| drop(guard), || drop(cancel(mutex.lock())));
    });
}

#[test]
fn only_one_in_line_leaves_while_it_is_handed_the_lock() {
    model(3, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        let waiting = poll_once(mutex.lock()).err().unwrap();
        race(&mutex, |_| drop(guard), || drop(waiting));
    });
}

#[test]
fn first_leaves_while_it_is_handed_the_lock_which_the_second_gets() {
    model(3, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        let first = poll_once(mutex.lock()).err().unwrap();
        let second = poll_once(mutex.lock()).err().unwrap();
        race(&mutex, |_| drop(guard), || drop(first));
        second.was_served().add(1);
    });
}

#[test]
fn second_leaves_while_the_first_is_handed_the_lock() {
    model(3, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        let first = poll_once(mutex.lock()).err().unwrap();
        let second = poll_once(mutex.clone().lock_owned()).err().unwrap();
        race(&mutex, |_| drop(second), || drop(guard));
        first.was_served().add(1);
    });
}

/// The first is `Granted` or `Woken` when it is dropped.
#[test]
fn dropped_with_the_lock_in_its_hands_while_another_comes() {
    model(3, |mutex| {
        let guard = mutex.try_lock().unwrap();
        let first = poll_once(mutex.clone().lock_owned()).err().unwrap();
        drop(guard);
        race(&mutex, |_| drop(first), || work(&mutex));
    });
}

#[test]
fn dropped_with_the_lock_in_its_hands_while_the_next_leaves() {
    model(3, |mutex| {
        let guard = mutex.try_lock().unwrap();
        let first = poll_once(mutex.clone().lock_owned()).err().unwrap();
        let second = poll_once(mutex.lock()).err().unwrap();
        let third = poll_once(mutex.lock()).err().unwrap();
        drop(guard);
        race(&mutex, |_| drop(first), || drop(second));
        third.was_served().add(1);
    });
}

#[test]
fn all_in_line_leave_while_it_is_unlocked() {
    model(1, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        let first = poll_once(mutex.clone().lock_owned()).err().unwrap();
        let second = poll_once(mutex.lock()).err().unwrap();
        let other = spawn(&mutex, |_| drop(first));
        race(&mutex, |_| drop(guard), || drop(second));
        other.join().unwrap();
    });
}

#[test]
fn waker_is_replaced_while_the_lock_comes_and_another_gets_in_line() {
    model(2, |mutex| {
        let guard = mutex.clone().try_lock_owned().unwrap();
        let first = poll_once(mutex.lock()).err().unwrap();
        race(
            &mutex,
            |mutex| {
                drop(guard);
                drop(cancel(mutex.lock()));
            },
            || first.finish().add(1),
        );
        assert_eq!(finish(mutex.lock()).get(), 1);
    });
}
