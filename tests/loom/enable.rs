//! Notifications against those who get in line before they wait.

use std::sync::{Arc, atomic::Ordering};

use compio_sync::Notify;

use crate::{
    notify::{model, take_stored},
    support::{check, finish, poll_once, race, spawn},
};

/// Whoever gets in line, looks, and then waits misses nothing.
#[test]
fn enabled_then_looked_then_waited() {
    check(3, || {
        let all = Arc::new((Notify::new(), loom::sync::atomic::AtomicBool::new(false)));
        let (notify, ready) = &*all;
        let other = spawn(&all, |(notify, ready)| {
            ready.store(true, Ordering::SeqCst);
            notify.notify_waiters();
        });
        let mut wait = Box::pin(notify.notified());
        wait.as_mut().enable();
        if !ready.load(Ordering::SeqCst) {
            finish(wait);
        }
        other.join().unwrap();
    });
}

#[test]
fn enabled_and_notified_and_awaited() {
    model(3, |notify| {
        let mut wait = Box::pin(notify.notified());
        race(&notify, Notify::notify_one, || {
            wait.as_mut().enable();
            finish(wait);
        });
        assert!(!take_stored(&notify));
    });
}

#[test]
fn enabled_and_dropped_keeps_what_it_has_used_up_and_nothing_else() {
    model(3, |notify| {
        let (_, over) = race(&notify, Notify::notify_one, || {
            Box::pin(notify.notified()).as_mut().enable()
        });
        assert_eq!(take_stored(&notify), !over);
    });
}

#[test]
fn enabled_twice_while_it_is_notified() {
    model(3, |notify| {
        let mut wait = Box::pin(notify.notified());
        assert!(!wait.as_mut().enable());
        let next = poll_once(notify.notified()).err().unwrap();
        let (_, over) = race(&notify, Notify::notify_one, || {
            let over = wait.as_mut().enable();
            drop(wait);
            over
        });
        match over {
            true => assert!(next.settled().is_err(), "one notification released two"),
            false => next.was_served(),
        }
        assert!(!take_stored(&notify));
    });
}
