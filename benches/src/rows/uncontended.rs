//! A permit or a lock is taken and given back, and nobody waits.

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

pub static ACQUIRE: Row = Row::best(
    Primitive::Semaphore,
    "uncontended",
    "uncontended pair: acquire polled once, permit dropped",
);

pub static TRY_ACQUIRE: Row = Row::best(
    Primitive::Semaphore,
    "try-acquire",
    "uncontended pair: try_acquire, permit dropped",
);

pub static LOCK: Row = Row::best(
    Primitive::Mutex,
    "uncontended",
    "uncontended pair: lock polled once, guard dropped",
);

pub static TRY_LOCK: Row = Row::best(
    Primitive::Mutex,
    "try-lock",
    "uncontended pair: try_lock, guard dropped",
);

pub static READ: Row = Row::best(
    Primitive::Rwlock,
    "read",
    "uncontended pair: read polled once, guard dropped",
);

pub static WRITE: Row = Row::best(
    Primitive::Rwlock,
    "write",
    "uncontended pair: write polled once, guard dropped",
);

/// More than one, as on the way to zero some designs leave their fast path.
pub const PERMITS: usize = 4;

// The semaphore's address goes through `black_box` once, so that the compiler must take it for
// known elsewhere. `black_box(())` is then a barrier for its memory, and for nothing else: the
// state has to be stored before it and loaded after it, yet no value that lives in a register is
// spilled. Without it a semaphore of plain cells would fold into nothing.

pub fn acquire<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = S::new(PERMITS);
    let semaphore = black_box(&semaphore);
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        {
            let acquiring = pin!(semaphore.acquire());
            let Poll::Ready(output) = acquiring.poll(&mut cx) else {
                panic!("a permit is free");
            };
            let permit = S::permit(output);
            black_box(());
            drop(permit);
        }
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

pub fn try_acquire<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = S::new(PERMITS);
    let semaphore = black_box(&semaphore);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        let Some(permit) = semaphore.try_acquire() else {
            panic!("a permit is free");
        };
        black_box(());
        drop(permit);
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}
