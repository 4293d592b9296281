//! How many there are: adding, reducing, forgetting, resizing, and the limits of it.

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Form, Task, assert_at_rest, assert_numbers, panic_of, run_woken};

suite! {
    both:
        made_with_too_many_panics,
        added_above_the_most_panics_and_adds_nothing,
        resized_above_the_most_panics_and_changes_nothing,
        requests_above_the_most_panic,
        the_most_can_be_had_and_come_back,
        added_then_free,
        reduced_within_what_is_free,
        reduced_below_what_is_held_then_withheld_as_it_comes_back,
        reduced_below_zero_takes_what_there_is,
        reduced_then_added_pays_the_debt_first,
        reduced_while_waited_for_then_served_only_above_the_debt,
        reduced_while_handed_over_then_the_hand_over_stands,
        resized_up_and_down_with_waiters,
        free_ones_forgotten_and_held_ones_left_alone,
        permit_forgotten_then_it_is_gone,
        reduced_then_permit_forgotten_then_the_debt_is_paid_by_it,
        reduced_then_permit_forgotten_within_what_is_left,
        resized_to_none_then_all_forgotten_then_added,
        zero_of_everything_changes_nothing;
}

fn made_with_too_many_panics<D: Form>(fairness: Fairness) {
    let most = Semaphore::<D>::MAX_PERMITS;
    assert!(most >= usize::MAX >> 4, "plenty");
    for n in [most + 1, usize::MAX] {
        let text = panic_of(|| _ = Semaphore::<D>::with_fairness(n, fairness)).unwrap();
        assert!(text.contains("MAX_PERMITS"), "{text}");
        assert!(panic_of(|| _ = Semaphore::<D>::new(n)).is_some());
    }
}

fn added_above_the_most_panics_and_adds_nothing<D: Form>(fairness: Fairness) {
    let most = Semaphore::<D>::MAX_PERMITS;
    let s = Semaphore::<D>::with_fairness(most - 1, fairness);
    for n in [2, most, usize::MAX] {
        assert!(
            panic_of(|| s.add_permits(n))
                .unwrap()
                .contains("MAX_PERMITS")
        );
        assert_at_rest(&s, most - 1);
    }
    let held = s.try_acquire_many(most - 1).unwrap();
    assert!(panic_of(|| s.add_permits(2)).is_some(), "held ones count");
    s.add_permits(1);
    drop(held);
    assert_at_rest(&s, most);
}

fn resized_above_the_most_panics_and_changes_nothing<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    for n in [Semaphore::<D>::MAX_PERMITS + 1, usize::MAX] {
        assert!(panic_of(|| s.resize(n)).unwrap().contains("MAX_PERMITS"));
        assert_at_rest(&s, 3);
    }
    s.resize(Semaphore::<D>::MAX_PERMITS);
    assert_at_rest(&s, Semaphore::<D>::MAX_PERMITS);
}

fn requests_above_the_most_panic<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let n = Semaphore::<D>::MAX_PERMITS + 1;
    let texts = [
        panic_of(|| drop(s.acquire_many(n))),
        panic_of(|| drop(s.acquire_many_or_closed(n))),
        panic_of(|| drop(s.try_acquire_many(n))),
        panic_of(|| drop(D::acquire_many_owned(&s, n))),
        panic_of(|| drop(D::acquire_many_owned_or_closed(&s, n))),
        panic_of(|| drop(D::try_acquire_many_owned(&s, n))),
    ];
    for text in texts {
        assert!(text.expect("it should panic").contains("MAX_PERMITS"));
    }
    assert_eq!(D::pointers(&s), 1);
    assert_at_rest(&s, 1);
}

fn the_most_can_be_had_and_come_back<D: Form>(fairness: Fairness) {
    let most = Semaphore::<D>::MAX_PERMITS;
    let s = Semaphore::<D>::with_fairness(most, fairness);
    let held = s.try_acquire_many(most).unwrap();
    let mut next = Task::waiting(s.acquire_many(most));
    assert_numbers(&s, 0, most, most, 1);
    assert_eq!(s.reduce_permits(usize::MAX), most);
    assert_numbers(&s, 0, 0, most, 1);
    s.add_permits(most);
    drop(held);
    drop(next.ready());
    assert_at_rest(&s, most);
}

fn added_then_free<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    assert_at_rest(&s, 0);
    assert!(s.try_acquire().is_none());
    s.add_permits(2);
    assert_at_rest(&s, 2);
    let held = s.try_acquire_many(2).unwrap();
    s.add_permits(1);
    assert_numbers(&s, 1, 3, 2, 0);
    drop(held);
    assert_at_rest(&s, 3);
}

fn reduced_within_what_is_free<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let held = s.try_acquire_many(2).unwrap();
    assert_eq!(s.reduce_permits(3), 3);
    assert_numbers(&s, 0, 2, 2, 0);
    drop(held);
    assert_at_rest(&s, 2);
}

