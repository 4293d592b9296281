//! Waits that are dropped, at every stage: no notification is lost, none is stolen.

use compio_sync::Fairness;

use crate::common::{Form, Pair, Spy, Task};

suite! {
    both:
        never_polled_and_dropped_then_unlocked_and_nobody_notices,
        queued_and_dropped_then_the_others_keep_their_places,
        notified_and_dropped_unpolled_then_the_next_is_notified,
        notified_and_dropped_while_it_locks_again_then_the_next_is_notified,
        notified_handed_the_mutex_and_dropped_then_the_next_has_both,
        each_is_notified_and_dropped_in_turn_then_the_last_runs,
        last_is_notified_and_dropped_then_the_notification_is_lost,
        notified_one_passes_on_to_one_who_came_later,
        all_notified_and_dropped_then_nobody_else_is,
        all_notified_and_dropped_while_locking_again_then_nobody_else_is,
        all_and_one_notified_then_the_one_is_not_passed_on_twice,
        one_then_all_notified_and_dropped_then_who_comes_later_gets_the_one,
        locked_again_and_guard_dropped_then_nothing_is_passed_on,
        dropped_in_wait_while_then_the_next_is_notified,
        pending_box_forgotten_then_the_others_are_notified_after_it,
        moved_to_another_task_then_only_that_one_is_woken;
}

fn never_polled_and_dropped_then_unlocked_and_nobody_notices<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut unpolled = p.wait(p.lock());
    assert!(p.m.is_locked());
    unpolled.cancel();
    p.assert_at_rest();
}

fn queued_and_dropped_then_the_others_keep_their_places<D: Form>(fairness: Fairness) {
    for gone in 0..16_u32 {
        let p = Pair::<D>::new(fairness);
        let mut line: Vec<_> = (0..4).map(|_| p.waiting()).collect();
        let mut left = Vec::new();
        for (at, wait) in line.iter_mut().enumerate() {
            if gone & 1 << at == 0 {
                left.push(at);
            } else {
                wait.cancel();
                assert_eq!((wait.wakes(), wait.spy().alive()), (0, 0));
            }
        }
        p.assert_waiters(left.len(), 0);
        for at in left {
            p.c.notify_one();
            assert_eq!(line[at].wakes(), 1, "{gone:b}");
            drop(line[at].ready());
        }
        p.assert_at_rest();
    }
}

fn notified_and_dropped_unpolled_then_the_next_is_notified<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b, mut c) = (p.waiting(), p.waiting(), p.waiting());
    p.c.notify_one();
    assert_eq!((a.wakes(), b.wakes()), (1, 0));
    a.cancel();
    assert_eq!((b.wakes(), c.wakes()), (1, 0));
    drop(b.ready());
    p.assert_waiters(1, 0);
    c.cancel();
    p.assert_at_rest();
}

fn notified_and_dropped_while_it_locks_again_then_the_next_is_notified<D: Form>(
    fairness: Fairness,
) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    let held = p.lock();
    p.c.notify_one();
    a.pends();
    p.assert_waiters(1, 1);
    a.cancel();
    assert_eq!(b.wakes(), 1);
    p.assert_waiters(0, 0);
    drop(held);
    drop(b.ready());
    p.assert_at_rest();
}

fn notified_handed_the_mutex_and_dropped_then_the_next_has_both<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    let held = p.lock();
    p.c.notify_one();
    a.pends();
    let mut other = Task::waiting(p.m.lock());
    drop(held);
    assert_eq!((a.wakes(), b.wakes(), other.wakes()), (2, 0, 0));
    a.cancel();
    // The mutex is the next one's, the notification that of the next who waits for it.
    assert_eq!((b.wakes(), other.wakes()), (1, 1));
    drop(other.ready());
    drop(b.ready());
    p.assert_at_rest();
}

fn each_is_notified_and_dropped_in_turn_then_the_last_runs<D: Form>(fairness: Fairness) {
    for locking in [false, true] {
        let p = Pair::<D>::new(fairness);
        let mut line: Vec<_> = (0..50).map(|_| p.waiting()).collect();
        let held = p.lock();
        p.c.notify_one();
        for at in 0..49 {
            assert_eq!((line[at].wakes(), line[at + 1].wakes()), (1, 0));
            if locking {
                line[at].pends();
            }
            line[at].cancel();
        }
        assert_eq!(line[49].wakes(), 1);
        drop(held);
        drop(line[49].ready());
        p.assert_at_rest();
    }
}

