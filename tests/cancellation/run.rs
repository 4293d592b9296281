//! Running something until the token is cancelled.

use std::{
    cell::Cell,
    future::{pending, poll_fn, ready},
    task::Poll,
};

use crate::common::{Form, Task, Token, panic_of};

forms!(
    finishes_first_then_its_output,
    cancelled_first_then_none_and_it_is_dropped,
    cancelled_from_the_start_then_it_is_never_polled,
    both_at_once_then_its_output_is_not_thrown_away,
    woken_by_either,
    polled_once_each_time,
    dropped_half_way_then_both_are_gone,
    it_cancels_its_own_token_then_its_output_counts,
    it_panics_then_the_panic_goes_on,
    owned_one_outlives_the_token,
    one_inside_the_other,
);

struct OnDrop<'a>(&'a Cell<usize>);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn finishes_first_then_its_output<D: Form>() {
    let t = Token::<D>::new();
    let mut run = Task::new(t.run_until_cancelled(ready(5)));
    assert_eq!(run.ready(), Some(5));
    // Ready at once, it has left nothing in line.
    assert_eq!(run.spy().alive(), 0);
    assert_eq!(
        Task::new(t.clone().run_until_cancelled_owned(ready(6))).ready(),
        Some(6)
    );
    assert!(!t.is_cancelled());
}

fn cancelled_first_then_none_and_it_is_dropped<D: Form>() {
    for owned in [false, true] {
        let t = Token::<D>::new();
        let dropped = Cell::new(0);
        let work = async {
            let _held = OnDrop(&dropped);
            pending::<()>().await;
        };
        if owned {
            let mut run = Task::waiting(t.clone().run_until_cancelled_owned(work));
            t.cancel();
            assert_eq!((run.wakes(), dropped.get()), (1, 0));
            assert_eq!((run.ready(), dropped.get()), (None, 1));
        } else {
            let mut run = Task::waiting(t.run_until_cancelled(work));
            t.cancel();
            assert_eq!((run.wakes(), dropped.get()), (1, 0));
            assert_eq!((run.ready(), dropped.get()), (None, 1));
        }
    }
}

fn cancelled_from_the_start_then_it_is_never_polled<D: Form>() {
    let t = Token::<D>::new();
    t.cancel();
    let polled = Cell::new(false);
    let work = || async { polled.set(true) };
    assert_eq!(Task::new(t.run_until_cancelled(work())).ready(), None);
    assert_eq!(
        Task::new(t.child_token().run_until_cancelled_owned(work())).ready(),
        None
    );
    assert!(!polled.get());
}

fn both_at_once_then_its_output_is_not_thrown_away<D: Form>() {
    let t = Token::<D>::new();
    let open = Cell::new(false);
    let work = poll_fn(|_| match open.get() {
        true => Poll::Ready(()),
        false => Poll::Pending,
    });
    let mut run = Task::waiting(t.run_until_cancelled(work));
    open.set(true);
    t.cancel();
    assert_eq!(run.ready(), Some(()));
}

fn woken_by_either<D: Form>() {
    let (t, other) = (Token::<D>::new(), Token::<D>::new());
    let mut run = Task::waiting(t.run_until_cancelled(other.cancelled()));
    other.cancel();
    assert_eq!(run.wakes(), 1);
    assert_eq!(run.ready(), Some(()));
    assert_eq!(run.spy().alive(), 0);
    let other = Token::<D>::new();
    let mut run = Task::waiting(t.run_until_cancelled(other.cancelled()));
    t.cancel();
    assert_eq!(run.wakes(), 1);
    assert_eq!(run.ready(), None);
    assert_eq!(run.spy().alive(), 0);
}

fn polled_once_each_time<D: Form>() {
    let t = Token::<D>::new();
    let polls = Cell::new(0);
    let work = poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::<()>::Pending
    });
    let mut run = Task::new(t.run_until_cancelled(work));
    for at in 1..=50 {
        run.pends();
        assert_eq!(polls.get(), at);
    }
    assert_eq!((run.wakes(), run.spy().alive()), (0, 1));
    t.cancel();
    assert_eq!((run.ready(), polls.get(), run.wakes()), (None, 51, 1));
}

fn dropped_half_way_then_both_are_gone<D: Form>() {
    let t = Token::<D>::new();
    let dropped = Cell::new(0);
    let mut run = Task::waiting(t.run_until_cancelled(async {
        let _held = OnDrop(&dropped);
        pending::<()>().await;
    }));
    run.cancel();
    assert_eq!((dropped.get(), run.spy().alive()), (1, 0));
    t.cancel();
    assert_eq!(run.wakes(), 0);
}

fn it_cancels_its_own_token_then_its_output_counts<D: Form>() {
    let t = Token::<D>::new();
    let mut run = Task::new(t.run_until_cancelled(async {
        t.cancel();
        7
    }));
    assert_eq!(run.ready(), Some(7));
    assert!(t.is_cancelled());
    // With more to do it does not come so far, and nobody has to be woken for that.
    let t = Token::<D>::new();
    let mut run = Task::new(t.run_until_cancelled(async {
        t.cancel();
        pending::<()>().await;
    }));
    assert_eq!((run.ready(), run.wakes(), run.spy().alive()), (None, 0, 0));
}

fn it_panics_then_the_panic_goes_on<D: Form>() {
    let t = Token::<D>::new();
    let mut run = Task::new(t.run_until_cancelled(async {
        std::panic::resume_unwind(Box::new("it failed"));
    }));
    assert_eq!(panic_of(|| _ = run.poll()).unwrap(), "it failed");
    assert_eq!(run.spy().alive(), 0);
    t.cancel();
}

fn owned_one_outlives_the_token<D: Form>() {
    let t = Token::<D>::new();
    let root = t.clone();
    let mut run = Task::waiting(t.child_token().run_until_cancelled_owned(pending::<()>()));
    drop(t);
    root.cancel();
    drop(root);
    assert_eq!(run.wakes(), 1);
    assert_eq!(run.ready(), None);
}

/// What is inside is told at the same moment, and comes to its end.
fn one_inside_the_other<D: Form>() {
    for by_inner in [true, false] {
        let outer = Token::<D>::new();
        let inner = outer.child_token();
        let mut run = Task::waiting(
            outer.run_until_cancelled(async { inner.run_until_cancelled(pending::<()>()).await }),
        );
        if by_inner {
            inner.cancel();
        } else {
            outer.cancel();
        }
        assert!(run.wakes() > 0);
        assert_eq!(run.ready(), Some(None));
        assert_eq!((run.spy().alive(), outer.is_cancelled()), (0, !by_inner));
    }
}
