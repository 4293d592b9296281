//! What a wait in the ring weighs: what the runtime's driver takes from the heap for an operation.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use compio::runtime::Runtime;

use super::futex::Semaphore;
use crate::{
    allocations::{self, Allocations},
    candidate::Candidate,
    footprint::{Footprint, WAITS, Waits},
    yield_now::yield_now,
};

pub fn footprint() -> Footprint {
    let mut made = None;
    let making = allocations::during(|| made = Some(Semaphore::new(1)));
    let semaphore = made.expect("it was made");
    let future_bytes = size_of_val(&semaphore.acquire());

    let runtime = Runtime::new().expect("a runtime of compio");
    let holder = semaphore.try_acquire();
    let cancel = |times| {
        let semaphore = &semaphore;
        runtime.block_on(async move {
            for _ in 0..times {
                wait_a_little(pin!(semaphore.acquire())).await;
                // The driver gets rid of it.
                yield_now().await;
            }
        });
    };
    // Whatever is made once in a while is there by then.
    cancel(WAITS);
    let cancelled = allocations::during(|| cancel(WAITS));
    let granted = allocations::during(|| {
        runtime.block_on(async {
            let mut holder = holder;
            for _ in 0..WAITS {
                let mut waiting = pin!(semaphore.acquire());
                wait_a_little(waiting.as_mut()).await;
                drop(holder.take());
                holder = Some(waiting.await);
            }
        });
    });
    Footprint {
        object_bytes: size_of::<Semaphore>(),
        future_bytes,
        guard_bytes: Some(size_of::<<Semaphore as Candidate>::Permit<'_>>()),
        waits: Some(Waits::new(
            making,
            Allocations::default(),
            cancelled,
            Some(granted),
        )),
    }
}

/// Polls once, and hands the operation to the kernel.
async fn wait_a_little(mut waiting: std::pin::Pin<&mut impl Future>) {
    poll_fn(|cx| {
        assert!(waiting.as_mut().poll(cx).is_pending(), "none is free");
        Poll::Ready(())
    })
    .await;
    yield_now().await;
}
