//! A cell whose initialiser waits for the cell itself says so; others that look alike do not.

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll};

use compio_sync::generic::OnceCell;

use crate::common::{Form, Gate, Next, Task, kept, panic_of, turn};

forms!(
    initialiser_asks_for_its_own_cell_then_it_panics_and_hands_over,
    initialiser_asks_after_a_wait_then_it_panics,
    two_cells_ask_for_each_other_then_it_panics,
    many_cells_inside_each_other_then_all_is_well,
    another_task_waits_while_the_initialiser_does_then_all_is_well,
    initialiser_of_one_waits_for_a_cell_that_another_task_makes,
    asked_after_a_panic_in_an_initialiser_then_all_is_well,
    initialiser_looks_at_its_own_cell_then_all_is_well,
);

const TEXT: &str = "waits for the cell itself";

fn initialiser_asks_for_its_own_cell_then_it_panics_and_hands_over<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut first =
        Task::new(cell.get_or_init(async || Box::pin(cell.get_or_init(async || 1)).await + 1));
    let text = panic_of(|| _ = first.poll()).expect("it should panic");
    assert!(text.contains(TEXT), "{text}");
    assert_eq!(
        (first.wakes(), first.spy().alive(), cell.get()),
        (0, 0, None)
    );
    drop(first);
    assert_eq!(Task::new(cell.get_or_init(async || 5)).ready(), &5);
    // Also by way of the one that may fail.
    let cell = OnceCell::<D, u32>::new();
    let mut first = Task::new(cell.get_or_try_init(async || {
        let own = Box::pin(cell.get_or_try_init(async || Ok::<_, ()>(1)));
        Ok::<_, ()>(*own.await?)
    }));
    let text = panic_of(|| _ = first.poll()).expect("it should panic");
    assert!(text.contains(TEXT), "{text}");
    drop(first);
    assert_eq!(cell.set(1), Ok(()));
}

fn initialiser_asks_after_a_wait_then_it_panics<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut first = Task::new(cell.get_or_init(async || {
        turn().await;
        Box::pin(cell.get_or_init(async || 1)).await + 1
    }));
    first.pends();
    let mut second = Task::waiting(cell.get_or_init(async || 2));
    let text = panic_of(|| _ = first.poll()).expect("it should panic");
    assert!(text.contains(TEXT), "{text}");
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.ready(), &2);
}

fn two_cells_ask_for_each_other_then_it_panics<D: Form>() {
    let (a, b) = (OnceCell::<D, u32>::new(), OnceCell::<D, u32>::new());
    let mut first = Task::new(a.get_or_init(async || {
        *b.get_or_init(async || *Box::pin(a.get_or_init(async || 1)).await)
            .await
    }));
    let text = panic_of(|| _ = first.poll()).expect("it should panic");
    assert!(text.contains(TEXT), "{text}");
    drop(first);
    assert_eq!((a.set(1), b.set(2)), (Ok(()), Ok(())));
}

fn many_cells_inside_each_other_then_all_is_well<D: Form>() {
    fn make<D: Form>(cells: &[OnceCell<D, usize>]) -> impl Future<Output = usize> {
        Box::pin(async move {
            match cells.split_first() {
                None => 0,
                Some((cell, rest)) => {
                    *cell
                        .get_or_init(async || {
                            turn().await;
                            let below: std::pin::Pin<Box<dyn Future<Output = usize>>> =
                                Box::pin(make(rest));
                            below.await + 1
                        })
                        .await
                }
            }
        })
    }
    let cells: Vec<_> = (0..20).map(|_| OnceCell::<D, usize>::new()).collect();
    let mut first = Task::new(make(&cells));
    for _ in 0..20 {
        first.pends();
    }
    assert_eq!(first.ready(), 20);
}

/// It waits on the thread that polls the initialiser, but not in such a poll.
fn another_task_waits_while_the_initialiser_does_then_all_is_well<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let other = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut second = Task::waiting(cell.get_or_init(async || 2));
    // Also one that waits inside the initialiser of another cell.
    let mut third = Task::waiting(other.get_or_init(async || *cell.get_or_init(async || 3).await));
    second.pends();
    third.pends();
    first.pends();
    gate.set(Next::Finish);
    assert_eq!(first.ready(), Ok(&1));
    assert_eq!((second.ready(), third.ready()), (&1, &1));
}

fn initialiser_of_one_waits_for_a_cell_that_another_task_makes<D: Form>() {
    let (a, b) = (OnceCell::<D, u32>::new(), OnceCell::<D, u32>::new());
    let gate = Gate::new(Next::Wait);
    let mut makes_b = Task::waiting(b.get_or_try_init(async || gate.pass(1).await));
    let mut makes_a = Task::waiting(a.get_or_init(async || b.wait().await + 1));
    makes_a.pends();
    gate.set(Next::Finish);
    assert_eq!(makes_b.ready(), Ok(&1));
    assert_eq!(makes_a.ready(), &2);
}

fn asked_after_a_panic_in_an_initialiser_then_all_is_well<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Panic);
    let mut first = Task::new(cell.get_or_try_init(async || gate.pass(1).await));
    assert!(panic_of(|| _ = first.poll()).is_some());
    gate.set(Next::Wait);
    let mut second = Task::waiting(cell.get_or_try_init(async || gate.pass(2).await));
    let mut third = Task::waiting(cell.get_or_init(async || 3));
    third.pends();
    second.cancel();
    assert_eq!(third.ready(), &3);
}

fn initialiser_looks_at_its_own_cell_then_all_is_well<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let first = cell.get_or_init(async || {
        let mut wait = pin!(cell.wait());
        poll_fn(|cx| {
            assert!(wait.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(cell.get(), None);
        1
    });
    assert_eq!(Task::new(first).ready(), &1);
}

static SHARED: compio_sync::LazyCell<u32> =
    compio_sync::LazyCell::new(|| Box::pin(async { *SHARED.force().await + 1 }));

thread_local! {
    static LOCAL: Cell<Option<&'static compio_sync::local::LazyCell<u32>>> =
        const { Cell::new(None) };
}

#[test]
fn lazy_one_asks_for_itself_then_it_panics() {
    let own = kept(compio_sync::local::LazyCell::<u32>::new(|| {
        Box::pin(async { *LOCAL.get().unwrap().force().await + 1 })
    }));
    LOCAL.set(Some(own));
    let (mut shared, mut local) = (Task::new(SHARED.force()), Task::new(own.force()));
    for text in [
        panic_of(|| _ = shared.poll()),
        panic_of(|| _ = local.poll()),
    ] {
        let text = text.expect("it should panic");
        assert!(text.contains(TEXT), "{text}");
    }
    assert_eq!((SHARED.get(), own.get()), (None, None));
}
