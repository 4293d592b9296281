//! Wakers are user code: what they may do when they are woken, cloned and dropped, and that every
//! clone of them ends.

use std::{cell::RefCell, rc::Rc};

use compio_sync::Fairness;

use crate::common::{Event, Form, Pair, Spy, Task, Waiting};

suite! {
    both:
        wake_notifies_the_next_in_a_chain,
        wake_drops_the_next_in_line,
        wake_drops_its_own_wait,
        wake_polls_its_own_wait_and_unlocks,
        wake_waits_anew,
        unlock_of_a_wait_wakes_one_that_drops_the_wait_behind,
        clone_notifies_before_the_registration_then_that_is_lost,
        replaced_one_is_dropped_and_notifies,
        every_clone_ends_on_every_path;
}

type Cell<T> = Rc<RefCell<T>>;

fn cell<T>(value: T) -> Cell<T> {
    Rc::new(RefCell::new(value))
}

fn wake_notifies_the_next_in_a_chain<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut line: Vec<_> = (0..40).map(|_| p.waiting()).collect();
    for wait in &line {
        wait.spy().on(Event::Wake, move || p.c.notify_one());
    }
    p.c.notify_one();
    for wait in &mut line {
        wait.spy().forget_hook();
        assert_eq!(wait.wakes(), 1);
        drop(wait.ready());
    }
    p.assert_at_rest();
}

fn wake_drops_the_next_in_line<D: Form>(fairness: Fairness) {
    for all in [false, true] {
        let p = Pair::<D>::new(fairness);
        let mut a = p.waiting();
        let b = cell(p.waiting());
        let mut c = p.waiting();
        let other = b.clone();
        a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
        if all {
            p.c.notify_all();
        } else {
            p.c.notify_one();
            assert_eq!(c.wakes(), 0);
            p.c.notify_one();
        }
        assert_eq!((a.wakes(), c.wakes(), b.borrow().spy().alive()), (1, 1, 0));
        drop(a.ready());
        drop(c.ready());
        p.assert_at_rest();
    }
}

fn wake_drops_its_own_wait<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let line = [(); 3].map(|()| cell(p.waiting()));
    for wait in &line[..2] {
        let this = wait.clone();
        let spy = wait.borrow().spy().clone();
        spy.on(Event::Wake, move || this.borrow_mut().cancel());
    }
    p.c.notify_one();
    for wait in &line {
        let wait = wait.borrow();
        assert_eq!((wait.wakes(), wait.spy().alive()), (1, 0));
        wait.spy().forget_hook();
    }
    drop(line[2].borrow_mut().ready());
    p.assert_at_rest();
}

fn wake_polls_its_own_wait_and_unlocks<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let line: Vec<_> = (0..50).map(|_| cell(p.waiting())).collect();
    for wait in &line {
        let this = wait.clone();
        let spy = wait.borrow().spy().clone();
        spy.on(Event::Wake, move || *this.borrow_mut().ready() += 1);
    }
    p.c.notify_all();
    for wait in &line {
        wait.borrow().spy().forget_hook();
    }
    assert_eq!(*p.lock(), 50);
    p.assert_at_rest();
}

fn wake_waits_anew<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut a = p.waiting();
    let late: Cell<Option<Waiting<D>>> = cell(None);
    let put = late.clone();
    a.spy().on(Event::Wake, move || {
        *put.borrow_mut() = Some(p.waiting());
    });
    p.c.notify_all();
    let mut late = late.take().unwrap();
    assert_eq!(late.wakes(), 0, "it came after the notification");
    a.spy().forget_hook();
    drop(a.ready());
    p.c.notify_one();
    drop(late.ready());
    p.assert_at_rest();
}

fn unlock_of_a_wait_wakes_one_that_drops_the_wait_behind<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let front = cell(p.waiting());
    let mut wait = p.wait(p.lock());
    let mut next = Task::waiting(p.m.lock());
    let gone = front.clone();
    next.spy()
        .on(Event::Wake, move || gone.borrow_mut().cancel());
    wait.pends();
    p.assert_waiters(1, usize::from(fairness == Fairness::Throughput));
    next.spy().forget_hook();
    drop(next.ready());
    p.c.notify_one();
    drop(wait.ready());
    p.assert_at_rest();
}

fn clone_notifies_before_the_registration_then_that_is_lost<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.wait(p.lock());
    wait.spy().on(Event::Clone, move || p.c.notify_one());
    wait.pends();
    assert_eq!(wait.wakes(), 0);
    wait.spy().forget_hook();
    p.assert_waiters(1, 0);
    p.c.notify_one();
    drop(wait.ready());
    p.assert_at_rest();
}

fn replaced_one_is_dropped_and_notifies<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.waiting();
    let new = Spy::new();
    wait.spy().on(Event::Drop, move || p.c.notify_one());
    match wait.poll_as(&new) {
        std::task::Poll::Ready(guard) => drop(guard),
        std::task::Poll::Pending => {
            assert_eq!((wait.wakes(), new.wakes()), (0, 1));
            wait.spy().forget_hook();
            drop(wait.ready());
        }
    }
    p.assert_at_rest();
}

fn every_clone_ends_on_every_path<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let spy = Spy::new();
    let waiting = || {
        let mut wait = Task::watched(p.c.wait(p.lock()), spy.clone());
        wait.pends();
        wait
    };
    let alive = |n| assert_eq!(spy.alive(), n);
    // Dropped in line, notified, locking again, with the mutex; by one and by all.
    for all in [false, true] {
        for stage in 0..5 {
            let mut wait = waiting();
            alive(1);
            let held = p.lock();
            if stage > 0 {
                if all {
                    p.c.notify_all();
                } else {
                    p.c.notify_one();
                }
                alive(0);
            }
            if stage > 1 {
                wait.pends();
                alive(1);
            }
            if stage > 2 {
                drop(held);
                alive(0);
            }
            if stage > 3 {
                drop(wait.ready());
            }
            drop(wait);
            alive(0);
        }
    }
    p.assert_at_rest();
}
