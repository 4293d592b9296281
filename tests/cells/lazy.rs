//! `LazyCell`.

use std::{cell::Cell, rc::Rc, thread};

use compio_sync::generic::LazyCell;

use crate::common::{Form, Gate, Next, Task, Watchdog, on_a_runtime, panic_of, turn};

forms!(
    forced_then_made_once,
    not_forced_then_never_made,
    cancelled_then_the_next_begins_anew,
    panicked_then_the_next_begins_anew,
    many_wait_then_all_have_it,
    changed_in_place_and_consumed,
    dropped_in_line_then_the_rest_have_it,
    initialiser_borrows_what_it_captured,
    debug_shows_it_and_does_not_block,
);

fn forced_then_made_once<D: Form>() {
    let calls = Cell::new(0);
    let lazy = LazyCell::<D, _, _>::new(async || {
        calls.set(calls.get() + 1);
        5
    });
    assert_eq!((lazy.get(), calls.get()), (None, 0));
    for _ in 0..3 {
        assert_eq!(Task::new(lazy.force()).ready(), &5);
        assert_eq!((lazy.get(), calls.get()), (Some(&5), 1));
    }
}

fn not_forced_then_never_made<D: Form>() {
    let lazy = LazyCell::<D, u32, _>::new(async || panic!("it was not forced"));
    drop(lazy.force());
    assert_eq!(lazy.into_inner(), None);
}

fn cancelled_then_the_next_begins_anew<D: Form>() {
    let gate = Gate::new(Next::Wait);
    let calls = Cell::new(0);
    let lazy = LazyCell::<D, _, _>::new(async || {
        calls.set(calls.get() + 1);
        gate.pass(calls.get()).await
    });
    let mut line = [(); 3].map(|()| Task::waiting(lazy.force()));
    for at in 0..2 {
        assert_eq!((calls.get(), gate.running()), (at + 1, 1));
        line[at].cancel();
        assert_eq!((line[at + 1].wakes(), gate.running()), (1, 0));
        line[at + 1].pends();
    }
    gate.set(Next::Finish);
    assert_eq!(line[2].ready(), &Ok(3));
    assert_eq!(calls.get(), 3);
}

fn panicked_then_the_next_begins_anew<D: Form>() {
    let gate = Gate::new(Next::Wait);
    let lazy = LazyCell::<D, _, _>::new(async || gate.pass(1).await.unwrap());
    let mut first = Task::waiting(lazy.force());
    let mut second = Task::waiting(lazy.force());
    gate.set(Next::Panic);
    assert_eq!(panic_of(|| _ = first.poll()).unwrap(), "it panicked");
    gate.set(Next::Finish);
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.ready(), &1);
}

fn many_wait_then_all_have_it<D: Form>() {
    let gate = Gate::new(Next::Wait);
    let lazy = LazyCell::<D, _, _>::new(async || gate.pass(1).await.unwrap());
    let mut tasks: Vec<_> = (0..1000).map(|_| Task::waiting(lazy.force())).collect();
    gate.set(Next::Finish);
    for (at, task) in tasks.iter_mut().enumerate() {
        assert_eq!(task.wakes(), usize::from(at > 0));
        assert_eq!(task.ready(), &1);
        assert_eq!(task.spy().alive(), 0);
    }
    assert_eq!(gate.polls(), 2);
}

fn changed_in_place_and_consumed<D: Form>() {
    let mut lazy = LazyCell::<D, u32, _>::new(async || 1);
    assert_eq!(lazy.get_mut(), None);
    Task::new(lazy.force()).ready();
    *lazy.get_mut().unwrap() += 1;
    assert_eq!(lazy.get(), Some(&2));
    assert_eq!(lazy.into_inner(), Some(2));
}

fn dropped_in_line_then_the_rest_have_it<D: Form>() {
    let gate = Gate::new(Next::Wait);
    let lazy = LazyCell::<D, _, _>::new(async || gate.pass(1).await.unwrap());
    let mut line = [(); 4].map(|()| Task::waiting(lazy.force()));
    line[2].cancel();
    line[1].cancel();
    gate.set(Next::Finish);
    assert_eq!((line[0].ready(), line[3].wakes()), (&1, 1));
    assert_eq!(line[3].ready(), &1);
    assert_eq!((line[1].wakes(), line[2].wakes()), (0, 0));
}

fn initialiser_borrows_what_it_captured<D: Form>() {
    let text = Rc::new(String::from("it"));
    let captured = text.clone();
    let lazy = LazyCell::<D, usize, _>::new(async move || {
        turn().await;
        captured.len()
    });
    let mut first = Task::waiting(lazy.force());
    assert_eq!(first.ready(), &2);
    drop(first);
    assert_eq!(Rc::strong_count(&text), 2);
    drop(lazy);
    assert_eq!(Rc::strong_count(&text), 1);
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let lazy = LazyCell::<D, u32, _>::new(async || 7);
    assert_eq!(format!("{lazy:?}"), "LazyCell(None)");
    Task::new(lazy.force()).ready();
    assert_eq!(format!("{lazy:?}"), "LazyCell(Some(7))");
}

static SHARED: compio_sync::LazyCell<String> = compio_sync::LazyCell::new(|| {
    Box::pin(async {
        turn().await;
        CALLS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        "made".to_owned()
    })
});
/// What an operation of compio's gives is bound to its thread. It is made and polled by one task,
/// so the cell may be shared all the same.
static SLEEPS: compio_sync::LazyCell<u32> = compio_sync::LazyCell::new(|| {
    Box::pin(async {
        compio::time::sleep(std::time::Duration::from_millis(5)).await;
        CALLS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        5
    })
});
static CALLS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

thread_local! {
    static LOCAL: compio_sync::local::LazyCell<Rc<u32>> =
        const { compio_sync::local::LazyCell::new(|| Box::pin(async { Rc::new(3) })) };
}

#[test]
fn made_in_a_static_and_forced_by_two_runtimes_then_made_once() {
    let _watchdog = Watchdog::start();
    let threads = [(); 2].map(|()| {
        thread::spawn(|| {
            on_a_runtime(async {
                assert_eq!(SLEEPS.force().await, &5);
                std::ptr::from_ref(SHARED.force().await).addr()
            })
        })
    });
    let [one, two] = threads.map(|thread| thread.join().unwrap());
    assert_eq!(one, two);
    assert_eq!(SHARED.get().map(String::as_str), Some("made"));
    assert_eq!(CALLS.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        assert_eq!(**Task::new(here.force()).ready(), 3);
        thread::spawn(|| LOCAL.with(|there| assert_eq!(there.get(), None)))
            .join()
            .unwrap();
    });
}
