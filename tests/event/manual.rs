//! With manual reset: all who wait, and who come, until it is reset.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::Event;

use crate::common::{Form, On, Task, assert_at_rest, fewer, kept};

forms!(
    set_then_all_are_woken_once_and_newcomers_need_not_wait,
    set_again_while_set_then_nobody_is_woken_again,
    set_and_reset_in_a_row_then_all_from_before_are_released,
    set_when_the_wait_was_made_and_reset_before_its_poll_then_ready,
    reset_then_newcomers_wait_and_the_released_stay_so,
    set_and_reset_often_then_each_wait_sees_its_own,
    tried_then_it_stays_set,
    dropped_at_every_stage_then_nothing_is_owed,
    a_hundred_thousand_are_woken_once_each,
    wakers_reset_and_come_again_meanwhile_then_they_wait,
    the_wakes_are_many_and_the_step_is_one,
);

fn set_then_all_are_woken_once_and_newcomers_need_not_wait<D: Form>() {
    let e = Event::<D>::new();
    let mut tasks = [(); 100].map(|()| Task::waiting(e.wait()));
    e.set();
    Task::new(e.wait()).ready();
    for task in &mut tasks {
        assert_eq!((task.wakes(), task.spy().alive()), (1, 0));
        task.ready();
    }
    assert_at_rest(&e, true);
}

fn set_again_while_set_then_nobody_is_woken_again<D: Form>() {
    let e = Event::<D>::new();
    let mut a = Task::waiting(e.wait());
    for _ in 0..5 {
        e.set();
    }
    assert_eq!(a.wakes(), 1);
    a.ready();
    e.reset();
    assert_at_rest(&e, false);
}

fn set_and_reset_in_a_row_then_all_from_before_are_released<D: Form>() {
    let e = D::pointer(Event::<D>::new());
    for _ in 0..3 {
        let mut tasks = [(); 50].map(|()| Task::waiting(e.wait()));
        let mut unpolled = Task::new(e.wait());
        let mut owned = Task::new(D::wait_owned(&e));
        e.set();
        e.reset();
        let mut late = Task::waiting(e.wait());
        for task in &mut tasks {
            assert_eq!(task.wakes(), 1);
            task.ready();
        }
        unpolled.ready();
        owned.ready();
        late.pends();
        assert_eq!((late.wakes(), e.waiters(), e.is_set()), (0, 1, false));
    }
}

fn set_when_the_wait_was_made_and_reset_before_its_poll_then_ready<D: Form>() {
    let e = D::pointer(Event::<D>::new());
    e.set();
    let mut unpolled = Task::new(e.wait());
    let mut owned = Task::new(D::wait_owned(&e));
    e.reset();
    unpolled.ready();
    owned.ready();
    assert_at_rest(&e, false);
}

fn reset_then_newcomers_wait_and_the_released_stay_so<D: Form>() {
    let e = Event::<D>::new();
    let mut before = Task::waiting(e.wait());
    e.set();
    e.reset();
    let mut after = Task::waiting(e.wait());
    before.ready();
    after.pends();
    e.set();
    after.ready();
    e.reset();
    e.reset();
    Task::waiting(e.wait()).cancel();
    assert_at_rest(&e, false);
}

fn set_and_reset_often_then_each_wait_sees_its_own<D: Form>() {
    let e = Event::<D>::new();
    let mut unpolled = Task::new(e.wait());
    for _ in 0..1000 {
        let mut a = Task::waiting(e.wait());
        e.set();
        assert!(e.is_set());
        e.reset();
        assert_eq!(a.wakes(), 1);
        a.ready();
        Task::waiting(e.wait()).cancel();
    }
    unpolled.ready();
}

fn tried_then_it_stays_set<D: Form>() {
    let e = Event::<D>::new();
    assert!(!e.try_wait());
    e.set();
    assert!(e.try_wait() && e.try_wait() && e.is_set());
    e.reset();
    assert!(!e.try_wait());
}

fn dropped_at_every_stage_then_nothing_is_owed<D: Form>() {
    let e = Event::<D>::new();
    let mut tasks = [(); 5].map(|()| Task::waiting(e.wait()));
    tasks[1].cancel();
    assert_eq!((tasks[1].spy().alive(), e.waiters()), (0, 4));
    let unpolled = Task::new(e.wait());
    e.set();
    e.reset();
    drop((tasks, unpolled));
    assert_at_rest(&e, false);
    Task::waiting(e.wait()).cancel();
}

fn a_hundred_thousand_are_woken_once_each<D: Form>() {
    let e = Event::<D>::new();
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(e.wait()))
        .collect();
    e.set();
    e.reset();
    let mut after = Task::waiting(e.wait());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    after.pends();
}

fn wakers_reset_and_come_again_meanwhile_then_they_wait<D: Form>() {
    let e = kept(Event::<D>::new());
    let mut tasks: Vec<_> = (0..200).map(|_| Task::waiting(e.wait())).collect();
    let late = Rc::new(RefCell::new(Vec::new()));
    for task in &tasks {
        let come = late.clone();
        task.spy().on(On::Wake, move || {
            e.reset();
            come.borrow_mut().push(Task::waiting(e.wait()));
        });
    }
    e.set();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    let mut late = late.borrow_mut();
    assert_eq!((late.len(), e.waiters(), e.is_set()), (200, 200, false));
    for task in &mut *late {
        assert_eq!(task.wakes(), 0);
        task.pends();
    }
    e.set();
    for task in &mut *late {
        task.ready();
    }
}

/// Those who have not been woken yet are ready all the same.
fn the_wakes_are_many_and_the_step_is_one<D: Form>() {
    for first in [0, 31, 32, 99] {
        let e = kept(Event::<D>::new());
        let tasks = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..100 {
            tasks.borrow_mut().push(Task::waiting(e.wait()));
        }
        let spy = tasks.borrow()[first].spy().clone();
        let all = tasks.clone();
        spy.on(On::Wake, move || {
            e.reset();
            for task in &mut *all.borrow_mut() {
                task.ready();
            }
        });
        e.set();
        assert_eq!(spy.wakes(), 1);
        spy.forget_hook();
        assert_at_rest(e, false);
    }
}
