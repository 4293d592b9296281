//! Wakers are user code: what they may do, and that one that panics keeps nobody from being told.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::Event;

use crate::common::{Form, On, Spy, Task, assert_at_rest, both, kept, panic_of};

forms!(
    wake_sets_and_resets,
    wake_drops_others,
    wake_polls_its_own_future,
    clone_sets_and_resets_before_the_registration,
    dropped_one_sets,
    wakes_panic_then_all_are_told,
    wake_panics_when_a_handed_one_is_dropped_then_it_is_the_next_ones,
    clone_panics_then_it_is_not_in_line,
    drop_panics_when_cancelled_or_replaced,
    every_clone_ends_on_every_path,
);

fn wake_sets_and_resets<D: Form>() {
    let e = kept(Event::<D>::manual_reset());
    let mut tasks: Vec<_> = (0..70).map(|_| Task::waiting(e.wait())).collect();
    tasks[0].spy().on(On::Wake, || {
        e.reset();
        e.set();
        e.reset();
    });
    e.set();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert_at_rest(e, false);
    // One sets the next.
    let e = kept(Event::<D>::auto_reset());
    let mut tasks: Vec<_> = (0..70).map(|_| Task::waiting(e.wait())).collect();
    for task in &tasks {
        task.spy().on(On::Wake, || e.set());
    }
    e.set();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert_at_rest(e, true);
}

fn wake_drops_others<D: Form>() {
    for e in both::<D>() {
        let e = kept(e);
        let mut a = Task::waiting(e.wait());
        let b = Rc::new(RefCell::new(Task::waiting(e.wait())));
        let mut c = Task::waiting(e.wait());
        let other = b.clone();
        a.spy().on(On::Wake, move || other.borrow_mut().cancel());
        e.set();
        e.set();
        a.ready();
        c.ready();
        assert_eq!(b.borrow().spy().alive(), 0);
        assert_at_rest(e, !e.is_auto_reset());
    }
}

fn wake_polls_its_own_future<D: Form>() {
    for e in both::<D>() {
        let e = kept(e);
        let task = Rc::new(RefCell::new(Task::waiting(e.wait())));
        let (this, spy) = (task.clone(), task.borrow().spy().clone());
        spy.on(On::Wake, move || this.borrow_mut().ready());
        e.set();
        spy.forget_hook();
        assert_eq!(task.borrow().polls(), 2);
    }
}

fn clone_sets_and_resets_before_the_registration<D: Form>() {
    let e = kept(Event::<D>::manual_reset());
    let mut front = Task::waiting(e.wait());
    let mut a = Task::new(e.wait());
    a.spy().on(On::Clone, || {
        e.set();
        e.reset();
    });
    a.ready();
    front.ready();
    assert_eq!(a.spy().alive(), 0);
    a.spy().forget_hook();
    assert_at_rest(e, false);
}

fn dropped_one_sets<D: Form>() {
    for e in both::<D>() {
        let e = kept(e);
        let mut a = Task::waiting(e.wait());
        let mut behind = Task::waiting(e.wait());
        a.spy().on(On::Drop, || e.set());
        a.cancel();
        a.spy().forget_hook();
        assert_eq!(behind.wakes(), 1);
        behind.ready();
        assert_at_rest(e, !e.is_auto_reset());
    }
}

fn wakes_panic_then_all_are_told<D: Form>() {
    let e = Event::<D>::manual_reset();
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(e.wait())).collect();
    for task in tasks.iter().step_by(7) {
        task.spy().panic_on(On::Wake);
    }
    assert!(panic_of(|| e.set()).is_some());
    e.reset();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    let e = Event::<D>::auto_reset();
    let mut a = Task::waiting(e.wait());
    a.spy().panic_on(On::Wake);
    assert!(panic_of(|| e.set()).is_some());
    a.ready();
    assert_at_rest(&e, false);
}

fn wake_panics_when_a_handed_one_is_dropped_then_it_is_the_next_ones<D: Form>() {
    let e = Event::<D>::auto_reset();
    let mut tasks = [(); 3].map(|()| Task::waiting(e.wait()));
    tasks[1].spy().panic_on(On::Wake);
    e.set();
    assert!(panic_of(|| tasks[0].cancel()).is_some());
    tasks[1].ready();
    tasks[2].pends();
    assert!(!e.is_set());
}

fn clone_panics_then_it_is_not_in_line<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::new(e.wait());
        a.spy().panic_on(On::Clone);
        assert!(panic_of(|| _ = a.poll()).is_some());
        assert_eq!((e.waiters(), a.spy().alive()), (0, 0));
        a.spy().forget_hook();
        a.pends();
        e.set();
        a.ready();
    }
}

fn drop_panics_when_cancelled_or_replaced<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::waiting(e.wait());
        let mut b = Task::waiting(e.wait());
        let new = Spy::new();
        for task in [&a, &b] {
            task.spy().panic_on(On::Drop);
        }
        assert!(panic_of(|| a.cancel()).is_some());
        assert!(panic_of(|| _ = b.poll_as(&new)).is_some());
        assert_eq!((e.waiters(), new.alive()), (1, 1));
        e.set();
        assert_eq!(new.wakes(), 1);
        assert!(b.poll_as(&new).is_ready());
        assert_at_rest(&e, !e.is_auto_reset());
    }
}

fn every_clone_ends_on_every_path<D: Form>() {
    for e in both::<D>() {
        let spy = Spy::new();
        let new = || Task::watched(e.wait(), spy.clone());
        let mut tasks = [new(), new(), new(), new()];
        for task in &mut tasks {
            task.pends();
        }
        tasks[1].cancel();
        assert_eq!(spy.alive(), 3);
        e.set();
        assert_eq!(spy.alive(), if e.is_auto_reset() { 2 } else { 0 });
        tasks[0].ready();
        drop(tasks);
        assert_eq!(spy.alive(), 0);
    }
}
