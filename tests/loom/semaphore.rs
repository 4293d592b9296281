//! The semaphore: acquire, release, cancel, close, resize, in pairs and triples.

use compio_sync::{Closed, Fairness, Semaphore};
use loom::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::{Log, cancel, check, finish, poll_once, race, spawn};

const BOTH: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

fn model(
    preemptions: usize,
    permits: usize,
    fairness: &[Fairness],
    script: impl Fn(Arc<Semaphore>) + Copy + Send + Sync + 'static,
) {
    for &fairness in fairness {
        check(preemptions, move || {
            let semaphore = Arc::new(Semaphore::with_fairness(permits, fairness));
            script(semaphore.clone());
            assert_eq!(semaphore.waiters(), 0, "somebody is still in line");
            if !semaphore.is_closed() {
                assert_eq!(semaphore.in_use(), 0, "a permit was lost");
                assert_eq!(semaphore.available_permits(), semaphore.max_permits());
            }
        });
    }
}

#[test]
fn acquire_and_release_exclude_each_other() {
    model(3, 1, &BOTH, |semaphore| {
        let inside = Arc::new(AtomicUsize::new(0));
        let work = |inside: Arc<AtomicUsize>| {
            move |semaphore: &Semaphore| {
                let permit = finish(semaphore.acquire());
                assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
                inside.fetch_sub(1, Ordering::Relaxed);
                drop(permit);
            }
        };
        let other = spawn(&semaphore, work(inside.clone()));
        work(inside)(&semaphore);
        other.join().unwrap();
    });
}

#[test]
fn what_was_done_under_a_permit_is_seen_under_the_next() {
    model(3, 1, &BOTH, |semaphore| {
        let cell = Arc::new(loom::cell::UnsafeCell::new(0));
        let add = |cell: Arc<loom::cell::UnsafeCell<i32>>| {
            move |semaphore: &Semaphore| {
                let permit = finish(semaphore.acquire());
                // SAFETY: the permit excludes the others; loom checks that it does.
                cell.with_mut(|n| unsafe { *n += 1 });
                drop(permit);
            }
        };
        let other = spawn(&semaphore, add(cell.clone()));
        add(cell.clone())(&semaphore);
        other.join().unwrap();
        // SAFETY: as above.
        assert_eq!(cell.with(|n| unsafe { *n }), 2);
    });
}

#[test]
fn three_threads_take_turns() {
    model(1, 1, &BOTH, |semaphore| {
        let work = |semaphore: &Semaphore| drop(finish(semaphore.acquire()));
        let others = [spawn(&semaphore, work), spawn(&semaphore, work)];
        work(&semaphore);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn add_wakes_a_waiter_that_registers_meanwhile() {
    model(3, 0, &BOTH, |semaphore| {
        let adder = spawn(&semaphore, |semaphore| semaphore.add_permits(1));
        drop(finish(semaphore.acquire()));
        adder.join().unwrap();
    });
}

/// In a model each thread completes the links with every second one that it registers behind
/// others, and so is in the list then.
#[test]
fn add_finds_the_list_taken_by_one_who_completes_the_links() {
    model(3, 0, &[Fairness::Strict], |semaphore| {
        let [first, second] = [(); 2].map(|()| poll_once(semaphore.acquire()).err().unwrap());
        let (_, third) = race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || poll_once(semaphore.acquire()),
        );
        drop(first.was_served());
        drop(second.was_served());
        drop(third.err().unwrap().was_served());
    });
}

#[test]
fn two_adders_serve_two_waiters() {
    model(1, 0, &BOTH, |semaphore| {
        let adder = spawn(&semaphore, |semaphore| semaphore.add_permits(1));
        let waiter = spawn(&semaphore, |semaphore| drop(finish(semaphore.acquire())));
        semaphore.add_permits(1);
        drop(finish(semaphore.acquire()));
        adder.join().unwrap();
        waiter.join().unwrap();
    });
}

#[test]
fn cancel_racing_a_grant_leaves_the_permit_with_one_of_them() {
    model(3, 0, &BOTH, |semaphore| {
        let adder = spawn(&semaphore, |semaphore| semaphore.add_permits(1));
        drop(cancel(semaphore.acquire()));
        adder.join().unwrap();
        assert!(semaphore.try_acquire().is_some());
    });
}

#[test]
fn cancelled_front_passes_on_to_the_next() {
    model(3, 0, &BOTH, |semaphore| {
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let next = spawn(&semaphore, |semaphore| drop(finish(semaphore.acquire())));
        semaphore.add_permits(1);
        drop(front);
        next.join().unwrap();
    });
}

#[test]
fn cancelled_front_in_another_thread_than_the_release() {
    model(2, 0, &BOTH, |semaphore| {
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let next = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || {
                drop(front);
                drop(next.finish());
            },
        );
    });
}

#[test]
fn cancelled_middle_keeps_the_line_whole() {
    model(2, 0, &BOTH, |semaphore| {
        let first = poll_once(semaphore.acquire()).err().unwrap();
        let middle = poll_once(semaphore.acquire()).err().unwrap();
        let last = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(2),
            || {
                drop(middle);
                drop(first.finish());
                drop(last.finish());
            },
        );
    });
}

