//! Wakers are user code: what they may do when they are woken, cloned and dropped.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::{Notified, Notify};

use crate::common::{Event, Form, Spy, Task, assert_at_rest, kept, take_stored};

forms!(
    wake_drops_the_next_of_its_batch,
    wake_drops_one_in_line,
    wake_drops_its_own_future,
    wake_polls_its_own_future,
    wakes_notify_the_next_in_a_chain,
    wake_notifies_all,
    wake_notifies_the_last,
    clone_notifies_between_the_failed_try_and_the_registration,
    clone_notifies_all_before_the_registration,
    clone_drops_another_waiter,
    clone_at_a_later_poll_notifies_it,
    replaced_one_is_dropped_and_notifies,
    replaced_one_is_dropped_and_drops_the_next,
    cancelled_ones_waker_is_dropped_and_drops_the_next,
    cancelled_ones_waker_is_dropped_and_notifies,
    every_clone_ends_on_every_path,
);

type Held<D> = Rc<RefCell<Task<Notified<'static, D>>>>;

fn held<D: Form>(n: &'static Notify<D>) -> Held<D> {
    Rc::new(RefCell::new(Task::waiting(n.notified())))
}

fn wake_drops_the_next_of_its_batch<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut a = Task::waiting(n.notified());
    let b = held(n);
    let mut c = Task::waiting(n.notified());
    let other = b.clone();
    a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
    n.notify_waiters();
    assert_eq!((a.wakes(), c.wakes()), (1, 1));
    assert_eq!(b.borrow().spy().alive(), 0);
    a.ready();
    c.ready();
    assert_at_rest(n, false);
}

fn wake_drops_one_in_line<D: Form>() {
    for which in 0..3 {
        let n = kept(Notify::<D>::new());
        let mut a = Task::waiting(n.notified());
        let line = [(); 3].map(|()| held(n));
        let other = line[which].clone();
        a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
        n.notify_one();
        a.ready();
        for (at, task) in line.iter().enumerate() {
            if at != which {
                n.notify_one();
                task.borrow_mut().ready();
            }
            assert_eq!(task.borrow().spy().alive(), 0);
        }
        assert_at_rest(n, false);
    }
}

fn wake_drops_its_own_future<D: Form>() {
    let n = kept(Notify::<D>::new());
    let line = [(); 3].map(|()| held(n));
    for task in &line[..2] {
        let this = task.clone();
        let spy = task.borrow().spy().clone();
        spy.on(Event::Wake, move || this.borrow_mut().cancel());
    }
    n.notify_one();
    line[2].borrow_mut().ready();
    for task in &line {
        assert_eq!((task.borrow().wakes(), task.borrow().spy().alive()), (1, 0));
        task.borrow().spy().forget_hook();
    }
    assert_at_rest(n, false);
}

fn wake_polls_its_own_future<D: Form>() {
    let n = kept(Notify::<D>::new());
    for by in [
        Notify::notify_one,
        Notify::notify_last,
        Notify::notify_waiters,
    ] {
        let task = held(n);
        let (this, spy) = (task.clone(), task.borrow().spy().clone());
        spy.on(Event::Wake, move || this.borrow_mut().ready());
        by(n);
        spy.forget_hook();
        assert_eq!(task.borrow().polls(), 2);
        assert_at_rest(n, false);
    }
}

fn wakes_notify_the_next_in_a_chain<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut tasks: Vec<_> = (0..50).map(|_| Task::waiting(n.notified())).collect();
    for task in &tasks {
        task.spy().on(Event::Wake, || n.notify_one());
    }
    n.notify_one();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert_at_rest(n, true);
}

fn wake_notifies_all<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut tasks: Vec<_> = (0..50).map(|_| Task::waiting(n.notified())).collect();
    tasks[0].spy().on(Event::Wake, || n.notify_waiters());
    n.notify_one();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.ready();
    }
    assert_at_rest(n, false);
}

fn wake_notifies_the_last<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut tasks: Vec<_> = (0..5).map(|_| Task::waiting(n.notified())).collect();
    tasks[0].spy().on(Event::Wake, || n.notify_last());
    n.notify_one();
    let wakes: Vec<_> = tasks.iter().map(Task::wakes).collect();
    assert_eq!(wakes, [1, 0, 0, 0, 1]);
    tasks[4].ready();
    tasks[0].ready();
    drop(tasks);
    assert_at_rest(n, false);
}

fn clone_notifies_between_the_failed_try_and_the_registration<D: Form>() {
    for by in [Notify::notify_one, Notify::notify_last] {
        for others in [false, true] {
            let n = kept(Notify::<D>::new());
            let mut front = others.then(|| Task::waiting(n.notified()));
            let mut a = Task::new(n.notified());
            a.spy().on(Event::Clone, move || by(n));
            let poll = a.poll();
            assert_eq!(poll.is_pending(), others);
            a.spy().forget_hook();
            if let Some(front) = &mut front {
                front.ready();
                by(n);
                assert_eq!(a.wakes(), 1);
                a.ready();
            }
            assert_at_rest(n, false);
        }
    }
}

