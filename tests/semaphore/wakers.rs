//! Wakers are user code: what they may do when they are woken, cloned and dropped, and that every
//! clone of them ends.

use std::{cell::RefCell, rc::Rc};

use compio_sync::{
    Fairness,
    generic::{Acquire, Semaphore},
};

use crate::common::{
    Event, Form, Spy, Task, Watchdog, assert_at_rest, assert_numbers, fixed, run_woken,
};

suite! {
    both:
        wake_drops_the_next_of_its_batch,
        wake_drops_one_in_line,
        wake_drops_its_own_future,
        wake_polls_its_own_future,
        wakes_poll_their_own_futures_in_a_chain,
        wake_releases,
        wake_closes,
        wake_adds_permits,
        wake_acquires,
        wake_asks_and_resizes,
        clone_releases_between_the_failed_try_and_the_registration,
        clone_closes_before_the_registration,
        clone_drops_another_waiter,
        clone_acquires_first,
        replaced_one_is_dropped_and_releases,
        replaced_one_is_dropped_and_closes,
        replaced_one_is_dropped_and_drops_the_next,
        replacing_one_is_cloned_and_drops_the_next,
        cancelled_ones_waker_is_dropped_and_drops_the_next,
        every_clone_ends_on_every_path,
        polled_in_vain_and_dropped_then_nothing_spins;
}

type Shared<T> = Rc<RefCell<T>>;
type Waiting<D> = Task<Acquire<'static, D>>;

fn shared<T>(value: T) -> Shared<T> {
    Rc::new(RefCell::new(value))
}

fn waiting<D: Form>(s: &'static Semaphore<D>) -> Shared<Waiting<D>> {
    shared(Task::waiting(s.acquire()))
}

fn wake_drops_the_next_of_its_batch<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(0, fairness);
    let (mut a, b, mut c) = (
        Task::waiting(s.acquire()),
        waiting(s),
        Task::waiting(s.acquire()),
    );
    let other = b.clone();
    a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
    s.add_permits(2);
    assert_eq!((a.wakes(), c.wakes()), (1, 1));
    assert_eq!(b.borrow().spy().alive(), 0);
    assert_numbers(
        s,
        usize::from(fairness == Fairness::Throughput),
        2,
        2 - usize::from(fairness == Fairness::Throughput),
        usize::from(fairness == Fairness::Throughput),
    );
    drop((a.ready(), c.ready()));
    assert_at_rest(s, 2);
}

fn wake_drops_one_in_line<D: Form>(fairness: Fairness) {
    for which in [0, 1, 2] {
        let s = fixed::<D>(1, fairness);
        let held = s.try_acquire().unwrap();
        let mut a = Task::waiting(s.acquire());
        let line = [(); 3].map(|()| waiting(s));
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
        assert_at_rest(s, 1);
    }
}

fn wake_drops_its_own_future<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let line = [(); 3].map(|()| waiting(s));
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
    assert_at_rest(s, 1);
}

fn wake_polls_its_own_future<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let task = waiting(s);
    let got = shared(None);
    let (this, put) = (task.clone(), got.clone());
    let spy = task.borrow().spy().clone();
    spy.on(Event::Wake, move || {
        *put.borrow_mut() = Some(this.borrow_mut().ready());
    });
    drop(held);
    assert_numbers(s, 0, 1, 1, 0);
    assert!(got.take().is_some());
    spy.forget_hook();
    assert_at_rest(s, 1);
}

fn wakes_poll_their_own_futures_in_a_chain<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let line: Vec<_> = (0..100).map(|_| waiting(s)).collect();
    let order = shared(Vec::new());
    for (at, task) in line.iter().enumerate() {
        let (this, order) = (task.clone(), order.clone());
        let spy = task.borrow().spy().clone();
        spy.on(Event::Wake, move || {
            let permit = this.borrow_mut().ready();
            order.borrow_mut().push(at);
            drop(permit);
        });
    }
    drop(held);
    assert_eq!(*order.borrow(), (0..100).collect::<Vec<_>>());
    for task in line {
        let spy = task.borrow().spy().clone();
        spy.forget_hook();
        assert_eq!(spy.wakes(), 1);
    }
    assert_at_rest(s, 1);
}

fn wake_releases<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(2, fairness);
    let (one, two) = (s.try_acquire().unwrap(), s.try_acquire().unwrap());
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    let mut two = Some(two);
    tasks[0].spy().on(Event::Wake, move || drop(two.take()));
    drop(one);
    let permits = run_woken(&mut tasks);
    assert_eq!(permits.len(), 2);
    assert_eq!(tasks[2].wakes(), 0);
    drop(permits);
    assert_eq!(run_woken(&mut tasks).len(), 1);
    assert_at_rest(s, 2);
}