#[test]
fn cancelled_large_front_lets_a_small_one_through() {
    model(3, 1, &BOTH, |semaphore| {
        let large = poll_once(semaphore.acquire_many(2)).err().unwrap();
        let small = spawn(&semaphore, |semaphore| drop(finish(semaphore.acquire())));
        drop(large);
        small.join().unwrap();
    });
}

#[test]
fn newest_leaves_while_another_registers() {
    model(3, 0, &BOTH, |semaphore| {
        let first = poll_once(semaphore.acquire()).err().unwrap();
        let newest = poll_once(semaphore.acquire()).err().unwrap();
        let other = spawn(&semaphore, |semaphore| drop(cancel(semaphore.acquire())));
        drop(newest);
        other.join().unwrap();
        semaphore.add_permits(1);
        drop(first.finish());
    });
}

#[test]
fn two_leave_at_once() {
    model(3, 0, &BOTH, |semaphore| {
        let other = spawn(&semaphore, |semaphore| drop(cancel(semaphore.acquire())));
        drop(cancel(semaphore.acquire()));
        other.join().unwrap();
    });
}

#[test]
fn waker_is_replaced_while_a_permit_comes() {
    model(3, 0, &BOTH, |semaphore| {
        // `finish` polls again, with another waker than `poll_once`.
        let pending = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || {
                drop(pending.finish());
            },
        );
    });
}

/// The second gets in line while the front is taken out of it: who releases takes that back, and
/// must find the waker that has come meanwhile.
#[test]
fn waker_is_replaced_while_a_grant_is_taken_back() {
    model(3, 0, &BOTH, |semaphore| {
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let (_, second) = race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || {
                // A newcomer may be faster, and the front must not wait for this one for ever.
                let second = poll_once(semaphore.acquire()).map(drop);
                drop(front.finish());
                second
            },
        );
        drop(second.map_err(|second| second.was_served()));
    });
}

#[test]
fn weighted_requests_get_all_or_nothing() {
    model(2, 2, &BOTH, |semaphore| {
        let both = |semaphore: &Semaphore| {
            let permit = finish(semaphore.acquire_many(2));
            assert_eq!(permit.num_permits(), 2);
        };
        let other = spawn(&semaphore, both);
        both(&semaphore);
        other.join().unwrap();
    });
}

