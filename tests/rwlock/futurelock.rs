//! Futurelock: a future in line that nobody polls. This is what happens, as documented.

use compio_sync::{Fairness, generic::RwLockUpgradableReadGuard};

use crate::common::{Form, Task, assert_at_rest, assert_lets, fixed};

suite! {
    both:
        reader_let_in_and_not_polled_then_writers_wait_until_it_is_dropped,
        upgrade_not_polled_again_then_all_wait_until_it_is_dropped;
    strict:
        handed_over_to_a_writer_that_is_not_polled_then_all_wait,
        own_task_waits_behind_its_own_unpolled_writer;
    throughput:
        woken_writer_is_not_polled_then_newcomers_pass_and_those_behind_do_not,
        own_task_passes_its_own_unpolled_writer_only_as_a_newcomer;
}

fn reader_let_in_and_not_polled_then_writers_wait_until_it_is_dropped<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut unpolled = Task::waiting(l.read());
    let mut behind = Task::waiting(l.write());
    drop(held);
    behind.pends();
    assert!(l.try_write().is_none());
    assert_eq!(behind.wakes(), 0);
    unpolled.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(behind.ready());
    assert_at_rest(l);
}

fn upgrade_not_polled_again_then_all_wait_until_it_is_dropped<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut unpolled = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    drop(reader);
    let mut behind = Task::waiting(l.read());
    for _ in 0..10 {
        behind.pends();
        assert_lets(l, None, 1);
    }
    unpolled.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(behind.ready());
    assert_at_rest(l);
}

fn handed_over_to_a_writer_that_is_not_polled_then_all_wait<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut unpolled = Task::waiting(l.write());
    let mut behind = Task::waiting(l.read());
    drop(reader);
    behind.pends();
    assert!(l.try_read().is_none());
    let mut newcomer = Task::waiting(l.read());
    assert_eq!((behind.wakes(), newcomer.wakes()), (0, 0));
    unpolled.cancel();
    drop((behind.ready(), newcomer.ready()));
    assert_at_rest(l);
}

/// `select(&mut first, timer)` lost to the timer, and then the same task reads.
fn own_task_waits_behind_its_own_unpolled_writer<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut first = Task::waiting(l.write());
    let mut again = Task::waiting(l.read());
    drop(reader);
    for _ in 0..10 {
        again.pends();
    }
    assert_eq!(again.wakes(), 0);
    // Polling it is the other way out.
    drop(first.ready());
    drop(again.ready());
    assert_at_rest(l);
}

fn woken_writer_is_not_polled_then_newcomers_pass_and_those_behind_do_not<D: Form>(
    fairness: Fairness,
) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut unpolled = Task::waiting(l.write());
    let mut behind = Task::waiting(l.write());
    drop(reader);
    for _ in 0..20 {
        drop(l.try_read().expect("newcomers pass, however often"));
        drop(Task::new(l.read()).ready());
    }
    assert_eq!((unpolled.wakes(), behind.wakes()), (1, 0));
    unpolled.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(behind.ready());
    assert_at_rest(l);
}

fn own_task_passes_its_own_unpolled_writer_only_as_a_newcomer<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut first = Task::waiting(l.write());
    let mut again = Task::waiting(l.write());
    drop(reader);
    assert_eq!(
        (first.wakes(), again.wakes()),
        (1, 0),
        "nothing tells the second"
    );
    drop(Task::new(l.read()).ready());
    first.cancel();
    assert_eq!(again.wakes(), 1);
    drop(again.ready());
    assert_at_rest(l);
}