fn reduced_below_what_is_held_then_withheld_as_it_comes_back<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let mut held: Vec<_> = (0..5).map(|_| s.try_acquire().unwrap()).collect();
    assert_eq!(s.reduce_permits(3), 3);
    assert_numbers(&s, 0, 2, 5, 0);
    for left in [4, 3, 2] {
        held.pop();
        assert_numbers(&s, 0, 2, left, 0);
        assert!(s.try_acquire().is_none());
    }
    held.pop();
    assert_numbers(&s, 1, 2, 1, 0);
    held.clear();
    assert_at_rest(&s, 2);
}

fn reduced_below_zero_takes_what_there_is<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let held = s.try_acquire().unwrap();
    assert_eq!(s.reduce_permits(10), 3);
    assert_numbers(&s, 0, 0, 1, 0);
    assert_eq!(s.reduce_permits(1), 0);
    drop(held);
    assert_at_rest(&s, 0);
}

fn reduced_then_added_pays_the_debt_first<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(4, fairness);
    let held = s.try_acquire_many(4).unwrap();
    assert_eq!(s.reduce_permits(3), 3);
    s.add_permits(2);
    assert_numbers(&s, 0, 3, 4, 0);
    s.add_permits(2);
    assert_numbers(&s, 1, 5, 4, 0);
    drop(held);
    assert_at_rest(&s, 5);
}

fn reduced_while_waited_for_then_served_only_above_the_debt<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let mut held: Vec<_> = (0..3).map(|_| s.try_acquire().unwrap()).collect();
    let mut a = Task::waiting(s.acquire());
    assert_eq!(s.reduce_permits(2), 2);
    for _ in 0..2 {
        held.pop();
        assert_eq!(a.wakes(), 0);
        assert!(a.poll().is_pending());
    }
    assert_numbers(&s, 0, 1, 1, 1);
    held.pop();
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn reduced_while_handed_over_then_the_hand_over_stands<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let held = s.try_acquire_many(2).unwrap();
    let mut a = Task::waiting(s.acquire_many(2));
    drop(held);
    assert_eq!(s.reduce_permits(1), 1);
    assert_numbers(&s, 0, 1, 2, 0);
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn resized_up_and_down_with_waiters<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let held = s.try_acquire_many(2).unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    s.resize(4);
    let served = run_woken(&mut tasks);
    assert_eq!(served.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 1]);
    assert_numbers(&s, 0, 4, 4, 1);
    s.resize(1);
    assert_numbers(&s, 0, 1, 4, 1);
    drop(served);
    assert_numbers(&s, 0, 1, 2, 1);
    s.resize(1);
    drop(held);
    assert_eq!(run_woken(&mut tasks).len(), 1);
    assert_at_rest(&s, 1);
    s.resize(0);
    assert_at_rest(&s, 0);
}

fn free_ones_forgotten_and_held_ones_left_alone<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let held = s.try_acquire_many(2).unwrap();
    assert_eq!(s.forget_permits(1), 1);
    assert_numbers(&s, 2, 4, 2, 0);
    assert_eq!(s.forget_permits(10), 2);
    assert_numbers(&s, 0, 2, 2, 0);
    assert_eq!(s.reduce_permits(1), 1);
    assert_eq!(s.forget_permits(10), 0, "a debt is not free");
    drop(held);
    assert_at_rest(&s, 1);
}

fn permit_forgotten_then_it_is_gone<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    s.try_acquire_many(2).unwrap().forget();
    assert_at_rest(&s, 1);
    let mut a = Task::waiting(s.acquire_many(2));
    s.add_permits(1);
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(&s, 2);
}

fn reduced_then_permit_forgotten_then_the_debt_is_paid_by_it<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let held = s.try_acquire_many(5).unwrap();
    assert_eq!(s.reduce_permits(3), 3);
    held.forget();
    assert_at_rest(&s, 0);
    s.add_permits(2);
    assert_at_rest(&s, 2);
}

fn reduced_then_permit_forgotten_within_what_is_left<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(5, fairness);
    let mut held = s.try_acquire_many(5).unwrap();
    let two = held.split(2).unwrap();
    assert_eq!(s.reduce_permits(2), 2);
    two.forget();
    assert_numbers(&s, 0, 1, 3, 0);
    drop(held);
    assert_at_rest(&s, 1);
}

fn resized_to_none_then_all_forgotten_then_added<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let (one, two) = (s.try_acquire().unwrap(), s.try_acquire().unwrap());
    let mut a = Task::waiting(s.acquire());
    s.resize(0);
    one.forget();
    assert_numbers(&s, 0, 0, 1, 1);
    two.forget();
    assert_numbers(&s, 0, 0, 0, 1);
    s.add_permits(1);
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn zero_of_everything_changes_nothing<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    s.add_permits(0);
    assert_eq!((s.reduce_permits(0), s.forget_permits(0)), (0, 0));
    s.resize(1);
    s.try_acquire_many(0).unwrap().forget();
    assert_numbers(&s, 0, 1, 1, 1);
    assert_eq!(a.wakes(), 0);
    drop(held);
    drop(a.ready());
    assert_at_rest(&s, 1);
}
