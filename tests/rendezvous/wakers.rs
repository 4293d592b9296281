//! Wakers are user code: what they may do, and that one that panics keeps nobody from being told.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::{Barrier, Latch, WaitGroup};

use crate::common::{Event, Form, Spy, Task, kept, panic_of};

forms!(
    wake_arrives_in_the_next_round,
    wake_drops_others_of_its_round,
    wake_drops_one_of_the_next_round,
    clone_completes_the_round,
    wake_of_a_round_panics_then_all_are_told,
    clone_panics_when_it_arrives_then_the_arrival_is_withdrawn,
    wake_of_a_latch_drops_and_comes_again,
    clone_opens_the_latch,
    wakes_of_a_latch_panic_then_all_are_told,
    wake_of_a_group_adds_and_waits_again,
    clone_is_done,
    wakes_of_a_group_panic_then_all_are_told,
    drop_panics_when_cancelled_then_it_has_left,
);

fn wake_arrives_in_the_next_round<D: Form>() {
    let b = kept(Barrier::<D>::new(2));
    let next = Rc::new(RefCell::new(None));
    let mut a = Task::waiting(b.wait());
    let come = next.clone();
    a.spy().on(Event::Wake, move || {
        *come.borrow_mut() = Some(Box::pin(b.wait()));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let poll = come.borrow_mut().as_mut().unwrap().as_mut().poll(&mut cx);
        assert!(poll.is_pending());
    });
    assert!(Task::new(b.wait()).ready().is_leader());
    assert!(!a.ready().is_leader());
    assert_eq!(b.arrived(), 1);
    *next.borrow_mut() = None;
    assert_eq!(b.arrived(), 0);
}

fn wake_drops_others_of_its_round<D: Form>() {
    let b = kept(Barrier::<D>::new(100));
    let tasks = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..99 {
        tasks.borrow_mut().push(Task::waiting(b.wait()));
    }
    let spy = tasks.borrow()[10].spy().clone();
    let others = tasks.clone();
    // Told of already, about to be, and in another batch.
    spy.on(Event::Wake, move || {
        for at in [5, 10, 11, 31, 32, 60, 98] {
            others.borrow_mut()[at].cancel();
        }
    });
    assert!(Task::new(b.wait()).ready().is_leader());
    spy.forget_hook();
    assert_eq!(b.arrived(), 0);
    for (at, task) in tasks.borrow_mut().iter_mut().enumerate() {
        if ![5, 10, 11, 31, 32, 60, 98].contains(&at) {
            assert_eq!(task.wakes(), 1);
            assert!(!task.ready().is_leader());
        }
        assert_eq!(task.spy().alive(), 0);
    }
}

fn wake_drops_one_of_the_next_round<D: Form>() {
    let b = kept(Barrier::<D>::new(3));
    let mut tasks = [(); 2].map(|()| Task::waiting(b.wait()));
    tasks[0].spy().on(Event::Wake, move || {
        let mut next = Task::waiting(b.wait());
        assert_eq!(b.arrived(), 1);
        next.cancel();
        assert_eq!(b.arrived(), 0);
    });
    assert!(Task::new(b.wait()).ready().is_leader());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
}

/// After it has arrived, and before it is in line.
fn clone_completes_the_round<D: Form>() {
    let b = kept(Barrier::<D>::new(2));
    let mut a = Task::new(b.wait());
    a.spy().on(Event::Clone, || {
        assert!(Task::new(b.wait()).ready().is_leader())
    });
    assert!(!a.ready().is_leader());
    assert_eq!(b.arrived(), 0);
}

fn wake_of_a_round_panics_then_all_are_told<D: Form>() {
    let b = Barrier::<D>::new(100);
    let mut tasks: Vec<_> = (0..99).map(|_| Task::waiting(b.wait())).collect();
    for task in tasks.iter().step_by(7) {
        task.spy().panic_on(Event::Wake);
    }
    let mut last = Task::new(b.wait());
    assert!(panic_of(|| _ = last.poll()).is_some());
    assert_eq!(b.arrived(), 0);
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(!task.ready().is_leader());
    }
}

