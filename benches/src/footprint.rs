//! What a candidate weighs: bytes in place, and what it takes from the heap.

use std::{
    pin::pin,
    task::{Context, Poll},
};

use serde::Serialize;

use crate::{allocations, candidate::Candidate, wakers::WakeCounter};

/// Enough waits that something allocated once in a while shows as a fraction.
const WAITS: u64 = 1_000;

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Footprint {
    pub semaphore_bytes: usize,
    pub future_bytes: usize,
    pub permit_bytes: usize,
    /// What the semaphore keeps on the heap once somebody has waited.
    pub heap_bytes_kept: i64,
    pub allocations_per_cancelled_wait: f64,
    pub allocations_per_granted_wait: f64,
    pub heap_bytes_per_wait: f64,
}

pub fn of<S: Candidate>() -> Footprint {
    let semaphore = S::new(1);
    let future_bytes = size_of_val(&semaphore.acquire());
    let mut holder = semaphore.try_acquire();
    assert!(holder.is_some(), "a new semaphore has its permit");
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);

    let mut cancel = |times| {
        for _ in 0..times {
            let waiting = pin!(semaphore.acquire());
            assert!(waiting.poll(&mut cx).is_pending(), "the permit is taken");
        }
    };
    let first = allocations::during(|| cancel(1));
    let cancelled = allocations::during(|| cancel(WAITS));

    let granted = allocations::during(|| {
        for _ in 0..WAITS {
            let mut waiting = pin!(semaphore.acquire());
            assert!(
                waiting.as_mut().poll(&mut cx).is_pending(),
                "the permit is taken"
            );
            drop(holder.take());
            let Poll::Ready(output) = waiting.poll(&mut cx) else {
                panic!("the permit came back");
            };
            holder = Some(S::permit(output));
        }
    });

    Footprint {
        semaphore_bytes: size_of::<S>(),
        future_bytes,
        permit_bytes: size_of::<S::Permit<'_>>(),
        heap_bytes_kept: first.live,
        allocations_per_cancelled_wait: cancelled.calls as f64 / WAITS as f64,
        allocations_per_granted_wait: granted.calls as f64 / WAITS as f64,
        heap_bytes_per_wait: cancelled.bytes as f64 / WAITS as f64,
    }
}
