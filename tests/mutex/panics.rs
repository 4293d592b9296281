//! What panics leaves the lock free for the next: holders, and wakers.

use std::panic::resume_unwind;

use compio_sync::{Fairness, generic::Mutex};

use crate::common::{Event, Form, Spy, Task, assert_at_rest, assert_state, fixed, panic_of};

suite! {
    both:
        holder_panics_then_the_next_finds_what_it_left,
        wake_panics_in_an_unlock_then_it_is_served_all_the_same,
        wake_panics_when_a_woken_one_is_dropped_then_the_next_has_it,
        clone_panics_at_the_first_poll_then_it_is_not_in_line,
        clone_panics_at_a_later_poll_then_the_old_waker_is_kept,
        drop_panics_when_replaced_then_the_new_one_is_woken,
        drop_panics_when_cancelled_then_it_has_left,
        holder_panics_and_the_waker_panics_then_the_first_panic_goes_on;
}

fn holder_panics_then_the_next_finds_what_it_left<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, _>::with_fairness(vec![1], fairness);
    let mut guard = m.try_lock().unwrap();
    let mut waiting = Task::waiting(m.lock());
    let text = panic_of(|| {
        guard.push(2);
        let _guard = guard;
        resume_unwind(Box::new("the holder panicked"));
    });
    assert_eq!(text.unwrap(), "the holder panicked");
    assert_eq!(waiting.wakes(), 1);
    assert_eq!(*waiting.ready(), [1, 2]);
    assert_at_rest(&m);
}

fn wake_panics_in_an_unlock_then_it_is_served_all_the_same<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(m.lock());
    a.spy().panic_on(Event::Wake);
    assert!(panic_of(|| drop(held)).is_some());
    drop(a.ready());
    drop(b.ready());
    assert_at_rest(m);
}

fn wake_panics_when_a_woken_one_is_dropped_then_the_next_has_it<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(m.lock()));
    tasks[1].spy().panic_on(Event::Wake);
    drop(held);
    assert!(panic_of(|| tasks[0].cancel()).is_some());
    drop(tasks[1].ready());
    drop(tasks[2].ready());
    assert_at_rest(m);
}

fn clone_panics_at_the_first_poll_then_it_is_not_in_line<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::new(m.lock());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll())).is_some());
    assert_state(m, true, 0);
    assert_eq!(a.spy().alive(), 0);
    a.spy().forget_hook();
    a.pends();
    drop(held);
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(m);
}

fn clone_panics_at_a_later_poll_then_the_old_waker_is_kept<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let bad = Spy::new();
    bad.panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll_as(&bad))).is_some());
    assert_eq!((a.spy().alive(), bad.alive()), (1, 0));
    drop(held);
    assert_eq!((a.wakes(), bad.wakes()), (1, 0));
    drop(a.ready());
    assert_at_rest(m);
}

fn drop_panics_when_replaced_then_the_new_one_is_woken<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let new = Spy::new();
    a.spy().panic_on(Event::Drop);
    assert!(panic_of(|| drop(a.poll_as(&new))).is_some());
    assert_eq!((a.spy().alive(), new.alive()), (0, 1));
    drop(held);
    assert_eq!((a.wakes(), new.wakes()), (0, 1));
    a.spy().forget_hook();
    drop(a.ready());
    assert_at_rest(m);
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>(fairness: Fairness) {
    for others in [false, true] {
        let m = fixed::<D>(fairness);
        let held = m.try_lock().unwrap();
        let mut a = Task::waiting(m.lock());
        let mut behind = others.then(|| Task::waiting(m.lock()));
        a.spy().panic_on(Event::Drop);
        assert!(panic_of(|| a.cancel()).is_some());
        assert_state(m, true, usize::from(others));
        drop(held);
        if let Some(behind) = &mut behind {
            drop(behind.ready());
        }
        assert_at_rest(m);
    }
}

/// A second panic while one unwinds would end the process.
fn holder_panics_and_the_waker_panics_then_the_first_panic_goes_on<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    a.spy().panic_on(Event::Wake);
    let text = panic_of(|| {
        let _held = held;
        resume_unwind(Box::new("the holder panicked"));
    });
    assert_eq!(text.unwrap(), "the holder panicked");
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(m);
}
