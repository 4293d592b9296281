//! Each candidate is tried before it is measured: one that does not do the work would win every
//! row.

use std::{
    cell::Cell,
    mem,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    candidate::{
        Candidate, Notify, NotifyAll, NotifyOne, OnceCell, Parent, RwLock, Semaphore, Token,
        Writing,
    },
    pinned::Pinned,
    rows::{mix, tasks, two_runtimes},
    wakers::WakeCounter,
    yield_now::yield_now,
};

pub fn semaphore<S: Semaphore>() {
    mutex::<S>();
    wakes_reach_all_but::<S>(|_| false);
}

pub fn shared_semaphore<S: Semaphore + Send + Sync>() {
    semaphore::<S>();
    limits_tasks_of_two_runtimes::<S>();
}

pub fn mutex<M: Candidate>() {
    takes_and_gives_back::<M>();
    cancelled_wait_leaves_nothing::<M>();
    hands_over::<M>();
    limits_tasks::<M>();
}

pub fn shared_mutex<M: Candidate + Send + Sync>() {
    mutex::<M>();
    limits_tasks_of_two_runtimes::<M>();
}

pub fn rwlock<L: RwLock>() {
    mutex::<Writing<L>>();
    readers_share_and_exclude_writers::<L>();
    assert_eq!(mix::in_tasks::<L>(640).operations, 640);
}

pub fn shared_rwlock<L: RwLock + Send + Sync>() {
    rwlock::<L>();
    limits_tasks_of_two_runtimes::<Writing<L>>();
    let mix = mix::on_two_runtimes::<L>(Duration::from_millis(2));
    assert!(mix.operations > 0, "{}: tasks get on", L::INFO.name);
}

pub(crate) fn takes_and_gives_back<S: Candidate>() {
    let name = S::INFO.name;
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphore = S::new(1);
    for _ in 0..3 {
        let Poll::Ready(output) = pin!(semaphore.acquire()).poll(&mut cx) else {
            panic!("{name}: a free permit is there at the first poll");
        };
        let permit = S::permit(output);
        assert!(
            semaphore.try_acquire().is_none(),
            "{name}: the only permit is taken"
        );
        drop(permit);
        assert!(
            semaphore.try_acquire().is_some(),
            "{name}: a dropped permit comes back"
        );
    }
}

fn cancelled_wait_leaves_nothing<S: Candidate>() {
    let name = S::INFO.name;
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphore = S::new(1);
    let holder = semaphore.try_acquire();
    assert!(holder.is_some(), "{name}: a new semaphore has its permit");
    for _ in 0..3 {
        let waiting = pin!(semaphore.acquire());
        assert!(
            waiting.poll(&mut cx).is_pending(),
            "{name}: no permit, no grant"
        );
    }
    drop(holder);
    assert_eq!(counter.wakes(), 0, "{name}: nobody is left to be woken");
    assert_eq!(
        Arc::strong_count(&counter),
        2,
        "{name}: no waker is left behind"
    );
    assert!(
        semaphore.try_acquire().is_some(),
        "{name}: no permit is lost"
    );
}

pub(crate) fn hands_over<S: Candidate>() {
    let name = S::INFO.name;
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphore = S::new(1);
    let holder = semaphore.try_acquire();
    let mut waiting = pin!(semaphore.acquire());
    assert!(
        waiting.as_mut().poll(&mut cx).is_pending(),
        "{name}: no permit, no grant"
    );
    drop(holder);
    assert_eq!(counter.wakes(), 1, "{name}: the one who waits is woken");
    let Poll::Ready(output) = waiting.poll(&mut cx) else {
        panic!("{name}: the permit goes to the one who waits");
    };
    let permit = S::permit(output);
    assert!(
        semaphore.try_acquire().is_none(),
        "{name}: the permit is held"
    );
    drop(permit);
    assert!(
        semaphore.try_acquire().is_some(),
        "{name}: a dropped permit comes back"
    );
}

