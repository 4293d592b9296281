//! Notifications against those who come, wait and leave.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use compio_sync::Notify;

use crate::support::{Unguarded, cancel, check, finish, poll_once, race, spawn};

pub fn model(preemptions: usize, script: impl Fn(Arc<Notify>) + Copy + Send + Sync + 'static) {
    check(preemptions, move || {
        let notify = Arc::new(Notify::new());
        script(notify.clone());
        assert_eq!(notify.waiters(), 0, "somebody is still in line");
    });
}

/// Whether a notification is stored; then it is not any more.
pub fn take_stored(notify: &Notify) -> bool {
    cancel(notify.notified()).is_some()
}

#[test]
fn notify_one_races_a_wait() {
    check(3, || {
        let all = Arc::new((Notify::new(), Unguarded::new()));
        let (notify, work) = &*all;
        let other = spawn(&all, |(notify, work)| {
            work.add(1);
            notify.notify_one();
        });
        finish(notify.notified());
        assert_eq!(work.get(), 1);
        other.join().unwrap();
        assert!(!take_stored(notify), "one notification released two");
    });
}

#[test]
fn stored_notification_is_for_one_of_two_who_come_and_leave() {
    model(3, |notify| {
        notify.notify_one();
        let (theirs, mine) = race(&notify, take_stored, || take_stored(&notify));
        let stayed = take_stored(&notify);
        assert_eq!([theirs, mine, stayed].iter().filter(|&&it| it).count(), 1);
    });
}

#[test]
fn stored_notification_releases_two_who_hand_it_on() {
    model(3, |notify| {
        notify.notify_one();
        let work = |notify: &Notify| {
            finish(notify.notified());
            notify.notify_one();
        };
        race(&notify, work, || work(&notify));
        assert!(take_stored(&notify), "a lost notification");
        assert!(!take_stored(&notify), "two are stored");
    });
}

/// What a thread did before it notified is seen, also where there was something stored already.
#[test]
fn two_stored_as_one_show_what_both_did() {
    check(3, || {
        let all = Arc::new((Notify::new(), Unguarded::new(), AtomicUsize::new(0)));
        let (notify, work, done) = &*all;
        notify.notify_one();
        race(
            &all,
            |(notify, work, done)| {
                work.add(1);
                notify.notify_one();
                // std's, so that it tells loom of no order.
                done.store(1, Ordering::Relaxed);
            },
            || {
                loom::thread::yield_now();
                if done.load(Ordering::Relaxed) == 1 {
                    finish(notify.notified());
                    assert_eq!(work.get(), 1);
                }
            },
        );
    });
}

#[test]
fn two_notify_two_who_wait_while_a_third_leaves() {
    model(2, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let others = [0; 2].map(|_| poll_once(notify.notified()).err().unwrap());
        let notifier = spawn(&notify, Notify::notify_one);
        race(&notify, Notify::notify_one, || drop(first));
        notifier.join().unwrap();
        for other in others {
            other.was_served();
        }
        assert!(!take_stored(&notify), "more notifications than there were");
    });
}

/// While the list is busy, notifications are counted.
#[test]
fn one_notifies_two_while_another_leaves() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let others = [0; 2].map(|_| poll_once(notify.notified()).err().unwrap());
        race(
            &notify,
            |notify| {
                notify.notify_one();
                notify.notify_one();
            },
            || drop(first),
        );
        for other in others {
            other.was_served();
        }
        assert!(!take_stored(&notify), "more notifications than there were");
    });
}

#[test]
fn two_notify_while_the_only_one_in_line_leaves_and_one_stays_stored() {
    model(3, |notify| {
        let waiting = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_one();
                notify.notify_one();
            },
            || drop(waiting),
        );
        assert!(take_stored(&notify), "a lost notification");
        assert!(!take_stored(&notify), "two are stored");
    });
}

/// Whoever notifies finds somebody in line who has left by the time it has published that.
#[test]
fn one_comes_and_leaves_while_it_is_notified_and_one_stays_stored() {
    model(3, |notify| {
        let (_, released) = race(&notify, Notify::notify_one, || take_stored(&notify));
        notify.notify_one();
        assert!(take_stored(&notify), "a lost notification");
        assert!(
            !take_stored(&notify),
            "two are stored; released: {released}"
        );
    });
}

