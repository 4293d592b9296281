//! From upgradable to exclusive access.

use compio_sync::{
    Fairness,
    generic::{
        OwnedRwLockUpgradableReadGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard,
        RwLockWriteGuard, Upgrade,
    },
};

use crate::common::{Form, Spy, Task, assert_at_rest, assert_lets, fixed, panic_of};

suite! {
    both:
        no_reader_is_in_then_upgraded_at_once,
        readers_are_in_then_upgraded_by_the_last_with_one_wake,
        pending_upgrade_keeps_new_readers_out,
        upgrade_goes_ahead_of_a_queued_writer,
        second_upgradable_reader_waits_until_the_first_has_written,
        second_upgradable_reader_waits_until_the_first_downgrades,
        two_upgraders_one_after_the_other,
        try_upgrade_fails_beside_readers_and_the_guard_comes_back,
        try_upgrade_goes_ahead_of_the_line,
        upgrade_dropped_before_its_first_poll_then_all_is_back,
        pending_upgrade_dropped_then_readers_and_writers_get_in,
        granted_upgrade_dropped_then_readers_and_writers_get_in,
        pending_upgrade_dropped_then_the_readers_that_were_in_leave,
        pending_upgrade_forgotten_then_nobody_gets_in,
        upgraded_again_and_again,
        upgrade_of_an_owned_guard_holds_the_lock_alive,
        polled_often_then_neither_woken_nor_registered_again,
        polled_after_it_was_over_panics_and_loses_nothing,
        moved_to_another_task_then_only_that_one_is_woken,
        granted_reader_dropped_unpolled_then_the_upgrade_goes_on,
        granted_readers_dropped_and_left_then_the_upgrade_goes_on,
        mapped_reader_leaves_then_the_upgrade_goes_on;
}

type Upgrading<D> = Task<Upgrade<'static, D, u32>>;

/// An upgrade that waits for `readers`, which are in.
fn pending<D: Form>(
    l: &'static RwLock<D, u32>,
    readers: usize,
) -> (Upgrading<D>, Vec<RwLockReadGuard<'static, D, u32>>) {
    let guards = (0..readers).map(|_| l.try_read().unwrap()).collect();
    let upgradable = l.try_upgradable_read().unwrap();
    let upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(upgradable));
    (upgrade, guards)
}

fn no_reader_is_in_then_upgraded_at_once<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let guard = Task::new(l.upgradable_read()).ready();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
    assert_lets(l, Some("read"), 0);
    let mut guard = upgrade.ready();
    *guard += 1;
    assert_lets(l, None, 0);
    assert_eq!((upgrade.wakes(), upgrade.spy().alive()), (0, 0));
    drop(guard);
    assert_eq!(*l.try_read().unwrap(), 1);
    assert_at_rest(l);
}

fn readers_are_in_then_upgraded_by_the_last_with_one_wake<D: Form>(fairness: Fairness) {
    for n in [1, 2, 50] {
        let l = fixed::<D>(fairness);
        let (mut upgrade, mut readers) = pending(l, n);
        while readers.len() > 1 {
            readers.pop();
            assert_eq!(upgrade.wakes(), 0, "{} are in", readers.len());
            upgrade.pends();
        }
        drop(readers);
        assert_eq!(upgrade.wakes(), 1);
        assert_lets(l, None, 0);
        let polls = upgrade.polls();
        *upgrade.ready() += 1;
        assert_eq!((upgrade.polls() - polls, upgrade.wakes()), (1, 1));
        assert_at_rest(l);
    }
}

fn pending_upgrade_keeps_new_readers_out<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 1);
    assert_lets(l, None, 0);
    let mut late = [(); 3].map(|()| Task::waiting(l.read()));
    drop(readers);
    *upgrade.ready() += 1;
    for task in &mut late {
        assert_eq!(task.wakes(), 1, "let in together");
    }
    let guards = late.each_mut().map(Task::ready);
    assert!(guards.iter().all(|guard| **guard == 1));
    drop(guards);
    assert_at_rest(l);
}