fn wake_closes<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..50)
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    tasks[0].spy().on(Event::Wake, || s.close());
    drop(held);
    // Handed over is granted; woken to compete is not.
    let results = run_woken(&mut tasks);
    assert_eq!(results.len(), 50);
    for (at, result) in results {
        assert_eq!(result.is_ok(), at == 0 && fairness == Fairness::Strict);
        assert_eq!(tasks[at].wakes(), 1);
    }
    assert_at_rest(s, 1);
}

fn wake_adds_permits<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..50).map(|_| Task::waiting(s.acquire())).collect();
    tasks[0].spy().on(Event::Wake, || s.add_permits(49));
    drop(held);
    let permits = run_woken(&mut tasks);
    assert_eq!(permits.len(), 50);
    assert_numbers(s, 0, 50, 50, 0);
    drop(permits);
    assert_at_rest(s, 50);
}

fn wake_acquires<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let mut b = Task::waiting(s.acquire());
    let late = shared(None);
    let put = late.clone();
    a.spy().on(Event::Wake, move || {
        assert_eq!(s.try_acquire().is_some(), fairness == Fairness::Throughput);
        let mut task = Task::new(s.acquire_many(2));
        task.pends();
        *put.borrow_mut() = Some(task);
    });
    drop(held);
    assert_eq!(
        s.waiters(),
        2 + usize::from(fairness == Fairness::Throughput)
    );
    drop(a.ready());
    drop(b.ready());
    let mut late = late.take().unwrap();
    assert_eq!(late.wakes(), 0);
    s.add_permits(1);
    drop(late.ready());
    assert_at_rest(s, 2);
}

fn wake_asks_and_resizes<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let mut b = Task::waiting(s.acquire());
    a.spy().on(Event::Wake, || {
        assert!(s.waiters() >= 1);
        s.resize(5);
        assert_eq!(s.reduce_permits(3), 3);
        s.forget_permits(1);
    });
    drop(held);
    drop((a.ready(), b.wakes() > 0 && b.poll().is_ready()));
    s.resize(1);
    b.cancel();
    assert_at_rest(s, 1);
}

/// A poll that must not end in a wait that nobody ends: ready at once, or after a wake.
#[track_caller]
fn ready_or_woken<F: Future>(task: &mut Task<F>) -> F::Output {
    match task.poll() {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => {
            assert_eq!(task.wakes(), 1, "pending, and nobody will wake it");
            task.ready()
        }
    }
}

fn clone_releases_between_the_failed_try_and_the_registration<D: Form>(fairness: Fairness) {
    for n in [1, 2] {
        let s = fixed::<D>(n, fairness);
        let mut held = s.try_acquire_many(n);
        let mut task = Task::new(s.acquire_many(n));
        task.spy().on(Event::Clone, move || drop(held.take()));
        drop(ready_or_woken(&mut task));
        assert_eq!(task.spy().alive(), 0);
        assert_at_rest(s, n);
    }
}

fn clone_closes_before_the_registration<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(0, fairness);
    let mut task = Task::new(s.acquire_or_closed());
    task.spy().on(Event::Clone, || s.close());
    assert!(task.ready().is_err());
    assert_eq!(task.spy().alive(), 0);
    assert_at_rest(s, 0);
}

fn clone_drops_another_waiter<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(2, fairness);
    let held = s.try_acquire().unwrap();
    let large = shared(Task::waiting(s.acquire_many(2)));
    let mut task = Task::new(s.acquire_many(1 + usize::from(fairness == Fairness::Throughput)));
    let other = large.clone();
    task.spy()
        .on(Event::Clone, move || other.borrow_mut().cancel());
    if fairness == Fairness::Strict {
        drop(ready_or_woken(&mut task));
        drop(held);
    } else {
        task.pends();
        drop(held);
        assert_eq!(task.wakes(), 1);
        drop(task.ready());
    }
    assert_at_rest(s, 2);
}

fn clone_acquires_first<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let first = shared(Task::new(s.acquire()));
    let mut second = Task::new(s.acquire());
    let other = first.clone();
    second
        .spy()
        .on(Event::Clone, move || other.borrow_mut().pends());
    second.pends();
    second.spy().forget_hook();
    drop(held);
    assert_eq!((first.borrow().wakes(), second.wakes()), (1, 0));
    drop(first.borrow_mut().ready());
    drop(second.ready());
    assert_at_rest(s, 1);
}

fn replaced_one_is_dropped_and_releases<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let mut held = s.try_acquire();
    let mut task = Task::new(s.acquire());
    let (old, new) = (Spy::new(), Spy::new());
    assert!(task.poll_as(&old).is_pending());
    old.on(Event::Drop, move || drop(held.take()));
    let ready = task.poll_as(&new).is_ready();
    assert!(ready || new.wakes() == 1 && task.poll_as(&new).is_ready());
    assert_eq!((old.alive(), old.wakes(), new.alive()), (0, 0, 0));
    drop(task);
    assert_at_rest(s, 1);
}

