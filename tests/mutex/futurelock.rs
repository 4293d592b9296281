//! Futurelock: a future in line that nobody polls. This is what happens, as documented.

use compio_sync::Fairness;

use crate::common::{Form, Task, assert_at_rest, assert_state, fixed};

suite! {
    strict:
        handed_over_to_one_that_is_not_polled_then_all_wait_until_it_is_dropped,
        own_task_waits_behind_its_own_unpolled_future;
    throughput:
        woken_one_is_not_polled_then_newcomers_pass_and_those_behind_do_not,
        own_task_passes_its_own_unpolled_future_only_as_a_newcomer;
}

fn handed_over_to_one_that_is_not_polled_then_all_wait_until_it_is_dropped<D: Form>(
    fairness: Fairness,
) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut unpolled = Task::waiting(m.lock());
    let mut behind = Task::waiting(m.lock());
    drop(held);
    assert_state(m, true, 1);
    behind.pends();
    assert!(m.try_lock().is_none());
    let mut newcomer = Task::waiting(m.lock());
    assert_eq!((behind.wakes(), newcomer.wakes()), (0, 0));
    unpolled.cancel();
    drop(behind.ready());
    drop(newcomer.ready());
    assert_at_rest(m);
}

/// `select(&mut first, timer)` lost to the timer, and then the same task locks once more.
fn own_task_waits_behind_its_own_unpolled_future<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut first = Task::waiting(m.lock());
    let mut again = Task::waiting(m.lock());
    drop(held);
    for _ in 0..10 {
        again.pends();
    }
    assert_eq!(again.wakes(), 0);
    // Polling it is the other way out.
    drop(first.ready());
    drop(again.ready());
    assert_at_rest(m);
}

fn woken_one_is_not_polled_then_newcomers_pass_and_those_behind_do_not<D: Form>(
    fairness: Fairness,
) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut unpolled = Task::waiting(m.lock());
    let mut behind = Task::waiting(m.lock());
    drop(held);
    for _ in 0..20 {
        drop(m.try_lock().expect("newcomers pass, however often"));
        drop(Task::new(m.lock()).ready());
    }
    assert_eq!((unpolled.wakes(), behind.wakes()), (1, 0));
    unpolled.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(behind.ready());
    assert_at_rest(m);
}

fn own_task_passes_its_own_unpolled_future_only_as_a_newcomer<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut first = Task::waiting(m.lock());
    let mut again = Task::waiting(m.lock());
    drop(held);
    assert_eq!(
        (first.wakes(), again.wakes()),
        (1, 0),
        "nothing tells the second"
    );
    drop(Task::new(m.lock()).ready());
    first.cancel();
    assert_eq!(again.wakes(), 1);
    drop(again.ready());
    assert_at_rest(m);
}
