//! `WaitGroup`, one step at a time.

use std::thread;

use compio_sync::generic::{Domain, WaitGroup};

use crate::common::{Form, Spy, Task, fewer, kept, panic_of};

forms!(
    nothing_under_way_then_ready,
    added_and_done_then_all_are_woken,
    zero_was_reached_then_over_though_more_was_added,
    nothing_under_way_when_it_began_then_over_though_more_was_added,
    began_after_zero_then_not_over,
    done_too_often_panics_and_counts_nothing,
    added_too_many_panics_and_counts_nothing,
    guards_count_until_they_are_dropped,
    guard_dropped_by_a_panic_is_done,
    owned_guards_and_waits_outlive_the_handle,
    dropped_in_line_then_the_rest_are_told,
    used_again_round_after_round,
    a_hundred_thousand_are_told,
    polled_often_and_moved_then_woken_once,
    pending_box_forgotten_then_it_stays_usable,
    debug_shows_it_and_does_not_block,
);

fn nothing_under_way_then_ready<D: Form>() {
    let g = WaitGroup::<D>::default();
    let mut a = Task::new(g.wait());
    a.ready();
    assert_eq!((g.count(), g.waiters(), a.spy().clones()), (0, 0, 1));
    assert!(panic_of(|| _ = a.poll()).is_some());
}

fn added_and_done_then_all_are_woken<D: Form>() {
    let g = WaitGroup::<D>::new();
    g.add(2);
    g.add(0);
    let mut tasks = [(); 40].map(|()| Task::waiting(g.wait()));
    g.add(1);
    for left in [2, 1] {
        g.done();
        assert_eq!((g.count(), g.waiters()), (left, 40));
        assert!(tasks.iter().all(|task| task.wakes() == 0));
    }
    g.done();
    assert_eq!((g.count(), g.waiters()), (0, 0));
    for task in &mut tasks {
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
        task.ready();
    }
}

fn zero_was_reached_then_over_though_more_was_added<D: Form>() {
    let g = WaitGroup::<D>::new();
    g.add(1);
    let mut unpolled = Task::new(g.wait());
    let mut polled = Task::waiting(g.wait());
    g.done();
    g.add(5);
    let mut late = Task::waiting(g.wait());
    assert_eq!((polled.wakes(), late.wakes()), (1, 0));
    unpolled.ready();
    polled.ready();
    late.pends();
    assert_eq!((g.count(), g.waiters()), (5, 1));
}

fn nothing_under_way_when_it_began_then_over_though_more_was_added<D: Form>() {
    let g = D::pointer(WaitGroup::<D>::new());
    for _ in 0..2 {
        let mut borrowed = Task::new(g.wait());
        let mut owned = Task::new(D::group_wait(&g));
        g.add(1);
        borrowed.ready();
        owned.ready();
        Task::waiting(g.wait()).cancel();
        g.done();
    }
}

fn began_after_zero_then_not_over<D: Form>() {
    let g = WaitGroup::<D>::new();
    for _ in 0..10 {
        g.add(1);
        g.done();
        g.add(1);
        let mut a = Task::waiting(g.wait());
        for _ in 0..3 {
            g.add(1);
            g.done();
            a.pends();
        }
        g.done();
        assert_eq!(a.wakes(), 1);
        a.ready();
    }
}

fn done_too_often_panics_and_counts_nothing<D: Form>() {
    let g = WaitGroup::<D>::new();
    let text = panic_of(|| g.done()).expect("it should panic");
    assert!(text.contains("more was done"), "{text}");
    assert_eq!(g.count(), 0);
    g.add(1);
    g.done();
    assert!(panic_of(|| g.done()).is_some());
    assert_eq!(g.count(), 0);
    Task::new(g.wait()).ready();
}

fn added_too_many_panics_and_counts_nothing<D: Form>() {
    let most = WaitGroup::<D>::MAX_COUNT;
    let g = WaitGroup::<D>::new();
    for n in [most.checked_add(1), Some(usize::MAX)]
        .into_iter()
        .flatten()
    {
        let text = panic_of(|| g.add(n)).expect("it should panic");
        assert!(text.contains("MAX_COUNT"), "{text}");
        assert_eq!(g.count(), 0);
    }
    g.add(most);
    let a = Task::waiting(g.wait());
    for n in [1, most, usize::MAX] {
        assert!(panic_of(|| g.add(n)).is_some());
        assert_eq!(g.count(), most);
    }
    assert!(panic_of(|| drop(g.enter())).is_some());
    g.done();
    assert_eq!((g.count(), a.wakes()), (most - 1, 0));
    g.add(1);
    assert_eq!(g.count(), most);
}

