//! `notify_waiters`: all from before, none from after, in one step.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::Notify;

use crate::common::{
    Event, Form, Spy, Task, assert_at_rest, fewer, kept, take_stored, waiting, wakes,
};

forms!(
    all_in_line_are_woken_and_nothing_is_stored,
    made_before_and_polled_after_then_ready,
    made_after_then_waits,
    made_before_and_dropped_after_then_nothing_is_owed,
    stored_one_stays_stored,
    stored_one_is_not_used_by_those_who_are_told,
    one_after_all_keeps_its_permit,
    one_before_all_and_dropped_then_stored,
    last_after_all_is_stored,
    a_hundred_thousand_are_woken_once_each,
    the_wakes_are_many_and_the_step_is_one,
    wakers_come_again_meanwhile_then_they_wait,
    wakers_notify_one_meanwhile_then_it_is_not_for_those_from_before,
    wakers_notify_all_again_meanwhile_then_the_newcomers_too,
    woken_again_only_after_they_came_again,
);

fn all_in_line_are_woken_and_nothing_is_stored<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_waiters();
    assert_at_rest(&n, false);
    let mut line = waiting::<D, 5>(&n);
    n.notify_waiters();
    assert_eq!((wakes(&line), n.waiters()), ([1; 5], 0));
    n.notify_waiters();
    assert_eq!(wakes(&line), [1; 5]);
    for task in &mut line {
        task.ready();
        assert_eq!((task.polls(), task.spy().alive()), (2, 0));
    }
    assert_at_rest(&n, false);
}

fn made_before_and_polled_after_then_ready<D: Form>() {
    let n = D::pointer(Notify::<D>::new());
    let mut borrowed = Task::new(n.notified());
    let mut owned = Task::new(D::notified_owned(&n));
    let mut other = Task::waiting(n.notified());
    n.notify_waiters();
    n.notify_waiters();
    borrowed.ready();
    owned.ready();
    other.ready();
    assert_at_rest(&*n, false);
}

fn made_after_then_waits<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_waiters();
    let mut a = Task::waiting(n.notified());
    assert_eq!(a.wakes(), 0);
    n.notify_waiters();
    a.ready();
}

fn made_before_and_dropped_after_then_nothing_is_owed<D: Form>() {
    let n = Notify::<D>::new();
    let unpolled = Task::new(n.notified());
    let polled = Task::waiting(n.notified());
    n.notify_waiters();
    let after = waiting::<D, 2>(&n);
    drop((unpolled, polled));
    assert_eq!(wakes(&after), [0, 0]);
    drop(after);
    assert_at_rest(&n, false);
}

fn stored_one_stays_stored<D: Form>() {
    let n = Notify::<D>::new();
    n.notify_one();
    n.notify_waiters();
    assert_at_rest(&n, true);
}

fn stored_one_is_not_used_by_those_who_are_told<D: Form>() {
    let n = Notify::<D>::new();
    let mut before = Task::new(n.notified());
    n.notify_one();
    n.notify_waiters();
    before.ready();
    assert_at_rest(&n, true);
}

fn one_after_all_keeps_its_permit<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 2>(&n);
    n.notify_waiters();
    n.notify_one();
    // Whether they take it or drop it, it is not theirs.
    line[0].cancel();
    line[1].ready();
    assert_at_rest(&n, true);
}

fn one_before_all_and_dropped_then_stored<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 3>(&n);
    n.notify_one();
    n.notify_waiters();
    assert_eq!(wakes(&line), [1; 3]);
    line[0].cancel();
    line[1].ready();
    line[2].ready();
    assert_at_rest(&n, true);
}

fn last_after_all_is_stored<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 2>(&n);
    n.notify_waiters();
    n.notify_last();
    for task in &mut line {
        task.cancel();
    }
    assert_at_rest(&n, true);
}

