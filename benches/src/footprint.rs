//! What a candidate weighs: bytes in place, and what it takes from the heap.

use std::{
    pin::pin,
    task::{Context, Poll},
};

use serde::Serialize;

use crate::{
    allocations::{self, Allocations},
    candidate::{Candidate, OnceCell},
    rows::wake::Awaited,
    wakers::WakeCounter,
};

/// Enough waits that something allocated once in a while shows as a fraction.
pub(crate) const WAITS: u64 = 1_000;

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Footprint {
    pub object_bytes: usize,
    pub future_bytes: usize,
    /// A permit, or the guard of a lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard_bytes: Option<usize>,
    #[serde(flatten)]
    pub waits: Option<Waits>,
}

/// What is taken from the heap.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Waits {
    /// What the object keeps on the heap once somebody has waited.
    pub heap_bytes_kept: i64,
    pub allocations_per_cancelled_wait: f64,
    /// Absent where an object can be waited for once only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocations_per_granted_wait: Option<f64>,
    pub heap_bytes_per_wait: f64,
}

impl Waits {
    pub(crate) fn new(
        made: Allocations,
        first: Allocations,
        cancelled: Allocations,
        granted: Option<Allocations>,
    ) -> Self {
        Self {
            heap_bytes_kept: made.live + first.live,
            allocations_per_cancelled_wait: cancelled.calls as f64 / WAITS as f64,
            allocations_per_granted_wait: granted.map(|it| it.calls as f64 / WAITS as f64),
            heap_bytes_per_wait: cancelled.bytes as f64 / WAITS as f64,
        }
    }
}

/// Something that is taken and given back.
pub fn of<S: Candidate>() -> Footprint {
    let (semaphore, made) = making(|| S::new(1));
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
        object_bytes: size_of::<S>(),
        future_bytes,
        guard_bytes: Some(size_of::<S::Permit<'_>>()),
        waits: Some(Waits::new(made, first, cancelled, Some(granted))),
    }
}

/// Something that can be waited for again and again.
pub fn of_notify<A: Awaited>() -> Footprint {
    of_awaited::<A>(|object, cx| {
        allocations::during(|| {
            for _ in 0..WAITS {
                let mut waiting = pin!(object.wait());
                assert!(waiting.as_mut().poll(cx).is_pending(), "nobody is served");
                object.serve(1);
                assert!(waiting.poll(cx).is_ready(), "the one who waits is served");
            }
        })
        .into()
    })
}

/// Something that is waited for once.
pub fn of_token<A: Awaited>() -> Footprint {
    of_awaited::<A>(|_, _| None)
}

fn of_awaited<A: Awaited>(granted: fn(&A, &mut Context) -> Option<Allocations>) -> Footprint {
    let (object, made) = making(A::new);
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let mut cancel = |times| {
        for _ in 0..times {
            let waiting = pin!(object.wait());
            assert!(waiting.poll(&mut cx).is_pending(), "nobody is served");
        }
    };
    let first = allocations::during(|| cancel(1));
    let cancelled = allocations::during(|| cancel(WAITS));
    let granted = granted(&object, &mut cx);
    Footprint {
        object_bytes: size_of::<A>(),
        future_bytes: size_of_val(&object.wait()),
        guard_bytes: None,
        waits: Some(Waits::new(made, first, cancelled, granted)),
    }
}

/// A cell of 8 bytes. Who waits for it is not measured.
pub fn of_once_cell<C: OnceCell>() -> Footprint {
    Footprint {
        object_bytes: size_of::<C>(),
        future_bytes: size_of_val(&C::new().get_or_init()),
        guard_bytes: None,
        waits: None,
    }
}

fn making<T>(make: impl FnOnce() -> T) -> (T, Allocations) {
    let mut made = None;
    let allocations = allocations::during(|| made = Some(make()));
    (made.expect("it was made"), allocations)
}