/// The rows poll in order of arrival. A runtime polls whom a wake has reached, so that must do,
/// also when some of the waiters give up.
pub(crate) fn wakes_reach_all_but<S: Semaphore>(gives_up: fn(usize) -> bool) {
    const WAITERS: usize = 1_000;
    let name = S::INFO.name;
    let semaphore = S::new(0);
    let wakers: Vec<_> = (0..WAITERS).map(|_| WakeCounter::new()).collect();
    let mut futures = Pinned::new((0..WAITERS).map(|_| Some(semaphore.acquire())));
    let waiting = futures.iter_mut().filter_map(Option::as_pin_mut);
    for (future, (_, waker)) in waiting.zip(&wakers) {
        let poll = future.poll(&mut Context::from_waker(waker));
        assert!(poll.is_pending(), "{name}: no permit, no grant");
    }
    // How many wakes each has acted on; none once it has its permit, or wants it no more.
    let mut seen = vec![Some(0); WAITERS];
    for (index, mut future) in futures.iter_mut().enumerate() {
        if gives_up(index) {
            future.set(None);
            seen[index] = None;
        }
    }
    let rest = seen.iter().flatten().count();

    semaphore.add_permits(rest);
    let mut polled = true;
    while polled {
        polled = false;
        for ((future, (counter, waker)), seen) in futures.iter_mut().zip(&wakers).zip(&mut seen) {
            let wakes = counter.wakes();
            if seen.is_none_or(|seen| seen == wakes) {
                continue;
            }
            *seen = Some(wakes);
            polled = true;
            let pending = future.as_pin_mut().expect("it waits");
            if let Poll::Ready(output) = pending.poll(&mut Context::from_waker(waker)) {
                mem::forget(S::permit(output));
                *seen = None;
            }
        }
    }
    let asleep = seen.iter().flatten().count();
    assert_eq!(
        asleep, 0,
        "{name}: wakes alone get every waiter its permit, {rest} of them"
    );
}

fn readers_share_and_exclude_writers<L: RwLock>() {
    let name = L::INFO.name;
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let lock = L::new();
    let Poll::Ready(first) = pin!(lock.read()).poll(&mut cx) else {
        panic!("{name}: a free lock can be read at the first poll");
    };
    let Poll::Ready(second) = pin!(lock.read()).poll(&mut cx) else {
        panic!("{name}: a second reader joins the first");
    };
    assert!(
        lock.try_write().is_none(),
        "{name}: readers keep writers out"
    );
    drop(first);
    assert!(lock.try_write().is_none(), "{name}: one reader does so too");
    drop(second);
    let writer = lock.try_write();
    assert!(writer.is_some(), "{name}: the last reader has left");
    assert!(
        lock.try_read().is_none(),
        "{name}: a writer keeps readers out"
    );
    drop(writer);
    assert!(lock.try_read().is_some(), "{name}: the writer has left");
}

pub fn notify_one<N: NotifyOne>() {
    let notify = N::new();
    serves_in_steps(&notify, |served| {
        notify.notify_one();
        served + 1
    });
    serves_in_steps(&notify, |served| {
        notify.notify_one();
        notify.notify_one();
        served + 2
    });
}

pub fn notify_all<N: NotifyAll>() {
    let notify = N::new();
    serves_in_steps(&notify, |_| {
        notify.notify_all();
        WAITERS
    });
}

/// Waiters of a notify under test, beyond what an implementation may wake in one go.
const WAITERS: usize = 100;

/// Each `step` is told how many were served before, serves more, and tells how many are now. They
/// have to be the first in line, and nobody else.
fn serves_in_steps<N: Notify>(notify: &N, step: impl Fn(usize) -> usize) {
    let name = N::INFO.name;
    let wakers: Vec<_> = (0..WAITERS).map(|_| WakeCounter::new()).collect();
    let mut waiting = Pinned::new((0..WAITERS).map(|_| Some(notify.wait())));
    for (mut future, (_, waker)) in waiting.iter_mut().zip(&wakers) {
        let future = future.as_mut().as_pin_mut().expect("nobody was served");
        let poll = future.poll(&mut Context::from_waker(waker));
        assert!(poll.is_pending(), "{name}: nobody was notified");
    }
    let mut served = 0;
    while served < WAITERS {
        served = step(served);
        for (index, (mut future, (counter, waker))) in waiting.iter_mut().zip(&wakers).enumerate() {
            let first = index < served;
            assert_eq!(
                counter.wakes(),
                u64::from(first),
                "{name}: {served} of {index}"
            );
            let Some(pending) = future.as_mut().as_pin_mut() else {
                continue;
            };
            let poll = pending.poll(&mut Context::from_waker(waker));
            assert_eq!(poll.is_ready(), first, "{name}: {served} of {index}");
            if first {
                future.set(None);
            }
        }
    }
    let (counter, waker) = WakeCounter::new();
    {
        let given_up = pin!(notify.wait());
        let _ = given_up.poll(&mut Context::from_waker(&waker));
    }
    assert_eq!(
        Arc::strong_count(&counter),
        2,
        "{name}: no waker is left behind"
    );
}

