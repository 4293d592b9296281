//! Futures that are dropped, at every stage, and futures that change their task.

use compio_sync::{
    Fairness,
    generic::{Acquire, Semaphore},
};

use crate::common::{Form, Spy, Task, assert_at_rest, assert_numbers, fixed, panic_of, run_woken};

suite! {
    both:
        served_then_dropped_before_its_poll_then_next_runs,
        each_is_served_and_dropped_in_turn_then_last_runs,
        served_last_then_dropped_then_permit_is_free,
        large_head_dropped_then_smaller_followers_run,
        large_head_dropped_then_only_those_run_for_whom_it_suffices,
        follower_dropped_then_large_head_keeps_waiting,
        partly_available_then_dropped_then_nothing_is_lost,
        dropped_in_every_order_then_the_rest_keep_theirs,
        dropped_before_its_first_poll_then_nobody_notices,
        polled_after_completion_panics_and_loses_nothing,
        polled_after_closed_panics,
        pending_box_forgotten_then_semaphore_stays_usable,
        moved_to_another_task_then_only_that_one_is_woken,
        moved_while_woken_then_still_served,
        dropped_while_alone_then_newcomer_is_first;
}

fn served_then_dropped_before_its_poll_then_next_runs<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let mut b = Task::waiting(s.acquire());
    drop(held);
    assert_eq!((a.wakes(), b.wakes()), (1, 0));
    a.cancel();
    assert_eq!(b.wakes(), 1);
    drop(b.ready());
    assert_eq!(b.polls(), 2);
    assert_at_rest(&s, 1);
}

fn each_is_served_and_dropped_in_turn_then_last_runs<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let held = s.try_acquire_many(2).unwrap();
    let mut tasks: Vec<_> = (0..50).map(|_| Task::waiting(s.acquire_many(2))).collect();
    drop(held);
    for at in 0..49 {
        assert_eq!((tasks[at].wakes(), tasks[at + 1].wakes()), (1, 0));
        tasks[at].cancel();
    }
    assert_eq!(run_woken(&mut tasks[49..]).len(), 1);
    assert_at_rest(&s, 2);
}

fn served_last_then_dropped_then_permit_is_free<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let held = s.try_acquire_many(3).unwrap();
    let mut a = Task::waiting(s.acquire_many(2));
    drop(held);
    assert_eq!(a.wakes(), 1);
    a.cancel();
    assert_at_rest(&s, 3);
}

fn large_head_dropped_then_smaller_followers_run<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let one = s.try_acquire().unwrap();
    let two = s.try_acquire_many(2).unwrap();
    let mut head = Task::waiting(s.acquire_many(3));
    let mut rest = [Task::waiting(s.acquire()), Task::waiting(s.acquire())];
    drop(two);
    assert_numbers(&s, 2, 3, 1, 3);
    assert_eq!(head.wakes() + rest[0].wakes() + rest[1].wakes(), 0);
    head.cancel();
    let served = run_woken(&mut rest);
    assert_eq!(
        served.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!((rest[0].polls(), rest[1].polls()), (2, 2));
    assert_numbers(&s, 0, 3, 3, 0);
    drop((served, one));
    assert_at_rest(&s, 3);
}

fn large_head_dropped_then_only_those_run_for_whom_it_suffices<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(4, fairness);
    let two = s.try_acquire_many(2).unwrap();
    let other = s.try_acquire_many(2).unwrap();
    let mut head = Task::waiting(s.acquire_many(4));
    let mut rest = [1, 2, 1].map(|n| Task::waiting(s.acquire_many(n)));
    drop(two);
    head.cancel();
    let served = run_woken(&mut rest);
    assert_eq!(served.len(), 1, "the second holds up the third");
    assert_eq!(served[0].0, 0);
    assert_numbers(&s, 1, 4, 3, 2);
    drop(other);
    assert_eq!(run_woken(&mut rest).len(), 2);
    drop(served);
    assert_at_rest(&s, 4);
}

fn follower_dropped_then_large_head_keeps_waiting<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let one = s.try_acquire().unwrap();
    let two = s.try_acquire_many(2).unwrap();
    let mut head = Task::waiting(s.acquire_many(3));
    let mut follower = Task::waiting(s.acquire());
    drop(two);
    follower.cancel();
    assert_numbers(&s, 2, 3, 1, 1);
    assert_eq!(head.wakes(), 0);
    drop(one);
    assert_eq!(head.wakes(), 1);
    drop(head.ready());
    assert_at_rest(&s, 3);
}

fn partly_available_then_dropped_then_nothing_is_lost<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let held = [(); 3].map(|()| s.try_acquire().unwrap());
    let mut head = Task::waiting(s.acquire_many(3));
    let mut held = held.into_iter();
    for free in 1..3 {
        drop(held.next());
        assert_numbers(&s, free, 3, 3 - free, 1);
    }
    head.cancel();
    assert_eq!(head.wakes(), 0);
    assert_numbers(&s, 2, 3, 1, 0);
    drop(held);
    assert_at_rest(&s, 3);
}

