//! Guards of a part.

use std::panic::resume_unwind;

use compio_sync::{
    Fairness,
    generic::{
        MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
        OwnedMappedRwLockWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
        RwLockReadGuard, RwLockWriteGuard,
    },
};

use crate::common::{Form, Task, assert_at_rest, assert_lets, panic_of};

suite! {
    both:
        read_part_is_held_like_a_read,
        written_part_is_held_like_a_write,
        parts_of_one_value_are_read_beside_each_other,
        part_not_found_or_refused_then_the_guard_comes_back,
        owned_parts_hold_the_lock_alive,
        owned_part_not_found_or_refused_then_the_guard_comes_back,
        closure_panics_then_it_is_released_and_the_next_is_woken,
        owned_closure_panics_then_it_is_released_and_let_go,
        part_has_no_size;
}

type Pair = (String, Vec<u8>);

fn pair() -> Pair {
    ("text".into(), vec![1, 2, 3])
}

fn read_part_is_held_like_a_read<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, Pair>::with_fairness(pair(), fairness);
    let part = RwLockReadGuard::map(l.try_read().unwrap(), |pair| &pair.1);
    let part = MappedRwLockReadGuard::map(part, |list| &list[2]);
    assert_eq!(format!("{part} {part:?}"), "3 3");
    assert_lets(&l, Some("upgradable"), 0);
    let mut writer = Task::waiting(l.write());
    drop(part);
    assert_eq!(writer.wakes(), 1);
    writer.ready().1.clear();
    assert_at_rest(&l);
}

fn written_part_is_held_like_a_write<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, Pair>::with_fairness(pair(), fairness);
    let part = RwLockWriteGuard::map(l.try_write().unwrap(), |pair| &mut pair.1);
    let mut part = MappedRwLockWriteGuard::map(part, |list| &mut list[2]);
    *part = 30;
    assert_eq!(format!("{part} {part:?}"), "30 30");
    assert_lets(&l, None, 0);
    let mut readers = [Task::waiting(l.read()), Task::waiting(l.read())];
    drop(part);
    assert_eq!((readers[0].wakes(), readers[1].wakes()), (1, 1));
    assert!(
        readers
            .each_mut()
            .map(Task::ready)
            .iter()
            .all(|r| r.1[2] == 30)
    );
    assert_at_rest(&l);
}

fn parts_of_one_value_are_read_beside_each_other<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, Pair>::with_fairness(pair(), fairness);
    let text = RwLockReadGuard::map(l.try_read().unwrap(), |pair| &pair.0);
    let list = RwLockReadGuard::map(l.try_read().unwrap(), |pair| &pair.1);
    assert_eq!(format!("{text} {list:?}"), "text [1, 2, 3]");
    drop(text);
    assert!(l.try_write().is_none());
    drop(list);
    assert_at_rest(&l);
}

fn part_not_found_or_refused_then_the_guard_comes_back<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, Pair>::with_fairness(pair(), fairness);
    let Err(guard) = RwLockReadGuard::filter_map(l.try_read().unwrap(), |_| None::<&u8>) else {
        panic!("nothing was found")
    };
    let Err((guard, reason)) = RwLockReadGuard::try_map(guard, |_| Err::<&u8, _>("no")) else {
        panic!("it was refused")
    };
    assert_eq!(reason, "no");
    let Ok(part) = RwLockReadGuard::filter_map(guard, |pair| Some(&pair.1)) else {
        panic!("it is there")
    };
    let Err(part) = MappedRwLockReadGuard::filter_map(part, |list| list.get(9)) else {
        panic!("it is not there")
    };
    let Err((part, len)) = MappedRwLockReadGuard::try_map(part, |list| Err::<&u8, _>(list.len()))
    else {
        panic!("it was refused")
    };
    assert_lets(&l, Some("upgradable"), 0);
    let Ok(part) = MappedRwLockReadGuard::try_map(part, |list| list.get(1).ok_or(())) else {
        panic!("it is there")
    };
    assert_eq!((*part, len), (2, 3));
    drop(part);
    assert_at_rest(&l);

    let Err(guard) = RwLockWriteGuard::filter_map(l.try_write().unwrap(), |_| None::<&mut u8>)
    else {
        panic!("nothing was found")
    };
    let Err((guard, reason)) = RwLockWriteGuard::try_map(guard, |_| Err::<&mut u8, _>("no")) else {
        panic!("it was refused")
    };
    assert_eq!(reason, "no");
    let Ok(part) = RwLockWriteGuard::try_map(guard, |pair| Ok::<_, ()>(&mut pair.1)) else {
        panic!("it is there")
    };
    let Err(part) = MappedRwLockWriteGuard::filter_map(part, |list| list.get_mut(9)) else {
        panic!("it is not there")
    };
    let Err((part, ())) = MappedRwLockWriteGuard::try_map(part, |_| Err::<&mut u8, _>(())) else {
        panic!("it was refused")
    };
    assert_lets(&l, None, 0);
    let Ok(mut part) = MappedRwLockWriteGuard::filter_map(part, |list| list.get_mut(1)) else {
        panic!("it is there")
    };
    *part = 20;
    drop(part);
    assert_at_rest(&l);
    assert_eq!(l.into_inner().1, [1, 20, 3]);
}