pub fn once_cell<C: OnceCell>() {
    let name = C::INFO.name;
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let cell = C::new();
    assert_eq!(cell.get(), None, "{name}: a new cell is empty");
    for _ in 0..2 {
        let Poll::Ready(value) = pin!(cell.get_or_init()).poll(&mut cx) else {
            panic!("{name}: the value is there at the first poll");
        };
        assert_eq!(*value, 7, "{name}");
        assert_eq!(cell.get(), Some(&7), "{name}: the value stays");
    }
}

pub fn token<T: Token>() {
    let name = T::INFO.name;
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let token = T::new();
    {
        let mut one = pin!(token.cancelled());
        let mut two = pin!(token.cancelled());
        let mut given_up = Box::pin(token.cancelled());
        assert!(
            one.as_mut().poll(&mut cx).is_pending(),
            "{name}: a new token"
        );
        assert!(
            two.as_mut().poll(&mut cx).is_pending(),
            "{name}: a new token"
        );
        assert!(
            given_up.as_mut().poll(&mut cx).is_pending(),
            "{name}: a new token"
        );
        drop(given_up);
        assert!(!token.is_cancelled(), "{name}: a new token");
        token.cancel();
        assert!(token.is_cancelled(), "{name}: it was cancelled");
        assert_eq!(counter.wakes(), 2, "{name}: those who wait are woken");
        assert!(one.poll(&mut cx).is_ready(), "{name}: it was cancelled");
        assert!(two.poll(&mut cx).is_ready(), "{name}: it was cancelled");
    }
    assert_eq!(
        Arc::strong_count(&counter),
        2,
        "{name}: no waker is left behind"
    );
}

pub fn parent<T: Parent>() {
    token::<T>();
    let name = T::INFO.name;
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let root = T::new();
    let child = root.child();
    child.cancel();
    assert!(child.is_cancelled(), "{name}: the child was cancelled");
    assert!(!root.is_cancelled(), "{name}: its parent was not");
    let other = root.child();
    let grandchild = other.child();
    let mut waiting = pin!(grandchild.cancelled());
    assert!(
        waiting.as_mut().poll(&mut cx).is_pending(),
        "{name}: a new token"
    );
    root.cancel();
    assert!(other.is_cancelled(), "{name}: with its parent");
    assert_eq!(counter.wakes(), 1, "{name}: who waits below is woken");
    assert!(waiting.poll(&mut cx).is_ready(), "{name}: with its parents");
}

pub(crate) fn limits_tasks<S: Candidate>() {
    let name = S::INFO.name;
    let semaphore = Rc::new(S::new(tasks::PERMITS));
    let inside = Rc::new(Cell::new(0));
    let most = Rc::new(Cell::new(0));
    tasks::in_tasks(640, |each| {
        let (semaphore, inside, most) = (semaphore.clone(), inside.clone(), most.clone());
        async move {
            for _ in 0..each {
                let permit = S::permit(semaphore.acquire().await);
                inside.set(inside.get() + 1);
                most.set(most.get().max(inside.get()));
                yield_now().await;
                inside.set(inside.get() - 1);
                drop(permit);
            }
        }
    });
    assert_eq!(
        most.get(),
        tasks::PERMITS.min(S::HOLDERS),
        "{name}: as many tasks inside as permits"
    );
}

pub(crate) fn limits_tasks_of_two_runtimes<S: Candidate + Send + Sync>() {
    let name = S::INFO.name;
    let semaphore = Arc::new(S::new(two_runtimes::PERMITS));
    let inside = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    two_runtimes::on_two_runtimes(Duration::from_millis(2), |stop| {
        let (semaphore, inside, most) = (semaphore.clone(), inside.clone(), most.clone());
        async move {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                let permit = S::permit(semaphore.acquire().await);
                let now = inside.fetch_add(1, Ordering::Relaxed) + 1;
                most.fetch_max(now, Ordering::Relaxed);
                yield_now().await;
                inside.fetch_sub(1, Ordering::Relaxed);
                drop(permit);
                done += 1;
            }
            done
        }
    });
    let most = most.load(Ordering::Relaxed);
    let permits = two_runtimes::PERMITS.min(S::HOLDERS);
    assert!(
        (1..=permits).contains(&most),
        "{name}: {most} tasks inside, with {permits} permits"
    );
}
