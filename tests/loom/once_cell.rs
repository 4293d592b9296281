//! The once cell: who makes the value, who waits for it, and initialisers that come to nothing.

use std::{
    convert::Infallible,
    future::{Future, pending},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use compio_sync::{OnceCell, SetError};

use crate::support::{Polled, Unguarded, cancel, check, finish, once_more, poll_once, race, spawn};

type Cell = OnceCell<Unguarded>;

fn model(preemptions: usize, script: impl Fn(Arc<Cell>) + Copy + Send + Sync + 'static) {
    check(preemptions, move || script(Arc::new(Cell::new())));
}

fn made(n: usize) -> Unguarded {
    let value = Unguarded::new();
    value.add(n);
    value
}

/// The value, which is `n` when this makes it.
fn make(cell: &Cell, n: usize) -> usize {
    finish(cell.get_or_init(async || made(n))).get()
}

/// One that makes the value and never comes to an end, with the cell to itself.
fn stuck(cell: &Arc<Cell>) -> Polled<impl Future<Output = ()> + use<>> {
    let cell = cell.clone();
    poll_once(async move {
        cell.get_or_init(pending).await;
    })
    .err()
    .unwrap()
}

/// Waits for the turn to make the value, which is `n` then.
fn in_line(cell: &Arc<Cell>, n: usize) -> Polled<impl Future<Output = usize> + use<>> {
    let cell = cell.clone();
    poll_once(async move { cell.get_or_init(async || made(n)).await.get() })
        .err()
        .unwrap()
}

#[test]
fn two_make_one_value() {
    model(3, |cell| {
        let (theirs, mine) = race(&cell, |cell| make(cell, 1), || make(&cell, 2));
        assert_eq!(theirs, mine);
        assert_eq!(cell.get().unwrap().get(), mine);
    });
}

#[test]
fn three_make_one_value_once() {
    check(1, || {
        let all = Arc::new((Cell::new(), AtomicUsize::new(0)));
        let work = |(cell, runs): &(Cell, AtomicUsize)| {
            let init = async || {
                runs.fetch_add(1, Ordering::Relaxed);
                made(1)
            };
            assert_eq!(finish(cell.get_or_init(init)).get(), 1);
        };
        let others = [spawn(&all, work), spawn(&all, work)];
        work(&all);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(all.1.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn initialiser_is_cancelled_while_another_comes() {
    model(3, |cell| {
        let first = stuck(&cell);
        let (_, value) = race(&cell, |_| drop(first), || make(&cell, 2));
        assert_eq!(value, 2);
    });
}

#[test]
fn initialiser_is_cancelled_while_the_next_leaves_and_the_third_makes_it() {
    model(3, |cell| {
        let first = stuck(&cell);
        let second = in_line(&cell, 2);
        let third = in_line(&cell, 3);
        race(&cell, |_| drop(first), || drop(second));
        assert_eq!(third.was_served(), 3);
    });
}

/// The second has the permit already, and does not know.
#[test]
fn next_is_dropped_with_the_permit_while_another_comes() {
    model(3, |cell| {
        let first = stuck(&cell);
        let second = in_line(&cell, 2);
        drop(first);
        let (_, value) = race(&cell, |_| drop(second), || make(&cell, 3));
        assert_eq!(value, 3);
    });
}

#[test]
fn comes_and_leaves_while_the_initialiser_is_cancelled() {
    model(3, |cell| {
        let first = stuck(&cell);
        race(
            &cell,
            |_| drop(first),
            || cancel(cell.get_or_init(pending)).is_some(),
        );
        assert!(cell.set(made(1)).is_ok(), "the permit was lost");
    });
}

#[test]
fn initialiser_fails_while_another_comes() {
    model(3, |cell| {
        let fail = |cell: &Cell| {
            let wait = cell.get_or_try_init(async || Err(()));
            finish(wait).map(Unguarded::get)
        };
        let (failed, value) = race(&cell, fail, || make(&cell, 2));
        assert_eq!(value, 2);
        assert_ne!(failed, Ok(1));
    });
}

#[test]
fn two_fail_and_the_third_makes_it() {
    model(2, |cell| {
        let fail = |cell: &Cell| {
            let wait = cell.get_or_try_init(async || Err(()));
            finish(wait).is_err()
        };
        let other = spawn(&cell, fail);
        let (_, value) = race(&cell, fail, || make(&cell, 3));
        other.join().unwrap();
        assert_eq!(value, 3);
    });
}

#[test]
fn value_is_finished_while_one_comes_to_make_it() {
    model(3, |cell| {
        let making = poll_once(cell.get_or_init(async || {
            once_more().await;
            made(1)
        }))
        .err()
        .unwrap();
        let (theirs, mine) = race(&cell, |cell| make(cell, 2), || making.finish().get());
        assert_eq!([theirs, mine], [1, 1]);
    });
}

#[test]
fn value_is_finished_while_the_first_in_line_leaves() {
    model(3, |cell| {
        let making = poll_once(cell.get_or_init(async || {
            once_more().await;
            made(1)
        }))
        .err()
        .unwrap();
        let first = in_line(&cell, 2);
        let second = in_line(&cell, 3);
        race(&cell, |_| drop(first), || making.finish().get());
        assert_eq!(second.was_served(), 1);
    });
}

#[test]
fn set_races_a_wait() {
    model(3, |cell| {
        let other = spawn(&cell, |cell| cell.set(made(1)).is_ok());
        assert_eq!(finish(cell.wait()).get(), 1);
        assert!(other.join().unwrap());
    });
}

#[test]
fn made_value_races_a_wait() {
    model(3, |cell| {
        let (_, seen) = race(&cell, |cell| make(cell, 1), || finish(cell.wait()).get());
        assert_eq!(seen, 1);
    });
}

#[test]
fn first_wait_is_dropped_while_the_value_is_set() {
    model(3, |cell| {
        let first = poll_once(cell.wait()).err().unwrap();
        let second = poll_once(cell.wait()).err().unwrap();
        let (set, _) = race(&cell, |cell| cell.set(made(1)).is_ok(), || drop(first));
        assert!(set);
        assert_eq!(second.was_served().get(), 1);
    });
}

#[test]
fn wait_comes_and_leaves_while_the_value_is_set() {
    model(3, |cell| {
        let waiting = poll_once(cell.wait()).err().unwrap();
        race(
            &cell,
            |cell| assert!(cell.set(made(1)).is_ok()),
            || cancel(cell.wait()).is_some(),
        );
        assert_eq!(waiting.was_served().get(), 1);
    });
}

#[test]
fn wait_is_polled_with_another_waker_while_the_value_is_set() {
    model(3, |cell| {
        let first = poll_once(cell.wait()).err().unwrap();
        let second = poll_once(cell.wait()).err().unwrap();
        race(
            &cell,
            |cell| assert!(cell.set(made(1)).is_ok()),
            || assert_eq!(first.finish().get(), 1),
        );
        second.was_served();
    });
}

/// Set by the thread that runs first: loom finds what depends on a write that went before.
#[test]
fn got_value_is_seen_whole() {
    model(3, |cell| {
        race(
            &cell,
            |cell| {
                if let Some(value) = cell.get() {
                    assert_eq!(value.get(), 1);
                    assert!(cell.is_initialized());
                }
            },
            || assert!(cell.set(made(1)).is_ok()),
        );
    });
}

#[test]
fn two_set_and_one_succeeds() {
    model(3, |cell| {
        let set = |cell: &Cell, n| match cell.set(made(n)) {
            Ok(()) => true,
            Err(SetError::AlreadyInitialized(_)) => {
                assert!(cell.get().is_some(), "there is no value");
                false
            }
            Err(SetError::Initializing(_)) => false,
        };
        let (theirs, mine) = race(&cell, move |cell| set(cell, 1), || set(&cell, 2));
        assert!(theirs != mine);
        assert_eq!(cell.get().unwrap().get(), if theirs { 1 } else { 2 });
    });
}

#[test]
fn set_races_an_initialiser_that_fails() {
    model(3, |cell| {
        let (set, failed) = race(
            &cell,
            |cell| cell.set(made(1)).is_ok(),
            || finish(cell.get_or_try_init(async || Err(()))).is_err(),
        );
        assert!(set || failed);
        assert_eq!(make(&cell, 2), if set { 1 } else { 2 });
    });
}

#[test]
fn set_races_one_who_makes_it_and_one_who_waits() {
    model(2, |cell| {
        let setter = spawn(&cell, |cell| cell.set(made(1)).is_ok());
        let (seen, value) = race(
            &cell,
            |cell| finish(cell.wait()).get(),
            || {
                let value = cell.get_or_try_init(async || Ok::<_, Infallible>(made(2)));
                let Ok(value) = finish(value);
                value.get()
            },
        );
        let expected = if setter.join().unwrap() { 1 } else { 2 };
        assert_eq!([seen, value], [expected; 2]);
    });
}
