//! Guards of a part.

use std::panic::resume_unwind;

use compio_sync::{
    Fairness,
    generic::{MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard},
};

use crate::common::{Form, Task, assert_at_rest, assert_state, panic_of};

suite! {
    both:
        mapped_then_locked_until_the_part_is_dropped,
        mapped_again_then_still_one_lock,
        part_not_found_then_the_guard_comes_back,
        part_refused_then_the_guard_and_the_reason_come_back,
        closure_panics_then_it_is_unlocked_and_the_next_is_woken,
        owned_part_holds_the_mutex_alive,
        owned_part_not_found_then_the_guard_comes_back,
        owned_closure_panics_then_it_is_unlocked_and_let_go,
        part_has_no_size,
        guard_of_a_part_moves_and_the_part_does_not,
        part_dropped_then_the_first_in_line_runs;
}

type Pair = (String, Vec<u8>);

fn pair() -> Pair {
    ("text".into(), vec![1, 2, 3])
}

fn mapped_then_locked_until_the_part_is_dropped<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let mut part = MutexGuard::map(m.try_lock().unwrap(), |pair| &mut pair.0);
    part.push('!');
    assert_eq!(format!("{part} {part:?}"), "text! \"text!\"");
    assert_state(&m, true, 0);
    assert!(m.try_lock().is_none());
    let mut waiting = Task::waiting(m.lock());
    drop(part);
    assert_eq!(waiting.wakes(), 1);
    assert_eq!(waiting.ready().0, "text!");
    assert_at_rest(&m);
}

fn mapped_again_then_still_one_lock<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let part = MutexGuard::map(m.try_lock().unwrap(), |pair| &mut pair.1);
    let part = MappedMutexGuard::map(part, |list| &mut list[1..]);
    let Ok(part) = MappedMutexGuard::filter_map(part, |list| list.first_mut()) else {
        panic!("it is there")
    };
    let Ok(mut part) = MappedMutexGuard::try_map(part, |byte| Ok::<_, ()>(byte)) else {
        panic!("it is fine")
    };
    *part = 20;
    let Err(part) = MappedMutexGuard::filter_map(part, |_| None::<&mut u8>) else {
        panic!("nothing was found")
    };
    let Err((mut part, reason)) = MappedMutexGuard::try_map(part, |_| Err::<&mut u8, _>("no"))
    else {
        panic!("it was refused")
    };
    *part += 1;
    assert_eq!((*part, reason), (21, "no"));
    assert_state(&m, true, 0);
    drop(part);
    assert_at_rest(&m);
    assert_eq!(m.into_inner().1, [1, 21, 3]);
}

fn part_not_found_then_the_guard_comes_back<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let find = |guard, at| MutexGuard::filter_map(guard, |pair: &mut Pair| pair.1.get_mut(at));
    let Err(mut guard) = find(m.try_lock().unwrap(), 3) else {
        panic!("there is none")
    };
    assert_state(&m, true, 0);
    guard.1.push(4);
    let Ok(mut part) = find(guard, 3) else {
        panic!("it is there now")
    };
    *part = 40;
    assert_state(&m, true, 0);
    drop(part);
    assert_at_rest(&m);
    assert_eq!(m.into_inner().1, [1, 2, 3, 40]);
}

fn part_refused_then_the_guard_and_the_reason_come_back<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let first = |guard| {
        MutexGuard::try_map(guard, |pair: &mut Pair| {
            let len = pair.1.len();
            pair.1.get_mut(0).filter(|_| len == 4).ok_or(len)
        })
    };
    let Err((mut guard, len)) = first(m.try_lock().unwrap()) else {
        panic!("it is too short")
    };
    assert_eq!(len, 3);
    assert_state(&m, true, 0);
    guard.1.push(4);
    let Ok(mut part) = first(guard) else {
        panic!("it is long enough")
    };
    *part = 10;
    drop(part);
    assert_at_rest(&m);
    assert_eq!(m.into_inner().1, [10, 2, 3, 4]);
}

fn bad() -> ! {
    resume_unwind(Box::new("the closure panicked"))
}