#[test]
fn large_request_is_served_by_two_releases() {
    model(1, 0, &BOTH, |semaphore| {
        let others =
            [0, 1].map(|_| spawn(&semaphore, |semaphore: &Semaphore| semaphore.add_permits(1)));
        drop(finish(semaphore.acquire_many(2)));
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn close_tells_a_waiter_that_registers_meanwhile() {
    model(3, 0, &BOTH, |semaphore| {
        let closer = spawn(&semaphore, Semaphore::close);
        assert_eq!(finish(semaphore.acquire_or_closed()).err(), Some(Closed));
        closer.join().unwrap();
    });
}

#[test]
fn close_racing_a_grant_decides_it() {
    model(3, 0, &BOTH, |semaphore| {
        let pending = poll_once(semaphore.acquire_or_closed()).err().unwrap();
        let adder = spawn(&semaphore, |semaphore| semaphore.add_permits(1));
        semaphore.close();
        let granted = pending.finish().is_ok();
        adder.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1, "granted: {granted}");
        assert!(semaphore.try_acquire().is_none());
    });
}

#[test]
fn close_racing_a_cancel() {
    model(3, 0, &BOTH, |semaphore| {
        let pending = poll_once(semaphore.acquire_or_closed()).err().unwrap();
        let closer = spawn(&semaphore, Semaphore::close);
        drop(pending);
        closer.join().unwrap();
    });
}

#[test]
fn reduction_is_withheld_from_those_who_wait() {
    model(3, 2, &BOTH, |semaphore| {
        let held = semaphore.try_acquire_many(2).unwrap();
        let waiter = spawn(&semaphore, |semaphore| drop(finish(semaphore.acquire())));
        assert_eq!(semaphore.reduce_permits(1), 1);
        drop(held);
        waiter.join().unwrap();
        assert_eq!(semaphore.max_permits(), 1);
    });
}

#[test]
fn resize_racing_an_acquire_and_a_release() {
    model(2, 1, &BOTH, |semaphore| {
        let resizer = spawn(&semaphore, |semaphore| {
            semaphore.resize(0);
            semaphore.resize(2);
        });
        drop(finish(semaphore.acquire()));
        resizer.join().unwrap();
        assert_eq!(semaphore.max_permits(), 2);
    });
}

#[test]
fn forget_racing_a_waiter() {
    model(3, 2, &BOTH, |semaphore| {
        let mut held = semaphore.try_acquire_many(2).unwrap();
        let waiter = spawn(&semaphore, |semaphore| drop(finish(semaphore.acquire())));
        held.split(1).unwrap().forget();
        drop(held);
        waiter.join().unwrap();
        assert_eq!(semaphore.max_permits(), 1);
    });
}

#[test]
fn more_than_a_batch_is_released_at_once() {
    // A batch is two in a model.
    model(2, 0, &BOTH, |semaphore| {
        let pending = [0; 3].map(|_| poll_once(semaphore.acquire()).err().unwrap());
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(3),
            || {
                for pending in pending {
                    drop(pending.finish());
                }
            },
        );
    });
}

#[test]
fn strict_serves_in_the_order_of_arrival() {
    model(2, 0, &[Fairness::Strict], |semaphore| {
        let log = Log::new();
        let first = poll_once(semaphore.acquire()).err().unwrap();
        let second = {
            let log = log.clone();
            spawn(&semaphore, move |semaphore| {
                let permit = finish(semaphore.acquire());
                log.push(2);
                drop(permit);
            })
        };
        semaphore.add_permits(1);
        let permit = first.finish();
        log.push(1);
        drop(permit);
        second.join().unwrap();
        assert_eq!(log.take(), [1, 2]);
    });
}

#[test]
fn newcomer_passes_a_woken_front_which_is_served_in_the_end() {
    model(2, 0, &[Fairness::Throughput], |semaphore| {
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let newcomer = spawn(&semaphore, |semaphore| drop(semaphore.try_acquire()));
        semaphore.add_permits(1);
        drop(front.finish());
        newcomer.join().unwrap();
    });
}

/// When the front has been served and its follower woken, the queue's word is what it was before.
#[test]
fn front_that_came_in_vain_is_served_as_it_waits_on_and_the_next_is_woken() {
    model(3, 0, &[Fairness::Throughput], |semaphore| {
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let second = poll_once(semaphore.acquire_many(2)).err().unwrap();
        semaphore.add_permits(1);
        semaphore.try_acquire().unwrap().forget();
        let ((), front) = race(
            &semaphore,
            |semaphore| {
                semaphore.add_permits(2);
                semaphore.add_permits(1);
            },
            || front.again(),
        );
        let front = front.unwrap_or_else(|front| front.was_served());
        let both = (front, second.was_served());
        drop(both);
    });
}

/// One of the two finds the other in the list, and leaves its permit to it.
#[test]
fn two_releases_at_once_serve_two_waiters() {
    model(3, 0, &BOTH, |semaphore| {
        let first = poll_once(semaphore.acquire()).err().unwrap();
        let second = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || semaphore.add_permits(1),
        );
        let both = (first.was_served(), second.was_served());
        drop(both);
    });
}

/// With the third there are more than the front will take, which comes at that moment.
#[test]
fn what_has_piled_up_is_handed_out_as_the_front_comes() {
    model(3, 0, &[Fairness::Throughput], |semaphore| {
        let [front, second, third] =
            [(); 3].map(|()| poll_once(semaphore.acquire()).err().unwrap());
        semaphore.add_permits(1);
        semaphore.add_permits(1);
        let ((), first) = race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || front.was_served(),
        );
        let all = (first, second.was_served(), third.was_served());
        assert_eq!(semaphore.available_permits(), 0);
        drop(all);
    });
}