fn a_hundred_thousand_are_woken_once_each<D: Form>() {
    let n = Notify::<D>::new();
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(n.notified()))
        .collect();
    n.notify_waiters();
    let mut after = Task::waiting(n.notified());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    after.pends();
    assert_eq!(after.wakes(), 0);
}

/// Those who have not been woken yet are ready all the same.
fn the_wakes_are_many_and_the_step_is_one<D: Form>() {
    for first in [0, 31, 32, 99] {
        let n = kept(Notify::<D>::new());
        let tasks = Rc::new(RefCell::new(Vec::new()));
        let wakes = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..100 {
            tasks.borrow_mut().push(Task::waiting(n.notified()));
        }
        let spy = tasks.borrow()[first].spy().clone();
        let (all, seen) = (tasks.clone(), wakes.clone());
        spy.on(Event::Wake, move || {
            let mut all = all.borrow_mut();
            seen.borrow_mut().extend(all.iter().map(Task::wakes));
            for task in &mut *all {
                task.ready();
            }
        });
        n.notify_waiters();
        let not_yet = wakes.borrow().iter().filter(|wakes| **wakes == 0).count();
        assert_eq!(not_yet, 99 - first);
        spy.forget_hook();
        assert_at_rest(n, false);
    }
}

fn wakers_come_again_meanwhile_then_they_wait<D: Form>() {
    let n = kept(Notify::<D>::new());
    let newcomers = Rc::new(RefCell::new(Vec::new()));
    let mut tasks: Vec<_> = (0..200).map(|_| Task::waiting(n.notified())).collect();
    for task in &tasks {
        let newcomers = newcomers.clone();
        task.spy().on(Event::Wake, move || {
            newcomers.borrow_mut().push(Task::waiting(n.notified()));
        });
    }
    n.notify_waiters();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    let mut newcomers = newcomers.borrow_mut();
    assert_eq!((newcomers.len(), n.waiters()), (200, 200));
    for task in &mut *newcomers {
        assert_eq!(task.wakes(), 0);
        task.pends();
    }
    n.notify_waiters();
    for task in &mut *newcomers {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert_at_rest(n, false);
}

fn wakers_notify_one_meanwhile_then_it_is_not_for_those_from_before<D: Form>() {
    for (at, newcomer) in [(0, false), (31, true), (32, false), (40, true), (99, false)] {
        for notify in [Notify::notify_one, Notify::notify_last] {
            let n = kept(Notify::<D>::new());
            let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(n.notified())).collect();
            let late = Rc::new(RefCell::new(Vec::new()));
            let come = late.clone();
            tasks[at].spy().on(Event::Wake, move || {
                if newcomer {
                    come.borrow_mut().push(Task::waiting(n.notified()));
                }
                notify(n);
            });
            n.notify_waiters();
            for task in &mut tasks {
                assert_eq!(task.wakes(), 1);
                task.cancel();
            }
            for task in &mut *late.borrow_mut() {
                task.ready();
            }
            assert_at_rest(n, !newcomer);
        }
    }
}

fn wakers_notify_all_again_meanwhile_then_the_newcomers_too<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(n.notified())).collect();
    let late = Rc::new(RefCell::new(Vec::new()));
    for at in [5, 50, 95] {
        let come = late.clone();
        tasks[at].spy().on(Event::Wake, move || {
            come.borrow_mut().push(Task::waiting(n.notified()));
            n.notify_waiters();
        });
    }
    n.notify_waiters();
    for task in tasks.iter_mut().chain(&mut *late.borrow_mut()) {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert!(!take_stored(n));
}

fn woken_again_only_after_they_came_again<D: Form>() {
    let n = Notify::<D>::new();
    let spy = Spy::new();
    for round in 1..=20 {
        let mut a = Task::watched(n.notified(), spy.clone());
        a.pends();
        n.notify_waiters();
        n.notify_waiters();
        assert_eq!(spy.wakes(), round);
        a.ready();
    }
}
