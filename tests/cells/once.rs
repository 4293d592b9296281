//! `OnceCell`, the plain uses.

use std::{cell::RefCell, error::Error, rc::Rc, thread};

use compio_sync::generic::{Domain, OnceCell, SetError};

use crate::common::{Counted, Form, Gate, Next, Spy, Task, kept, panic_of};

forms!(
    made_empty_then_set_then_got,
    made_with_its_value,
    initialised_then_got_and_the_initialisers_of_others_do_not_run,
    failed_then_the_next_call_makes_it,
    set_while_initialising_then_refused_with_its_value,
    wait_starts_nothing_and_is_released_by_set,
    wait_is_released_by_an_initialiser,
    wait_outlives_failures,
    waits_dropped_at_every_stage_then_the_rest_are_told,
    moved_to_another_task_then_only_that_one_is_woken,
    polled_often_then_neither_woken_nor_registered_again,
    pending_boxes_forgotten_then_it_stays_usable,
    changed_in_place_taken_and_consumed,
    taken_then_it_is_as_new,
    value_dropped_once_on_every_path,
    cloned_and_compared,
    debug_shows_it_and_does_not_block,
);

fn made_empty_then_set_then_got<D: Form>() {
    let cell = OnceCell::<D, u32>::default();
    assert_eq!((cell.get(), cell.is_initialized()), (None, false));
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!((cell.get(), cell.is_initialized()), (Some(&1), true));
    assert_eq!(cell.set(2), Err(SetError::AlreadyInitialized(2)));
    assert_eq!(Task::new(cell.get_or_init(async || 3)).ready(), &1);
    assert_eq!(Task::new(cell.wait()).ready(), &1);
}

fn made_with_its_value<D: Form>() {
    for cell in [OnceCell::<D, u32>::from_value(1), OnceCell::from(1)] {
        assert_eq!((cell.get(), cell.is_initialized()), (Some(&1), true));
        assert_eq!(cell.set(2), Err(SetError::AlreadyInitialized(2)));
        let mut wait = Task::new(cell.wait());
        assert_eq!(wait.ready(), &1);
        assert_eq!(wait.spy().clones(), 1);
        let result = Task::new(cell.get_or_try_init(async || Err("not called"))).ready();
        assert_eq!(result, Ok(&1));
    }
}

fn initialised_then_got_and_the_initialisers_of_others_do_not_run<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut others = [(); 3].map(|()| {
        Task::waiting(cell.get_or_init(async || -> u32 { panic!("there is one at it") }))
    });
    assert_eq!((cell.get(), gate.running()), (None, 1));
    gate.set(Next::Finish);
    assert_eq!(first.ready(), Ok(&1));
    for task in &mut others {
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
        assert_eq!(task.ready(), &1);
        assert_eq!(task.polls(), 2);
    }
    // References to the same place.
    assert!(std::ptr::eq(
        cell.get().unwrap(),
        Task::new(cell.wait()).ready()
    ));
}

fn failed_then_the_next_call_makes_it<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    for _ in 0..3 {
        let result = Task::new(cell.get_or_try_init(async || Err("no"))).ready();
        assert_eq!((result, cell.get()), (Err("no"), None));
    }
    assert_eq!(Task::new(cell.get_or_init(async || 5)).ready(), &5);
}

fn set_while_initialising_then_refused_with_its_value<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    assert_eq!(cell.set(2), Err(SetError::Initializing(2)));
    // Also when it is between two who would make it.
    let mut second = Task::waiting(cell.get_or_init(async || 3));
    first.cancel();
    assert_eq!(cell.set(2), Err(SetError::Initializing(2)));
    assert_eq!((cell.get(), second.wakes()), (None, 1));
    second.cancel();
    assert_eq!(cell.set(2), Ok(()));
    // And from within.
    let cell = OnceCell::<D, u32>::new();
    let within = cell.get_or_init(async || {
        assert_eq!(cell.set(2), Err(SetError::Initializing(2)));
        assert_eq!((cell.get(), cell.is_initialized()), (None, false));
        4
    });
    assert_eq!(Task::new(within).ready(), &4);
}

fn wait_starts_nothing_and_is_released_by_set<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut unpolled = Task::new(cell.wait());
    let mut waits = [(); 40].map(|()| Task::waiting(cell.wait()));
    assert!(!cell.is_initialized());
    assert_eq!(cell.set(7), Ok(()), "nobody is at it");
    for wait in &mut waits {
        assert_eq!((wait.wakes(), wait.spy().alive()), (1, 0));
        assert_eq!(wait.ready(), &7);
    }
    assert_eq!(unpolled.ready(), &7);
    assert!(panic_of(|| _ = unpolled.poll()).is_some());
}