/// Each list operation meets each neighbourhood: the only one, the oldest, the newest, between two;
/// with links that were completed before and with such that were not.
fn dropped_in_every_order_then_the_rest_keep_theirs<D: Form>(fairness: Fairness) {
    for order in orders(5) {
        for dropped in 0..=5 {
            for link_first in [false, true] {
                drop_some(
                    &Semaphore::<D>::with_fairness(1, fairness),
                    &order[..dropped],
                    link_first,
                );
            }
        }
    }
}

fn drop_some<D: Form>(s: &Semaphore<D>, dropped: &[usize], link_first: bool) {
    let held = s.try_acquire().unwrap();
    let mut tasks: Vec<Task<Acquire<'_, D>>> = (0..5).map(|_| Task::waiting(s.acquire())).collect();
    if link_first {
        assert_eq!(s.waiters(), 5);
    }
    for (count, at) in dropped.iter().enumerate() {
        tasks[*at].cancel();
        // Those who come in between stand behind all the others.
        tasks.push(Task::waiting(s.acquire()));
        if link_first {
            assert_eq!(s.waiters(), 5, "after {} of {dropped:?}", count + 1);
        }
    }
    drop(held);
    let mut expected: Vec<usize> = (0..tasks.len()).collect();
    expected.retain(|at| !dropped.contains(at));
    for at in expected {
        // The permit is dropped here, so each round serves one.
        let served: Vec<usize> = run_woken(&mut tasks).iter().map(|(at, _)| *at).collect();
        assert_eq!(served, [at], "{dropped:?}");
    }
    assert_at_rest(s, 1);
}

fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for at in 0..n {
            let mut order = shorter.clone();
            order.insert(at, n - 1);
            all.push(order);
        }
    }
    all
}

fn dropped_before_its_first_poll_then_nobody_notices<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    drop(s.acquire());
    let held = s.try_acquire().unwrap();
    let mut unpolled = Task::new(s.acquire());
    let mut waiting = Task::waiting(s.acquire());
    assert_eq!(s.waiters(), 1);
    unpolled.cancel();
    assert_eq!(s.waiters(), 1);
    drop(held);
    drop(waiting.ready());
    assert_at_rest(&s, 1);
}

fn polled_after_completion_panics_and_loses_nothing<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut a = Task::new(s.acquire());
    let held = a.ready();
    let text = panic_of(|| drop(a.poll())).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
    let mut b = Task::waiting(s.acquire());
    drop(held);
    let held = b.ready();
    assert!(panic_of(|| drop(b.poll())).is_some());
    drop((a, b));
    assert_numbers(&s, 0, 1, 1, 0);
    drop(held);
    assert_at_rest(&s, 1);
}

fn polled_after_closed_panics<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut a = Task::waiting(s.acquire_or_closed());
    s.close();
    assert!(a.ready().is_err());
    assert!(panic_of(|| drop(a.poll())).is_some());
}

fn pending_box_forgotten_then_semaphore_stays_usable<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(0, fairness);
    let forgotten = Task::waiting(s.acquire());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut after = Task::waiting(s.acquire());
    assert_eq!(s.waiters(), 2);
    // Two are for the one that will never come, and for the one behind it.
    s.add_permits(2);
    assert_eq!((spy.wakes(), after.wakes()), (1, 1));
    drop(after.ready());
    assert_numbers(s, 1, 2, 1, 0);
    drop(s.try_acquire().unwrap());
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let (second, third) = (Spy::new(), Spy::new());
    assert!(a.poll_as(&second).is_pending());
    assert_eq!((a.spy().alive(), second.alive()), (0, 1));
    assert!(a.poll_as(&third).is_pending());
    assert_eq!((second.alive(), third.alive()), (0, 1));
    drop(held);
    assert_eq!((a.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
    assert!(a.poll_as(&Spy::new()).is_ready());
    assert_eq!(third.alive(), 0);
    drop(a);
    assert_at_rest(&s, 1);
}

fn moved_while_woken_then_still_served<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    drop(held);
    let other = Spy::new();
    assert!(a.poll_as(&other).is_ready());
    assert_eq!((other.wakes(), other.alive(), a.spy().alive()), (0, 0, 0));
}

fn dropped_while_alone_then_newcomer_is_first<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    for _ in 0..3 {
        let mut gone = Task::waiting(s.acquire());
        gone.cancel();
        assert_eq!((gone.spy().alive(), gone.wakes()), (0, 0));
        assert_numbers(&s, 0, 1, 1, 0);
    }
    let mut a = Task::waiting(s.acquire());
    drop(held);
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(&s, 1);
}
