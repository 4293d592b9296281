//! Readers, writers, and one between them who becomes the other.

use std::sync::Arc;

use compio_sync::{Fairness, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use shuttle::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Room, explore, finish, give_up, join, pick, spawn};

/// As many as there is room for, which a writer takes all of.
const ALL: usize = 8;

struct All {
    lock: RwLock<usize>,
    room: Room,
    written: AtomicUsize,
}

impl All {
    fn read(&self, value: &usize) {
        let before = *value;
        self.room.visit(1, || {});
        assert_eq!(*value, before, "written while it was read");
    }

    fn write(&self, value: &mut usize) {
        self.room.visit(ALL, || *value += 1);
        self.written.fetch_add(1, Ordering::SeqCst);
    }

    /// Perhaps reads on with what is left of the access.
    fn write_and_downgrade(&self, mut guard: RwLockWriteGuard<'_, usize>) {
        self.write(&mut guard);
        match pick(3) {
            0 => self.read(&RwLockWriteGuard::downgrade(guard)),
            1 => self.upgrade(RwLockWriteGuard::downgrade_to_upgradable(guard)),
            _ => {}
        }
    }

    fn upgrade(&self, guard: RwLockUpgradableReadGuard<'_, usize>) {
        self.read(&guard);
        let before = *guard;
        let guard = match pick(5) {
            0 => give_up(RwLockUpgradableReadGuard::upgrade(guard)),
            1 => RwLockUpgradableReadGuard::try_upgrade(guard).ok(),
            2 => return self.read(&RwLockUpgradableReadGuard::downgrade(guard)),
            _ => Some(finish(RwLockUpgradableReadGuard::upgrade(guard))),
        };
        if let Some(mut guard) = guard {
            assert_eq!(*guard, before, "written between the read and the upgrade");
            self.write(&mut guard);
        }
    }
}

fn model(fairness: Fairness) {
    explore(move || {
        let all = Arc::new(All {
            lock: RwLock::with_fairness(0, fairness),
            room: Room::new(ALL),
            written: AtomicUsize::new(0),
        });
        join(spawn(6, &all, |all, _| {
            for _ in 0..3 {
                match pick(7) {
                    0 => {
                        if let Some(guard) = give_up(all.lock.read()) {
                            all.read(&guard);
                        }
                    }
                    1 => {
                        if let Some(guard) = give_up(all.lock.write()) {
                            all.write_and_downgrade(guard);
                        }
                    }
                    2 => {
                        if let Some(guard) = give_up(all.lock.upgradable_read()) {
                            all.upgrade(guard);
                        }
                    }
                    3 => all.write_and_downgrade(finish(all.lock.write())),
                    4 => all.upgrade(finish(all.lock.upgradable_read())),
                    _ => all.read(&finish(all.lock.read())),
                }
            }
        }));
        assert_eq!(all.lock.waiters(), 0);
        let count = all.lock.try_write().expect("nobody is in");
        assert_eq!(*count, all.written.load(Ordering::SeqCst));
    });
}

#[test]
fn strict_with_upgrades_while_some_leave() {
    model(Fairness::Strict);
}

#[test]
fn throughput_with_upgrades_while_some_leave() {
    model(Fairness::Throughput);
}
