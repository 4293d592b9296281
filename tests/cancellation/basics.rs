//! One token, without children.

use std::{mem::size_of, thread};

use compio_sync::generic::Domain;

use crate::common::{Event, Form, Spy, Task, Token, fewer, kept, panic_of};

forms!(
    cancelled_then_it_stays_so,
    waits_then_cancelled_then_all_are_woken_once,
    cancelled_before_the_first_poll_then_ready_without_a_clone,
    clones_are_the_same_token,
    other_tokens_are_left_alone,
    owned_wait_outlives_the_token,
    owned_wait_of_a_token_that_was_not_used_before,
    dropped_at_every_stage_then_the_rest_are_told,
    polled_often_then_neither_woken_nor_registered_again,
    polled_after_completion_panics,
    moved_to_another_task_then_only_that_one_is_woken,
    pending_box_forgotten_then_it_stays_usable,
    a_hundred_thousand_wait_and_are_woken_in_order,
    a_token_is_a_pointer,
    debug_shows_it_and_does_not_block,
);

fn cancelled_then_it_stays_so<D: Form>() {
    let t = Token::<D>::default();
    assert!(!t.is_cancelled());
    for _ in 0..3 {
        t.cancel();
        assert!(t.is_cancelled());
        Task::new(t.cancelled()).ready();
    }
}

fn waits_then_cancelled_then_all_are_woken_once<D: Form>() {
    let t = Token::<D>::new();
    let mut tasks = [(); 40].map(|()| Task::waiting(t.cancelled()));
    t.cancel();
    t.cancel();
    for task in &mut tasks {
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
        task.ready();
        assert_eq!(task.polls(), 2);
    }
}

fn cancelled_before_the_first_poll_then_ready_without_a_clone<D: Form>() {
    let t = Token::<D>::new();
    let mut before = Task::new(t.cancelled());
    t.cancel();
    let mut after = Task::new(t.cancelled());
    for task in [&mut before, &mut after] {
        task.ready();
        // The one is the poll's own.
        assert_eq!((task.spy().clones(), task.wakes()), (1, 0));
    }
}

fn clones_are_the_same_token<D: Form>() {
    let t = Token::<D>::new();
    let clones = [t.clone(), t.clone().clone()];
    let mut first = Task::waiting(t.cancelled());
    let mut second = Task::waiting(clones[0].cancelled());
    let mut owned = Task::waiting(clones[1].clone().cancelled_owned());
    clones[0].cancel();
    assert!(t.is_cancelled() && clones[1].is_cancelled());
    assert_eq!((first.wakes(), second.wakes(), owned.wakes()), (1, 1, 1));
    first.ready();
    second.ready();
    owned.ready();
    assert!(t.clone().is_cancelled());
}

fn other_tokens_are_left_alone<D: Form>() {
    let (one, other) = (Token::<D>::new(), Token::<D>::new());
    let mut wait = Task::waiting(other.cancelled());
    one.cancel();
    wait.pends();
    assert!(!other.is_cancelled());
    // Dropping the last of a token cancels nothing.
    let owned = other.clone().cancelled_owned();
    let mut owned = Task::waiting(owned);
    drop(wait);
    drop(other);
    owned.pends();
}

fn owned_wait_outlives_the_token<D: Form>() {
    let t = Token::<D>::new();
    let clone = t.clone();
    let mut waits = [(); 3].map(|()| Task::waiting(clone.clone().cancelled_owned()));
    let unpolled = t.clone().cancelled_owned();
    drop(t);
    waits[1].cancel();
    clone.cancel();
    drop(clone);
    waits[0].ready();
    waits[2].ready();
    Task::new(unpolled).ready();
    // The last one alive.
    let mut last = Task::waiting(Token::<D>::new().cancelled_owned());
    last.pends();
    last.cancel();
}

fn owned_wait_of_a_token_that_was_not_used_before<D: Form>() {
    drop(Token::<D>::new().cancelled_owned());
    let t = Token::<D>::new();
    t.cancel();
    Task::new(t.cancelled_owned()).ready();
}

fn dropped_at_every_stage_then_the_rest_are_told<D: Form>() {
    for which in 0..3 {
        let t = Token::<D>::new();
        let mut tasks = [(); 3].map(|()| Task::waiting(t.cancelled()));
        drop(t.cancelled());
        tasks[which].cancel();
        assert_eq!(tasks[which].spy().alive(), 0);
        t.cancel();
        for (at, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(at != which));
            task.cancel();
        }
    }
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>() {
    let t = Token::<D>::new();
    let mut tasks = [(); 3].map(|()| Task::waiting(t.cancelled()));
    for task in &mut tasks {
        for _ in 0..100 {
            task.pends();
        }
        // One a poll is the test's own, and one the first poll left in line.
        assert_eq!((task.spy().clones(), task.wakes()), (102, 0));
    }
}

fn polled_after_completion_panics<D: Form>() {
    let t = Token::<D>::new();
    let mut a = Task::waiting(t.cancelled());
    t.cancel();
    a.ready();
    let text = panic_of(|| _ = a.poll()).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>() {
    let t = Token::<D>::new();
    let mut a = Task::waiting(t.cancelled());
    let other = Spy::new();
    assert!(a.poll_as(&other).is_pending());
    assert_eq!((a.spy().alive(), other.alive()), (0, 1));
    t.cancel();
    assert_eq!((a.wakes(), other.wakes()), (0, 1));
    a.ready();
}

fn pending_box_forgotten_then_it_stays_usable<D: Form>() {
    let t = kept(Token::<D>::new());
    let forgotten = Task::waiting(t.cancelled());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut a = Task::waiting(t.cancelled());
    let child = t.child_token();
    t.cancel();
    assert_eq!(spy.wakes(), 1);
    a.ready();
    assert!(child.is_cancelled());
}

fn a_hundred_thousand_wait_and_are_woken_in_order<D: Form>() {
    let t = Token::<D>::new();
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(t.cancelled()))
        .collect();
    let last = std::rc::Rc::new(std::cell::Cell::new(0));
    for (at, task) in tasks.iter().enumerate().skip(1).step_by(1000) {
        let last = last.clone();
        task.spy()
            .on(Event::Wake, move || assert!(last.replace(at) < at));
    }
    t.cancel();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert!(last.get() + 1000 >= tasks.len());
}

fn a_token_is_a_pointer<D: Form>() {
    assert_eq!(size_of::<Token<D>>(), size_of::<usize>());
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let t = kept(Token::<D>::new());
    assert!(format!("{t:?}").contains("cancelled: false"));
    let mut a = Task::waiting(t.cancelled());
    assert!(!format!("{:?}", t.cancelled()).is_empty());
    a.spy().on(Event::Wake, move || {
        assert!(format!("{t:?}").contains("cancelled: true"));
    });
    t.cancel();
    assert_eq!(a.wakes(), 1);
    a.ready();
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> Token<D> {
    Token::new()
}

static SHARED: compio_sync::CancellationToken = make();

thread_local! {
    static LOCAL: compio_sync::local::CancellationToken = const { make() };
}

#[test]
fn made_in_a_static_then_cancelled_by_another_thread() {
    let child = SHARED.child_token();
    thread::scope(|scope| {
        scope.spawn(|| SHARED.cancel());
        SHARED.blocking_cancelled();
        child.blocking_cancelled();
    });
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        here.cancel();
        thread::spawn(|| LOCAL.with(|there| assert!(!there.is_cancelled())))
            .join()
            .unwrap();
        assert!(here.is_cancelled());
    });
}
