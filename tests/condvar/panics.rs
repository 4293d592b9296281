//! Wakers that panic: no notification is lost, and the mutex is not left locked.

use compio_sync::Fairness;

use crate::common::{Event, Form, Pair, Spy, Task, panic_of};

suite! {
    both:
        wake_panics_when_one_is_notified_then_it_is_notified_all_the_same,
        wakes_panic_when_all_are_notified_then_all_are,
        wake_panics_when_a_notified_one_is_dropped_then_the_next_has_it,
        wake_panics_when_one_that_locks_again_is_dropped_then_the_next_has_it,
        clone_panics_at_the_first_poll_then_unlocked_and_not_in_line,
        clone_panics_while_it_locks_again_then_dropped_and_the_next_is_notified,
        wake_of_the_next_holder_panics_in_the_unlock_of_a_wait_then_it_is_not_in_line,
        drop_panics_when_cancelled_then_it_has_left;
}

fn wake_panics_when_one_is_notified_then_it_is_notified_all_the_same<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    a.spy().panic_on(Event::Wake);
    assert!(panic_of(|| p.c.notify_one()).is_some());
    drop(a.ready());
    assert_eq!(b.wakes(), 0);
    b.cancel();
    p.assert_at_rest();
}

fn wakes_panic_when_all_are_notified_then_all_are<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut line: Vec<_> = (0..100).map(|_| p.waiting()).collect();
    for wait in line.iter().step_by(7) {
        wait.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| p.c.notify_all()).is_some());
    for wait in &mut line {
        assert_eq!(wait.wakes(), 1);
        drop(wait.ready());
    }
    p.assert_at_rest();
}

fn wake_panics_when_a_notified_one_is_dropped_then_the_next_has_it<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    b.spy().panic_on(Event::Wake);
    p.c.notify_one();
    assert!(panic_of(|| a.cancel()).is_some());
    drop(b.ready());
    p.assert_at_rest();
}

fn wake_panics_when_one_that_locks_again_is_dropped_then_the_next_has_it<D: Form>(
    fairness: Fairness,
) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    let held = p.lock();
    p.c.notify_one();
    a.pends();
    let mut other = Task::waiting(p.m.lock());
    drop(held);
    // The mutex goes on, which panics, and so does the notification.
    other.spy().panic_on(Event::Wake);
    assert!(panic_of(|| a.cancel()).is_some());
    assert_eq!((b.wakes(), other.wakes()), (1, 1));
    drop(other.ready());
    drop(b.ready());
    p.assert_at_rest();
}

fn clone_panics_at_the_first_poll_then_unlocked_and_not_in_line<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut a = p.wait(p.lock());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll())).is_some());
    assert_eq!(a.spy().alive(), 0);
    drop(a);
    p.assert_at_rest();
}

fn clone_panics_while_it_locks_again_then_dropped_and_the_next_is_notified<D: Form>(
    fairness: Fairness,
) {
    let p = Pair::<D>::new(fairness);
    let (mut a, mut b) = (p.waiting(), p.waiting());
    let held = p.lock();
    p.c.notify_one();
    let bad = Spy::new();
    bad.panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll_as(&bad))).is_some());
    // A future that panicked is over: what it had been given goes on.
    assert_eq!(b.wakes(), 1);
    drop(a);
    drop(held);
    drop(b.ready());
    p.assert_at_rest();
}

fn wake_of_the_next_holder_panics_in_the_unlock_of_a_wait_then_it_is_not_in_line<D: Form>(
    fairness: Fairness,
) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.wait(p.lock());
    let mut next = Task::waiting(p.m.lock());
    next.spy().panic_on(Event::Wake);
    assert!(panic_of(|| drop(wait.poll())).is_some());
    drop(wait);
    drop(next.ready());
    p.assert_at_rest();
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>(fairness: Fairness) {
    for others in [false, true] {
        let p = Pair::<D>::new(fairness);
        let mut a = p.waiting();
        let mut behind = others.then(|| p.waiting());
        a.spy().panic_on(Event::Drop);
        assert!(panic_of(|| a.cancel()).is_some());
        p.assert_waiters(usize::from(others), 0);
        if let Some(behind) = &mut behind {
            p.c.notify_one();
            drop(behind.ready());
        }
        p.assert_at_rest();
    }
}