fn upgrade_goes_ahead_of_a_queued_writer<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let upgradable = l.try_upgradable_read().unwrap();
    let mut writer = Task::waiting(l.write());
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(upgradable));
    drop(reader);
    assert_eq!((upgrade.wakes(), writer.wakes()), (1, 0));
    writer.pends();
    let mut guard = upgrade.ready();
    assert_eq!(*guard, 0, "nobody wrote in between");
    *guard = 1;
    assert_eq!(writer.wakes(), 0);
    drop(guard);
    assert_eq!(writer.wakes(), 1);
    assert_eq!(*writer.ready(), 1);
    assert_at_rest(l);
}

fn second_upgradable_reader_waits_until_the_first_has_written<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 1);
    let mut second = Task::waiting(l.upgradable_read());
    drop(readers);
    assert_eq!((upgrade.wakes(), second.wakes()), (1, 0));
    *upgrade.ready() = 1;
    assert_eq!(second.wakes(), 1);
    assert_eq!(*second.ready(), 1);
    assert_at_rest(l);
}

fn second_upgradable_reader_waits_until_the_first_downgrades<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let first = l.try_upgradable_read().unwrap();
    let mut second = Task::waiting(l.upgradable_read());
    let reader = RwLockUpgradableReadGuard::downgrade(first);
    assert_eq!(second.wakes(), 1);
    let second = second.ready();
    assert_lets(l, Some("read"), 0);
    drop((reader, second));
    assert_at_rest(l);
}

fn two_upgraders_one_after_the_other<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut first = Task::waiting(RwLockUpgradableReadGuard::upgrade(
        l.try_upgradable_read().unwrap(),
    ));
    let mut waiting = Task::waiting(l.upgradable_read());
    drop(reader);
    *first.ready() += 1;
    let reader = l.try_read();
    let second = waiting.ready();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(second));
    if let Some(reader) = reader {
        upgrade.pends();
        drop(reader);
    }
    let mut guard = upgrade.ready();
    *guard += 1;
    assert_eq!(*guard, 2);
    drop(guard);
    assert_at_rest(l);
}

fn try_upgrade_fails_beside_readers_and_the_guard_comes_back<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let readers = [(); 2].map(|()| l.try_read().unwrap());
    let mut guard = l.try_upgradable_read().unwrap();
    for reader in readers {
        guard = RwLockUpgradableReadGuard::try_upgrade(guard).expect_err("a reader is in");
        assert_lets(&l, Some("read"), 0);
        drop(reader);
    }
    let Ok(mut writer) = RwLockUpgradableReadGuard::try_upgrade(guard) else {
        panic!("nobody is in")
    };
    *writer += 1;
    assert_lets(&l, None, 0);
    drop(writer);
    // The same for owned guards.
    let reader = D::try_read_owned(&l).unwrap();
    let guard = D::try_upgradable_read_owned(&l).unwrap();
    let guard = OwnedRwLockUpgradableReadGuard::try_upgrade(guard).expect_err("a reader is in");
    drop(reader);
    let Ok(writer) = OwnedRwLockUpgradableReadGuard::try_upgrade(guard) else {
        panic!("nobody is in")
    };
    assert_eq!((D::pointers(&l), *writer), (2, 1));
    assert_lets(&l, None, 0);
    drop(writer);
    assert_eq!(D::pointers(&l), 1);
    assert_at_rest(&l);
}

fn try_upgrade_goes_ahead_of_the_line<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let guard = l.try_upgradable_read().unwrap();
    let mut writer = Task::waiting(l.write());
    let mut second = Task::waiting(l.upgradable_read());
    let Ok(mut guard) = RwLockUpgradableReadGuard::try_upgrade(guard) else {
        panic!("no reader is in")
    };
    *guard += 1;
    assert_eq!(writer.wakes() + second.wakes(), 0);
    drop(guard);
    assert_eq!(*writer.ready(), 1);
    drop(second.ready());
    assert_at_rest(l);
}