fn wait_is_released_by_an_initialiser<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut before = Task::waiting(cell.wait());
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut during = Task::waiting(cell.wait());
    gate.set(Next::Finish);
    assert_eq!(first.ready(), Ok(&1));
    for wait in [&mut before, &mut during] {
        assert_eq!(wait.wakes(), 1);
        assert_eq!(wait.ready(), &1);
    }
}

fn wait_outlives_failures<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut wait = Task::waiting(cell.wait());
    let gate = Gate::new(Next::Wait);
    for next in [Next::Fail, Next::Panic, Next::Wait] {
        let mut first = Task::new(cell.get_or_try_init(async || gate.pass(1).await));
        gate.set(next);
        let _ = panic_of(|| _ = first.poll().is_ready());
        first.cancel();
        wait.pends();
        assert_eq!(wait.wakes(), 0);
    }
    assert_eq!(cell.set(2), Ok(()));
    assert_eq!(wait.wakes(), 1);
    assert_eq!(wait.ready(), &2);
}

fn waits_dropped_at_every_stage_then_the_rest_are_told<D: Form>() {
    for which in 0..3 {
        let cell = OnceCell::<D, u32>::new();
        let mut waits = [(); 3].map(|()| Task::waiting(cell.wait()));
        drop(cell.wait());
        waits[which].cancel();
        assert_eq!(waits[which].spy().alive(), 0);
        assert_eq!(cell.set(1), Ok(()));
        for (at, wait) in waits.iter_mut().enumerate() {
            assert_eq!(wait.wakes(), usize::from(at != which));
            // Told and dropped, it owes nothing.
            wait.cancel();
        }
    }
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut second = Task::waiting(cell.get_or_init(async || 2));
    let mut wait = Task::waiting(cell.wait());
    let (one, two) = (Spy::new(), Spy::new());
    assert!(second.poll_as(&one).is_pending());
    assert!(wait.poll_as(&two).is_pending());
    first.cancel();
    assert_eq!((second.wakes(), one.wakes(), two.wakes()), (0, 1, 0));
    assert_eq!(second.ready(), &2);
    assert_eq!((wait.wakes(), two.wakes()), (0, 1));
    assert_eq!(wait.ready(), &2);
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut second = Task::waiting(cell.get_or_init(async || 2));
    let mut wait = Task::waiting(cell.wait());
    for _ in 0..100 {
        first.pends();
        second.pends();
        wait.pends();
    }
    assert_eq!((gate.polls(), gate.running()), (101, 1));
    assert_eq!((second.wakes(), wait.wakes()), (0, 0));
    // One a poll is the test's own, and one the first poll left in line.
    assert_eq!((second.spy().clones(), wait.spy().clones()), (102, 102));
}

fn pending_boxes_forgotten_then_it_stays_usable<D: Form>() {
    let cell = kept(OnceCell::<D, u32>::new());
    let wait = Task::waiting(cell.wait());
    let spy = wait.spy().clone();
    std::mem::forget(wait);
    let mut after = Task::waiting(cell.wait());
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!(spy.wakes(), 1);
    assert_eq!(after.ready(), &1);
    // An initialiser that never ends and is never dropped keeps its turn.
    let cell = kept(OnceCell::<D, u32>::new());
    let gate = Gate::new(Next::Wait);
    let kept_gate = kept(gate.clone());
    std::mem::forget(Task::waiting(
        cell.get_or_try_init(async || kept_gate.pass(1).await),
    ));
    Task::waiting(cell.get_or_init(async || 2)).cancel();
    assert_eq!(cell.set(3), Err(SetError::Initializing(3)));
    assert_eq!(gate.running(), 1);
}

fn changed_in_place_taken_and_consumed<D: Form>() {
    let mut cell = OnceCell::<D, u32>::new();
    assert_eq!(cell.get_mut(), None);
    assert_eq!(cell.take(), None);
    assert_eq!(cell.set(1), Ok(()));
    *cell.get_mut().unwrap() += 1;
    assert_eq!(cell.get(), Some(&2));
    assert_eq!((cell.take(), cell.get()), (Some(2), None));
    assert_eq!(cell.into_inner(), None);
    assert_eq!(OnceCell::<D, u32>::from_value(3).into_inner(), Some(3));
}

