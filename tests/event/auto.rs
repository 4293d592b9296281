//! With automatic reset: one who waits, or the next who comes.

use compio_sync::generic::Event;

use crate::common::{Form, On, Spy, Task, assert_at_rest, kept};

forms!(
    each_set_releases_exactly_one_in_order,
    set_with_nobody_there_then_one_consumes_it,
    set_often_with_nobody_there_then_it_is_set_once,
    tried_then_it_is_consumed,
    tried_while_others_wait_then_they_go_first,
    handed_and_dropped_then_the_next_is_released,
    handed_and_dropped_with_nobody_else_then_it_stays_set,
    handed_and_reset_then_it_stays_handed,
    reset_takes_back_what_nobody_has_consumed,
    dropped_in_line_then_the_rest_keep_theirs,
    made_before_the_set_has_no_claim_on_it,
    clone_sets_between_the_failed_try_and_the_registration,
);

fn each_set_releases_exactly_one_in_order<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut tasks = [(); 40].map(|()| Task::waiting(e.wait()));
    for at in 0..40 {
        e.set();
        let woken = tasks.iter().filter(|task| task.wakes() > 0).count();
        assert_eq!((woken, tasks[at].wakes(), e.is_set()), (at + 1, 1, false));
        assert_eq!(e.waiters(), 39 - at);
    }
    for task in &mut tasks {
        task.ready();
    }
    e.set();
    assert_at_rest(&e, true);
}

fn set_with_nobody_there_then_one_consumes_it<D: Form>() {
    let e = Event::<D>::auto_reset();
    e.set();
    Task::new(e.wait()).ready();
    assert_at_rest(&e, false);
    Task::waiting(e.wait()).cancel();
    assert_at_rest(&e, false);
}

fn set_often_with_nobody_there_then_it_is_set_once<D: Form>() {
    let e = Event::<D>::auto_reset();
    for _ in 0..5 {
        e.set();
    }
    assert!(e.try_wait());
    assert!(!e.try_wait());
    assert_at_rest(&e, false);
}

fn tried_then_it_is_consumed<D: Form>() {
    let e = Event::<D>::auto_reset();
    for _ in 0..3 {
        assert!(!e.try_wait());
        e.set();
        assert!(e.is_set() && e.try_wait() && !e.is_set());
    }
}

fn tried_while_others_wait_then_they_go_first<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut a = Task::waiting(e.wait());
    e.set();
    assert!(!e.try_wait());
    a.ready();
    assert!(!e.try_wait());
}

fn handed_and_dropped_then_the_next_is_released<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut tasks = [(); 4].map(|()| Task::waiting(e.wait()));
    e.set();
    for at in 0..3 {
        assert_eq!((tasks[at].wakes(), tasks[at + 1].wakes()), (1, 0));
        tasks[at].cancel();
    }
    tasks[3].ready();
    assert_at_rest(&e, false);
}

fn handed_and_dropped_with_nobody_else_then_it_stays_set<D: Form>() {
    let e = Event::<D>::auto_reset();
    let a = Task::waiting(e.wait());
    e.set();
    assert!(!e.is_set());
    drop(a);
    assert_at_rest(&e, true);
    // Two become one, as two calls of `set` would.
    e.reset();
    let a = Task::waiting(e.wait());
    e.set();
    e.set();
    drop(a);
    assert!(e.try_wait() && !e.try_wait());
}

fn handed_and_reset_then_it_stays_handed<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut a = Task::waiting(e.wait());
    e.set();
    e.reset();
    a.ready();
    assert_at_rest(&e, false);
}

fn reset_takes_back_what_nobody_has_consumed<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut unpolled = Task::new(e.wait());
    e.set();
    e.reset();
    unpolled.pends();
    assert_eq!((e.is_set(), e.waiters()), (false, 1));
}

fn dropped_in_line_then_the_rest_keep_theirs<D: Form>() {
    for which in 0..3 {
        let e = Event::<D>::auto_reset();
        let mut tasks = [(); 3].map(|()| Task::waiting(e.wait()));
        tasks[which].cancel();
        assert_eq!((e.waiters(), e.is_set()), (2, false));
        e.set();
        e.set();
        for (at, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(at != which));
            if at != which {
                task.ready();
            }
        }
        assert_at_rest(&e, false);
    }
}

fn made_before_the_set_has_no_claim_on_it<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut made = Task::new(e.wait());
    e.set();
    Task::new(e.wait()).ready();
    made.pends();
}

fn clone_sets_between_the_failed_try_and_the_registration<D: Form>() {
    for others in [false, true] {
        let e = kept(Event::<D>::auto_reset());
        let mut front = others.then(|| Task::waiting(e.wait()));
        let spy = Spy::new();
        spy.on(On::Clone, || e.set());
        let mut a = Task::watched(e.wait(), spy.clone());
        assert_eq!(a.poll().is_pending(), others);
        spy.forget_hook();
        if let Some(front) = &mut front {
            front.ready();
            e.set();
            a.ready();
        }
        assert_at_rest(e, false);
    }
}
