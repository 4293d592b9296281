//! Permits, under both policies.

use std::sync::Arc;

use compio_sync::{Fairness, Semaphore};
use shuttle::thread;

use crate::support::{Room, explore, finish, give_up, join, pick, poll_once, spawn};

struct All {
    semaphore: Semaphore,
    room: Room,
}

fn model(
    permits: usize,
    room: usize,
    script: impl Fn(Arc<All>) + Clone + Send + Sync + 'static,
) -> impl Fn() {
    move || {
        for fairness in [Fairness::Strict, Fairness::Throughput] {
            let script = script.clone();
            explore(move || {
                script(Arc::new(All {
                    semaphore: Semaphore::with_fairness(permits, fairness),
                    room: Room::new(room),
                }));
            });
        }
    }
}

/// When all are done: nobody is in line, and all permits are there.
fn settled(all: &All, permits: usize) {
    assert_eq!(all.semaphore.waiters(), 0);
    assert_eq!(all.semaphore.available_permits(), permits);
}

#[test]
fn permits_are_taken_in_any_number_and_none_is_lost_or_made() {
    model(3, 3, |all| {
        join(spawn(6, &all, |all, _| {
            for _ in 0..3 {
                let n = 1 + pick(3);
                let permit = match pick(4) {
                    0 => give_up(all.semaphore.acquire_many(n)),
                    1 => all.semaphore.try_acquire_many(n),
                    _ => Some(finish(all.semaphore.acquire_many(n))),
                };
                let Some(mut permit) = permit else { continue };
                all.room.visit(n, || {});
                let half = permit.split(n / 2);
                drop(permit);
                drop(half);
            }
        }));
        settled(&all, 3);
    })();
}

#[test]
fn closed_while_some_wait_and_some_leave() {
    model(2, 2, |all| {
        let mut threads = spawn(5, &all, |all, _| {
            for _ in 0..3 {
                let n = 1 + pick(2);
                let acquire = all.semaphore.acquire_many_or_closed(n);
                let permit = match pick(3) {
                    0 => give_up(acquire),
                    _ => Some(finish(acquire)),
                };
                match permit {
                    Some(Ok(_permit)) => all.room.visit(n, || {}),
                    Some(Err(_)) => {
                        assert!(all.semaphore.is_closed());
                        assert!(all.semaphore.try_acquire().is_none());
                    }
                    None => {}
                }
            }
        });
        threads.extend(spawn(1, &all, |all, _| {
            (0..pick(4)).for_each(|_| thread::yield_now());
            all.semaphore.close();
        }));
        join(threads);
        settled(&all, 2);
    })();
}

#[test]
fn resized_while_some_wait_and_some_leave() {
    model(2, 4, |all| {
        let mut threads = spawn(5, &all, |all, _| {
            for _ in 0..3 {
                let permit = match pick(3) {
                    0 => give_up(all.semaphore.acquire()),
                    _ => Some(finish(all.semaphore.acquire())),
                };
                if let Some(_permit) = permit {
                    all.room.visit(1, || {});
                }
            }
        });
        threads.extend(spawn(1, &all, |all, _| {
            (0..3).for_each(|_| all.semaphore.resize(1 + pick(4)));
            all.semaphore.resize(3);
        }));
        join(threads);
        assert_eq!(all.semaphore.max_permits(), 3);
        settled(&all, 3);
    })();
}

/// More than fit into one batch of wakers.
#[test]
fn many_are_released_at_once_while_some_leave_and_some_come() {
    model(0, 80, |all| {
        join(spawn(2, &all, |all, number| {
            let line = (0..30).map(|_| poll_once(all.semaphore.acquire()));
            let mut line: Vec<_> = line.collect();
            if number == 0 {
                all.semaphore.add_permits(80);
            }
            (0..pick(20)).for_each(|_| drop(line.swap_remove(pick(line.len()))));
            for wait in line {
                match wait {
                    Ok(permit) => drop(permit),
                    Err(wait) => drop(wait.finish()),
                }
            }
        }));
        settled(&all, 80);
    })();
}