/// What was pending for those who have left is stored once.
#[test]
fn three_notify_while_all_in_line_leave_and_one_stays_stored() {
    model(2, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_one();
                notify.notify_one();
                notify.notify_one();
            },
            || {
                drop(second);
                drop(first);
            },
        );
        assert!(take_stored(&notify), "a lost notification");
        assert!(!take_stored(&notify), "two are stored");
    });
}

#[test]
fn one_leaves_and_one_comes_while_two_notify() {
    model(2, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let notifier = spawn(&notify, |notify| {
            notify.notify_one();
            notify.notify_one();
        });
        drop(first);
        finish(notify.notified());
        notifier.join().unwrap();
        second.was_served();
    });
}

#[test]
fn granted_one_is_dropped_while_another_comes() {
    model(3, |notify| {
        let granted = poll_once(notify.clone().notified_owned()).err().unwrap();
        notify.notify_one();
        race(&notify, |_| drop(granted), || finish(notify.notified()));
        assert!(!take_stored(&notify), "one notification released two");
    });
}

#[test]
fn granted_one_is_dropped_while_the_next_leaves() {
    model(3, |notify| {
        let granted = poll_once(notify.clone().notified_owned()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let third = poll_once(notify.notified()).err().unwrap();
        notify.notify_one();
        race(&notify, |_| drop(granted), || drop(second));
        third.was_served();
        assert!(!take_stored(&notify), "one notification released two");
    });
}

#[test]
fn first_leaves_while_it_is_notified_and_the_second_is_released() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_one, || drop(first));
        second.was_served();
        assert!(!take_stored(&notify), "one notification released two");
    });
}

#[test]
fn notify_one_and_a_poll_with_another_waker() {
    model(3, |notify| {
        let waiting = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_one, || waiting.finish());
        assert!(!take_stored(&notify));
    });
}

/// The second gets in line while the first is taken out of it: the notifier takes that back, and
/// must find the waker that has come meanwhile.
#[test]
fn waker_is_replaced_while_the_notifier_takes_its_decision_back() {
    model(3, |notify| {
        let front = poll_once(notify.notified()).err().unwrap();
        let (_, second) = race(&notify, Notify::notify_one, || {
            let second = poll_once(notify.notified());
            front.finish();
            second.expect_err("one notification released two")
        });
        drop(second);
        assert!(!take_stored(&notify));
    });
}

#[test]
fn notify_waiters_races_a_wait_that_was_made_before() {
    check(3, || {
        let all = Arc::new((Notify::new(), Unguarded::new()));
        let (notify, work) = &*all;
        let wait = notify.notified();
        let other = spawn(&all, |(notify, work)| {
            work.add(1);
            notify.notify_waiters();
        });
        finish(wait);
        assert_eq!(work.get(), 1);
        other.join().unwrap();
        assert!(!take_stored(notify), "it is stored for nobody");
    });
}

#[test]
fn notify_waiters_releases_more_than_a_batch_while_one_leaves() {
    model(2, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let others = [0; 3].map(|_| poll_once(notify.notified()).err().unwrap());
        race(&notify, Notify::notify_waiters, || drop(first));
        for other in others {
            other.was_served();
        }
        assert!(!take_stored(&notify));
    });
}

#[test]
fn notify_waiters_races_one_who_comes_and_may_have_to_wait_for_the_next() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let (_, second) = race(&notify, Notify::notify_waiters, || {
            poll_once(notify.notified())
        });
        first.was_served();
        if let Err(second) = second {
            notify.notify_waiters();
            second.was_served();
        }
        assert!(!take_stored(&notify));
    });
}

#[test]
fn two_notify_waiters_at_once() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_waiters, || notify.notify_waiters());
        first.was_served();
        second.was_served();
        assert!(!take_stored(&notify));
    });
}

/// One thread's notifications keep their order, also where another has to deliver both.
#[test]
fn all_and_then_one_are_notified_while_another_leaves() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_waiters();
                notify.notify_one();
            },
            || drop(first),
        );
        second.was_served();
        assert!(take_stored(&notify), "used up by one who was released");
        assert!(!take_stored(&notify));
    });
}