fn owned_parts_hold_the_lock_alive<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, Pair>::with_fairness(pair(), fairness));
    let guard = D::try_write_owned(&l).unwrap();
    let part = OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1);
    let mut part = OwnedMappedRwLockWriteGuard::map(part, |list| &mut list[0]);
    *part = 10;
    assert_eq!(format!("{part} {part:?}"), "10 10");
    assert_lets(&l, None, 0);
    drop(l);
    let l = OwnedMappedRwLockWriteGuard::rwlock(&part).clone();
    let mut reader = Task::waiting(D::read_owned(&l));
    drop(part);
    assert_eq!(reader.wakes(), 1);
    let part = OwnedRwLockReadGuard::map(reader.ready(), |pair| &pair.1);
    let part = OwnedMappedRwLockReadGuard::map(part, |list| &list[0]);
    assert_eq!(
        (D::pointers(&l), format!("{part} {part:?}")),
        (2, "10 10".into())
    );
    drop(l);
    let l = OwnedMappedRwLockReadGuard::rwlock(&part).clone();
    assert_lets(&l, Some("upgradable"), 0);
    let mut writer = Task::waiting(l.write());
    drop(part);
    assert_eq!((writer.wakes(), D::pointers(&l)), (1, 1));
    drop(writer.ready());
    assert_at_rest(&l);
}

fn owned_part_not_found_or_refused_then_the_guard_comes_back<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, Pair>::with_fairness(pair(), fairness));
    let guard = D::try_read_owned(&l).unwrap();
    let Err(guard) = OwnedRwLockReadGuard::filter_map(guard, |_| None::<&u8>) else {
        panic!("nothing was found")
    };
    let Err((guard, ())) = OwnedRwLockReadGuard::try_map(guard, |_| Err::<&u8, _>(())) else {
        panic!("it was refused")
    };
    let Ok(part) = OwnedRwLockReadGuard::try_map(guard, |pair| Ok::<_, ()>(&pair.1)) else {
        panic!("it is there")
    };
    let Err(part) = OwnedMappedRwLockReadGuard::filter_map(part, |list| list.get(9)) else {
        panic!("it is not there")
    };
    let Err((part, ())) = OwnedMappedRwLockReadGuard::try_map(part, |_| Err::<&u8, _>(())) else {
        panic!("it was refused")
    };
    let Ok(part) = OwnedMappedRwLockReadGuard::filter_map(part, |list| list.get(1)) else {
        panic!("it is there")
    };
    assert_eq!((*part, D::pointers(&l)), (2, 2));
    assert_lets(&l, Some("upgradable"), 0);
    drop(part);
    assert_at_rest(&l);

    let guard = D::try_write_owned(&l).unwrap();
    let Err(guard) = OwnedRwLockWriteGuard::filter_map(guard, |_| None::<&mut u8>) else {
        panic!("nothing was found")
    };
    let Err((guard, ())) = OwnedRwLockWriteGuard::try_map(guard, |_| Err::<&mut u8, _>(())) else {
        panic!("it was refused")
    };
    let Ok(part) = OwnedRwLockWriteGuard::filter_map(guard, |pair| Some(&mut pair.1)) else {
        panic!("it is there")
    };
    let Err(part) = OwnedMappedRwLockWriteGuard::filter_map(part, |list| list.get_mut(9)) else {
        panic!("it is not there")
    };
    let Err((part, ())) = OwnedMappedRwLockWriteGuard::try_map(part, |_| Err::<&mut u8, _>(()))
    else {
        panic!("it was refused")
    };
    let Ok(mut part) = OwnedMappedRwLockWriteGuard::try_map(part, |list| list.get_mut(1).ok_or(()))
    else {
        panic!("it is there")
    };
    *part = 20;
    assert_lets(&l, None, 0);
    drop(part);
    assert_eq!(
        (D::pointers(&l), &*l.try_read().unwrap().1),
        (1, &[1, 20, 3][..])
    );
    assert_at_rest(&l);
}

