//! The condition variable: waits that begin, end and are given up against notifications.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use compio_sync::{Condvar, Mutex};

use crate::support::{cancel, check, poll_once, race};

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