fn upgrade_dropped_before_its_first_poll_then_all_is_back<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let upgrade = RwLockUpgradableReadGuard::upgrade(guard);
    assert_lets(l, Some("read"), 0);
    let mut second = Task::waiting(l.upgradable_read());
    drop(upgrade);
    assert_eq!(second.wakes(), 1);
    drop((second.ready(), reader));
    assert_at_rest(l);
}

/// What waits for a lock of which an upgrade that was dropped had everything.
fn all_get_in<D: Form>(
    l: &'static RwLock<D, u32>,
    drop_upgrade: impl FnOnce(),
    readers: Vec<RwLockReadGuard<'static, D, u32>>,
) {
    let mut early = Task::waiting(l.read());
    let mut upgradable = Task::waiting(l.upgradable_read());
    let mut writer = Task::waiting(l.write());
    let mut late = Task::waiting(l.read());
    drop_upgrade();
    assert_eq!(early.wakes(), 1);
    let early = early.ready();
    assert_eq!(upgradable.wakes(), 1);
    let upgradable = upgradable.ready();
    assert_eq!((writer.wakes(), late.wakes()), (0, 0));
    drop((early, upgradable, readers));
    assert_eq!(writer.wakes(), 1);
    assert_eq!(*writer.ready(), 0, "nothing was written");
    drop(late.ready());
    assert_at_rest(l);
}

fn pending_upgrade_dropped_then_readers_and_writers_get_in<D: Form>(fairness: Fairness) {
    for n in [1, 2, 50] {
        let l = fixed::<D>(fairness);
        let (mut upgrade, readers) = pending(l, n);
        let spy = upgrade.spy().clone();
        all_get_in(l, move || upgrade.cancel(), readers);
        assert_eq!((spy.wakes(), spy.alive()), (0, 0));
    }
}

fn granted_upgrade_dropped_then_readers_and_writers_get_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 2);
    drop(readers);
    assert_eq!(upgrade.wakes(), 1);
    all_get_in(l, move || upgrade.cancel(), Vec::new());
}

fn pending_upgrade_dropped_then_the_readers_that_were_in_leave<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 3);
    upgrade.cancel();
    assert_lets(l, Some("upgradable"), 0);
    let (mut again, others) = pending(l, 1);
    drop(readers);
    assert_eq!(again.wakes(), 0);
    drop(others);
    assert_eq!(again.wakes(), 1);
    drop(again.ready());
    assert_at_rest(l);
}

fn pending_upgrade_forgotten_then_nobody_gets_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (upgrade, readers) = pending(l, 1);
    let spy = upgrade.spy().clone();
    std::mem::forget(upgrade);
    assert_lets(l, None, 0);
    drop(readers);
    assert_eq!(spy.wakes(), 1);
    let mut waiting = Task::waiting(l.read());
    assert_lets(l, None, 1);
    waiting.cancel();
    assert_lets(l, None, 0);
}

fn upgraded_again_and_again<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut guard = l.try_upgradable_read().unwrap();
    for round in 0..100 {
        let reader = l.try_read().unwrap();
        let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
        drop(reader);
        let mut writer = upgrade.ready();
        assert_eq!(*writer, round);
        *writer += 1;
        guard = RwLockWriteGuard::downgrade_to_upgradable(writer);
    }
    drop(guard);
    assert_at_rest(l);
}

