//! Waiters that give up: half of a crowd, and task after task on a runtime.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::pin,
    rc::Rc,
    task::{Context, Poll},
};

use crate::{
    candidate::{Candidate, Primitive, Semaphore},
    clock::Stopwatch,
    pinned::Pinned,
    registry::Case,
    rows::{Row, Sample, once, tasks, wake::WAITERS},
    wakers::WakeCounter,
    yield_now::yield_now,
};

const fn half(id: &'static str, size: usize) -> Row {
    let title = "every second of n waiters gives up, one call serves the others";
    Row::best(Primitive::Semaphore, id, title).of("cancel-half", size, ("n", "waiter"))
}

pub static HALF: [Row; 2] = [half("cancel-half-10", 10), half("cancel-half-1000", 1_000)];

pub static ON_RUNTIME: Row = Row::best(
    Primitive::Semaphore,
    "cancel-on-runtime",
    "one runtime, 64 tasks that wait, give up, yield, and wait again",
);

/// Only for those who serve everybody that is left: the others would be measured for what they do
/// not do.
pub fn half_cases<S: Semaphore>() -> impl Iterator<Item = Case> {
    let batches: [fn(u64) -> Sample; 2] = [half_of::<S, 10>, half_of::<S, 1_000>];
    HALF.iter()
        .zip(batches)
        .map(|(row, batch)| once(row, batch))
}

fn half_of<S: Semaphore, const N: usize>(iterations: u64) -> Sample {
    let elapsed = (0..iterations).map(|_| serve_half::<S>(N)).sum();
    Sample::new(elapsed, iterations * (WAITERS / N * N) as u64)
}

fn serve_half<S: Semaphore>(waiters: usize) -> std::time::Duration {
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphores: Vec<S> = (0..WAITERS / waiters).map(|_| S::new(0)).collect();
    let mut waiting = Pinned::new(
        semaphores
            .iter()
            .flat_map(|semaphore| (0..waiters).map(|_| Some(semaphore.acquire()))),
    );
    for future in waiting.iter_mut().filter_map(Option::as_pin_mut) {
        assert!(future.poll(&mut cx).is_pending(), "nobody is served yet");
    }

    let start = Stopwatch::start();
    for mut future in waiting.iter_mut().step_by(2) {
        future.set(None);
    }
    for semaphore in &semaphores {
        semaphore.add_permits(waiters / 2);
    }
    for mut future in waiting.iter_mut().skip(1).step_by(2) {
        let Some(Poll::Ready(output)) = future.as_mut().as_pin_mut().map(|it| it.poll(&mut cx))
        else {
            panic!("each that is left is served");
        };
        mem::forget(S::permit(output));
        future.set(None);
    }
    start.elapsed()
}

pub fn on_runtime<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = Rc::new(S::new(1));
    // Given back by nobody: the permit ends with the semaphore.
    mem::forget(semaphore.try_acquire().expect("a new semaphore"));
    tasks::in_tasks(iterations, |each| {
        let semaphore = semaphore.clone();
        async move {
            for _ in 0..each {
                {
                    let mut waiting = pin!(semaphore.acquire());
                    poll_fn(|cx| {
                        assert!(waiting.as_mut().poll(cx).is_pending(), "none is free");
                        Poll::Ready(())
                    })
                    .await;
                }
                yield_now().await;
            }
        }
    })
}
