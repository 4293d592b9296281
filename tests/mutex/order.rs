//! Who gets it next, counted.

use compio_sync::{
    Fairness,
    generic::{Lock, Mutex},
};

use crate::common::{Form, Task, assert_at_rest, assert_state, fixed, run_woken};

suite! {
    both:
        hundred_in_line_then_served_in_order_with_one_wake_each,
        unlocked_and_nobody_waits_then_nobody_is_woken,
        front_in_line_then_newcomers_pass_it_a_stated_number_of_times;
    strict:
        handed_over_then_newcomers_get_in_line;
    throughput:
        unlocked_and_not_taken_yet_then_a_newcomer_may_have_it;
}

type Line<'a, D> = Vec<Task<Lock<'a, D, u32>>>;

fn hundred_in_line_then_served_in_order_with_one_wake_each<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut line: Line<'_, D> = (0..100).map(|_| Task::waiting(m.lock())).collect();
    drop(held);
    for at in 0..100 {
        assert_eq!(line[at].wakes(), 1);
        assert!(line[at + 1..].iter().all(|task| task.wakes() == 0));
        let mut guard = line[at].ready();
        assert_eq!(*guard as usize, at);
        *guard += 1;
    }
    assert!(
        line.iter()
            .all(|task| (task.wakes(), task.polls()) == (1, 2))
    );
    assert_at_rest(m);
}

fn unlocked_and_nobody_waits_then_nobody_is_woken<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut gone = Task::waiting(m.lock());
    gone.cancel();
    drop(held);
    assert_eq!((gone.wakes(), gone.spy().alive()), (0, 0));
    assert_at_rest(m);
}

/// Under `Strict` none does.
fn front_in_line_then_newcomers_pass_it_a_stated_number_of_times<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let mut held = m.try_lock();
    let mut front = Task::waiting(m.lock());
    let mut passes = 0;
    for _ in 0..100 {
        drop(held.take());
        assert!(front.spy().take_pending(), "on its way, at the latest now");
        held = m.try_lock();
        if held.is_none() {
            break;
        }
        passes += 1;
        front.pends();
    }
    let bound = match fairness {
        Fairness::Strict => 0,
        Fairness::Throughput => Fairness::MAX_PASSES,
    };
    assert_eq!(passes, bound);
    drop(front.ready());
    assert_at_rest(m);
}

fn handed_over_then_newcomers_get_in_line<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut first = Task::waiting(m.lock());
    drop(held);
    assert_state(m, true, 0);
    assert!(m.try_lock().is_none());
    let mut newcomer = Task::waiting(m.lock());
    assert_eq!((first.wakes(), newcomer.wakes()), (1, 0));
    drop(first.ready());
    drop(newcomer.ready());
    assert_at_rest(m);
}

fn unlocked_and_not_taken_yet_then_a_newcomer_may_have_it<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut line: Line<'_, D> = (0..2).map(|_| Task::waiting(m.lock())).collect();
    drop(held);
    assert_state(m, false, 2);
    let passed = Task::new(m.lock()).ready();
    line[0].pends();
    drop(passed);
    assert_eq!((line[0].wakes(), line[1].wakes()), (2, 0));
    assert_eq!(run_woken(&mut line).len(), 1);
    assert_eq!(run_woken(&mut line).len(), 1);
    assert_at_rest(m);
}

/// A value without a size in memory still has its turn.
#[test]
fn mutex_of_nothing_is_a_lock_all_the_same() {
    let m = Mutex::<compio_sync::generic::Local, ()>::new(());
    let held = m.try_lock().unwrap();
    let mut waiting = Task::waiting(m.lock());
    drop(held);
    drop(waiting.ready());
    assert_at_rest(&m);
}