fn clone_notifies_all_before_the_registration<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut front = Task::waiting(n.notified());
    let mut a = Task::new(n.notified());
    a.spy().on(Event::Clone, || n.notify_waiters());
    a.ready();
    front.ready();
    assert_eq!((a.spy().alive(), n.waiters()), (0, 0));
    a.spy().forget_hook();
    assert_at_rest(n, false);
}

fn clone_drops_another_waiter<D: Form>() {
    let n = kept(Notify::<D>::new());
    let front = held(n);
    let mut a = Task::new(n.notified());
    let other = front.clone();
    a.spy()
        .on(Event::Clone, move || other.borrow_mut().cancel());
    a.pends();
    assert_eq!(n.waiters(), 1);
    n.notify_one();
    a.ready();
    assert_at_rest(n, false);
}

fn clone_at_a_later_poll_notifies_it<D: Form>() {
    for by in [Notify::notify_one, Notify::notify_waiters] {
        let n = kept(Notify::<D>::new());
        let mut a = Task::waiting(n.notified());
        let other = Spy::new();
        other.on(Event::Clone, move || by(n));
        assert!(a.poll_as(&other).is_ready());
        assert_eq!((a.wakes(), a.spy().alive()), (1, 0));
        assert_eq!((other.wakes(), other.alive()), (0, 0));
        assert_at_rest(n, false);
    }
}

fn replaced_one_is_dropped_and_notifies<D: Form>() {
    for by in [Notify::notify_one, Notify::notify_waiters] {
        let n = kept(Notify::<D>::new());
        let mut a = Task::waiting(n.notified());
        a.spy().on(Event::Drop, move || by(n));
        let other = Spy::new();
        let poll = a.poll_as(&other);
        // It may have come just before or just after the look.
        if poll.is_pending() {
            assert_eq!(other.wakes(), 1);
            assert!(a.poll_as(&other).is_ready());
        }
        a.spy().forget_hook();
        assert_at_rest(n, false);
    }
}

fn replaced_one_is_dropped_and_drops_the_next<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut a = Task::waiting(n.notified());
    let next = held(n);
    let other = next.clone();
    a.spy().on(Event::Drop, move || other.borrow_mut().cancel());
    assert!(a.poll_as(&Spy::new()).is_pending());
    assert_eq!(n.waiters(), 1);
    n.notify_one();
    assert!(a.poll_as(&Spy::new()).is_ready());
    assert_at_rest(n, false);
}

fn cancelled_ones_waker_is_dropped_and_drops_the_next<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut line = [(); 3].map(|()| Task::waiting(n.notified()));
    let next = held(n);
    let other = next.clone();
    line[1]
        .spy()
        .on(Event::Drop, move || other.borrow_mut().cancel());
    line[1].cancel();
    assert_eq!(n.waiters(), 2);
    n.notify_waiters();
    line[0].ready();
    line[2].ready();
    assert_at_rest(n, false);
}

fn cancelled_ones_waker_is_dropped_and_notifies<D: Form>() {
    for others in [false, true] {
        let n = kept(Notify::<D>::new());
        let mut a = Task::waiting(n.notified());
        let mut behind = others.then(|| Task::waiting(n.notified()));
        a.spy().on(Event::Drop, || n.notify_one());
        a.cancel();
        a.spy().forget_hook();
        if let Some(behind) = &mut behind {
            assert_eq!(behind.wakes(), 1);
            behind.ready();
        }
        assert_at_rest(n, !others);
    }
}

fn every_clone_ends_on_every_path<D: Form>() {
    let n = Notify::<D>::new();
    let spy = Spy::new();
    let new = || Task::watched(n.notified(), spy.clone());
    let alive = |count| assert_eq!(spy.alive(), count);
    n.notify_one();
    new().ready();
    alive(0);
    for taken in [true, false] {
        let mut tasks = [new(), new(), new(), new(), new()];
        for task in &mut tasks {
            task.pends();
        }
        alive(5);
        tasks[1].cancel();
        alive(4);
        n.notify_one();
        alive(3);
        if taken {
            tasks[0].ready();
        }
        tasks[0].cancel();
        alive(if taken { 3 } else { 2 });
        n.notify_last();
        alive(if taken { 2 } else { 1 });
        n.notify_waiters();
        alive(0);
        drop(tasks);
        alive(0);
        while take_stored(&n) {}
    }
    let mut enabled = new();
    assert!(!enabled.future().enable());
    alive(0);
    enabled.pends();
    alive(1);
    enabled.cancel();
    alive(0);
    assert_at_rest(&n, false);
}
