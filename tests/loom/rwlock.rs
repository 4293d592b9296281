//! The reader-writer lock: readers, writers and upgrades that come, leave, and are given up.

use std::sync::Arc;

use compio_sync::{
    Fairness, OwnedRwLockUpgradableReadGuard as OwnedUpgradable, RwLock,
    RwLockUpgradableReadGuard as Upgradable, RwLockWriteGuard,
};

use crate::support::{Log, Unguarded, cancel, check, finish, poll_once, race, spawn};

const BOTH: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

type Lock = RwLock<Unguarded>;

fn model(
    preemptions: usize,
    fairness: &[Fairness],
    script: impl Fn(Arc<Lock>) + Copy + Send + Sync + 'static,
) {
    for &fairness in fairness {
        check(preemptions, move || {
            let lock = Arc::new(RwLock::with_fairness(Unguarded::new(), fairness));
            script(lock.clone());
            assert_eq!(lock.waiters(), 0, "somebody is still in line");
            assert!(lock.try_write().is_some(), "somebody is still in");
        });
    }
}

fn read(lock: &Lock) -> usize {
    finish(lock.read()).get()
}

fn write(lock: &Lock) {
    finish(lock.write()).add(1);
}

#[test]
fn reader_and_writer_exclude_each_other() {
    model(3, &BOTH, |lock| {
        let ((), seen) = race(&lock, write, || read(&lock));
        assert!(seen <= 1);
        assert_eq!(read(&lock), 1);
    });
}

#[test]
fn two_writers_exclude_each_other() {
    model(3, &BOTH, |lock| {
        race(&lock, write, || write(&lock));
        assert_eq!(read(&lock), 2);
    });
}

#[test]
fn two_readers_and_a_writer() {
    model(1, &BOTH, |lock| {
        let others = [spawn(&lock, read), spawn(&lock, read)];
        write(&lock);
        for other in others {
            assert!(other.join().unwrap() <= 1);
        }
    });
}

#[test]
fn readers_that_wait_get_in_together() {
    model(2, &[Fairness::Strict], |lock| {
        let writing = lock.try_write().unwrap();
        let first = poll_once(lock.read()).err().unwrap();
        let second = spawn(&lock, read);
        writing.add(1);
        drop(writing);
        let first = first.finish();
        // It stays in: the other has to get in beside it.
        assert_eq!(second.join().unwrap(), 1);
        drop(first);
    });
}

#[test]
fn cancelled_writer_lets_the_readers_behind_it_in() {
    model(3, &BOTH, |lock| {
        let reading = lock.try_read().unwrap();
        let writing = poll_once(lock.write()).err().unwrap();
        let other = spawn(&lock, read);
        drop(writing);
        other.join().unwrap();
        drop(reading);
    });
}

#[test]
fn cancelled_reader_races_the_grant() {
    model(3, &BOTH, |lock| {
        let writing = lock.clone().try_write_owned().unwrap();
        let reading = poll_once(lock.read()).err().unwrap();
        let behind = poll_once(lock.write()).err().unwrap();
        race(&lock, |_| drop(writing), || drop(reading));
        behind.was_served().add(1);
    });
}

#[test]
fn last_reader_leaves_while_an_upgrade_begins() {
    model(3, &BOTH, |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = spawn(&lock, |_| {
            reading.get();
            drop(reading);
        });
        finish(Upgradable::upgrade(upgradable)).add(1);
        reader.join().unwrap();
    });
}

#[test]
fn two_readers_leave_while_an_upgrade_begins() {
    model(2, &BOTH, |lock| {
        let upgradable = lock.try_upgradable_read().unwrap();
        let readers = [0; 2].map(|_| {
            let reading = lock.clone().try_read_owned().unwrap();
            spawn(&lock, |_| {
                reading.get();
                drop(reading);
            })
        });
        finish(Upgradable::upgrade(upgradable)).add(1);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn upgrade_is_polled_with_another_waker_while_the_last_reader_leaves() {
    model(3, &[Fairness::Strict], |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let upgrade = poll_once(Upgradable::upgrade(upgradable)).err().unwrap();
        race(&lock, |_| drop(reading), || upgrade.finish().add(1));
    });
}

#[test]
fn upgrade_is_given_up_while_the_last_reader_leaves_and_a_writer_gets_in() {
    model(3, &BOTH, |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let upgrade = poll_once(Upgradable::upgrade(upgradable)).err().unwrap();
        let writing = poll_once(lock.write()).err().unwrap();
        race(&lock, |_| drop(reading), || drop(upgrade));
        writing.was_served().add(1);
    });
}

#[test]
fn upgrade_begins_and_is_given_up_while_the_last_reader_leaves() {
    model(3, &BOTH, |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = spawn(&lock, |_| drop(reading));
        drop(cancel(Upgradable::upgrade(upgradable)));
        write(&lock);
        reader.join().unwrap();
    });
}

#[test]
fn upgrade_goes_ahead_of_a_writer_that_registers_meanwhile() {
    model(3, &BOTH, |lock| {
        let upgradable = lock.try_upgradable_read().unwrap();
        let before = upgradable.get();
        let writer = spawn(&lock, write);
        let upgraded = finish(Upgradable::upgrade(upgradable));
        assert_eq!(upgraded.get(), before, "somebody wrote in between");
        upgraded.add(1);
        drop(upgraded);
        writer.join().unwrap();
        assert_eq!(read(&lock), 2);
    });
}

