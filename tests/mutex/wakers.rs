//! Wakers are user code: what they may do when they are woken, cloned and dropped, and that every
//! clone of them ends.

use std::{cell::RefCell, rc::Rc, task::Poll};

use compio_sync::{
    Fairness,
    generic::{Lock, Mutex},
};

use crate::common::{Event, Form, Spy, Task, Watchdog, assert_at_rest, assert_state, fixed};

suite! {
    both:
        wake_locks_and_unlocks,
        wake_drops_one_in_line,
        wake_drops_its_own_future,
        wake_polls_its_own_future_and_unlocks_in_a_chain,
        wake_unlocks_another_mutex,
        wake_asks_and_shows,
        clone_unlocks_between_the_failed_try_and_the_registration,
        clone_locks_first,
        clone_drops_another_waiter,
        replaced_one_is_dropped_and_unlocks,
        replaced_one_is_dropped_and_drops_the_next,
        cancelled_ones_waker_is_dropped_and_drops_the_next,
        every_clone_ends_on_every_path,
        polled_in_vain_and_dropped_then_nothing_spins;
}

type Cell<T> = Rc<RefCell<T>>;
type Waiting<D> = Task<Lock<'static, D, u32>>;

fn cell<T>(value: T) -> Cell<T> {
    Rc::new(RefCell::new(value))
}

fn waiting<D: Form>(m: &'static Mutex<D, u32>) -> Cell<Waiting<D>> {
    cell(Task::waiting(m.lock()))
}

fn wake_locks_and_unlocks<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let late = cell(None);
    let put = late.clone();
    a.spy().on(Event::Wake, move || {
        assert_eq!(m.try_lock().is_some(), fairness == Fairness::Throughput);
        let mut task = Task::new(m.lock());
        match task.poll() {
            Poll::Ready(guard) => drop(guard),
            Poll::Pending => *put.borrow_mut() = Some(task),
        }
    });
    drop(held);
    assert_eq!(a.wakes(), 1, "on its way, so it is not woken again");
    a.spy().forget_hook();
    drop(a.ready());
    let late: Option<Waiting<D>> = late.take();
    assert_eq!(late.is_some(), fairness == Fairness::Strict);
    if let Some(mut late) = late {
        assert_eq!(late.wakes(), 1);
        drop(late.ready());
    }
    assert_at_rest(m);
}

fn wake_drops_one_in_line<D: Form>(fairness: Fairness) {
    for which in [0, 1, 2] {
        let m = fixed::<D>(fairness);
        let held = m.try_lock().unwrap();
        let mut a = Task::waiting(m.lock());
        let line = [(); 3].map(|()| waiting(m));
        let other = line[which].clone();
        a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
        drop(held);
        drop(a.ready());
        for (at, task) in line.iter().enumerate() {
            let mut task = task.borrow_mut();
            if at != which {
                assert_eq!(task.wakes(), 1);
                drop(task.ready());
            }
            assert_eq!(task.spy().alive(), 0);
        }
        assert_at_rest(m);
    }
}

fn wake_drops_its_own_future<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let line = [(); 3].map(|()| waiting(m));
    for task in &line[..2] {
        let this = task.clone();
        let spy = task.borrow().spy().clone();
        spy.on(Event::Wake, move || this.borrow_mut().cancel());
    }
    drop(held);
    drop(line[2].borrow_mut().ready());
    for task in &line {
        assert_eq!((task.borrow().wakes(), task.borrow().spy().alive()), (1, 0));
        task.borrow().spy().forget_hook();
    }
    assert_at_rest(m);
}

fn wake_polls_its_own_future_and_unlocks_in_a_chain<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let line: Vec<_> = (0..100).map(|_| waiting(m)).collect();
    for (at, task) in line.iter().enumerate() {
        let this = task.clone();
        let spy = task.borrow().spy().clone();
        spy.on(Event::Wake, move || {
            let mut guard = this.borrow_mut().ready();
            assert_eq!(*guard as usize, at);
            *guard += 1;
        });
    }
    drop(held);
    for task in line {
        let spy = task.borrow().spy().clone();
        spy.forget_hook();
        assert_eq!(spy.wakes(), 1);
    }
    assert_eq!(*m.try_lock().unwrap(), 100);
    assert_at_rest(m);
}

fn wake_unlocks_another_mutex<D: Form>(fairness: Fairness) {
    let (m, other) = (fixed::<D>(fairness), fixed::<D>(fairness));
    let held = m.try_lock().unwrap();
    let mut inner = other.try_lock();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(other.lock());
    a.spy().on(Event::Wake, move || drop(inner.take()));
    drop(held);
    assert_eq!((a.wakes(), b.wakes()), (1, 1));
    drop((a.ready(), b.ready()));
    assert_at_rest(m);
    assert_at_rest(other);
}

fn wake_asks_and_shows<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(m.lock());
    a.spy().on(Event::Wake, move || {
        let strict = fairness == Fairness::Strict;
        assert_state(m, strict, 2 - usize::from(strict));
        assert_eq!(format!("{m:?}").contains("<locked>"), strict);
    });
    drop(held);
    drop(a.ready());
    drop(b.ready());
    assert_eq!((a.wakes(), b.wakes()), (1, 1));
    assert_at_rest(m);
}

