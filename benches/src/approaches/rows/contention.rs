//! Tasks of one runtime, or of two, share permits: nearly enough, some, few, or one.

use std::{
    rc::Rc,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::{
    candidate::{Candidate, Primitive},
    registry::Case,
    rows::{Row, Sample, once, tasks, two_runtimes, two_threads},
    yield_now::yield_now,
};

pub const UNITS: (&str, &str) = ("permits", "operation");

const fn one(id: &'static str, permits: usize) -> Row {
    let title = "one runtime, 64 tasks, each permit held over one yield";
    Row::best(Primitive::Semaphore, id, title).of("one-runtime", permits, UNITS)
}

const fn two(id: &'static str, permits: usize) -> Row {
    let title = "two runtimes, 16 tasks each, each permit held over one yield";
    Row::median(Primitive::Semaphore, id, title).of("two-runtimes", permits, UNITS)
}

pub static ONE_RUNTIME: [Row; 4] = [
    one("one-runtime-48", 48),
    one("one-runtime-16", 16),
    one("one-runtime-4", 4),
    one("one-runtime-1", 1),
];

/// Half as many of all as on one runtime: for the reason, see [`two_runtimes`].
pub static TWO_RUNTIMES: [Row; 4] = [
    two("two-runtimes-24", 24),
    two("two-runtimes-8", 8),
    two("two-runtimes-2", 2),
    two("two-runtimes-1", 1),
];

pub fn cases<S: Candidate + Send + Sync>() -> impl Iterator<Item = Case> {
    let of_one: [fn(u64) -> Sample; 4] = [
        on_one::<S, 48>,
        on_one::<S, 16>,
        on_one::<S, 4>,
        on_one::<S, 1>,
    ];
    let of_two: [fn(Duration) -> Sample; 4] = [
        on_two::<S, 24>,
        on_two::<S, 8>,
        on_two::<S, 2>,
        on_two::<S, 1>,
    ];
    let one = ONE_RUNTIME.iter().zip(of_one);
    let two = TWO_RUNTIMES.iter().zip(of_two);
    one.map(|(row, batch)| once(row, batch))
        .chain(two.map(|(row, batch)| two_threads(row, batch)))
}

fn on_one<S: Candidate, const PERMITS: usize>(iterations: u64) -> Sample {
    let semaphore = Rc::new(S::new(PERMITS));
    tasks::in_tasks(iterations, |each| {
        let semaphore = semaphore.clone();
        async move {
            for _ in 0..each {
                let permit = S::permit(semaphore.acquire().await);
                yield_now().await;
                drop(permit);
            }
        }
    })
}

fn on_two<S: Candidate + Send + Sync, const PERMITS: usize>(span: Duration) -> Sample {
    let semaphore = Arc::new(S::new(PERMITS));
    two_runtimes::on_two_runtimes(span, |stop| {
        let semaphore = semaphore.clone();
        async move {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                let permit = S::permit(semaphore.acquire().await);
                yield_now().await;
                drop(permit);
                done += 1;
            }
            done
        }
    })
}
