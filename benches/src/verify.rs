//! Each candidate is tried before it is measured: a semaphore that does not do the work would win
//! every row.

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
    candidate::Candidate,
    pinned::Pinned,
    rows::{tasks, two_runtimes},
    wakers::WakeCounter,
    yield_now::yield_now,
};

pub fn local<S: Candidate>() {
    takes_and_gives_back::<S>();
    cancelled_wait_leaves_nothing::<S>();
    hands_over::<S>();
    wakes_reach_everybody::<S>();
    limits_tasks::<S>();
}

pub fn shared<S: Candidate + Send + Sync>() {
    local::<S>();
    limits_tasks_of_two_runtimes::<S>();
}

fn takes_and_gives_back<S: Candidate>() {
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

fn hands_over<S: Candidate>() {
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

/// The rows poll in order of arrival. A runtime polls whom a wake has reached, so that must do.
fn wakes_reach_everybody<S: Candidate>() {
    const WAITERS: usize = 1_000;
    let name = S::INFO.name;
    let semaphore = S::new(0);
    let wakers: Vec<_> = (0..WAITERS).map(|_| WakeCounter::new()).collect();
    let mut futures = Pinned::new((0..WAITERS).map(|_| semaphore.acquire()));
    for (future, (_, waker)) in futures.iter_mut().zip(&wakers) {
        let poll = future.poll(&mut Context::from_waker(waker));
        assert!(poll.is_pending(), "{name}: no permit, no grant");
    }

    semaphore.add_permits(WAITERS);
    // How many wakes each has acted on; none once it has its permit.
    let mut seen = vec![Some(0); WAITERS];
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
            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(waker)) {
                mem::forget(S::permit(output));
                *seen = None;
            }
        }
    }
    let granted = seen.iter().filter(|seen| seen.is_none()).count();
    assert_eq!(
        granted, WAITERS,
        "{name}: wakes alone get every waiter its permit"
    );
}

fn limits_tasks<S: Candidate>() {
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
        tasks::PERMITS,
        "{name}: as many tasks inside as permits"
    );
}

fn limits_tasks_of_two_runtimes<S: Candidate + Send + Sync>() {
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
    assert!(
        (1..=two_runtimes::PERMITS).contains(&most),
        "{name}: {most} tasks inside, with {} permits",
        two_runtimes::PERMITS
    );
}
