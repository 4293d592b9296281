//! The plain uses, and what every type says about itself.

use std::{error::Error, thread};

use compio_sync::{
    Closed, Fairness,
    generic::{Domain, Semaphore},
    local,
};

use crate::common::{Form, Task, assert_at_rest, assert_numbers};

suite! {
    both:
        acquired_and_dropped_then_free_again,
        none_asked_for_then_served_at_once,
        more_asked_for_than_there_is_then_waits,
        tried_many_takes_all_or_nothing,
        every_way_to_wait_gets_its_permit,
        says_its_fairness,
        debug_shows_it_and_does_not_block,
        polled_often_then_neither_woken_nor_registered_again;
}

fn acquired_and_dropped_then_free_again<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    for _ in 0..3 {
        let mut a = Task::new(s.acquire());
        let mut b = Task::new(s.acquire());
        let held = (a.ready(), b.ready());
        assert_numbers(&s, 0, 2, 2, 0);
        assert!(s.try_acquire().is_none());
        drop(held.0);
        assert_numbers(&s, 1, 2, 1, 0);
        drop(held.1);
        assert_at_rest(&s, 2);
    }
}

fn none_asked_for_then_served_at_once<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let permit = Task::new(s.acquire_many(0)).ready();
    assert_eq!(permit.num_permits(), 0);
    drop(permit);
    let mut waiting = Task::waiting(s.acquire());
    drop(Task::new(s.acquire_many(0)).ready());
    assert!(s.try_acquire_many(0).is_some());
    assert_eq!(waiting.wakes(), 0);
    assert!(waiting.poll().is_pending());
    // Also while a reduction is owed.
    s.add_permits(1);
    let held = waiting.ready();
    s.resize(0);
    drop(Task::new(s.acquire_many(0)).ready());
    drop(held);
    assert_at_rest(&s, 0);
}

fn more_asked_for_than_there_is_then_waits<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let mut large = Task::waiting(s.acquire_many(3));
    assert_numbers(&s, 2, 2, 0, 1);
    s.add_permits(1);
    assert_eq!(large.wakes(), 1);
    drop(large.ready());
    assert_at_rest(&s, 3);
}

fn tried_many_takes_all_or_nothing<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    assert!(s.try_acquire_many(4).is_none());
    assert_at_rest(&s, 3);
    let held = s.try_acquire_many(3).unwrap();
    assert_eq!(held.num_permits(), 3);
    assert!(std::ptr::eq(*held.semaphore(), &raw const s));
    assert_numbers(&s, 0, 3, 3, 0);
    drop(held);
    assert_at_rest(&s, 3);
}

fn every_way_to_wait_gets_its_permit<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(2, fairness));
    let held = s.try_acquire_many(2).unwrap();
    let mut one = Task::waiting(s.acquire());
    let mut many = Task::waiting(s.acquire_many(2));
    let mut one_or = Task::waiting(s.acquire_or_closed());
    let mut many_or = Task::waiting(s.acquire_many_or_closed(2));
    let mut own = Task::waiting(D::acquire_owned(&s));
    let mut own_many = Task::waiting(D::acquire_many_owned(&s, 2));
    let mut own_or = Task::waiting(D::acquire_owned_or_closed(&s));
    let mut own_many_or = Task::waiting(D::acquire_many_owned_or_closed(&s, 2));
    assert_eq!((s.waiters(), D::pointers(&s)), (8, 5));
    drop(held);
    assert_eq!(one.ready().num_permits(), 1);
    assert_eq!(many.ready().num_permits(), 2);
    assert_eq!(one_or.ready().unwrap().num_permits(), 1);
    assert_eq!(many_or.ready().unwrap().num_permits(), 2);
    assert_eq!(own.ready().num_permits(), 1);
    assert_eq!(own_many.ready().num_permits(), 2);
    assert_eq!(own_or.ready().unwrap().num_permits(), 1);
    assert_eq!(own_many_or.ready().unwrap().num_permits(), 2);
    assert_at_rest(&s, 2);
    assert_eq!(D::pointers(&s), 1);
}

fn says_its_fairness<D: Form>(fairness: Fairness) {
    assert_eq!(
        Semaphore::<D>::with_fairness(1, fairness).fairness(),
        fairness
    );
    assert_eq!(Semaphore::<D>::new(1).fairness(), Fairness::Strict);
    assert_eq!(Fairness::default(), Fairness::Strict);
}

fn debug_shows_it_and_does_not_block<D: Form>(fairness: Fairness) {
    let s = D::pointer(Semaphore::<D>::with_fairness(7, fairness));
    let held = s.try_acquire_many(4).unwrap();
    let owned = D::try_acquire_many_owned(&s, 3).unwrap();
    let mut waiting = Task::waiting(s.acquire_many(2));
    let text = format!("{:?}", *s);
    assert!(text.contains("Semaphore"), "{text}");
    assert!(text.contains('7'), "{text}");
    assert!(text.contains(&format!("{fairness:?}")), "{text}");
    assert!(format!("{held:?}").contains('4'));
    assert!(format!("{owned:?}").contains('3'));
    assert!(!format!("{:?}", s.acquire()).is_empty());
    // Also from within a wake, that is in the middle of a release.
    let (inner, seen) = (s.clone(), std::rc::Rc::new(std::cell::Cell::new(0)));
    let saw = seen.clone();
    waiting.spy().on(crate::common::Event::Wake, move || {
        saw.set(format!("{:?}", *inner).len());
    });
    drop((held, owned));
    assert!(seen.get() > 0);
    waiting.spy().forget_hook();
    drop(waiting.ready());
    assert_at_rest(&s, 7);
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    for task in &mut tasks {
        let before = task.spy().clones();
        for _ in 0..100 {
            task.pends();
        }
        // One a poll is the test's own.
        assert_eq!(task.spy().clones(), before + 100);
        assert_eq!(task.wakes(), 0);
    }
    assert_eq!(s.waiters(), 3);
    drop(held);
}

#[test]
fn closed_is_an_error_that_says_what_to_do() {
    let error: Box<dyn Error + Send + Sync> = Box::new(closed());
    assert!(error.source().is_none());
    let text = error.to_string();
    assert!(
        text.contains("closed") && text.contains("stop asking"),
        "{text}"
    );
    assert_eq!(closed(), closed());
    assert!(format!("{error:?}").contains("Closed"));
}

fn closed() -> Closed {
    let s = compio_sync::Semaphore::new(1);
    s.close();
    Task::new(s.acquire_or_closed()).ready().unwrap_err()
}

/// Only that it compiles is in question: `const` for either form and policy.
const fn make<D: Domain>() -> [Semaphore<D>; 2] {
    [
        Semaphore::new(1),
        Semaphore::with_fairness(1, Fairness::Throughput),
    ]
}

static SHARED: [compio_sync::Semaphore; 2] = make();

thread_local! {
    static LOCAL: [local::Semaphore; 2] = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    for s in &SHARED {
        let held = s.try_acquire().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| assert!(s.try_acquire().is_none()));
        });
        drop(held);
        thread::scope(|scope| {
            scope.spawn(|| drop(s.try_acquire().unwrap()));
        });
        assert_at_rest(s, 1);
    }
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        for s in here {
            let held = s.try_acquire().unwrap();
            assert!(s.try_acquire().is_none());
            thread::spawn(|| LOCAL.with(|there| there.each_ref().map(|s| assert_at_rest(s, 1))))
                .join()
                .unwrap();
            drop(held);
        }
    });
}
