//! Events: setting and resetting against those who wait and leave.

use std::sync::Arc;

use compio_sync::Event;

use crate::support::{Unguarded, cancel, check, finish, poll_once, race, spawn};

fn model(
    preemptions: usize,
    new: fn() -> Event,
    script: impl Fn(Arc<Event>) + Copy + Send + Sync + 'static,
) {
    check(preemptions, move || {
        let event = Arc::new(new());
        script(event.clone());
        assert_eq!(event.waiters(), 0, "somebody is still in line");
    });
}

fn manual(preemptions: usize, script: impl Fn(Arc<Event>) + Copy + Send + Sync + 'static) {
    model(preemptions, Event::manual_reset, script);
}

fn auto(preemptions: usize, script: impl Fn(Arc<Event>) + Copy + Send + Sync + 'static) {
    model(preemptions, Event::auto_reset, script);
}

#[test]
fn set_races_a_wait() {
    for new in [Event::manual_reset, Event::auto_reset] {
        check(3, move || {
            let all = Arc::new((new(), Unguarded::new()));
            let other = spawn(&all, |(event, work)| {
                work.add(1);
                event.set();
            });
            finish(all.0.wait());
            assert_eq!(all.1.get(), 1);
            other.join().unwrap();
            assert_eq!(all.0.is_set(), !all.0.is_auto_reset());
        });
    }
}

#[test]
fn set_is_seen_with_what_was_done_before() {
    check(3, || {
        let all = Arc::new((Event::manual_reset(), Unguarded::new()));
        race(
            &all,
            |(event, work)| {
                work.add(1);
                event.set();
            },
            || {
                if all.0.is_set() {
                    assert_eq!(all.1.get(), 1);
                }
            },
        );
    });
}

#[test]
fn taken_by_a_try_that_sees_what_was_done_before() {
    check(3, || {
        let all = Arc::new((Event::auto_reset(), Unguarded::new()));
        let (_, taken) = race(
            &all,
            |(event, work)| {
                work.add(1);
                event.set();
            },
            || {
                let taken = all.0.try_wait();
                if taken {
                    assert_eq!(all.1.get(), 1);
                }
                taken
            },
        );
        assert_eq!(all.0.is_set(), !taken);
    });
}

#[test]
fn manual_first_leaves_while_it_is_set() {
    manual(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || drop(first));
        second.was_served();
    });
}

#[test]
fn manual_comes_and_leaves_while_it_is_set() {
    manual(3, |event| {
        let waiting = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || cancel(event.wait()));
        waiting.was_served();
    });
}

#[test]
fn manual_set_and_reset_release_who_began_before() {
    manual(3, |event| {
        let wait = event.wait();
        let other = spawn(&event, |event| {
            event.set();
            event.reset();
        });
        finish(wait);
        other.join().unwrap();
        assert!(!event.is_set());
    });
}

#[test]
fn manual_set_and_reset_at_once_release_who_waits() {
    manual(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || event.reset());
        first.was_served();
        second.was_served();
        assert_eq!(poll_once(event.wait()).is_ok(), event.is_set());
    });
}

#[test]
fn manual_reset_by_two_at_once() {
    manual(3, |event| {
        event.set();
        race(&event, Event::reset, || event.reset());
        assert!(!event.is_set());
        let waiting = poll_once(event.wait()).expect_err("it is reset");
        event.set();
        waiting.was_served();
    });
}

/// Whoever comes when it is reset already waits for the next set.
#[test]
fn manual_newcomer_races_set_and_reset() {
    manual(3, |event| {
        let (_, newcomer) = race(
            &event,
            |event| {
                event.set();
                event.reset();
            },
            || poll_once(event.wait()),
        );
        if let Err(newcomer) = newcomer {
            let newcomer = match newcomer.settled() {
                Ok(()) => return,
                Err(newcomer) => newcomer,
            };
            event.set();
            newcomer.was_served();
        }
    });
}

#[test]
fn manual_set_twice_with_a_reset_between_while_one_waits_again() {
    manual(2, |event| {
        let other = spawn(&event, |event| {
            event.set();
            event.reset();
            event.set();
        });
        finish(event.wait());
        finish(event.wait());
        other.join().unwrap();
        assert!(event.is_set());
    });
}

