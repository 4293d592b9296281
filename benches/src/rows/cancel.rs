//! Somebody queues and gives up.

use std::{hint::black_box, pin::pin, task::Context};

use super::{Row, Sample};
use crate::{
    candidate::{Candidate, Primitive},
    clock::Stopwatch,
    wakers::WakeCounter,
};

pub static ROW: Row = Row::best(
    Primitive::Semaphore,
    "cancel",
    "wait, then cancel: acquire polled once (pending), dropped",
);

pub static MUTEX: Row = Row::best(
    Primitive::Mutex,
    "cancel",
    "wait, then cancel: lock polled once (pending), dropped",
);

pub fn batch<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = S::new(1);
    let semaphore = black_box(&semaphore);
    let holder = semaphore
        .try_acquire()
        .expect("a new semaphore has its permit");
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        {
            let waiting = pin!(semaphore.acquire());
            if waiting.poll(&mut cx).is_ready() {
                panic!("the permit is taken");
            }
            black_box(());
        }
        black_box(());
    }
    let elapsed = start.elapsed();
    drop(holder);
    Sample::new(elapsed, iterations)
}
