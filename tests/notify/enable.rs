//! Getting in line before the first poll.

use compio_sync::generic::Notify;

use crate::common::{Event, Form, Spy, Task, assert_at_rest, panic_of, waiting, wakes};

forms!(
    enabled_then_it_has_its_place_in_line,
    enabled_then_notified_then_ready_at_its_first_poll,
    enabled_often_then_it_stands_in_line_once,
    enabled_then_polled_then_the_waker_is_the_polls,
    enabled_after_a_poll_then_the_waker_of_the_poll_is_kept,
    enable_says_true_then_what_was_stored_is_used_up,
    enable_says_true_after_a_grant_then_it_is_used_up,
    enable_says_true_after_notify_waiters,
    enabled_and_granted_and_dropped_then_it_is_passed_on,
    enabled_and_told_with_all_and_dropped_then_nothing_is_passed_on,
    enable_says_true_twice,
    enable_on_one_that_is_over_panics,
    enable_on_an_owned_one,
);

fn enabled_then_it_has_its_place_in_line<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    assert!(!a.future().enable());
    let mut b = Task::waiting(n.notified());
    assert_eq!(n.waiters(), 2);
    n.notify_one();
    assert_eq!((a.spy().clones(), b.wakes()), (0, 0));
    a.ready();
    n.notify_one();
    b.ready();
    assert_at_rest(&n, false);
}

fn enabled_then_notified_then_ready_at_its_first_poll<D: Form>() {
    let n = Notify::<D>::new();
    for by in [
        Notify::notify_one,
        Notify::notify_last,
        Notify::notify_waiters,
    ] {
        let mut a = Task::new(n.notified());
        assert!(!a.future().enable());
        by(&n);
        a.ready();
        assert_eq!((a.polls(), a.spy().clones(), a.wakes()), (1, 1, 0));
        assert_at_rest(&n, false);
    }
}

fn enabled_often_then_it_stands_in_line_once<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    for _ in 0..10 {
        assert!(!a.future().enable());
        assert_eq!(n.waiters(), 1);
    }
    a.pends();
    assert!(!a.future().enable());
    assert_eq!(n.waiters(), 1);
    a.cancel();
    assert_at_rest(&n, false);
}

fn enabled_then_polled_then_the_waker_is_the_polls<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    assert!(!a.future().enable());
    a.pends();
    assert_eq!(a.spy().alive(), 1);
    n.notify_one();
    assert_eq!(a.wakes(), 1);
    a.ready();
    assert_at_rest(&n, false);
}

fn enabled_after_a_poll_then_the_waker_of_the_poll_is_kept<D: Form>() {
    let n = Notify::<D>::new();
    for by in [Notify::notify_one, Notify::notify_waiters] {
        let mut a = Task::waiting(n.notified());
        assert!(!a.future().enable());
        assert_eq!(a.spy().alive(), 1);
        by(&n);
        assert_eq!(a.wakes(), 1);
        a.ready();
        assert_at_rest(&n, false);
    }
}

fn enable_says_true_then_what_was_stored_is_used_up<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    let mut a = Task::new(n.notified());
    assert!(a.future().enable());
    let mut b = Task::waiting(n.notified());
    // Dropped, it passes nothing on.
    a.cancel();
    assert_eq!(b.wakes(), 0);
    b.cancel();
    assert_at_rest(&n, false);
    // Polled, it is ready, whatever else there is.
    n.notify_one();
    let mut a = Task::new(n.notified());
    assert!(a.future().enable());
    n.notify_one();
    a.ready();
    assert_at_rest(&n, true);
}

fn enable_says_true_after_a_grant_then_it_is_used_up<D: Form>() {
    let n = Notify::<D>::new();
    for polled in [false, true] {
        let mut a = Task::new(n.notified());
        assert!(!a.future().enable());
        if polled {
            a.pends();
        }
        let mut b = Task::waiting(n.notified());
        n.notify_one();
        assert!(a.future().enable());
        a.cancel();
        assert_eq!(b.wakes(), 0);
        b.cancel();
        assert_at_rest(&n, false);
    }
}

fn enable_says_true_after_notify_waiters<D: Form>() {
    let n = Notify::<D>::new();
    let mut unpolled = Task::new(n.notified());
    let mut enabled = Task::new(n.notified());
    assert!(!enabled.future().enable());
    let mut polled = Task::waiting(n.notified());
    n.notify_waiters();
    let mut late = Task::new(n.notified());
    for task in [&mut unpolled, &mut enabled, &mut polled] {
        assert!(task.future().enable());
        task.ready();
    }
    assert!(!late.future().enable());
    assert_eq!(n.waiters(), 1);
}

fn enabled_and_granted_and_dropped_then_it_is_passed_on<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    assert!(!a.future().enable());
    let mut b = Task::new(n.notified());
    assert!(!b.future().enable());
    let mut c = Task::waiting(n.notified());
    n.notify_one();
    a.cancel();
    b.cancel();
    c.ready();
    let mut a = Task::new(n.notified());
    assert!(!a.future().enable());
    n.notify_one();
    a.cancel();
    assert_at_rest(&n, true);
}

fn enabled_and_told_with_all_and_dropped_then_nothing_is_passed_on<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    assert!(!a.future().enable());
    n.notify_waiters();
    let line = waiting::<D, 2>(&n);
    a.cancel();
    assert_eq!(wakes(&line), [0, 0]);
    drop(line);
    assert_at_rest(&n, false);
}

fn enable_says_true_twice<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    let mut a = Task::new(n.notified());
    assert!(a.future().enable());
    assert!(a.future().enable());
    a.ready();
    assert_at_rest(&n, false);
}

fn enable_on_one_that_is_over_panics<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    let mut a = Task::new(n.notified());
    a.ready();
    let text = panic_of(|| _ = a.future().enable()).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
}

fn enable_on_an_owned_one<D: Form>() {
    let n = D::pointer(Notify::<D>::new());
    let mut a = Task::new(D::notified_owned(&n));
    assert!(!a.future().enable());
    let other = n.clone();
    let inner = Spy::new();
    // Whoever comes in line by `enable` has no user code that could run.
    inner.on(Event::Clone, move || other.notify_one());
    n.notify_one();
    assert!(a.future().enable());
    assert!(a.poll_as(&inner).is_ready());
    assert_at_rest(&*n, false);
}