#[test]
fn manual_releases_more_than_a_batch_while_it_is_reset() {
    manual(2, |event| {
        let waiting = [0; 3].map(|_| poll_once(event.wait()).err().unwrap());
        race(&event, Event::set, || event.reset());
        for waiting in waiting {
            waiting.was_served();
        }
    });
}

#[test]
fn manual_waker_is_replaced_while_it_is_set() {
    manual(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || first.finish());
        second.was_served();
    });
}

#[test]
fn auto_first_leaves_while_it_is_set_and_the_second_is_released() {
    auto(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || drop(first));
        second.was_served();
        assert!(!event.is_set());
    });
}

#[test]
fn auto_only_one_leaves_while_it_is_set_which_it_stays() {
    auto(3, |event| {
        let waiting = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || drop(waiting));
        assert!(event.is_set());
    });
}

#[test]
fn auto_comes_and_leaves_while_it_is_set() {
    auto(3, |event| {
        let (_, released) = race(&event, Event::set, || cancel(event.wait()).is_some());
        assert_eq!(event.is_set(), !released);
    });
}

#[test]
fn auto_two_set_it_and_two_who_wait_are_released() {
    auto(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || event.set());
        first.was_served();
        second.was_served();
        assert!(!event.is_set());
    });
}

#[test]
fn auto_two_set_it_and_one_who_waits_is_released_and_it_stays_set() {
    auto(3, |event| {
        let waiting = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || event.set());
        waiting.was_served();
        assert!(event.is_set());
        event.reset();
        assert!(!event.is_set() && !event.try_wait());
    });
}

#[test]
fn auto_is_taken_by_one_of_two_who_try() {
    auto(3, |event| {
        event.set();
        let (theirs, mine) = race(&event, Event::try_wait, || event.try_wait());
        assert!(theirs != mine);
        assert!(!event.is_set());
    });
}

#[test]
fn auto_is_taken_by_one_who_tries_or_one_who_comes_and_leaves() {
    auto(3, |event| {
        event.set();
        let (tried, waited) = race(&event, Event::try_wait, || cancel(event.wait()).is_some());
        let stays = event.is_set();
        assert_eq!([tried, waited, stays].iter().filter(|&&it| it).count(), 1);
    });
}

/// What was set while somebody waited is not there to be reset.
#[test]
fn auto_reset_takes_nothing_from_one_who_waits() {
    auto(3, |event| {
        let first = poll_once(event.wait()).err().unwrap();
        let second = poll_once(event.wait()).err().unwrap();
        race(&event, Event::set, || {
            drop(first);
            event.reset();
        });
        second.was_served();
        assert!(!event.is_set());
    });
}

/// A wait that is in line when it is reset gets what is set then.
#[test]
fn auto_reset_takes_nothing_from_one_who_has_just_come() {
    auto(3, |event| {
        let (_, waiting) = race(&event, Event::set, || {
            let waiting = poll_once(event.wait());
            event.reset();
            waiting
        });
        if let Err(waiting) = waiting {
            waiting.was_served();
            assert!(!event.is_set());
        }
    });
}

#[test]
fn auto_reset_races_set_and_one_who_comes() {
    auto(3, |event| {
        let (_, waiting) = race(&event, Event::set, || {
            event.reset();
            poll_once(event.wait())
        });
        if let Err(waiting) = waiting
            && let Err(waiting) = waiting.settled()
        {
            assert!(!event.is_set());
            event.set();
            waiting.was_served();
        }
        assert!(!event.is_set());
    });
}

#[test]
fn auto_granted_one_is_dropped_while_another_comes() {
    auto(3, |event| {
        let granted = poll_once(event.clone().wait_owned()).err().unwrap();
        event.set();
        race(&event, |_| drop(granted), || finish(event.wait()));
        assert!(!event.is_set());
    });
}

#[test]
fn auto_try_takes_nothing_from_one_who_has_just_come() {
    auto(3, |event| {
        let (_, waiting) = race(&event, Event::set, || {
            poll_once(event.wait()).inspect_err(|_| {
                assert!(!event.try_wait(), "taken past the line");
            })
        });
        if let Err(waiting) = waiting {
            waiting.was_served();
        }
    });
}
