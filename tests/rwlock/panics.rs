//! What panics leaves the lock free for the next: holders, and wakers.

use std::panic::resume_unwind;

use compio_sync::{
    Fairness,
    generic::{RwLock, RwLockUpgradableReadGuard},
};

use crate::common::{Event, Form, Spy, Task, assert_at_rest, assert_lets, fixed, panic_of};

suite! {
    both:
        holder_panics_then_the_next_finds_what_it_left,
        wakes_panic_when_a_writer_leaves_then_all_get_in_all_the_same,
        wake_of_an_upgrade_panics_then_it_is_granted_all_the_same,
        last_reader_panics_and_the_upgrades_waker_panics_then_the_first_panic_goes_on,
        wake_panics_in_the_first_poll_of_an_upgrade_then_it_is_granted_all_the_same,
        clone_panics_at_the_first_poll_of_an_upgrade_then_nothing_is_withheld,
        clone_panics_at_a_later_poll_of_an_upgrade_then_the_old_waker_is_kept,
        drop_panics_when_an_upgrades_waker_is_replaced_then_the_new_one_is_woken,
        drop_panics_when_an_upgrade_is_cancelled_then_all_is_back,
        wakes_panic_when_an_upgrade_is_cancelled_then_all_is_back,
        holder_panics_and_the_waker_panics_then_the_first_panic_goes_on;
}

fn holder_panics_then_the_next_finds_what_it_left<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, _>::with_fairness(vec![1], fairness);
    let mut guard = l.try_write().unwrap();
    let mut waiting = Task::waiting(l.read());
    let text = panic_of(|| {
        guard.push(2);
        let _guard = guard;
        resume_unwind(Box::new("the holder panicked"));
    });
    assert_eq!(text.unwrap(), "the holder panicked");
    assert_eq!((waiting.wakes(), &**waiting.ready()), (1, &[1, 2][..]));
    assert_at_rest(&l);
}

fn wakes_panic_when_a_writer_leaves_then_all_get_in_all_the_same<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut line: Vec<_> = (0..100).map(|_| Task::waiting(l.read())).collect();
    for reader in line.iter().step_by(7) {
        reader.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| drop(held)).is_some());
    let guards: Vec<_> = line
        .iter_mut()
        .map(|reader| {
            assert_eq!(reader.wakes(), 1);
            reader.ready()
        })
        .collect();
    drop(guards);
    assert_at_rest(l);
}

fn wake_of_an_upgrade_panics_then_it_is_granted_all_the_same<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    upgrade.spy().panic_on(Event::Wake);
    assert!(panic_of(|| drop(reader)).is_some());
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn last_reader_panics_and_the_upgrades_waker_panics_then_the_first_panic_goes_on<D: Form>(
    fairness: Fairness,
) {
    let l = fixed::<D>(fairness);
    let guard = l.try_upgradable_read().unwrap();
    let reader = l.try_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    upgrade.spy().panic_on(Event::Wake);
    let text = panic_of(|| {
        let _reader = reader;
        resume_unwind(Box::new("the reader panicked"));
    });
    assert_eq!(text.unwrap(), "the reader panicked");
    assert_eq!(upgrade.wakes(), 1);
    drop(upgrade.ready());
    assert_at_rest(l);
}

/// The last reader leaves while the upgrade gets in line, which then lets itself through.
fn wake_panics_in_the_first_poll_of_an_upgrade_then_it_is_granted_all_the_same<D: Form>(
    fairness: Fairness,
) {
    for taken in [false, true] {
        let l = fixed::<D>(fairness);
        let mut reader = l.try_read();
        let guard = l.try_upgradable_read().unwrap();
        let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
        let spy = upgrade.spy().clone();
        upgrade.spy().on(Event::Clone, move || {
            drop(reader.take());
            spy.panic_on(Event::Wake);
        });
        assert!(panic_of(|| drop(upgrade.poll())).is_some());
        assert_eq!((upgrade.wakes(), upgrade.spy().alive()), (1, 0));
        assert_lets(l, None, 0);
        if taken {
            drop(upgrade.ready());
        }
        drop(upgrade);
        assert_at_rest(l);
    }
}

fn clone_panics_at_the_first_poll_of_an_upgrade_then_nothing_is_withheld<D: Form>(
    fairness: Fairness,
) {
    for again in [false, true] {
        let l = fixed::<D>(fairness);
        let reader = l.try_read().unwrap();
        let guard = l.try_upgradable_read().unwrap();
        let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
        upgrade.spy().panic_on(Event::Clone);
        assert!(panic_of(|| drop(upgrade.poll())).is_some());
        assert_eq!(upgrade.spy().alive(), 0);
        assert_lets(l, Some("read"), 0);
        upgrade.spy().forget_hook();
        if again {
            upgrade.pends();
            assert_lets(l, None, 0);
            drop(reader);
            drop(upgrade.ready());
        } else {
            drop((upgrade, reader));
        }
        assert_at_rest(l);
    }
}

fn clone_panics_at_a_later_poll_of_an_upgrade_then_the_old_waker_is_kept<D: Form>(
    fairness: Fairness,
) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let bad = Spy::new();
    bad.panic_on(Event::Clone);
    assert!(panic_of(|| drop(upgrade.poll_as(&bad))).is_some());
    assert_eq!((upgrade.spy().alive(), bad.alive()), (1, 0));
    drop(reader);
    assert_eq!((upgrade.wakes(), bad.wakes()), (1, 0));
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn drop_panics_when_an_upgrades_waker_is_replaced_then_the_new_one_is_woken<D: Form>(
    fairness: Fairness,
) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let new = Spy::new();
    upgrade.spy().panic_on(Event::Drop);
    assert!(panic_of(|| drop(upgrade.poll_as(&new))).is_some());
    assert_eq!((upgrade.spy().alive(), new.alive()), (0, 1));
    drop(reader);
    assert_eq!((upgrade.wakes(), new.wakes()), (0, 1));
    upgrade.spy().forget_hook();
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn drop_panics_when_an_upgrade_is_cancelled_then_all_is_back<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let mut late = Task::waiting(l.read());
    upgrade.spy().panic_on(Event::Drop);
    assert!(panic_of(|| upgrade.cancel()).is_some());
    drop((late.ready(), reader));
    assert_at_rest(l);
}

fn wakes_panic_when_an_upgrade_is_cancelled_then_all_is_back<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let mut late = [(); 40].map(|()| Task::waiting(l.read()));
    let mut next = Task::waiting(l.upgradable_read());
    for task in late.iter().step_by(3) {
        task.spy().panic_on(Event::Wake);
    }
    next.spy().panic_on(Event::Wake);
    assert!(panic_of(|| upgrade.cancel()).is_some());
    drop(late.each_mut().map(Task::ready));
    drop(next.ready());
    drop(reader);
    assert_at_rest(l);
}

/// A second panic while one unwinds would end the process.
fn holder_panics_and_the_waker_panics_then_the_first_panic_goes_on<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut line = [(); 2].map(|()| Task::waiting(l.read()));
    line[0].spy().panic_on(Event::Wake);
    let text = panic_of(|| {
        let _held = held;
        resume_unwind(Box::new("the holder panicked"));
    });
    assert_eq!(text.unwrap(), "the holder panicked");
    assert_eq!((line[0].wakes(), line[1].wakes()), (1, 1));
    drop(line.each_mut().map(Task::ready));
    assert_at_rest(l);
}
