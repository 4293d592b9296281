//! `Latch`, one step at a time.

use std::thread;

use compio_sync::generic::{Domain, Latch};

use crate::common::{Form, Spy, Task, fewer, kept, panic_of};

forms!(
    counted_down_then_all_are_woken_and_it_stays_open,
    of_zero_is_open,
    by_several_in_one_step,
    below_zero_panics_and_counts_nothing,
    by_none_changes_nothing,
    arrives_with_its_first_poll_and_waits,
    arrived_and_dropped_then_it_stays_counted,
    arrives_at_an_open_one_panics,
    dropped_in_line_then_the_rest_are_told,
    owned_outlives_the_handle,
    opened_before_the_first_poll_then_ready,
    a_hundred_thousand_are_told,
    polled_often_and_moved_then_woken_once,
    pending_box_forgotten_then_it_stays_usable,
    debug_shows_it_and_does_not_block,
);

fn counted_down_then_all_are_woken_and_it_stays_open<D: Form>() {
    let l = Latch::<D>::new(3);
    let mut tasks = [(); 40].map(|()| Task::waiting(l.wait()));
    for left in [2, 1] {
        l.count_down();
        assert_eq!((l.count(), l.try_wait(), l.waiters()), (left, false, 40));
        assert!(tasks.iter().all(|task| task.wakes() == 0));
    }
    l.count_down();
    assert_eq!((l.count(), l.try_wait(), l.waiters()), (0, true, 0));
    for task in &mut tasks {
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
        task.ready();
    }
    let mut late = Task::new(l.wait());
    late.ready();
    assert_eq!(late.spy().clones(), 1);
    assert!(panic_of(|| _ = late.poll()).is_some());
}

fn of_zero_is_open<D: Form>() {
    let l = Latch::<D>::new(0);
    assert!(l.try_wait());
    Task::new(l.wait()).ready();
    assert_eq!(l.count(), 0);
}

fn by_several_in_one_step<D: Form>() {
    let l = Latch::<D>::new(usize::MAX);
    let mut a = Task::waiting(l.wait());
    l.count_down_by(usize::MAX - 5);
    assert_eq!((l.count(), a.wakes()), (5, 0));
    l.count_down_by(5);
    assert_eq!(a.wakes(), 1);
    a.ready();
}

fn below_zero_panics_and_counts_nothing<D: Form>() {
    let l = Latch::<D>::new(3);
    let a = Task::waiting(l.wait());
    for n in [4, usize::MAX] {
        let text = panic_of(|| l.count_down_by(n)).expect("it should panic");
        assert!(text.contains("below zero"), "{text}");
        assert_eq!((l.count(), a.wakes()), (3, 0));
    }
    l.count_down_by(3);
    assert!(panic_of(|| l.count_down()).is_some());
    assert!(panic_of(|| l.count_down_by(2)).is_some());
    assert_eq!((l.count(), a.wakes()), (0, 1));
}

fn by_none_changes_nothing<D: Form>() {
    let l = Latch::<D>::new(1);
    let a = Task::waiting(l.wait());
    l.count_down_by(0);
    assert_eq!((l.count(), a.wakes()), (1, 0));
    l.count_down();
    l.count_down_by(0);
    assert_eq!((l.count(), a.wakes()), (0, 1));
}

fn arrives_with_its_first_poll_and_waits<D: Form>() {
    let l = Latch::<D>::new(2);
    let mut a = Task::new(l.arrive_and_wait());
    assert_eq!(l.count(), 2);
    a.pends();
    a.pends();
    assert_eq!((l.count(), l.waiters()), (1, 1));
    Task::new(l.arrive_and_wait()).ready();
    assert_eq!(a.wakes(), 1);
    a.ready();
}

fn arrived_and_dropped_then_it_stays_counted<D: Form>() {
    let l = Latch::<D>::new(2);
    drop(l.arrive_and_wait());
    assert_eq!(l.count(), 2);
    drop(Task::waiting(l.arrive_and_wait()));
    assert_eq!((l.count(), l.waiters()), (1, 0));
    l.count_down();
    assert!(l.try_wait());
}