fn clone_panics_when_it_arrives_then_the_arrival_is_withdrawn<D: Form>() {
    let b = Barrier::<D>::new(2);
    let mut a = Task::new(b.wait());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| _ = a.poll()).is_some());
    assert_eq!((b.arrived(), a.spy().alive()), (0, 0));
}

fn wake_of_a_latch_drops_and_comes_again<D: Form>() {
    let l = kept(Latch::<D>::new(1));
    let mut a = Task::waiting(l.wait());
    let b = Rc::new(RefCell::new(Task::waiting(l.wait())));
    let mut c = Task::waiting(l.wait());
    let other = b.clone();
    a.spy().on(Event::Wake, move || {
        other.borrow_mut().cancel();
        Task::new(l.wait()).ready();
        assert!(l.try_wait() && panic_of(|| l.count_down()).is_some());
    });
    l.count_down();
    assert_eq!((a.wakes(), c.wakes()), (1, 1));
    a.ready();
    c.ready();
}

fn clone_opens_the_latch<D: Form>() {
    let l = kept(Latch::<D>::new(1));
    let mut a = Task::new(l.wait());
    a.spy().on(Event::Clone, || l.count_down());
    a.ready();
    assert_eq!((l.waiters(), a.spy().alive()), (0, 0));
}

fn wakes_of_a_latch_panic_then_all_are_told<D: Form>() {
    let l = Latch::<D>::new(1);
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(l.wait())).collect();
    for task in tasks.iter().step_by(7) {
        task.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| l.count_down()).is_some());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert!(l.try_wait());
}

fn wake_of_a_group_adds_and_waits_again<D: Form>() {
    let g = kept(WaitGroup::<D>::new());
    g.add(1);
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(g.wait())).collect();
    let late = Rc::new(RefCell::new(Vec::new()));
    let come = late.clone();
    tasks[3].spy().on(Event::Wake, move || {
        g.add(1);
        come.borrow_mut().push(Task::waiting(g.wait()));
    });
    g.done();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    let mut late = late.borrow_mut();
    late[0].pends();
    assert_eq!((g.count(), g.waiters()), (1, 1));
    g.done();
    assert_eq!(late[0].wakes(), 1);
    late[0].ready();
}

fn clone_is_done<D: Form>() {
    let g = kept(WaitGroup::<D>::new());
    g.add(1);
    let mut a = Task::new(g.wait());
    a.spy().on(Event::Clone, || {
        g.done();
        g.add(1);
    });
    a.ready();
    assert_eq!((g.count(), g.waiters(), a.spy().alive()), (1, 0, 0));
}

fn wakes_of_a_group_panic_then_all_are_told<D: Form>() {
    let g = WaitGroup::<D>::new();
    let guard = g.enter();
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(g.wait())).collect();
    for task in tasks.iter().step_by(7) {
        task.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| drop(guard)).is_some());
    assert_eq!(g.count(), 0);
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>() {
    let b = Barrier::<D>::new(3);
    let other = Task::waiting(b.wait());
    let mut a = Task::waiting(b.wait());
    a.spy().panic_on(Event::Drop);
    assert!(panic_of(|| a.cancel()).is_some());
    assert_eq!(b.arrived(), 1);
    drop(other);
    assert_eq!(b.arrived(), 0);
    let g = WaitGroup::<D>::new();
    g.add(1);
    let mut a = Task::waiting(g.wait());
    let new = Spy::new();
    a.spy().panic_on(Event::Drop);
    assert!(panic_of(|| _ = a.poll_as(&new)).is_some());
    g.done();
    assert_eq!(new.wakes(), 1);
    a.spy().forget_hook();
    a.ready();
}