#[test]
fn upgrade_waits_with_a_writer_in_line_and_a_reader_that_leaves() {
    model(2, &BOTH, |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let writing = poll_once(lock.write()).err().unwrap();
        let reader = spawn(&lock, |_| drop(reading));
        let upgraded = finish(Upgradable::upgrade(upgradable));
        assert_eq!(upgraded.get(), 0, "the writer was in line behind it");
        upgraded.add(1);
        drop(upgraded);
        reader.join().unwrap();
        writing.was_served().add(1);
    });
}

/// What a reader was handed and never had is what the upgrade waits for, too.
#[test]
fn read_that_was_handed_access_is_dropped_while_an_upgrade_waits() {
    model(3, &BOTH, |lock| {
        let writing = lock.try_write().unwrap();
        let upgradable = poll_once(lock.clone().upgradable_read_owned())
            .err()
            .unwrap();
        let reading = poll_once(lock.clone().read_owned()).err().unwrap();
        drop(writing);
        let reader = spawn(&lock, |_| drop(reading));
        finish(OwnedUpgradable::upgrade(upgradable.finish())).add(1);
        reader.join().unwrap();
    });
}

#[test]
fn second_upgrade_begins_while_somebody_looks_after_the_first() {
    model(2, &[Fairness::Strict], |lock| {
        let first = lock.clone().try_read_owned().unwrap();
        let second = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let upgrade = poll_once(Upgradable::upgrade(upgradable)).err().unwrap();
        let readers = [
            spawn(&lock, |_| drop(first)),
            spawn(&lock, |_| drop(second)),
        ];
        drop(upgrade);
        let upgradable = finish(lock.upgradable_read());
        finish(Upgradable::upgrade(upgradable)).add(1);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn second_upgrade_waits_for_a_reader_while_somebody_looks_after_the_first() {
    model(3, &[Fairness::Strict], |lock| {
        let first = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let upgrade = poll_once(Upgradable::upgrade(upgradable)).err().unwrap();
        let reader = spawn(&lock, |_| drop(first));
        drop(upgrade);
        let second = lock.try_read().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let upgrade = poll_once(Upgradable::upgrade(upgradable));
        let upgrade = upgrade.err().expect("let through beside a reader");
        reader.join().unwrap();
        let upgrade = upgrade.again().err().expect("let through beside a reader");
        drop(second);
        upgrade.was_served().add(1);
    });
}

#[test]
fn two_upgrade_one_after_the_other() {
    model(2, &BOTH, |lock| {
        let upgrade = |lock: &Lock| {
            let upgradable = finish(lock.upgradable_read());
            let before = upgradable.get();
            let upgraded = finish(Upgradable::upgrade(upgradable));
            assert_eq!(upgraded.get(), before, "somebody wrote in between");
            upgraded.add(1);
        };
        race(&lock, upgrade, || upgrade(&lock));
        assert_eq!(read(&lock), 2);
    });
}

#[test]
fn newcomer_reads_or_waits_while_an_upgrade_begins() {
    model(2, &BOTH, |lock| {
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = spawn(&lock, read);
        finish(Upgradable::upgrade(upgradable)).add(1);
        assert!(reader.join().unwrap() <= 1);
    });
}

#[test]
fn upgrade_at_once_races_the_last_reader() {
    model(3, &[Fairness::Strict], |lock| {
        let reading = lock.clone().try_read_owned().unwrap();
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = spawn(&lock, |_| {
            reading.get();
            drop(reading);
        });
        match Upgradable::try_upgrade(upgradable) {
            Ok(upgraded) => upgraded.add(1),
            Err(upgradable) => drop(upgradable),
        }
        reader.join().unwrap();
    });
}

#[test]
fn downgraded_writer_lets_a_reader_in_and_no_writer() {
    model(2, &BOTH, |lock| {
        let log = Log::new();
        let writing = lock.try_write().unwrap();
        writing.add(1);
        let writer = {
            let log = log.clone();
            spawn(&lock, move |lock| {
                let writing = finish(lock.write());
                log.push("writer in");
                writing.add(1);
            })
        };
        let reading = RwLockWriteGuard::downgrade(writing);
        assert_eq!(reading.get(), 1);
        log.push("reader leaves");
        drop(reading);
        writer.join().unwrap();
        assert_eq!(log.take(), ["reader leaves", "writer in"]);
    });
}

#[test]
fn reader_in_line_gets_in_beside_a_downgraded_writer() {
    model(3, &BOTH, |lock| {
        let writing = lock.try_write().unwrap();
        writing.add(1);
        let reader = spawn(&lock, read);
        let reading = RwLockWriteGuard::downgrade(writing);
        assert_eq!(reader.join().unwrap(), 1);
        drop(reading);
    });
}

#[test]
fn downgraded_to_upgradable_and_upgraded_again_beside_a_reader() {
    model(2, &BOTH, |lock| {
        let writing = lock.try_write().unwrap();
        let reader = spawn(&lock, read);
        writing.add(1);
        let upgradable = RwLockWriteGuard::downgrade_to_upgradable(writing);
        finish(Upgradable::upgrade(upgradable)).add(1);
        assert!(reader.join().unwrap() >= 1);
    });
}

#[test]
fn downgraded_upgradable_lets_the_next_one_in() {
    model(3, &BOTH, |lock| {
        let upgradable = lock.try_upgradable_read().unwrap();
        let next = spawn(&lock, |lock| finish(lock.upgradable_read()).get());
        let reading = Upgradable::downgrade(upgradable);
        next.join().unwrap();
        drop(reading);
    });
}