fn replaced_one_is_dropped_and_closes<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(0, fairness);
    let mut task = Task::new(s.acquire_or_closed());
    let (old, new) = (Spy::new(), Spy::new());
    assert!(task.poll_as(&old).is_pending());
    old.on(Event::Drop, || s.close());
    let ready = task.poll_as(&new).is_ready();
    assert!(ready || new.wakes() == 1 && task.poll_as(&new).is_ready());
    assert_eq!((old.alive(), new.alive()), (0, 0));
}

/// Leaving the line needs the list, which the one who replaces has just had.
fn replaced_one_is_dropped_and_drops_the_next<D: Form>(fairness: Fairness) {
    let _watchdog = Watchdog::start();
    let (old, new) = (Spy::new(), Spy::new());
    drops_the_next_when::<D>(fairness, &old, Event::Drop, &old, &new);
}

fn replacing_one_is_cloned_and_drops_the_next<D: Form>(fairness: Fairness) {
    let _watchdog = Watchdog::start();
    let (old, new) = (Spy::new(), Spy::new());
    drops_the_next_when::<D>(fairness, &new, Event::Clone, &old, &new);
}

fn drops_the_next_when<D: Form>(
    fairness: Fairness,
    whose: &Spy,
    event: Event,
    old: &Spy,
    new: &Spy,
) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::new(s.acquire());
    assert!(front.poll_as(old).is_pending());
    let (next, mut last) = (waiting(s), Task::waiting(s.acquire()));
    let other = next.clone();
    whose.on(event, move || {
        assert!(s.waiters() >= 2);
        other.borrow_mut().cancel();
    });
    assert!(front.poll_as(new).is_pending());
    assert_eq!((s.waiters(), old.alive(), new.alive()), (2, 0, 1));
    assert_eq!(next.borrow().spy().alive(), 0);
    whose.forget_hook();
    drop(held);
    assert_eq!((old.wakes(), new.wakes(), last.wakes()), (0, 1, 0));
    front.cancel();
    drop(last.ready());
    assert_at_rest(s, 1);
}

fn cancelled_ones_waker_is_dropped_and_drops_the_next<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let line: Vec<_> = (0..10).map(|_| waiting(s)).collect();
    for pair in line.windows(2) {
        let next = pair[1].clone();
        let spy = pair[0].borrow().spy().clone();
        spy.on(Event::Drop, move || next.borrow_mut().cancel());
    }
    let mut last = Task::waiting(s.acquire());
    line[0].borrow_mut().cancel();
    assert_eq!(s.waiters(), 1);
    for task in &line {
        assert_eq!((task.borrow().spy().alive(), task.borrow().wakes()), (0, 0));
    }
    drop(held);
    drop(last.ready());
    assert_at_rest(s, 1);
}

fn every_clone_ends_on_every_path<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let spy = Spy::new();
    let alive = |n: usize| assert_eq!(spy.alive(), n);
    let new = || Task::watched(s.acquire_or_closed(), spy.clone());
    // At once.
    drop(new().ready());
    alive(0);
    // Granted and taken, granted and dropped, cancelled alone and among others.
    for taken in [true, false] {
        let held = s.try_acquire().unwrap();
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
    let held = s.try_acquire().unwrap();
    let mut task = new();
    for other in [Spy::new(), Spy::new()] {
        task.pends();
        task.pends();
        alive(1);
        assert!(task.poll_as(&other).is_pending());
        alive(0);
        assert_eq!(other.alive(), 1);
        task.pends();
        assert_eq!(other.alive(), 0);
    }
    alive(1);
    // Closed, and polled or not.
    let mut unpolled = new();
    unpolled.pends();
    s.close();
    alive(0);
    assert!(task.ready().is_err());
    drop((task, unpolled, held));
    alive(0);
    assert!(new().ready().is_err());
    alive(0);
    assert_at_rest(s, 1);
}

fn polled_in_vain_and_dropped_then_nothing_spins<D: Form>(fairness: Fairness) {
    let s = fixed::<D>(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    let mut others = [(); 5].map(|()| Task::waiting(s.acquire()));
    for _ in 0..1000 {
        front.pends();
        for task in &mut others {
            task.pends();
        }
    }
    let mut wakes = 0;
    for task in &mut others {
        task.cancel();
        wakes += task.wakes();
    }
    front.cancel();
    assert_eq!(wakes + front.wakes(), 0);
    drop(held);
    assert_at_rest(s, 1);
}
