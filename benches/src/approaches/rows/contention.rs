//! Tasks of one runtime, or of two, share permits: nearly enough, some, few, or one.

use std::time::Duration;

use crate::{
    candidate::{Candidate, Primitive},
    registry::Case,
    rows::{Row, Sample, once, tasks, two_runtimes, two_threads},
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
        tasks::with_permits::<S, 48>,
        tasks::with_permits::<S, 16>,
        tasks::with_permits::<S, 4>,
        tasks::with_permits::<S, 1>,
    ];
    let of_two: [fn(Duration) -> Sample; 4] = [
        two_runtimes::with_permits::<S, 24>,
        two_runtimes::with_permits::<S, 8>,
        two_runtimes::with_permits::<S, 2>,
        two_runtimes::with_permits::<S, 1>,
    ];
    let one = ONE_RUNTIME.iter().zip(of_one);
    let two = TWO_RUNTIMES.iter().zip(of_two);
    one.map(|(row, batch)| once(row, batch))
        .chain(two.map(|(row, batch)| two_threads(row, batch)))
}