/// A poll that must not end in a wait that nobody ends: ready at once, or after a wake.
#[track_caller]
fn ready_or_woken<F: Future>(task: &mut Task<F>) -> F::Output {
    match task.poll() {
        Poll::Ready(output) => output,
        Poll::Pending => {
            assert_eq!(task.wakes(), 1, "pending, and nobody will wake it");
            task.ready()
        }
    }
}

fn clone_unlocks_between_the_failed_try_and_the_registration<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let mut held = m.try_lock();
    let mut task = Task::new(m.lock());
    task.spy().on(Event::Clone, move || drop(held.take()));
    drop(ready_or_woken(&mut task));
    assert_eq!(task.spy().alive(), 0);
    assert_at_rest(m);
}

fn clone_locks_first<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut task = Task::new(m.lock());
    let first = cell(None);
    let put = first.clone();
    task.spy().on(Event::Clone, move || {
        put.borrow_mut()
            .get_or_insert_with(|| Task::waiting(m.lock()));
    });
    task.pends();
    drop(held);
    let mut first: Waiting<D> = first.take().unwrap();
    assert_eq!((first.wakes(), task.wakes()), (1, 0));
    drop(first.ready());
    drop(task.ready());
    task.spy().forget_hook();
    assert_at_rest(m);
}

fn clone_drops_another_waiter<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let other = waiting(m);
    let mut task = Task::new(m.lock());
    let gone = other.clone();
    task.spy()
        .on(Event::Clone, move || gone.borrow_mut().cancel());
    drop(held);
    drop(ready_or_woken(&mut task));
    // Under `Throughput` it passed the other one, and nothing was cloned.
    let mut other = other.borrow_mut();
    assert_eq!((other.wakes(), other.spy().alive()), (1, 0));
    other.cancel();
    assert_at_rest(m);
}

fn replaced_one_is_dropped_and_unlocks<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let mut held = m.try_lock();
    let mut task = Task::waiting(m.lock());
    let new = Spy::new();
    task.spy().on(Event::Drop, move || drop(held.take()));
    match task.poll_as(&new) {
        Poll::Ready(guard) => drop(guard),
        Poll::Pending => {
            assert_eq!((task.wakes(), new.wakes()), (0, 1));
            task.spy().forget_hook();
            drop(task.ready());
        }
    }
    assert_at_rest(m);
}

fn replaced_one_is_dropped_and_drops_the_next<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut task = Task::waiting(m.lock());
    let next = waiting(m);
    let gone = next.clone();
    task.spy()
        .on(Event::Drop, move || gone.borrow_mut().cancel());
    assert!(task.poll_as(&Spy::new()).is_pending());
    assert_state(m, true, 1);
    drop(held);
    task.spy().forget_hook();
    drop(task.ready());
    assert_at_rest(m);
}

fn cancelled_ones_waker_is_dropped_and_drops_the_next<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut task = Task::waiting(m.lock());
    let next = waiting(m);
    let mut last = Task::waiting(m.lock());
    let gone = next.clone();
    task.spy()
        .on(Event::Drop, move || gone.borrow_mut().cancel());
    task.cancel();
    assert_state(m, true, 1);
    drop(held);
    drop(last.ready());
    assert_at_rest(m);
}

fn every_clone_ends_on_every_path<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let spy = Spy::new();
    let new = || Task::watched(m.lock(), spy.clone());
    let alive = |n| assert_eq!(spy.alive(), n);
    drop(new().ready());
    alive(0);
    // Woken and taken, woken and dropped, cancelled alone and among others.
    for taken in [true, false] {
        let held = m.try_lock().unwrap();
        let mut tasks = [new(), new(), new(), new()];
        for task in &mut tasks {
            task.pends();
        }
        alive(4);
        tasks[1].cancel();
        alive(3);
        drop(held);
        alive(2);
        if taken {
            drop(tasks[0].ready());
        }
        tasks[0].cancel();
        alive(1);
        tasks[2].cancel();
        drop(tasks);
        alive(0);
    }
    // Replaced, and replaced by itself.
    let held = m.try_lock().unwrap();
    let mut task = new();
    let other = Spy::new();
    task.pends();
    task.pends();
    alive(1);
    assert!(task.poll_as(&other).is_pending());
    alive(0);
    assert_eq!(other.alive(), 1);
    drop((task, held));
    assert_eq!(other.alive(), 0);
    assert_at_rest(m);
}

fn polled_in_vain_and_dropped_then_nothing_spins<D: Form>(fairness: Fairness) {
    let _watchdog = Watchdog::start();
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut tasks = [(); 5].map(|()| Task::waiting(m.lock()));
    for _ in 0..1000 {
        for task in &mut tasks {
            task.pends();
        }
    }
    let mut wakes = 0;
    for task in tasks.iter_mut().rev() {
        task.cancel();
        wakes += task.wakes();
    }
    assert_eq!(wakes, 0);
    drop(held);
    assert_at_rest(m);
}
