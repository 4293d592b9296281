//! Futures that are dropped, at every stage, and futures that change their task.

use std::task::Poll;

use compio_sync::{Fairness, generic::RwLock};

use crate::common::{Form, Spy, Task, assert_at_rest, assert_lets, fixed, panic_of};

suite! {
    both:
        never_polled_and_dropped_then_nobody_notices,
        handed_over_and_dropped_then_the_next_gets_in,
        each_kind_in_each_place_dropped_then_the_rest_get_in,
        owned_ones_dropped_at_every_stage_let_go_of_the_lock,
        polled_after_it_was_over_panics_and_loses_nothing,
        pending_box_forgotten_then_the_lock_stays_usable_until_its_turn,
        moved_to_another_task_then_only_that_one_is_woken,
        moved_while_woken_then_still_served;
}

fn never_polled_and_dropped_then_nobody_notices<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    drop((l.read(), l.upgradable_read(), l.write()));
    drop((
        D::read_owned(&l),
        D::upgradable_read_owned(&l),
        D::write_owned(&l),
    ));
    assert_eq!(D::pointers(&l), 1);
    let held = l.try_write().unwrap();
    let mut waiting = Task::waiting(l.read());
    drop((l.read(), l.upgradable_read(), l.write()));
    assert_lets(&l, None, 1);
    drop(held);
    drop(waiting.ready());
    assert_at_rest(&l);
}

fn handed_over_and_dropped_then_the_next_gets_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut writers = [(); 3].map(|()| Task::waiting(l.write()));
    let mut upgradables = [(); 2].map(|()| Task::waiting(l.upgradable_read()));
    let mut reader = Task::waiting(l.read());
    drop(held);
    for writer in &mut writers {
        assert_eq!((writer.wakes(), upgradables[0].wakes()), (1, 0));
        writer.cancel();
    }
    assert_eq!((upgradables[0].wakes(), upgradables[1].wakes()), (1, 0));
    upgradables[0].cancel();
    assert_eq!(upgradables[1].wakes(), 1);
    upgradables[1].cancel();
    assert_eq!(reader.wakes(), 1);
    reader.cancel();
    assert_at_rest(l);
}

/// Any one of a mixed line is dropped, before the writer leaves or after; the rest all get in, in
/// the end.
fn each_kind_in_each_place_dropped_then_the_rest_get_in<D: Form>(fairness: Fairness) {
    for gone in 0..7 {
        for late in [false, true] {
            let l = fixed::<D>(fairness);
            let mut held = l.try_write();
            let mut line: Vec<_> = "rwurrwu"
                .chars()
                .map(|kind| {
                    Task::waiting(async move {
                        match kind {
                            'r' => drop(l.read().await),
                            'w' => drop(l.write().await),
                            _ => drop(l.upgradable_read().await),
                        }
                    })
                })
                .collect();
            if late {
                held = None;
            }
            line[gone].cancel();
            drop(held);
            let served = crate::common::run_woken(&mut line).len();
            assert_eq!(served, 6, "all but {gone}");
            assert!(
                line.iter()
                    .all(|task| task.wakes() <= 1 && task.spy().alive() == 0)
            );
            assert_at_rest(l);
        }
    }
}

fn owned_ones_dropped_at_every_stage_let_go_of_the_lock<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let held = l.try_write().unwrap();
    let mut unpolled = Task::new(D::write_owned(&l));
    let mut handed_over = Task::waiting(D::upgradable_read_owned(&l));
    let mut queued = Task::waiting(D::write_owned(&l));
    let mut served = Task::waiting(D::read_owned(&l));
    assert_eq!(D::pointers(&l), 5);
    unpolled.cancel();
    drop(held);
    queued.cancel();
    assert_eq!((D::pointers(&l), handed_over.wakes()), (3, 1));
    handed_over.cancel();
    assert_eq!((D::pointers(&l), served.wakes()), (2, 1));
    drop(served.ready());
    assert_eq!(D::pointers(&l), 1);
    assert_at_rest(&l);
}

fn polled_after_it_was_over_panics_and_loses_nothing<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut a = Task::new(l.read());
    let reader = a.ready();
    let text = panic_of(|| drop(a.poll())).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
    let mut b = Task::waiting(l.write());
    drop(reader);
    let writer = b.ready();
    assert!(panic_of(|| drop(b.poll())).is_some());
    drop((a, b));
    assert_lets(l, None, 0);
    drop(writer);
    assert_at_rest(l);
}

fn pending_box_forgotten_then_the_lock_stays_usable_until_its_turn<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut before = Task::waiting(l.write());
    let forgotten = Task::waiting(l.read());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut beside = Task::waiting(l.upgradable_read());
    drop(held);
    drop(before.ready());
    assert_eq!(spy.wakes(), 1);
    // As for a guard that is forgotten: it reads for ever.
    drop(beside.ready());
    assert_lets(l, Some("upgradable"), 0);
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut a = Task::waiting(l.read());
    let mut b = Task::waiting(l.write());
    let (second, third) = (Spy::new(), Spy::new());
    for task in [&second, &third] {
        assert!(a.poll_as(task).is_pending());
        assert!(b.poll_as(task).is_pending());
    }
    assert_eq!((a.spy().alive(), second.alive(), third.alive()), (0, 0, 2));
    drop(held);
    assert_eq!((a.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
    drop(a.ready());
    assert_eq!((b.wakes(), third.wakes()), (0, 2));
    drop(b.ready());
    assert_eq!(third.alive(), 0);
    assert_at_rest(l);
}

fn moved_while_woken_then_still_served<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut a = Task::waiting(l.read());
    drop(held);
    let other = Spy::new();
    let Poll::Ready(guard) = a.poll_as(&other) else {
        panic!("it was let in")
    };
    assert_eq!((other.wakes(), other.alive(), a.spy().alive()), (0, 0, 0));
    drop(guard);
    assert_at_rest(l);
}