fn closure_panics_then_it_is_unlocked_and_the_next_is_woken<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let part = |guard| MutexGuard::map(guard, |pair: &mut Pair| &mut pair.1);
    for way in 0..6 {
        let guard = m.try_lock().unwrap();
        let mut waiting = Task::waiting(m.lock());
        let text = panic_of(|| match way {
            0 => drop(MutexGuard::map::<u8>(guard, |_| bad())),
            1 => drop(MutexGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(MutexGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(MappedMutexGuard::map::<u8>(part(guard), |_| bad())),
            4 => drop(MappedMutexGuard::filter_map::<u8>(part(guard), |_| bad())),
            _ => drop(MappedMutexGuard::try_map::<u8, ()>(part(guard), |_| bad())),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!(waiting.wakes(), 1, "{way}");
        drop(waiting.ready());
        assert_at_rest(&m);
    }
}

fn owned_part_holds_the_mutex_alive<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, Pair>::with_fairness(pair(), fairness));
    let guard = D::try_lock_owned(&m).unwrap();
    let part = OwnedMutexGuard::map(guard, |pair| &mut pair.1);
    let mut part = OwnedMappedMutexGuard::map(part, |list| &mut list[0]);
    *part = 10;
    assert_eq!(format!("{part} {part:?}"), "10 10");
    assert_eq!(D::pointers(&m), 2);
    assert_state(&m, true, 0);
    drop(m);
    let m = OwnedMappedMutexGuard::mutex(&part).clone();
    let mut waiting = Task::waiting(D::lock_owned(&m));
    drop(part);
    assert_eq!((waiting.wakes(), D::pointers(&m)), (1, 2));
    assert_eq!(waiting.ready().1, [10, 2, 3]);
    assert_at_rest(&m);
    assert_eq!(D::pointers(&m), 1);
}

fn owned_part_not_found_then_the_guard_comes_back<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, Pair>::with_fairness(pair(), fairness));
    let guard = D::try_lock_owned(&m).unwrap();
    let Err(guard) = OwnedMutexGuard::filter_map(guard, |_| None::<&mut u8>) else {
        panic!("nothing was found")
    };
    let Err((guard, reason)) = OwnedMutexGuard::try_map(guard, |_| Err::<&mut u8, _>("no")) else {
        panic!("it was refused")
    };
    assert_eq!(reason, "no");
    let Ok(part) = OwnedMutexGuard::filter_map(guard, |pair| Some(&mut pair.1)) else {
        panic!("it is there")
    };
    let Err(part) = OwnedMappedMutexGuard::filter_map(part, |_| None::<&mut u8>) else {
        panic!("nothing was found")
    };
    let Err((part, ())) = OwnedMappedMutexGuard::try_map(part, |_| Err::<&mut u8, _>(())) else {
        panic!("it was refused")
    };
    let Ok(part) = OwnedMappedMutexGuard::filter_map(part, |list| list.get_mut(0..2)) else {
        panic!("it is there")
    };
    let Ok(mut part) = OwnedMappedMutexGuard::try_map(part, |list| list.get_mut(1).ok_or(()))
    else {
        panic!("it is there")
    };
    *part = 20;
    assert_eq!(D::pointers(&m), 2);
    assert_state(&m, true, 0);
    drop(part);
    let Ok(part) = OwnedMutexGuard::try_map(D::try_lock_owned(&m).unwrap(), |pair| {
        Ok::<_, ()>(&mut pair.0)
    }) else {
        panic!("it is there")
    };
    drop(part);
    assert_at_rest(&m);
    assert_eq!(m.try_lock().unwrap().1, [1, 20, 3]);
}

fn owned_closure_panics_then_it_is_unlocked_and_let_go<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, Pair>::with_fairness(pair(), fairness));
    let part = |guard| OwnedMutexGuard::map(guard, |pair: &mut Pair| &mut pair.1);
    for way in 0..6 {
        let guard = D::try_lock_owned(&m).unwrap();
        let mut waiting = Task::waiting(m.lock());
        let text = panic_of(|| match way {
            0 => drop(OwnedMutexGuard::map::<u8>(guard, |_| bad())),
            1 => drop(OwnedMutexGuard::filter_map::<u8>(guard, |_| bad())),
            2 => drop(OwnedMutexGuard::try_map::<u8, ()>(guard, |_| bad())),
            3 => drop(OwnedMappedMutexGuard::map::<u8>(part(guard), |_| bad())),
            4 => drop(OwnedMappedMutexGuard::filter_map::<u8>(part(guard), |_| {
                bad()
            })),
            _ => drop(OwnedMappedMutexGuard::try_map::<u8, ()>(
                part(guard),
                |_| bad(),
            )),
        });
        assert_eq!(text.unwrap(), "the closure panicked");
        assert_eq!((waiting.wakes(), D::pointers(&m)), (1, 1), "{way}");
        drop(waiting.ready());
        assert_at_rest(&m);
    }
}

fn part_has_no_size<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, Pair>::with_fairness(pair(), fairness));
    let mut part = MutexGuard::map(m.try_lock().unwrap(), |pair| &mut pair.1[1..]);
    part[0] = 20;
    drop(part);
    let part = MutexGuard::map(m.try_lock().unwrap(), |pair| -> &mut dyn std::fmt::Debug {
        &mut pair.1
    });
    assert_eq!(format!("{part:?}"), "[1, 20, 3]");
    drop(part);
    let part = OwnedMutexGuard::map(D::try_lock_owned(&m).unwrap(), |pair| pair.0.as_mut_str());
    assert_eq!(format!("{part}"), "text");
    drop(part);
    assert_at_rest(&m);
}

fn guard_of_a_part_moves_and_the_part_does_not<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, Pair>::with_fairness(pair(), fairness);
    let guard = m.try_lock().unwrap();
    let place = std::ptr::from_ref(&guard.1);
    let mut part = Box::new(MutexGuard::map(guard, |pair| &mut pair.1));
    assert!(std::ptr::eq(&**part, place));
    part.clear();
    drop(part);
    assert_at_rest(&m);
    assert!(m.into_inner().1.is_empty());
}

fn part_dropped_then_the_first_in_line_runs<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, Pair>::with_fairness(pair(), fairness));
    let part = MutexGuard::map(m.try_lock().unwrap(), |pair| &mut pair.0);
    let mut first = Task::waiting(m.lock());
    let mut second = Task::waiting(D::lock_owned(&m));
    drop(part);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(MutexGuard::map(first.ready(), |pair| &mut pair.1));
    assert_eq!(second.wakes(), 1);
    drop(OwnedMutexGuard::map(second.ready(), |pair| &mut pair.1));
    assert_at_rest(&m);
}