#[test]
fn all_and_then_one_are_notified_while_another_is_in_the_list() {
    model(3, |notify| {
        let waiting = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_waiters();
                notify.notify_one();
            },
            || notify.waiters(),
        );
        waiting.was_served();
        assert!(take_stored(&notify), "used up by one who was released");
    });
}

#[test]
fn all_and_then_one_are_notified_while_one_polls_again() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_waiters();
                notify.notify_one();
            },
            || first.finish(),
        );
        second.was_served();
        assert!(take_stored(&notify), "used up by one who was released");
    });
}

/// Who comes too late for all is released as the one.
#[test]
fn all_and_then_one_are_notified_while_one_leaves_and_one_comes() {
    model(2, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let notifier = spawn(&notify, |notify| {
            notify.notify_waiters();
            notify.notify_one();
        });
        drop(first);
        finish(notify.notified());
        notifier.join().unwrap();
        second.was_served();
    });
}

#[test]
fn all_and_one_are_notified_at_once() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_waiters, || notify.notify_one());
        first.was_served();
        second.was_served();
        take_stored(&notify);
        assert!(!take_stored(&notify), "two are stored");
    });
}

#[test]
fn last_is_notified_while_the_first_leaves() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let last = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_last, || drop(first));
        last.was_served();
        assert!(!take_stored(&notify));
    });
}

#[test]
fn last_leaves_while_it_is_notified() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let last = poll_once(notify.notified()).err().unwrap();
        race(&notify, Notify::notify_last, || drop(last));
        first.was_served();
        assert!(!take_stored(&notify));
    });
}

/// In a model each thread completes the links with every second one that it registers behind
/// others, and so is in the list then.
#[test]
fn notify_one_finds_the_list_taken_by_one_who_completes_the_links() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let (_, third) = race(&notify, Notify::notify_one, || poll_once(notify.notified()));
        first.was_served();
        drop((second, third));
        assert!(!take_stored(&notify));
    });
}

#[test]
fn notify_waiters_finds_the_list_taken_by_one_who_completes_the_links() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let (_, third) = race(&notify, Notify::notify_waiters, || {
            poll_once(notify.notified())
        });
        first.was_served();
        second.was_served();
        drop(third);
        assert!(!take_stored(&notify));
    });
}

#[test]
fn last_is_notified_while_another_comes() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        let (_, third) = race(&notify, Notify::notify_last, || {
            poll_once(notify.notified())
        });
        // The first is notified where who comes is in the list at that moment.
        let first = first.settled().is_ok();
        let second = second.settled().is_ok();
        let third = third.map_or_else(|third| third.settled().is_ok(), |()| true);
        let notified = [first, second, third].into_iter().filter(|it| *it).count();
        assert_eq!(notified, 1, "{first} {second} {third}");
    });
}

#[test]
fn all_and_then_the_last_are_notified_while_another_leaves() {
    model(3, |notify| {
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(
            &notify,
            |notify| {
                notify.notify_waiters();
                notify.notify_last();
            },
            || drop(first),
        );
        second.was_served();
        assert!(take_stored(&notify), "used up by one who was released");
    });
}

#[test]
fn what_the_notifier_did_is_seen_where_another_delivers() {
    check(3, || {
        let all = Arc::new((Notify::new(), Unguarded::new()));
        let (notify, work) = &*all;
        let first = poll_once(notify.notified()).err().unwrap();
        let second = poll_once(notify.notified()).err().unwrap();
        race(
            &all,
            |(notify, work)| {
                work.add(1);
                notify.notify_one();
            },
            || {
                drop(first);
                second.finish();
                assert_eq!(work.get(), 1);
            },
        );
    });
}

/// What is stored while somebody waits is nobody else's.
#[test]
fn newcomer_takes_nothing_from_one_who_has_just_come() {
    model(3, |notify| {
        let (_, waiting) = race(&notify, Notify::notify_one, || {
            poll_once(notify.notified()).inspect_err(|_| {
                assert!(!take_stored(&notify), "taken past the line");
            })
        });
        if let Err(waiting) = waiting {
            waiting.was_served();
        }
    });
}
