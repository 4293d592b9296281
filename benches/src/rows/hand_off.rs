//! Somebody queues, the holder leaves, and the one who queued is the next holder.

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll},
};

use super::{Row, Sample};
use crate::{
    candidate::{Candidate, Primitive},
    clock::Stopwatch,
    wakers::WakeCounter,
};

pub static ROW: Row = Row::best(
    Primitive::Semaphore,
    "hand-off",
    "wait, then hand-off: acquire pending, holder drops its permit, acquire ready",
);

pub static MUTEX: Row = Row::best(
    Primitive::Mutex,
    "hand-off",
    "wait, then hand-off: lock pending, holder drops its guard, lock ready",
);

pub fn batch<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = S::new(1);
    let semaphore = black_box(&semaphore);
    let mut holder = semaphore
        .try_acquire()
        .expect("a new semaphore has its permit");
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        {
            let mut waiting = pin!(semaphore.acquire());
            if waiting.as_mut().poll(&mut cx).is_ready() {
                panic!("the permit is taken");
            }
            black_box(());
            drop(holder);
            black_box(());
            let Poll::Ready(output) = waiting.poll(&mut cx) else {
                panic!("the permit came back");
            };
            holder = S::permit(output);
        }
        black_box(());
    }
    let elapsed = start.elapsed();
    drop(holder);
    Sample::new(elapsed, iterations)
}