fn bad() -> ! {
    resume_unwind(Box::new("the closure panicked"))
}

fn closure_panics_then_it_is_released_and_the_next_is_woken<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, Pair>::with_fairness(pair(), fairness);
    let read = |guard| RwLockReadGuard::map(guard, |pair: &Pair| &pair.1);
    let write = |guard| RwLockWriteGuard::map(guard, |pair: &mut Pair| &mut pair.1);
    for way in 0..6 {
        let guard = l.try_read().unwrap();
        let mut waiting = Task::waiting(l.write());
        let text = panic_of(|| match way {
            0 => drop(RwLockReadGuard::map::<u8>(guard, |_| bad())),
            1 => drop(RwLockReadGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(RwLockReadGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(MappedRwLockReadGuard::map::<u8>(read(guard), |_| bad())),
            4 => drop(MappedRwLockReadGuard::filter_map::<u8>(read(guard), |_| {
                bad()
            })),
            _ => drop(MappedRwLockReadGuard::try_map::<u8, ()>(
                read(guard),
                |_| bad(),
            )),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!(waiting.wakes(), 1, "{way}");
        let guard = waiting.ready();
        let mut waiting = Task::waiting(l.read());
        let text = panic_of(|| match way {
            0 => drop(RwLockWriteGuard::map::<u8>(guard, |_| bad())),
            1 => drop(RwLockWriteGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(RwLockWriteGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(MappedRwLockWriteGuard::map::<u8>(write(guard), |_| bad())),
            4 => drop(MappedRwLockWriteGuard::filter_map::<u8>(
                write(guard),
                |_| bad(),
            )),
            _ => drop(MappedRwLockWriteGuard::try_map::<u8, ()>(
                write(guard),
                |_| bad(),
            )),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!(waiting.wakes(), 1, "{way}");
        drop(waiting.ready());
        assert_at_rest(&l);
    }
}

fn owned_closure_panics_then_it_is_released_and_let_go<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, Pair>::with_fairness(pair(), fairness));
    let read = |guard| OwnedRwLockReadGuard::map(guard, |pair: &Pair| &pair.1);
    let write = |guard| OwnedRwLockWriteGuard::map(guard, |pair: &mut Pair| &mut pair.1);
    for way in 0..6 {
        let guard = D::try_read_owned(&l).unwrap();
        let text = panic_of(|| match way {
            0 => drop(OwnedRwLockReadGuard::map::<u8>(guard, |_| bad())),
            1 => drop(OwnedRwLockReadGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(OwnedRwLockReadGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(OwnedMappedRwLockReadGuard::map::<u8>(read(guard), |_| {
                bad()
            })),
            4 => drop(OwnedMappedRwLockReadGuard::filter_map::<u8>(
                read(guard),
                |_| bad(),
            )),
            _ => drop(OwnedMappedRwLockReadGuard::try_map::<u8, ()>(
                read(guard),
                |_| bad(),
            )),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!(D::pointers(&l), 1, "{way}");
        assert_at_rest(&l);
        let guard = D::try_write_owned(&l).unwrap();
        let text = panic_of(|| match way {
            0 => drop(OwnedRwLockWriteGuard::map::<u8>(guard, |_| bad())),
            1 => drop(OwnedRwLockWriteGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(OwnedRwLockWriteGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(OwnedMappedRwLockWriteGuard::map::<u8>(write(guard), |_| {
                bad()
            })),
            4 => drop(OwnedMappedRwLockWriteGuard::filter_map::<u8>(
                write(guard),
                |_| bad(),
            )),
            _ => drop(OwnedMappedRwLockWriteGuard::try_map::<u8, ()>(
                write(guard),
                |_| bad(),
            )),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!(D::pointers(&l), 1, "{way}");
        assert_at_rest(&l);
    }
}

fn part_has_no_size<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, Pair>::with_fairness(pair(), fairness));
    let mut part = RwLockWriteGuard::map(l.try_write().unwrap(), |pair| &mut pair.1[1..]);
    part[0] = 20;
    drop(part);
    let part = RwLockReadGuard::map(l.try_read().unwrap(), |pair| -> &dyn std::fmt::Debug {
        &pair.1
    });
    let other = OwnedRwLockReadGuard::map(D::try_read_owned(&l).unwrap(), |pair| &*pair.0);
    assert_eq!(format!("{part:?} {other}"), "[1, 20, 3] text");
    drop((part, other));
    assert_at_rest(&l);
}