fn arrives_at_an_open_one_panics<D: Form>() {
    let l = Latch::<D>::new(0);
    let text = panic_of(|| _ = Task::new(l.arrive_and_wait()).poll()).expect("it should panic");
    assert!(text.contains("below zero"), "{text}");
    assert_eq!(l.count(), 0);
}

fn dropped_in_line_then_the_rest_are_told<D: Form>() {
    for which in 0..3 {
        let l = Latch::<D>::new(1);
        let mut tasks = [(); 3].map(|()| Task::waiting(l.wait()));
        drop(Task::new(l.wait()));
        tasks[which].cancel();
        assert_eq!((l.count(), l.waiters()), (1, 2));
        l.count_down();
        for (at, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(at != which));
            // Told and dropped, it owes nothing.
            task.cancel();
        }
        assert!(l.try_wait());
    }
}

fn owned_outlives_the_handle<D: Form>() {
    let l = D::pointer(Latch::<D>::new(1));
    let mut told = Task::waiting(D::latch_wait(&l));
    let mut unpolled = Task::new(D::latch_wait(&l));
    l.count_down();
    drop(l);
    told.ready();
    unpolled.ready();
    let l = D::pointer(Latch::<D>::new(1));
    let mut tasks = [(); 2].map(|()| Task::waiting(D::latch_wait(&l)));
    assert_eq!(D::pointers(&l), 3);
    drop(l);
    tasks[0].cancel();
    tasks[1].pends();
}

fn opened_before_the_first_poll_then_ready<D: Form>() {
    let l = Latch::<D>::new(1);
    let mut a = Task::new(l.wait());
    l.count_down();
    a.ready();
    assert_eq!(a.spy().clones(), 1);
}

fn a_hundred_thousand_are_told<D: Form>() {
    let l = Latch::<D>::new(1);
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(l.wait()))
        .collect();
    l.count_down();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
}

fn polled_often_and_moved_then_woken_once<D: Form>() {
    let l = Latch::<D>::new(1);
    let mut a = Task::waiting(l.wait());
    for _ in 0..100 {
        a.pends();
    }
    // One a poll is the test's own, and one the first poll left in line.
    assert_eq!(a.spy().clones(), 102);
    let other = Spy::new();
    assert!(a.poll_as(&other).is_pending());
    assert_eq!((a.spy().alive(), other.alive(), l.waiters()), (0, 1, 1));
    l.count_down();
    assert_eq!((a.wakes(), other.wakes()), (0, 1));
    a.ready();
}

fn pending_box_forgotten_then_it_stays_usable<D: Form>() {
    let l = kept(Latch::<D>::new(1));
    let forgotten = Task::waiting(l.wait());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut a = Task::waiting(l.wait());
    l.count_down();
    assert_eq!(spy.wakes(), 1);
    a.ready();
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let l = Latch::<D>::new(7);
    let a = Task::waiting(l.wait());
    let text = format!("{l:?}");
    assert!(
        text.contains("Latch") && text.contains("count: 7"),
        "{text}"
    );
    assert!(!format!("{:?}", l.wait()).is_empty());
    drop(a);
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> Latch<D> {
    Latch::new(1)
}

static SHARED: compio_sync::Latch = make();

thread_local! {
    static LOCAL: compio_sync::local::Latch = const { make() };
}

#[test]
fn made_in_a_static_then_opened_by_another_thread() {
    thread::scope(|scope| {
        scope.spawn(|| SHARED.count_down());
        SHARED.blocking_wait();
    });
    assert!(SHARED.try_wait());
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        here.count_down();
        thread::spawn(|| LOCAL.with(|there| assert_eq!(there.count(), 1)))
            .join()
            .unwrap();
        assert!(here.try_wait());
    });
}
