//! Between a holder's last look at the list and its leaving it: who comes, is told, or leaves just
//! then.

use std::sync::Arc;

use compio_sync::{CancellationToken, Condvar, Event, Latch, Mutex, Notify};

use crate::support::{cancel, check, poll_once, spawn};

type Shared = (Condvar, Mutex<()>);

/// A wait that owns what it waits for, so that another thread can drop it.
macro_rules! own {
    ($token:expr) => {{
        let token = $token.clone();
        poll_once(async move { token.cancelled().await })
    }};
}

#[test]
fn all_are_notified_as_another_who_notified_all_leaves() {
    check(3, || {
        let notify = Arc::new(Notify::new());
        let first = poll_once(notify.notified()).err().unwrap();
        let other = spawn(&notify, |notify| notify.notify_waiters());
        let second = poll_once(notify.notified());
        notify.notify_waiters();
        other.join().unwrap();
        first.was_served();
        if let Err(second) = second {
            second.was_served();
        }
    });
}

#[test]
fn latch_opens_as_one_who_counted_the_line_leaves() {
    check(3, || {
        let latch = Arc::new(Latch::new(1));
        let [a, b, c] = [(); 3].map(|()| poll_once(latch.wait()).err().unwrap());
        drop(a);
        let other = spawn(&latch, |latch| {
            latch.waiters();
        });
        drop(b);
        drop(c);
        let last = poll_once(latch.wait());
        latch.count_down();
        other.join().unwrap();
        if let Err(last) = last {
            last.was_served();
        }
    });
}

#[test]
fn condvar_notifies_all_as_another_who_did_leaves() {
    check(3, || {
        let shared: Arc<Shared> = Arc::default();
        let wait = || poll_once(shared.0.wait(shared.1.try_lock().unwrap()));
        let first = wait().err().unwrap();
        let other = spawn(&shared, |(condvar, _)| condvar.notify_all());
        let second = wait();
        shared.0.notify_all();
        other.join().unwrap();
        drop(first);
        if let Err(second) = second {
            drop(second.was_served());
        }
    });
}

#[test]
fn condvar_notifies_one_who_came_as_another_leaves() {
    check(3, || {
        let shared: Arc<Shared> = Arc::default();
        let wait = || poll_once(shared.0.wait(shared.1.try_lock().unwrap()));
        let first = wait().err().unwrap();
        let other = spawn(&shared, |(condvar, _)| condvar.notify_all());
        let second = wait();
        shared.0.notify_one();
        other.join().unwrap();
        // Had the one been for it, it goes to the second.
        drop(first);
        if let Err(second) = second {
            drop(second.was_served());
        }
    });
}

#[test]
fn two_who_came_are_notified_one_by_one_as_another_leaves() {
    check(3, || {
        let notify = Arc::new(Notify::new());
        let first = poll_once(notify.notified()).err().unwrap();
        let other = spawn(&notify, |notify| notify.notify_waiters());
        let both = [(); 2].map(|()| poll_once(notify.notified()));
        notify.notify_one();
        notify.notify_one();
        other.join().unwrap();
        drop(first);
        for wait in both.into_iter().filter_map(Result::err) {
            wait.was_served();
        }
    });
}

#[test]
fn child_is_made_as_the_line_of_its_parent_empties() {
    check(3, || {
        let token = Arc::new(CancellationToken::new());
        let a = own!(token).err().unwrap();
        let b = own!(token).err().unwrap();
        let other = spawn(&token, move |_| {
            drop(b);
            drop(a);
        });
        let child = token.child_token();
        let wait = own!(child);
        token.cancel();
        other.join().unwrap();
        assert!(child.is_cancelled());
        if let Err(wait) = wait {
            wait.was_served();
        }
    });
}

#[test]
fn event_set_twice_as_one_of_two_leaves_keeps_one() {
    check(2, || {
        let event = Arc::new(Event::auto_reset());
        let a = poll_once(event.wait()).err().unwrap();
        let b = poll_once(event.wait()).err().unwrap();
        let setters = [(); 2].map(|()| spawn(&event, |event| event.set()));
        drop(a);
        for setter in setters {
            setter.join().unwrap();
        }
        b.was_served();
        let kept = [(); 2].map(|()| cancel(event.wait()).is_some());
        assert_ne!(kept, [true, true], "one set too many");
        assert!(!event.is_set());
    });
}

#[test]
fn one_is_notified_after_all_by_one_thread_and_the_permit_stays() {
    check(3, || {
        let notify = Arc::new(Notify::new());
        let a = poll_once(notify.notified()).err().unwrap();
        let b = poll_once(notify.notified()).err().unwrap();
        let other = spawn(&notify, |notify| {
            notify.notify_waiters();
            notify.notify_one();
        });
        drop(a);
        other.join().unwrap();
        b.was_served();
        assert!(cancel(notify.notified()).is_some(), "the permit is lost");
        assert!(cancel(notify.notified()).is_none(), "one too many");
    });
}

#[test]
fn one_is_notified_after_all_while_it_is_polled_and_the_permit_stays() {
    check(3, || {
        let notify = Arc::new(Notify::new());
        let wait = poll_once(notify.notified()).err().unwrap();
        let other = spawn(&notify, |notify| {
            notify.notify_waiters();
            notify.notify_one();
        });
        let wait = wait.again();
        notify.waiters();
        other.join().unwrap();
        if let Err(wait) = wait {
            wait.was_served();
        }
        assert!(cancel(notify.notified()).is_some(), "the permit is lost");
        assert!(cancel(notify.notified()).is_none(), "one too many");
    });
}
