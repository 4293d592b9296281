//! Futurelock: a future in line that nobody polls. This is what happens, as documented.

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Form, Task, assert_at_rest, assert_numbers};

suite! {
    strict:
        served_one_is_not_polled_then_all_others_wait_until_it_is_dropped,
        own_task_waits_behind_its_own_unpolled_future;
    throughput:
        woken_one_is_not_polled_then_newcomers_pass_and_those_behind_do_not,
        own_task_passes_its_own_unpolled_future_only_as_a_newcomer,
        what_piles_up_is_handed_to_those_who_are_not_polled;
}

fn served_one_is_not_polled_then_all_others_wait_until_it_is_dropped<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut unpolled = Task::waiting(s.acquire());
    let mut behind = Task::waiting(s.acquire());
    drop(held);
    assert_numbers(&s, 0, 1, 1, 1);
    behind.pends();
    assert!(s.try_acquire().is_none());
    let mut newcomer = Task::waiting(s.acquire());
    assert_eq!((behind.wakes(), newcomer.wakes()), (0, 0));
    unpolled.cancel();
    drop(behind.ready());
    drop(newcomer.ready());
    assert_at_rest(&s, 1);
}

/// `select(&mut first, timer)` lost to the timer, and then the same task acquires once more.
fn own_task_waits_behind_its_own_unpolled_future<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut first = Task::waiting(s.acquire());
    let mut again = Task::waiting(s.acquire());
    drop(held);
    for _ in 0..10 {
        again.pends();
    }
    assert_eq!(again.wakes(), 0);
    // Polling it is the other way out.
    drop(first.ready());
    drop(again.ready());
    assert_at_rest(&s, 1);
}

fn woken_one_is_not_polled_then_newcomers_pass_and_those_behind_do_not<D: Form>(
    fairness: Fairness,
) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut unpolled = Task::waiting(s.acquire());
    let mut behind = Task::waiting(s.acquire());
    drop(held);
    for _ in 0..20 {
        drop(s.try_acquire().expect("newcomers pass, however often"));
        drop(Task::new(s.acquire()).ready());
    }
    assert_eq!((unpolled.wakes(), behind.wakes()), (1, 0));
    unpolled.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(behind.ready());
    assert_at_rest(&s, 1);
}

fn own_task_passes_its_own_unpolled_future_only_as_a_newcomer<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut first = Task::waiting(s.acquire());
    let mut again = Task::waiting(s.acquire());
    drop(held);
    assert_eq!(
        (first.wakes(), again.wakes()),
        (1, 0),
        "nothing tells the second"
    );
    drop(Task::new(s.acquire()).ready());
    first.cancel();
    assert_eq!(again.wakes(), 1);
    drop(again.ready());
    assert_at_rest(&s, 1);
}

fn what_piles_up_is_handed_to_those_who_are_not_polled<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let [a, b, c] = [(); 3].map(|()| s.try_acquire().unwrap());
    let [mut unpolled, mut behind] = [(); 2].map(|()| Task::waiting(s.acquire()));
    drop((a, b));
    drop(s.try_acquire().expect("two are left to newcomers"));
    assert_numbers(&s, 2, 3, 1, 2);
    drop(c);
    assert_numbers(&s, 1, 3, 2, 0);
    drop((unpolled.ready(), behind.ready()));
    assert_at_rest(&s, 3);
}