/// The same where it gives up.
#[test]
fn what_has_piled_up_is_handed_out_as_the_front_leaves() {
    model(3, 0, &[Fairness::Throughput], |semaphore| {
        let [front, second, third] =
            [(); 3].map(|()| poll_once(semaphore.acquire()).err().unwrap());
        semaphore.add_permits(1);
        semaphore.add_permits(1);
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || drop(front),
        );
        let both = (second.was_served(), third.was_served());
        assert_eq!(semaphore.available_permits(), 1);
        drop(both);
    });
}

#[test]
fn a_release_and_one_who_leaves_serve_the_third() {
    model(3, 0, &BOTH, |semaphore| {
        let first = poll_once(semaphore.acquire()).err().unwrap();
        let second = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(1),
            || drop(first),
        );
        drop(second.was_served());
    });
}

/// The mark "the front was woken" must not pass to one who registers when the line has become
/// empty.
#[test]
fn registers_while_a_woken_front_is_handed_its_permits() {
    model(3, 2, &[Fairness::Throughput], |semaphore| {
        let mut held = semaphore.try_acquire_many(2).unwrap();
        let front = poll_once(semaphore.acquire_many(2)).err().unwrap();
        drop(held.split(1));
        drop(held);
        // The front is woken, and somebody else is faster.
        let held = semaphore.try_acquire_many(2).unwrap();
        race(
            &semaphore,
            |semaphore| drop(finish(semaphore.acquire())),
            || {
                drop(held);
                let mut both = front.finish();
                drop(both.split(1));
                drop(both);
            },
        );
    });
}

/// The same where it takes its permit past the line, and leaves that as the last one.
#[test]
fn registers_while_a_woken_front_leaves_after_the_one_behind_it() {
    check(3, || {
        let semaphore = std::sync::Arc::new(Semaphore::with_fairness(1, Fairness::Throughput));
        let held = semaphore.try_acquire().unwrap();
        let front = poll_once(semaphore.acquire()).err().unwrap();
        let second = poll_once(semaphore.clone().acquire_owned()).err().unwrap();
        drop(held);
        let handle = semaphore.clone();
        let leaves_and_comes = move |_: &Semaphore| {
            drop(second);
            poll_once(handle.acquire_owned())
        };
        match race(&semaphore, leaves_and_comes, || front.again()) {
            (Err(next), Ok(held)) => {
                drop(held);
                drop(next.was_served());
            }
            (Ok(held), Err(front)) => {
                drop(held);
                drop(front.was_served());
            }
            (next, front) => panic!("{} and {} have it", next.is_ok(), front.is_ok()),
        }
    });
}

/// Nor to the one behind it: what is left is taken by a newcomer, who then gets in line and is in
/// the list as the one who hands out comes back to see to it.
#[test]
fn who_stands_behind_a_woken_front_that_was_served_is_woken_for_the_next() {
    check(2, || {
        let semaphore = std::sync::Arc::new(Semaphore::with_fairness(1, Fairness::Throughput));
        let held = semaphore.try_acquire().unwrap();
        let [front, second, third] =
            [(); 3].map(|()| poll_once(semaphore.acquire()).err().unwrap());
        drop(held);
        let held = semaphore.try_acquire().unwrap();
        let handle = semaphore.clone();
        let newcomer = move |_: &Semaphore| {
            let faster = handle.clone().try_acquire_owned();
            // Two, since it is not this thread's turn to be in the list at the first.
            let behind = [(); 2].map(|()| poll_once(handle.clone().acquire_owned()));
            (faster, behind)
        };
        let ((faster, behind), ()) = race(&semaphore, newcomer, || semaphore.add_permits(3));
        let both = (front.was_served(), second.was_served());
        drop(faster);
        // Those that were ready at once give theirs back, too.
        let behind = behind.map(Result::err);
        drop(third.was_served());
        drop((behind, both, held));
        assert_eq!(semaphore.waiters(), 0);
        assert_eq!(semaphore.in_use(), 0);
    });
}

/// What is free stays free for others while a holder of the list hands out.
#[test]
fn handing_out_hides_nothing_that_is_free() {
    model(2, 0, &[Fairness::Strict], |semaphore| {
        let waiting = poll_once(semaphore.acquire()).err().unwrap();
        race(
            &semaphore,
            |semaphore| semaphore.add_permits(3),
            || {
                drop(waiting.finish());
                // It was served, so nobody waits, and at least its own permit is free.
                assert!(semaphore.try_acquire().is_some());
            },
        );
    });
}