fn guards_count_until_they_are_dropped<D: Form>() {
    let g = WaitGroup::<D>::new();
    let guards = [g.enter(), g.enter()];
    let mut a = Task::waiting(g.wait());
    assert_eq!(g.count(), 2);
    assert!(format!("{:?}", guards[0]).contains("WaitGroupGuard"));
    let [one, two] = guards;
    drop(one);
    assert_eq!((g.count(), a.wakes()), (1, 0));
    drop(two);
    assert_eq!((g.count(), a.wakes()), (0, 1));
    a.ready();
}

fn guard_dropped_by_a_panic_is_done<D: Form>() {
    let g = WaitGroup::<D>::new();
    let mut a = Task::new(g.wait());
    let guard = g.enter();
    let text = panic_of(|| {
        let _guard = guard;
        std::panic::resume_unwind(Box::new("it failed"));
    });
    assert_eq!(text.unwrap(), "it failed");
    assert_eq!(g.count(), 0);
    a.ready();
}

fn owned_guards_and_waits_outlive_the_handle<D: Form>() {
    let g = D::pointer(WaitGroup::<D>::new());
    let guard = D::group_enter(&g);
    let mut told = Task::waiting(D::group_wait(&g));
    let gone = Task::waiting(D::group_wait(&g));
    let mut unpolled = Task::new(D::group_wait(&g));
    assert_eq!((D::pointers(&g), g.count()), (5, 1));
    assert!(format!("{guard:?}").contains("OwnedWaitGroupGuard"));
    drop((g, gone));
    drop(guard);
    assert_eq!(told.wakes(), 1);
    told.ready();
    unpolled.ready();
}

fn dropped_in_line_then_the_rest_are_told<D: Form>() {
    for which in 0..3 {
        let g = WaitGroup::<D>::new();
        let guard = g.enter();
        let mut tasks = [(); 3].map(|()| Task::waiting(g.wait()));
        drop(Task::new(g.wait()));
        tasks[which].cancel();
        assert_eq!((g.count(), g.waiters()), (1, 2));
        drop(guard);
        for (at, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(at != which));
            task.cancel();
        }
        assert_eq!((g.count(), g.waiters()), (0, 0));
    }
}

fn used_again_round_after_round<D: Form>() {
    let g = WaitGroup::<D>::new();
    for round in 1..200 {
        g.add(round);
        let mut a = Task::waiting(g.wait());
        for _ in 1..round {
            g.done();
        }
        a.pends();
        g.done();
        assert_eq!(a.wakes(), 1);
        a.ready();
    }
}

fn a_hundred_thousand_are_told<D: Form>() {
    let g = WaitGroup::<D>::new();
    g.add(1);
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(g.wait()))
        .collect();
    g.done();
    g.add(1);
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
}

fn polled_often_and_moved_then_woken_once<D: Form>() {
    let g = WaitGroup::<D>::new();
    g.add(1);
    let mut a = Task::waiting(g.wait());
    for _ in 0..100 {
        a.pends();
    }
    // One a poll is the test's own, and one the first poll left in line.
    assert_eq!(a.spy().clones(), 102);
    let other = Spy::new();
    assert!(a.poll_as(&other).is_pending());
    assert_eq!((a.spy().alive(), other.alive(), g.waiters()), (0, 1, 1));
    g.done();
    assert_eq!((a.wakes(), other.wakes()), (0, 1));
    a.ready();
}

fn pending_box_forgotten_then_it_stays_usable<D: Form>() {
    let g = kept(WaitGroup::<D>::new());
    g.add(1);
    let forgotten = Task::waiting(g.wait());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut a = Task::waiting(g.wait());
    g.done();
    assert_eq!(spy.wakes(), 1);
    a.ready();
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let g = WaitGroup::<D>::new();
    g.add(7);
    let a = Task::waiting(g.wait());
    let text = format!("{g:?}");
    assert!(
        text.contains("WaitGroup") && text.contains("count: 7"),
        "{text}"
    );
    assert!(!format!("{:?}", g.wait()).is_empty());
    drop(a);
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> WaitGroup<D> {
    WaitGroup::new()
}

static SHARED: compio_sync::WaitGroup = make();

thread_local! {
    static LOCAL: compio_sync::local::WaitGroup = const { make() };
}

#[test]
fn made_in_a_static_then_done_by_another_thread() {
    let guard = SHARED.enter();
    thread::scope(|scope| {
        scope.spawn(move || drop(guard));
        SHARED.blocking_wait();
    });
    assert_eq!(SHARED.count(), 0);
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        here.add(1);
        thread::spawn(|| LOCAL.with(|there| assert_eq!(there.count(), 0)))
            .join()
            .unwrap();
        here.done();
    });
}
