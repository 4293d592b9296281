//! To lesser access, with nobody writing in between.

use compio_sync::{
    Fairness,
    generic::{
        OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockUpgradableReadGuard,
        RwLockWriteGuard,
    },
};

use crate::common::{Event, Form, Task, assert_at_rest, assert_lets, fixed, panic_of};

suite! {
    both:
        writer_downgrades_then_the_readers_next_in_line_get_in,
        writer_downgrades_to_upgradable_then_readers_get_in_and_no_other_upgradable,
        writer_downgrades_then_no_writer_gets_in_before_it_leaves,
        upgradable_downgrades_then_the_next_upgradable_gets_in,
        upgradable_downgrades_then_no_writer_gets_in_before_it_leaves,
        downgraded_alone_then_each_leaves_room_for_what_fits,
        downgraded_step_by_step,
        owned_guards_downgrade,
        wake_panics_in_a_downgrade_then_nothing_stays_held;
}

fn writer_downgrades_then_the_readers_next_in_line_get_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut guard = l.try_write().unwrap();
    let mut front = [(); 40].map(|()| Task::waiting(l.read()));
    let mut writer = Task::waiting(l.write());
    let mut behind = Task::waiting(l.read());
    *guard = 7;
    let reader = RwLockWriteGuard::downgrade(guard);
    assert_eq!(*reader, 7);
    for task in &mut front {
        assert_eq!(task.wakes(), 1);
        assert_eq!(*task.ready(), 7);
    }
    assert_eq!((writer.wakes(), behind.wakes()), (0, 0));
    drop(reader);
    assert_eq!(writer.wakes(), 1);
    drop(writer.ready());
    drop(behind.ready());
    assert_at_rest(l);
}

fn writer_downgrades_to_upgradable_then_readers_get_in_and_no_other_upgradable<D: Form>(
    fairness: Fairness,
) {
    let l = fixed::<D>(fairness);
    let guard = l.try_write().unwrap();
    let mut reader = Task::waiting(l.read());
    let mut second = Task::waiting(l.upgradable_read());
    let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
    assert_eq!((reader.wakes(), second.wakes()), (1, 0));
    second.pends();
    drop(reader.ready());
    // It is an upgradable one, with all that belongs to it.
    let Ok(guard) = RwLockUpgradableReadGuard::try_upgrade(guard) else {
        panic!("no reader is in")
    };
    assert_eq!(second.wakes(), 0);
    drop(guard);
    drop(second.ready());
    assert_at_rest(l);
}

fn writer_downgrades_then_no_writer_gets_in_before_it_leaves<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    for to_upgradable in [false, true] {
        let mut guard = l.try_write().unwrap();
        let mut writer = Task::waiting(l.write());
        let before = *guard;
        *guard += 1;
        let hold: Box<dyn std::ops::Deref<Target = u32>> = if to_upgradable {
            Box::new(RwLockWriteGuard::downgrade_to_upgradable(guard))
        } else {
            Box::new(RwLockWriteGuard::downgrade(guard))
        };
        assert!(l.try_write().is_none());
        writer.pends();
        assert_eq!((writer.wakes(), **hold), (0, before + 1));
        drop(hold);
        assert_eq!(writer.wakes(), 1);
        *writer.ready() += 1;
        assert_at_rest(l);
    }
}

fn upgradable_downgrades_then_the_next_upgradable_gets_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let guard = l.try_upgradable_read().unwrap();
    let mut second = Task::waiting(l.upgradable_read());
    let mut third = Task::waiting(l.upgradable_read());
    let mut late = Task::new(l.read());
    let reader = RwLockUpgradableReadGuard::downgrade(guard);
    assert_eq!((second.wakes(), third.wakes()), (1, 0));
    let second = second.ready();
    third.pends();
    assert_eq!(late.poll().is_ready(), fairness == Fairness::Throughput);
    drop(late);
    drop((reader, second));
    drop(third.ready());
    assert_at_rest(l);
}

