//! What these tests share: tasks that wait and count their polls, and two runtimes that release
//! each other's.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
    thread,
};

use compio::runtime::{JoinHandle, Runtime, spawn};
use compio_sync::Semaphore;

#[allow(unused_imports)] // Not every platform has all of these tests.
pub use crate::tools::{
    DOORBELLS, Event, Seed, Spy, Watchdog, alone, fewer, is_quick, on_a_runtime, panic_of,
    release_soon, runtime, seeds, spin_until, turn, until, warm_up,
};

/// More than any batch, parcel or inbox has room for.
pub const MANY: usize = 200;

/// Waits to the end. Gives how often it was polled, and what came of it.
pub async fn counted<F: Future>(wait: F, waker: impl FnOnce(&Waker)) -> (usize, F::Output) {
    let mut wait = pin!(wait);
    let mut polls = 0;
    let mut waker = Some(waker);
    let output = poll_fn(|cx| {
        if let Some(look) = waker.take() {
            look(cx.waker());
        }
        polls += 1;
        wait.as_mut().poll(cx)
    })
    .await;
    (polls, output)
}

/// Tasks of this runtime that take a permit each, for good, and give their polls.
pub async fn in_line(s: &Arc<Semaphore>, n: usize) -> Vec<JoinHandle<usize>> {
    let behind = s.waiters() + n;
    let tasks = (0..n)
        .map(|_| {
            let wait = s.clone().acquire_owned();
            spawn(async move {
                let (polls, permit) = counted(wait, |_| ()).await;
                permit.forget();
                polls
            })
        })
        .collect();
    while s.waiters() < behind {
        turn().await;
    }
    tasks
}

/// Each was polled to get in line, and when it was woken.
pub async fn were_polled_twice(tasks: Vec<JoinHandle<usize>>) {
    for task in tasks {
        assert_eq!(task.await.unwrap(), 2);
    }
}

/// Two runtimes release `n` tasks of each other at the same moment, `rounds` times. In between each
/// does `between`, with its number and that of the round.
pub fn storm(
    runtime: impl Fn() -> Runtime + Sync,
    n: usize,
    rounds: usize,
    between: impl AsyncFn(usize, usize) + Sync,
) {
    let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let (start, done) = (Barrier::new(2), AtomicUsize::new(0));
    thread::scope(|scope| {
        for this in 0..2 {
            let (own, other) = (gates[this].clone(), gates[1 - this].clone());
            let (start, done, runtime, between) = (&start, &done, &runtime, &between);
            scope.spawn(move || {
                runtime().block_on(async {
                    for round in 0..rounds {
                        between(this, round).await;
                        let tasks = in_line(&own, n).await;
                        start.wait();
                        other.add_permits(n);
                        were_polled_twice(tasks).await;
                        done.fetch_add(n, Ordering::SeqCst);
                    }
                });
            });
        }
    });
    assert_eq!(done.into_inner(), 2 * n * rounds);
    for gate in gates {
        assert_eq!((gate.waiters(), gate.available_permits()), (0, 0));
    }
}