fn upgrade_of_an_owned_guard_holds_the_lock_alive<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let reader = D::try_read_owned(&l).unwrap();
    let guard = D::try_upgradable_read_owned(&l).unwrap();
    let mut upgrade = Task::waiting(OwnedRwLockUpgradableReadGuard::upgrade(guard));
    assert_eq!(D::pointers(&l), 3);
    drop(reader);
    assert_eq!((upgrade.wakes(), D::pointers(&l)), (1, 2));
    let mut writer = upgrade.ready();
    *writer += 1;
    assert_eq!(D::pointers(&l), 2);
    drop(writer);
    assert_eq!(D::pointers(&l), 1);
    for polled in [false, true] {
        let reader = l.try_read().unwrap();
        let guard = D::try_upgradable_read_owned(&l).unwrap();
        let mut upgrade = Task::new(OwnedRwLockUpgradableReadGuard::upgrade(guard));
        if polled {
            upgrade.pends();
        }
        upgrade.cancel();
        assert_eq!(D::pointers(&l), 1);
        drop(reader);
        assert_at_rest(&l);
    }
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 1);
    let before = upgrade.spy().clones();
    for _ in 0..100 {
        upgrade.pends();
    }
    // One a poll is the test's own.
    assert_eq!(upgrade.spy().clones(), before + 100);
    assert_eq!((upgrade.wakes(), upgrade.spy().alive()), (0, 1));
    drop(readers);
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn polled_after_it_was_over_panics_and_loses_nothing<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    for n in [0, 1] {
        let readers: Vec<_> = (0..n).map(|_| l.try_read().unwrap()).collect();
        let guard = l.try_upgradable_read().unwrap();
        let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
        if n > 0 {
            upgrade.pends();
        }
        drop(readers);
        let guard = upgrade.ready();
        assert!(panic_of(|| drop(upgrade.poll())).is_some());
        drop(upgrade);
        assert_lets(l, None, 0);
        drop(guard);
        assert_at_rest(l);
    }
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let (mut upgrade, readers) = pending(l, 1);
    let (second, third) = (Spy::new(), Spy::new());
    assert!(upgrade.poll_as(&second).is_pending());
    assert_eq!((upgrade.spy().alive(), second.alive()), (0, 1));
    assert!(upgrade.poll_as(&third).is_pending());
    assert_eq!((second.alive(), third.alive()), (0, 1));
    drop(readers);
    assert_eq!((upgrade.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
    drop(upgrade.ready());
    assert_eq!(third.alive(), 0);
    assert_at_rest(l);
}

/// Access that was handed over and never used is given back like any other.
fn granted_reader_dropped_unpolled_then_the_upgrade_goes_on<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let writer = l.try_write().unwrap();
    let mut upgradable = Task::waiting(l.upgradable_read());
    let mut reader = Task::waiting(l.read());
    drop(writer);
    let guard = upgradable.ready();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    reader.cancel();
    assert_eq!(upgrade.wakes(), 1);
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn granted_readers_dropped_and_left_then_the_upgrade_goes_on<D: Form>(fairness: Fairness) {
    for dropped_last in [false, true] {
        let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
        let writer = l.try_write().unwrap();
        let mut upgradable = Task::waiting(l.upgradable_read());
        let mut readers = [(); 40].map(|()| Task::waiting(l.read()));
        let mut owned = Task::waiting(D::read_owned(&l));
        drop(writer);
        let guard = upgradable.ready();
        let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
        for task in &mut readers[1..] {
            task.cancel();
        }
        owned.cancel();
        assert_eq!(upgrade.wakes(), 0);
        upgrade.pends();
        if dropped_last {
            readers[0].cancel();
        } else {
            drop(readers[0].ready());
        }
        assert_eq!(upgrade.wakes(), 1);
        drop(upgrade.ready());
        assert_at_rest(&l);
    }
}

fn mapped_reader_leaves_then_the_upgrade_goes_on<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness((1, 2), fairness));
    for owned in [false, true] {
        let reader = l.try_read().unwrap();
        let own = D::try_read_owned(&l).unwrap();
        let guard = l.try_upgradable_read().unwrap();
        let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
        let part = RwLockReadGuard::map(reader, |pair| &pair.0);
        let own = compio_sync::generic::OwnedRwLockReadGuard::map(own, |pair| &pair.1);
        if owned {
            drop(part);
            assert_eq!(upgrade.wakes(), 0);
            drop(own);
        } else {
            drop(own);
            assert_eq!(upgrade.wakes(), 0);
            drop(part);
        }
        assert_eq!(upgrade.wakes(), 1);
        drop(upgrade.ready());
        assert_at_rest(&l);
    }
}
