//! Who comes first.

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Form, Task, assert_at_rest, assert_numbers, run_woken};

suite! {
    both:
        released_one_by_one_then_served_in_order_of_arrival,
        added_at_once_then_all_are_served_in_one_step,
        added_at_once_for_many_batches_then_all_are_served_in_one_step,
        added_at_once_then_large_one_in_the_middle_stops_it,
        order_is_that_of_first_polls_not_of_calls;
    strict:
        try_fails_while_anyone_waits,
        newcomer_queues_behind_a_large_head,
        newcomer_queues_while_the_permit_is_handed_over,
        served_ones_slow_to_poll_keep_their_turn,
        permits_of_several_releases_gather_for_a_large_head;
}

fn released_one_by_one_then_served_in_order_of_arrival<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut tasks: Vec<_> = (0..10).map(|_| Task::waiting(s.acquire())).collect();
    for at in 0..10 {
        assert_eq!(s.waiters(), 10 - at);
        drop(held.take());
        let woken: Vec<_> = tasks.iter().map(Task::wakes).collect();
        assert!(woken[..=at].iter().all(|n| *n == 1), "{woken:?}");
        assert!(woken[at + 1..].iter().all(|n| *n == 0), "{woken:?}");
        held = Some(tasks[at].ready());
        assert_eq!(tasks[at].polls(), 2);
    }
    drop(held);
    assert_at_rest(&s, 1);
}

fn added_at_once_then_all_are_served_in_one_step<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = [1, 4, 2, 3]
        .into_iter()
        .map(|n| Task::waiting(s.acquire_many(n)))
        .collect();
    s.add_permits(11);
    assert_numbers(&s, 1, 11, 10, 0);
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
    }
    // In whatever order they are polled.
    let mut held: Vec<_> = tasks.iter_mut().rev().map(Task::ready).collect();
    assert_eq!(
        held.iter().map(|p| p.num_permits()).collect::<Vec<_>>(),
        [3, 2, 4, 1]
    );
    held.clear();
    assert_at_rest(&s, 11);
}

fn added_at_once_for_many_batches_then_all_are_served_in_one_step<D: Form>(fairness: Fairness) {
    for n in [31, 32, 33, 64, 65, 200] {
        let s = Semaphore::<D>::with_fairness(0, fairness);
        let mut tasks: Vec<_> = (0..n).map(|_| Task::waiting(s.acquire())).collect();
        let mut late = Task::waiting(s.acquire());
        s.add_permits(n);
        assert_numbers(&s, 0, n, n, 1);
        assert!(tasks.iter().all(|task| task.wakes() == 1));
        // In whatever order they are polled.
        let held: Vec<_> = tasks.iter_mut().rev().map(Task::ready).collect();
        assert_eq!(late.wakes(), 0);
        drop(held);
        drop(late.ready());
        assert_at_rest(&s, n);
    }
}

fn added_at_once_then_large_one_in_the_middle_stops_it<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks = [2, 5, 1].map(|n| Task::waiting(s.acquire_many(n)));
    s.add_permits(4);
    assert_numbers(&s, 2, 4, 2, 2);
    let served = run_woken(&mut tasks);
    assert_eq!(served.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0]);
    // What comes back is not enough, and what is added then is.
    drop(served);
    assert_numbers(&s, 4, 4, 0, 2);
    assert_eq!((tasks[1].wakes(), tasks[2].wakes()), (0, 0));
    s.add_permits(2);
    let served = run_woken(&mut tasks);
    assert_eq!(served.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2]);
    drop(served);
    assert_at_rest(&s, 6);
}

fn order_is_that_of_first_polls_not_of_calls<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut called_first = Task::new(s.acquire());
    let mut called_second = Task::waiting(s.acquire());
    called_first.pends();
    drop(held);
    assert_eq!((called_first.wakes(), called_second.wakes()), (0, 1));
    drop(called_second.ready());
    assert_eq!(called_first.wakes(), 1);
    drop(called_first.ready());
    assert_at_rest(&s, 1);
}

fn try_fails_while_anyone_waits<D: Form>(_: Fairness) {
    let s = Semaphore::<D>::new(3);
    let held = s.try_acquire_many(2).unwrap();
    let mut large = Task::waiting(s.acquire_many(2));
    assert_eq!(s.available_permits(), 1);
    assert!(s.try_acquire().is_none());
    // Nothing is there for everybody.
    assert!(s.try_acquire_many(0).is_some());
    large.cancel();
    assert!(s.try_acquire().is_some());
    drop(held);
    assert_at_rest(&s, 3);
}

fn newcomer_queues_behind_a_large_head<D: Form>(_: Fairness) {
    let s = Semaphore::<D>::new(3);
    let held = s.try_acquire().unwrap();
    let mut tasks = [3, 1, 1, 1].map(|n| Task::waiting(s.acquire_many(n)));
    assert_numbers(&s, 2, 3, 1, 4);
    drop(held);
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 0, 0, 0]);
    drop(tasks[0].ready());
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 1, 1]);
    assert_eq!(run_woken(&mut tasks[1..]).len(), 3);
    assert_at_rest(&s, 3);
}

fn newcomer_queues_while_the_permit_is_handed_over<D: Form>(_: Fairness) {
    let s = Semaphore::<D>::new(1);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    drop(held);
    // It is a's already: neither free nor in line.
    assert_numbers(&s, 0, 1, 1, 0);
    assert!(s.try_acquire().is_none());
    let mut b = Task::waiting(s.acquire());
    drop(a.ready());
    assert_eq!(b.wakes(), 1);
    drop(b.ready());
    assert_at_rest(&s, 1);
}

fn served_ones_slow_to_poll_keep_their_turn<D: Form>(_: Fairness) {
    let s = Semaphore::<D>::new(2);
    let (one, two) = (s.try_acquire().unwrap(), s.try_acquire().unwrap());
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    drop(one);
    drop(two);
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 0]);
    // The second is quicker than the first, and the third must not get the first one's.
    drop(tasks[1].ready());
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 1]);
    let first = tasks[0].ready();
    let third = tasks[2].ready();
    assert_numbers(&s, 0, 2, 2, 0);
    drop((first, third));
    assert_at_rest(&s, 2);
}

fn permits_of_several_releases_gather_for_a_large_head<D: Form>(_: Fairness) {
    let s = Semaphore::<D>::new(3);
    let held = [(); 3].map(|()| s.try_acquire().unwrap());
    let mut head = Task::waiting(s.acquire_many(3));
    let mut small = Task::waiting(s.acquire());
    for (free, permit) in held.into_iter().enumerate() {
        assert_eq!((head.wakes(), small.wakes()), (0, 0));
        assert_eq!(s.available_permits(), free);
        drop(permit);
    }
    assert_eq!((head.wakes(), small.wakes()), (1, 0));
    drop(head.ready());
    drop(small.ready());
    assert_at_rest(&s, 3);
}
