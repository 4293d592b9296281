//! Cancelling on drop.

use crate::common::{Event, Form, Task, Token, panic_of};

forms!(
    dropped_then_cancelled,
    disarmed_then_not_cancelled,
    borrowing_one_dropped_then_cancelled,
    borrowing_one_disarmed_then_not_cancelled,
    dropped_by_a_panic_then_cancelled,
    dropped_by_a_panic_with_wakers_that_panic_then_all_are_told,
    kept_in_a_waker_then_cancelled_with_it,
    debug_shows_them,
);

fn dropped_then_cancelled<D: Form>() {
    let t = Token::<D>::new();
    let child = t.child_token();
    let mut wait = Task::waiting(child.cancelled());
    let guard = t.clone().drop_guard();
    assert!(!t.is_cancelled());
    drop(guard);
    assert!(t.is_cancelled() && child.is_cancelled());
    wait.ready();
    // Of a child, the child alone.
    let t = Token::<D>::new();
    let child = t.child_token();
    drop(child.clone().drop_guard());
    assert!(child.is_cancelled() && !t.is_cancelled());
    // Of a token that was not used before.
    drop(Token::<D>::new().drop_guard());
}

fn disarmed_then_not_cancelled<D: Form>() {
    let t = Token::<D>::new();
    let same = t.clone().drop_guard().disarm();
    assert!(!t.is_cancelled());
    same.cancel();
    assert!(t.is_cancelled());
}

fn borrowing_one_dropped_then_cancelled<D: Form>() {
    let t = Token::<D>::new();
    let mut wait = Task::waiting(t.cancelled());
    let guard = t.drop_guard_ref();
    assert!(!t.is_cancelled());
    drop(guard);
    assert!(t.is_cancelled());
    wait.ready();
}

fn borrowing_one_disarmed_then_not_cancelled<D: Form>() {
    let t = Token::<D>::new();
    let same = t.drop_guard_ref().disarm();
    assert!(std::ptr::eq(same, &raw const t) && !t.is_cancelled());
}

fn dropped_by_a_panic_then_cancelled<D: Form>() {
    let (one, two) = (Token::<D>::new(), Token::<D>::new());
    let owned = one.clone().drop_guard();
    let text = panic_of(|| {
        let _guards = (owned, two.drop_guard_ref());
        std::panic::resume_unwind(Box::new("it failed"));
    });
    assert_eq!(text.unwrap(), "it failed");
    assert!(one.is_cancelled() && two.is_cancelled());
}

/// A second panic while one unwinds would end the process.
fn dropped_by_a_panic_with_wakers_that_panic_then_all_are_told<D: Form>() {
    let t = Token::<D>::new();
    let mut waits: Vec<_> = (0..40)
        .map(|_| Task::waiting(t.child_token().cancelled_owned()))
        .collect();
    waits.push(Task::waiting(t.clone().cancelled_owned()));
    for wait in &waits {
        wait.spy().panic_on(Event::Wake);
    }
    let guard = t.clone().drop_guard();
    let text = panic_of(|| {
        let _guard = guard;
        std::panic::resume_unwind(Box::new("it failed"));
    });
    assert_eq!(text.unwrap(), "it failed");
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.spy().forget_hook();
        wait.ready();
    }
}

/// What a waker owns is dropped in the middle of a cancellation, and cancels another.
fn kept_in_a_waker_then_cancelled_with_it<D: Form>() {
    let (t, other) = (Token::<D>::new(), Token::<D>::new());
    let mut guard = Some(other.clone().drop_guard());
    let wait = Task::waiting(t.cancelled());
    let mut behind = Task::waiting(t.cancelled());
    let mut told = Task::waiting(other.cancelled());
    wait.spy().on(Event::Wake, move || drop(guard.take()));
    t.cancel();
    assert!(other.is_cancelled());
    assert_eq!((behind.wakes(), told.wakes()), (1, 1));
    behind.ready();
    told.ready();
}

fn debug_shows_them<D: Form>() {
    let t = Token::<D>::new();
    let guard = t.clone().drop_guard();
    assert!(format!("{guard:?}").contains("cancelled: false"));
    assert!(format!("{:?}", t.drop_guard_ref()).contains("DropGuardRef"));
    assert!(t.is_cancelled());
    assert!(format!("{guard:?}").contains("cancelled: true"));
}
