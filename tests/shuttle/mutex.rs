//! A lock that is handed on, also by those who leave.

use std::sync::Arc;

use compio_sync::{Fairness, Mutex};
use shuttle::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Room, explore, finish, give_up, join, pick, spawn};

struct All {
    mutex: Arc<Mutex<usize>>,
    room: Room,
    locked: AtomicUsize,
}

fn model(fairness: Fairness, threads: usize, turns: usize) {
    explore(move || {
        let all = Arc::new(All {
            mutex: Arc::new(Mutex::with_fairness(0, fairness)),
            room: Room::new(1),
            locked: AtomicUsize::new(0),
        });
        join(spawn(threads, &all, move |all, _| {
            for _ in 0..turns {
                let guard = match pick(4) {
                    0 => give_up(all.mutex.lock()),
                    1 => all.mutex.try_lock(),
                    2 => {
                        let mut guard = finish(all.mutex.clone().lock_owned());
                        all.room.visit(1, || *guard += 1);
                        all.locked.fetch_add(1, Ordering::SeqCst);
                        continue;
                    }
                    _ => Some(finish(all.mutex.lock())),
                };
                if let Some(mut guard) = guard {
                    all.room.visit(1, || *guard += 1);
                    all.locked.fetch_add(1, Ordering::SeqCst);
                }
            }
        }));
        assert_eq!(all.mutex.waiters(), 0);
        let count = all.mutex.try_lock().expect("nobody has it");
        assert_eq!(*count, all.locked.load(Ordering::SeqCst));
    });
}

#[test]
fn strict_is_handed_on_while_some_leave() {
    model(Fairness::Strict, 6, 4);
}

#[test]
fn throughput_is_fought_for_while_some_leave() {
    model(Fairness::Throughput, 6, 4);
}

/// So many turns that a front is passed over until it is due.
#[test]
fn throughput_serves_one_who_was_passed_over() {
    model(Fairness::Throughput, 3, 20);
}