fn taken_then_it_is_as_new<D: Form>() {
    let mut cell = OnceCell::<D, u32>::new();
    for round in 0..3 {
        let mut wait = Task::waiting(cell.wait());
        let made = Task::new(cell.get_or_init(async || round)).ready();
        assert_eq!((made, wait.wakes()), (&round, 1));
        assert_eq!(wait.ready(), &round);
        drop(wait);
        assert_eq!(cell.take(), Some(round));
        assert!(!cell.is_initialized());
    }
}

fn value_dropped_once_on_every_path<D: Form>() {
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let value = |n| Counted(n, dropped.clone());
    let seen = || std::mem::take(&mut *dropped.borrow_mut());
    let cell = OnceCell::<D, Counted>::new();
    drop(cell);
    assert_eq!(seen(), []);
    let cell = OnceCell::<D, Counted>::from_value(value(1));
    let refused = cell.set(value(2)).unwrap_err();
    assert_eq!(seen(), []);
    assert_eq!(refused.into_inner().0, 2);
    assert_eq!(seen(), [2]);
    drop(cell);
    assert_eq!(seen(), [1]);
    let mut cell = OnceCell::<D, Counted>::new();
    assert!(cell.set(value(3)).is_ok());
    drop(cell.take());
    assert_eq!(seen(), [3]);
    Task::new(cell.get_or_init(async || value(4))).ready();
    assert_eq!(seen(), []);
    drop(cell.into_inner());
    assert_eq!(seen(), [4]);
    // What an initialiser had begun is dropped with it.
    let cell = OnceCell::<D, Counted>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(value(5)).await));
    first.cancel();
    assert_eq!(seen(), [5]);
    gate.set(Next::Fail);
    assert!(
        Task::new(cell.get_or_try_init(async || gate.pass(value(6)).await))
            .ready()
            .is_err()
    );
    assert_eq!(seen(), [6]);
    gate.set(Next::Finish);
    assert!(
        Task::new(cell.get_or_try_init(async || gate.pass(value(7)).await))
            .ready()
            .is_ok()
    );
    assert_eq!(seen(), []);
    drop(first);
    drop(cell);
    assert_eq!(seen(), [7]);
}

fn cloned_and_compared<D: Form>() {
    let empty = OnceCell::<D, String>::new();
    let full = OnceCell::<D, String>::from_value("it".into());
    assert_eq!(empty.clone(), empty);
    assert_eq!(full.clone(), full);
    assert_ne!(full, empty);
    assert_ne!(full, OnceCell::from_value("other".into()));
    // A clone of an empty one is a cell of its own.
    let other = empty.clone();
    assert_eq!(other.set("own".into()), Ok(()));
    assert_eq!(empty.get(), None);
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    assert_eq!(format!("{cell:?}"), "OnceCell(None)");
    let gate = Gate::new(Next::Wait);
    let first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    assert_eq!(format!("{cell:?}"), "OnceCell(None)");
    drop(first);
    assert!(!format!("{:?}", cell.wait()).is_empty());
    assert_eq!(cell.set(9), Ok(()));
    assert_eq!(format!("{cell:?}"), "OnceCell(Some(9))");
}

#[test]
fn refusals_are_errors_that_say_what_to_do() {
    for (error, hint) in [
        (SetError::AlreadyInitialized(1), "get it"),
        (SetError::Initializing(1), "wait for it"),
    ] {
        let text = error.to_string();
        assert!(text.contains(hint), "{text}");
        assert_eq!(error.into_inner(), 1);
        let error: Box<dyn Error> = Box::new(error);
        assert!(error.source().is_none());
    }
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> [OnceCell<D, u32>; 2] {
    [OnceCell::new(), OnceCell::from_value(5)]
}

static SHARED: [compio_sync::OnceCell<u32>; 2] = make();

thread_local! {
    static LOCAL: [compio_sync::local::OnceCell<u32>; 2] = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    assert_eq!((SHARED[0].get(), SHARED[1].get()), (None, Some(&5)));
    thread::scope(|scope| {
        scope.spawn(|| SHARED[0].set(1).unwrap());
        assert_eq!(SHARED[0].blocking_wait(), &1);
    });
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        here[0].set(1).unwrap();
        thread::spawn(|| LOCAL.with(|there| assert_eq!(there[0].get(), None)))
            .join()
            .unwrap();
        assert_eq!(here[0].get(), Some(&1));
    });
}
