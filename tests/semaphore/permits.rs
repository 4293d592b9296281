//! Permits: what can be done with them, borrowed and owned.

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Form, Task, assert_at_rest, assert_numbers, panic_of};

suite! {
    both:
        split_then_each_part_comes_back_by_itself,
        split_more_than_held_gives_none_and_keeps_all,
        merged_then_they_come_back_together,
        merged_across_semaphores_panics_and_both_come_back,
        merged_with_nothing,
        released_in_parts_then_a_large_waiter_is_served_by_the_last,
        owned_permit_keeps_the_semaphore_alive,
        owned_split_merge_forget,
        owned_merged_across_semaphores_panics_and_both_come_back,
        owned_try_fails_then_the_pointer_is_gone,
        owned_future_dropped_then_the_pointer_is_gone,
        owned_future_outlives_every_other_pointer;
}

fn split_then_each_part_comes_back_by_itself<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let mut held = s.try_acquire_many(5).unwrap();
    let two = held.split(2).unwrap();
    assert_eq!((held.num_permits(), two.num_permits()), (3, 2));
    assert_numbers(&s, 0, 5, 5, 0);
    let none = held.split(0).unwrap();
    let rest = held.split(3).unwrap();
    assert_eq!((held.num_permits(), none.num_permits()), (0, 0));
    drop((none, held));
    assert_numbers(&s, 0, 5, 5, 0);
    drop(two);
    assert_numbers(&s, 2, 5, 3, 0);
    drop(rest);
    assert_at_rest(&s, 5);
}

fn split_more_than_held_gives_none_and_keeps_all<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let mut held = s.try_acquire_many(3).unwrap();
    assert!(held.split(4).is_none());
    assert!(held.split(usize::MAX).is_none());
    assert_eq!(held.num_permits(), 3);
    drop(held);
    assert_at_rest(&s, 5);
}

fn merged_then_they_come_back_together<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let mut held = s.try_acquire_many(2).unwrap();
    held.merge(s.try_acquire_many(3).unwrap());
    assert_eq!(held.num_permits(), 5);
    assert_numbers(&s, 0, 5, 5, 0);
    let mut waiting = Task::waiting(s.acquire_many(5));
    drop(held);
    assert_eq!(waiting.wakes(), 1);
    drop(waiting.ready());
    assert_at_rest(&s, 5);
}

fn merged_across_semaphores_panics_and_both_come_back<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let t = Semaphore::<D>::with_fairness(3, fairness);
    let mut ours = s.try_acquire_many(2).unwrap();
    let theirs = t.try_acquire_many(3).unwrap();
    let text = panic_of(|| ours.merge(theirs)).expect("it should panic");
    assert!(text.contains("different semaphores"), "{text}");
    assert_at_rest(&t, 3);
    assert_numbers(&s, 0, 2, 2, 0);
    drop(ours);
    assert_at_rest(&s, 2);
    // A permit for nothing is of its semaphore all the same.
    let mut none = s.try_acquire_many(0).unwrap();
    assert!(panic_of(|| none.merge(t.try_acquire_many(0).unwrap())).is_some());
}

fn merged_with_nothing<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let mut none = s.try_acquire_many(0).unwrap();
    none.merge(s.try_acquire_many(0).unwrap());
    none.merge(s.try_acquire().unwrap());
    assert_eq!(none.num_permits(), 1);
    none.forget();
    assert_at_rest(&s, 1);
}

fn released_in_parts_then_a_large_waiter_is_served_by_the_last<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(4, fairness);
    let mut held = s.try_acquire_many(4).unwrap();
    let mut waiting = Task::waiting(s.acquire_many(4));
    drop(held.split(1));
    drop(held.split(2));
    assert_eq!(waiting.wakes(), 0);
    assert_numbers(&s, 3, 4, 1, 1);
    drop(held);
    assert_eq!(waiting.wakes(), 1);
    drop(waiting.ready());
    assert_at_rest(&s, 4);
}

fn owned_permit_keeps_the_semaphore_alive<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let held = D::try_acquire_owned(&s).unwrap();
    drop(s);
    assert_numbers(held.semaphore(), 0, 1, 1, 0);
    let s = held.semaphore().clone();
    assert_eq!(D::pointers(&s), 2);
    drop(held);
    assert_at_rest(&s, 1);
    assert_eq!(D::pointers(&s), 1);
}

fn owned_split_merge_forget<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(6, fairness));
    let mut held = D::try_acquire_many_owned(&s, 6).unwrap();
    assert!(held.split(7).is_none());
    let mut two = held.split(2).unwrap();
    let one = held.split(1).unwrap();
    assert_eq!(
        (held.num_permits(), two.num_permits(), D::pointers(&s)),
        (3, 2, 4)
    );
    two.merge(one);
    assert_eq!((two.num_permits(), D::pointers(&s)), (3, 3));
    two.forget();
    assert_numbers(&s, 0, 3, 3, 0);
    drop(held);
    assert_at_rest(&s, 3);
    assert_eq!(D::pointers(&s), 1);
}

fn owned_merged_across_semaphores_panics_and_both_come_back<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let t = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let mut ours = D::try_acquire_owned(&s).unwrap();
    let theirs = D::try_acquire_owned(&t).unwrap();
    assert!(panic_of(|| ours.merge(theirs)).is_some());
    drop(ours);
    assert_at_rest(&s, 1);
    assert_at_rest(&t, 1);
    assert_eq!((D::pointers(&s), D::pointers(&t)), (1, 1));
}

fn owned_try_fails_then_the_pointer_is_gone<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(0, fairness));
    assert!(D::try_acquire_owned(&s).is_none());
    assert!(D::try_acquire_many_owned(&s, 2).is_none());
    assert_eq!(D::pointers(&s), 1);
}

fn owned_future_dropped_then_the_pointer_is_gone<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let held = D::try_acquire_owned(&s).unwrap();
    let unpolled = D::acquire_owned(&s);
    let queued = Task::waiting(D::acquire_many_owned(&s, 1));
    let mut served = Task::waiting(D::acquire_owned_or_closed(&s));
    assert_eq!(D::pointers(&s), 5);
    drop((unpolled, queued));
    assert_eq!(D::pointers(&s), 3);
    drop(held);
    assert_eq!(served.wakes(), 1);
    served.cancel();
    assert_at_rest(&s, 1);
    assert_eq!(D::pointers(&s), 1);
}

fn owned_future_outlives_every_other_pointer<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let held = D::try_acquire_owned(&s).unwrap();
    let mut a = Task::waiting(D::acquire_owned(&s));
    let mut b = Task::waiting(D::acquire_owned(&s));
    drop(s);
    drop(held);
    let held = a.ready();
    assert_eq!(D::pointers(held.semaphore()), 2);
    drop((a, held));
    assert_eq!(b.wakes(), 1);
    let held = b.ready();
    assert_eq!(D::pointers(held.semaphore()), 1);
    drop((held, b));
}
