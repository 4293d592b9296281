//! Closing: everybody is told, and what is out comes back.

use compio_sync::{Closed, Fairness, generic::Semaphore};

use crate::common::{Form, Task, assert_at_rest, assert_numbers, panic_of, run_woken};

suite! {
    both:
        closed_then_all_waiters_are_told_once,
        closed_then_newcomers_are_told,
        closed_then_acquire_panics_and_says_what_to_use,
        closed_while_waiting_then_acquire_panics,
        closed_with_more_waiters_than_a_batch,
        closed_twice_then_nobody_is_told_twice,
        closed_then_held_permits_stay_valid_and_come_back,
        closed_then_numbers_change_and_it_stays_closed,
        closed_then_waiter_dropped_before_its_poll;
    strict:
        handed_over_then_closed_then_still_granted,
        handed_over_then_closed_then_dropped_comes_back;
    throughput:
        woken_then_closed_then_told,
        several_handed_over_then_closed_then_still_granted;
}

fn closed_then_all_waiters_are_told_once<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(1, fairness));
    let held = s.try_acquire().unwrap();
    let mut borrowed = [1, 9].map(|n| Task::waiting(s.acquire_many_or_closed(n)));
    let mut owned = [1, 9].map(|n| Task::waiting(D::acquire_many_owned_or_closed(&s, n)));
    assert!(!s.is_closed());
    s.close();
    assert!(s.is_closed());
    assert_numbers(&s, 0, 1, 1, 0);
    for task in &mut borrowed {
        assert_eq!(task.wakes(), 1);
        let _: Closed = task.ready().unwrap_err();
    }
    for task in &mut owned {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    assert_eq!(D::pointers(&s), 1, "a wait that is over holds nothing");
    drop(held);
    assert_at_rest(&s, 1);
}

fn closed_then_newcomers_are_told<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(3, fairness));
    s.close();
    assert!(s.try_acquire().is_none());
    assert!(s.try_acquire_many(0).is_none());
    assert!(D::try_acquire_owned(&s).is_none());
    for n in [0, 1, 9] {
        let mut task = Task::new(s.acquire_many_or_closed(n));
        assert!(task.ready().is_err());
        assert_eq!((task.wakes(), task.spy().alive()), (0, 0));
        assert!(
            Task::new(D::acquire_many_owned_or_closed(&s, n))
                .ready()
                .is_err()
        );
    }
    assert!(Task::new(D::acquire_owned_or_closed(&s)).ready().is_err());
    assert_at_rest(&s, 3);
}

fn closed_then_acquire_panics_and_says_what_to_use<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(3, fairness));
    let mut early = Task::new(s.acquire());
    s.close();
    let texts = [
        panic_of(|| drop(early.poll())),
        panic_of(|| drop(Task::new(s.acquire_many(2)).poll())),
        panic_of(|| drop(Task::new(D::acquire_owned(&s)).poll())),
        panic_of(|| drop(Task::new(D::acquire_many_owned(&s, 2)).poll())),
    ];
    for text in texts {
        let text = text.expect("it should panic");
        assert!(text.contains("acquire_or_closed"), "{text}");
    }
    drop(early);
    assert_eq!(D::pointers(&s), 1);
    assert_at_rest(&s, 3);
}

fn closed_while_waiting_then_acquire_panics<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut task = Task::waiting(s.acquire());
    s.close();
    assert_eq!(task.wakes(), 1);
    let text = panic_of(|| drop(task.poll())).expect("it should panic");
    assert!(text.contains("acquire_or_closed"), "{text}");
}

fn closed_with_more_waiters_than_a_batch<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = (0..200)
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    s.close();
    assert_eq!(s.waiters(), 0);
    let told = run_woken(&mut tasks);
    assert_eq!(told.len(), 200);
    assert!(told.iter().all(|(_, result)| result.is_err()));
    for task in &tasks {
        assert_eq!((task.wakes(), task.polls(), task.spy().alive()), (1, 2, 0));
    }
}

fn closed_twice_then_nobody_is_told_twice<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut task = Task::waiting(s.acquire_or_closed());
    s.close();
    s.close();
    assert_eq!(task.wakes(), 1);
    assert!(task.ready().is_err());
}

fn closed_then_held_permits_stay_valid_and_come_back<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(4, fairness);
    let mut held = s.try_acquire_many(3).unwrap();
    s.close();
    let one = held.split(1).unwrap();
    assert_eq!((held.num_permits(), one.num_permits()), (2, 1));
    held.merge(one);
    assert_numbers(&s, 1, 4, 3, 0);
    drop(held);
    assert_at_rest(&s, 4);
    assert!(s.try_acquire().is_none());
}

fn closed_then_numbers_change_and_it_stays_closed<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(4, fairness);
    let held = s.try_acquire_many(2).unwrap();
    s.close();
    let check = |available, max, in_use| {
        assert_numbers(&s, available, max, in_use, 0);
        assert!(s.is_closed());
        assert!(s.try_acquire().is_none());
        assert!(Task::new(s.acquire_or_closed()).ready().is_err());
    };
    s.add_permits(2);
    check(4, 6, 2);
    assert_eq!(s.forget_permits(1), 1);
    check(3, 5, 2);
    assert_eq!(s.forget_permits(9), 3);
    check(0, 2, 2);
    assert_eq!(s.reduce_permits(1), 1);
    check(0, 1, 2);
    s.resize(5);
    check(3, 5, 2);
    s.resize(0);
    check(0, 0, 2);
    s.add_permits(1);
    check(0, 1, 2);
    drop(held);
    check(1, 1, 0);
}

fn closed_then_waiter_dropped_before_its_poll<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire_or_closed()));
    s.close();
    for task in &mut tasks {
        task.cancel();
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
    }
    drop(held);
    assert_at_rest(&s, 1);
}

fn handed_over_then_closed_then_still_granted<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut granted = Task::waiting(s.acquire_or_closed());
    let mut granted_or_panic = Task::waiting(s.acquire());
    let mut told = Task::waiting(s.acquire_or_closed());
    s.add_permits(1);
    drop(held);
    s.close();
    assert_numbers(&s, 0, 2, 2, 0);
    assert!(told.ready().is_err());
    let one = granted.ready().unwrap();
    let two = granted_or_panic.ready();
    assert_numbers(&s, 0, 2, 2, 0);
    drop((one, two));
    assert_at_rest(&s, 2);
}

fn handed_over_then_closed_then_dropped_comes_back<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut granted = Task::waiting(s.acquire_or_closed());
    let mut told = Task::waiting(s.acquire_or_closed());
    drop(held);
    s.close();
    granted.cancel();
    assert_at_rest(&s, 1);
    assert_eq!(told.wakes(), 1);
    assert!(told.ready().is_err());
}

/// A wake to compete is no grant.
fn woken_then_closed_then_told<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks = [(); 2].map(|()| Task::waiting(s.acquire_or_closed()));
    drop(held);
    s.close();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    assert_at_rest(&s, 1);
}

fn several_handed_over_then_closed_then_still_granted<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire_or_closed()));
    s.add_permits(2);
    s.close();
    let results = tasks.each_mut().map(|task| task.ready().is_ok());
    assert_eq!(results, [true, true, false]);
    assert_at_rest(&s, 2);
}
