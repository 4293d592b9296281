//! Notifications, for one and for all.
//!
//! A notification for one goes from hand to hand: whoever is released notifies the next. So there
//! is one at a time, none is lost as a second that is stored, and if any wait or any who leaves
//! keeps it, the others wait for ever.

use std::sync::Arc;

use compio_sync::Notify;
use shuttle::{sync::Barrier, thread};

use crate::support::{come_and_leave, explore, finish, give_up, join, pick, poll_once, spawn};

/// It is stored, once, and nobody is in line.
fn settled(notify: &Notify) {
    assert_eq!(notify.waiters(), 0);
    assert!(
        poll_once(notify.notified()).is_ok(),
        "the notification is lost"
    );
    assert!(poll_once(notify.notified()).is_err(), "there are two of it");
}

#[test]
fn one_goes_from_hand_to_hand_while_some_leave() {
    explore(|| {
        let notify = Arc::new(Notify::new());
        let threads = spawn(6, &notify, |notify, _| {
            for _ in 0..3 {
                let released = match pick(3) {
                    0 => give_up(notify.notified()).is_some(),
                    1 => {
                        finish(notify.clone().notified_owned());
                        true
                    }
                    _ => {
                        finish(notify.notified());
                        true
                    }
                };
                if released {
                    match pick(4) {
                        0 => notify.notify_last(),
                        _ => notify.notify_one(),
                    }
                }
            }
        });
        notify.notify_one();
        join(threads);
        settled(&notify);
    });
}

/// `enable` gets in line, and what it got is passed on by whoever waits no more.
#[test]
fn one_is_caught_by_those_who_are_enabled() {
    explore(|| {
        let notify = Arc::new(Notify::new());
        let threads = spawn(5, &notify, |notify, _| {
            for _ in 0..3 {
                let mut notified = Box::pin(notify.notified());
                let enabled = notified.as_mut().enable();
                // Used up, it is whoever has enabled it that has it; otherwise it is passed on.
                if enabled || pick(2) == 0 {
                    finish(notified);
                    notify.notify_one();
                }
            }
        });
        notify.notify_one();
        join(threads);
        settled(&notify);
    });
}

struct All {
    notify: Notify,
    begun: Barrier,
}

/// More than a batch, with those who leave, a notification for one, and some who come later.
#[test]
fn all_who_wait_are_released_at_once_while_some_leave() {
    explore(|| {
        let all = Arc::new(All {
            notify: Notify::new(),
            begun: Barrier::new(5),
        });
        let mut threads = spawn(3, &all, |all, _| {
            let wait = || poll_once(all.notify.notified()).expect_err("not notified");
            let mut line: Vec<_> = (0..12).map(|_| wait()).collect();
            all.begun.wait();
            (0..pick(6)).for_each(|_| drop(line.swap_remove(pick(line.len()))));
            line.into_iter().for_each(|wait| wait.finish());
        });
        threads.extend(spawn(1, &all, |all, _| {
            all.begun.wait();
            (0..3).for_each(|_| come_and_leave(all.notify.notified()));
        }));
        all.begun.wait();
        if pick(2) == 0 {
            all.notify.notify_one();
        }
        all.notify.notify_waiters();
        join(threads);
        assert_eq!(all.notify.waiters(), 0);
        come_and_leave(all.notify.notified());
        assert!(
            poll_once(all.notify.notified()).is_err(),
            "there were two of it"
        );
    });
}

/// Released together and one by one at the same time: each is released by the one or the other, and
/// who is told with all passes nothing on.
#[test]
fn all_and_one_at_once() {
    explore(|| {
        let all = Arc::new(All {
            notify: Notify::new(),
            begun: Barrier::new(6),
        });
        let threads = spawn(5, &all, |all, _| {
            let wait = all.notify.notified();
            all.begun.wait();
            match pick(3) {
                0 => come_and_leave(wait),
                _ => finish(wait),
            }
        });
        all.begun.wait();
        let one = thread::spawn({
            let all = all.clone();
            move || all.notify.notify_one()
        });
        all.notify.notify_waiters();
        one.join().unwrap();
        join(threads);
        assert_eq!(all.notify.waiters(), 0);
        come_and_leave(all.notify.notified());
        assert!(
            poll_once(all.notify.notified()).is_err(),
            "there were two of it"
        );
    });
}