fn upgradable_downgrades_then_no_writer_gets_in_before_it_leaves<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let guard = l.try_upgradable_read().unwrap();
    let mut writer = Task::waiting(l.write());
    let reader = RwLockUpgradableReadGuard::downgrade(guard);
    assert_eq!(writer.wakes(), 0);
    writer.pends();
    drop(reader);
    assert_eq!(writer.wakes(), 1);
    drop(writer.ready());
    assert_at_rest(l);
}

fn downgraded_alone_then_each_leaves_room_for_what_fits<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = RwLockWriteGuard::downgrade(l.try_write().unwrap());
    assert_lets(l, Some("upgradable"), 0);
    drop(reader);
    let upgradable = RwLockWriteGuard::downgrade_to_upgradable(l.try_write().unwrap());
    assert_lets(l, Some("read"), 0);
    let reader = RwLockUpgradableReadGuard::downgrade(upgradable);
    assert_lets(l, Some("upgradable"), 0);
    drop(reader);
    assert_at_rest(l);
}

fn downgraded_step_by_step<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    for round in 0..50 {
        let mut guard = l.try_write().unwrap();
        let mut readers = [(); 3].map(|()| Task::waiting(l.read()));
        let mut upgradable = Task::waiting(l.upgradable_read());
        let mut writer = Task::waiting(l.write());
        *guard = round;
        let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
        let inside = readers.each_mut().map(Task::ready);
        assert_eq!((upgradable.wakes(), writer.wakes()), (0, 0));
        let guard = RwLockUpgradableReadGuard::downgrade(guard);
        let other = upgradable.ready();
        assert!(inside.iter().all(|reader| **reader == round));
        assert_eq!((*guard, *other, writer.wakes()), (round, round, 0));
        drop((inside, guard));
        assert_eq!(writer.wakes(), 0);
        drop(other);
        drop(writer.ready());
        assert_at_rest(l);
    }
}

fn owned_guards_downgrade<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let guard = D::try_write_owned(&l).unwrap();
    let mut reader = Task::waiting(D::read_owned(&l));
    let guard = OwnedRwLockWriteGuard::downgrade_to_upgradable(guard);
    assert_eq!((reader.wakes(), D::pointers(&l)), (1, 3));
    drop(reader.ready());
    assert_lets(&l, Some("read"), 0);
    let mut second = Task::waiting(D::upgradable_read_owned(&l));
    let guard = OwnedRwLockUpgradableReadGuard::downgrade(guard);
    assert_eq!(second.wakes(), 1);
    drop(second.ready());
    assert_lets(&l, Some("upgradable"), 0);
    drop(guard);
    let guard = OwnedRwLockWriteGuard::downgrade(D::try_write_owned(&l).unwrap());
    assert_eq!(D::pointers(&l), 2);
    assert_lets(&l, Some("upgradable"), 0);
    drop(guard);
    assert_eq!(D::pointers(&l), 1);
    assert_at_rest(&l);
}

fn wake_panics_in_a_downgrade_then_nothing_stays_held<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    for way in 0..3 {
        let mut task = Task::new(l.upgradable_read());
        task.spy().panic_on(Event::Wake);
        let text = panic_of(|| match way {
            0 => {
                let guard = l.try_write().unwrap();
                task.pends();
                drop(RwLockWriteGuard::downgrade(guard));
            }
            1 => {
                let guard = l.try_upgradable_read().unwrap();
                task.pends();
                drop(RwLockUpgradableReadGuard::downgrade(guard));
            }
            _ => {
                let guard = l.try_write().unwrap();
                let mut reader = Task::waiting(l.read());
                reader.spy().panic_on(Event::Wake);
                task.pends();
                let panicked = panic_of(|| {
                    drop(RwLockWriteGuard::downgrade_to_upgradable(guard));
                });
                assert_eq!(panicked.unwrap(), "the waker panicked");
                assert_eq!(task.wakes(), 1, "the guard was dropped");
                drop(reader.ready());
                std::panic::resume_unwind(Box::new("the waker panicked"));
            }
        });
        assert_eq!(text.unwrap(), "the waker panicked", "{way}");
        drop(task.ready());
        assert_at_rest(l);
    }
}
