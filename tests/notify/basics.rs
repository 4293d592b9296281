//! The plain uses, one at a time.

use std::thread;

use compio_sync::generic::{Domain, Notify};

use crate::common::{Event, Form, Task, assert_at_rest, take_stored, waiting, wakes};

forms!(
    waits_then_notified_then_ready_with_its_second_poll,
    notified_before_anybody_comes_then_one_is_stored,
    stored_twice_and_more_then_there_is_one,
    stored_then_taken_without_a_clone_of_the_waker,
    notified_one_by_one_then_in_the_order_of_the_first_polls,
    notified_last_then_in_the_reverse_order,
    notified_last_with_nobody_there_then_it_is_stored,
    first_and_last_in_turn_then_they_meet_in_the_middle,
    polled_often_then_neither_woken_nor_registered_again,
    polled_after_completion_panics_and_takes_nothing,
    owned_outlives_the_handle,
    owned_and_borrowed_stand_in_one_line,
    debug_shows_it_and_does_not_block,
);

fn waits_then_notified_then_ready_with_its_second_poll<D: Form>() {
    let n = Notify::<D>::default();
    let mut a = Task::waiting(n.notified());
    assert_eq!(n.waiters(), 1);
    n.notify_one();
    assert_eq!((a.wakes(), a.spy().alive(), n.waiters()), (1, 0, 0));
    a.ready();
    assert_eq!((a.wakes(), a.polls()), (1, 2));
    assert_at_rest(&n, false);
}

fn notified_before_anybody_comes_then_one_is_stored<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    Task::new(n.notified()).ready();
    let mut late = Task::waiting(n.notified());
    n.notify_one();
    late.ready();
    assert_at_rest(&n, false);
}

fn stored_twice_and_more_then_there_is_one<D: Form>() {
    let n = Notify::<D>::new();
    for _ in 0..5 {
        n.notify_one();
        n.notify_last();
    }
    assert_at_rest(&n, true);
}

fn stored_then_taken_without_a_clone_of_the_waker<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    let mut a = Task::new(n.notified());
    a.ready();
    // The one is the poll's own.
    assert_eq!((a.spy().clones(), a.spy().alive(), a.wakes()), (1, 0, 0));
}

fn notified_one_by_one_then_in_the_order_of_the_first_polls<D: Form>() {
    let n = Notify::<D>::new();
    let mut late = Task::new(n.notified());
    let mut line = waiting::<D, 3>(&n);
    late.pends();
    for at in 0..3 {
        n.notify_one();
        let mut expected = [1; 3];
        expected[at + 1..].fill(0);
        assert_eq!((wakes(&line), late.wakes()), (expected, 0));
    }
    n.notify_one();
    late.ready();
    // Who was notified long ago has it still.
    for task in &mut line {
        task.ready();
    }
    assert_at_rest(&n, false);
}

fn notified_last_then_in_the_reverse_order<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 4>(&n);
    for at in (0..4).rev() {
        n.notify_last();
        let mut expected = [1; 4];
        expected[..at].fill(0);
        assert_eq!((wakes(&line), n.waiters()), (expected, at));
    }
    for task in &mut line {
        task.ready();
    }
    assert_at_rest(&n, false);
}

fn notified_last_with_nobody_there_then_it_is_stored<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_last();
    assert_at_rest(&n, true);
}

fn first_and_last_in_turn_then_they_meet_in_the_middle<D: Form>() {
    let n = Notify::<D>::new();
    let line = waiting::<D, 5>(&n);
    for (first, last, expected) in [
        (0, 0, [0, 0, 0, 0, 0]),
        (1, 0, [1, 0, 0, 0, 0]),
        (0, 1, [1, 0, 0, 0, 1]),
        (0, 1, [1, 0, 0, 1, 1]),
        (1, 0, [1, 1, 0, 1, 1]),
        (0, 1, [1, 1, 1, 1, 1]),
    ] {
        (0..first).for_each(|_| n.notify_one());
        (0..last).for_each(|_| n.notify_last());
        assert_eq!(wakes(&line), expected);
    }
    let mut line = line;
    for task in &mut line {
        task.ready();
    }
    assert_at_rest(&n, false);
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>() {
    let n = Notify::<D>::new();
    let mut tasks = waiting::<D, 3>(&n);
    for task in &mut tasks {
        let before = task.spy().clones();
        for _ in 0..100 {
            task.pends();
        }
        // One a poll is the test's own.
        assert_eq!(task.spy().clones(), before + 100);
    }
    assert_eq!((wakes(&tasks), n.waiters()), ([0; 3], 3));
}

fn polled_after_completion_panics_and_takes_nothing<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::waiting(n.notified());
    n.notify_one();
    a.ready();
    n.notify_one();
    let text = crate::common::panic_of(|| _ = a.poll()).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
    drop(a);
    assert_at_rest(&n, true);
}

fn owned_outlives_the_handle<D: Form>() {
    let n = D::pointer(Notify::<D>::new());
    let mut pending = Task::waiting(D::notified_owned(&n));
    let unpolled = Task::new(D::notified_owned(&n));
    let mut stored = Task::new(D::notified_owned(&n));
    assert_eq!(D::pointers(&n), 4);
    drop(unpolled);
    n.notify_waiters();
    pending.ready();
    // Ready, it has let go.
    assert_eq!(D::pointers(&n), 2);
    stored.ready();
    assert_eq!(D::pointers(&n), 1);
    let mut last = [(); 3].map(|()| Task::waiting(D::notified_owned(&n)));
    n.notify_one();
    drop(n);
    // The only ones who know it pass it on to each other.
    last[0].cancel();
    last[1].ready();
    last[2].pends();
}

fn owned_and_borrowed_stand_in_one_line<D: Form>() {
    let n = D::pointer(Notify::<D>::new());
    let mut a = Task::waiting(D::notified_owned(&n));
    let mut b = Task::waiting(n.notified());
    let mut c = Task::waiting(D::notified_owned(&n));
    n.notify_one();
    n.notify_one();
    assert_eq!((a.wakes(), b.wakes(), c.wakes()), (1, 1, 0));
    n.notify_one();
    a.ready();
    b.ready();
    c.ready();
    assert_at_rest(&*n, false);
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let n = D::pointer(Notify::<D>::new());
    let mut a = Task::waiting(n.notified());
    assert!(format!("{:?}", *n).contains("Notify"));
    assert!(format!("{:?}", n.notified()).contains("Wait"));
    // Also from within a wake.
    let (inner, seen) = (n.clone(), std::rc::Rc::new(std::cell::Cell::new(0)));
    let saw = seen.clone();
    a.spy()
        .on(Event::Wake, move || saw.set(format!("{:?}", *inner).len()));
    n.notify_waiters();
    assert!(seen.get() > 0);
    a.spy().forget_hook();
    a.ready();
    n.notify_one();
    assert!(format!("{:?}", *n).contains("stored: true"));
    assert!(take_stored(&*n));
    assert!(format!("{:?}", *n).contains("stored: false"));
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> Notify<D> {
    Notify::new()
}

static SHARED: compio_sync::Notify = make();

thread_local! {
    static LOCAL: compio_sync::local::Notify = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    thread::scope(|scope| {
        scope.spawn(|| SHARED.notify_one());
    });
    assert_at_rest(&SHARED, true);
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        here.notify_one();
        thread::spawn(|| LOCAL.with(|there| assert_at_rest(there, false)))
            .join()
            .unwrap();
        assert_at_rest(here, true);
    });
}