fn last_is_notified_and_dropped_then_the_notification_is_lost<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut a = p.waiting();
    p.c.notify_one();
    a.cancel();
    // Nothing is stored, as the check for rest finds out.
    p.assert_at_rest();
}

fn notified_one_passes_on_to_one_who_came_later<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut a = p.waiting();
    p.c.notify_one();
    let mut late = p.waiting();
    assert_eq!(late.wakes(), 0);
    a.cancel();
    assert_eq!(late.wakes(), 1);
    drop(late.ready());
    p.assert_at_rest();
}

fn all_notified_and_dropped_then_nobody_else_is<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut early: Vec<_> = (0..40).map(|_| p.waiting()).collect();
    p.c.notify_all();
    let mut late = p.waiting();
    for wait in &mut early {
        wait.cancel();
    }
    assert_eq!(late.wakes(), 0);
    late.pends();
    late.cancel();
    p.assert_at_rest();
}

fn all_notified_and_dropped_while_locking_again_then_nobody_else_is<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut early: Vec<_> = (0..40).map(|_| p.waiting()).collect();
    let mut late = p.wait(p.lock());
    late.pends();
    let held = p.lock();
    p.c.notify_all();
    let mut last = p.wait(held);
    for wait in &mut early {
        drop(wait.poll());
    }
    last.pends();
    for wait in &mut early {
        wait.cancel();
    }
    late.cancel();
    assert_eq!(last.wakes(), 0);
    p.assert_waiters(1, 0);
    p.c.notify_one();
    drop(last.ready());
    p.assert_at_rest();
}

fn all_and_one_notified_then_the_one_is_not_passed_on_twice<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut early = [p.waiting(), p.waiting()];
    p.c.notify_all();
    let mut late = [p.waiting(), p.waiting()];
    p.c.notify_one();
    for wait in &mut early {
        wait.cancel();
    }
    assert_eq!((late[0].wakes(), late[1].wakes()), (1, 0));
    late[0].cancel();
    assert_eq!(late[1].wakes(), 1);
    drop(late[1].ready());
    p.assert_at_rest();
}

fn one_then_all_notified_and_dropped_then_who_comes_later_gets_the_one<D: Form>(
    fairness: Fairness,
) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    p.c.notify_one();
    p.c.notify_all();
    let mut late = p.waiting();
    b.cancel();
    assert_eq!(late.wakes(), 0);
    a.cancel();
    assert_eq!(late.wakes(), 1);
    drop(late.ready());
    p.assert_at_rest();
}

fn locked_again_and_guard_dropped_then_nothing_is_passed_on<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    p.c.notify_one();
    let guard = a.ready();
    drop(a);
    drop(guard);
    assert_eq!(b.wakes(), 0);
    b.cancel();
    p.assert_at_rest();
}

fn dropped_in_wait_while_then_the_next_is_notified<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let condition = |value: &mut u32| *value == 0;
    let mut a = Task::waiting(p.c.wait_while(p.lock(), condition));
    let mut b = Task::waiting(p.c.wait_while(p.lock(), condition));
    let mut guard = p.lock();
    *guard = 1;
    p.c.notify_one();
    a.pends();
    a.cancel();
    assert_eq!(b.wakes(), 1);
    drop(guard);
    assert_eq!(*b.ready(), 1);
    p.assert_at_rest();
}

fn pending_box_forgotten_then_the_others_are_notified_after_it<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let forgotten = p.waiting();
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut after = p.waiting();
    p.assert_waiters(2, 0);
    // One is for the one that will never come.
    p.c.notify_one();
    assert_eq!((spy.wakes(), after.wakes()), (1, 0));
    p.c.notify_one();
    assert_eq!(after.wakes(), 1);
    drop(after.ready());
    p.assert_at_rest();
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut a = p.waiting();
    let mut b = p.waiting();
    let spies = [(); 4].map(|()| Spy::new());
    assert!(a.poll_as(&spies[0]).is_pending());
    assert!(a.poll_as(&spies[1]).is_pending());
    let held = p.lock();
    p.c.notify_one();
    assert_eq!((a.wakes(), spies[0].wakes(), spies[1].wakes()), (0, 0, 1));
    assert!(a.poll_as(&spies[2]).is_pending());
    assert!(a.poll_as(&spies[3]).is_pending());
    drop(held);
    assert_eq!(
        (spies[1].wakes(), spies[2].wakes(), spies[3].wakes()),
        (1, 0, 1)
    );
    drop(a.ready());
    assert!(spies.iter().all(|spy| spy.alive() == 0));
    b.cancel();
    p.assert_at_rest();
}
