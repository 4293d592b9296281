//! The rows: what is done, in a file each, and how often it is measured.
//!
//! Every row gives nanoseconds per operation. A row that runs on one thread is told a number of
//! iterations and its best round counts: noise only ever adds. A row on two threads is told how
//! long to run and its median counts, as there the luck of the interleaving goes both ways, and it
//! is measured in real time, as a thread that sleeps gets nothing done.

pub mod cancel;
pub mod floor;
pub mod hand_off;
pub mod tasks;
pub mod two_runtimes;
pub mod uncontended;
pub mod wake;

use std::time::Duration;

use serde::Serialize;

use crate::{candidate::Candidate, registry::Case};

/// Which of the rounds stands for the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    Best,
    Median,
}

/// A set of rows that differ in a size only, shown together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Family {
    pub id: &'static str,
    pub title: &'static str,
    pub size: usize,
}

/// What a row does, for the tables.
#[derive(Debug)]
pub struct Row {
    /// What `--rows` selects by.
    pub id: &'static str,
    pub title: &'static str,
    pub statistic: Statistic,
    pub family: Option<Family>,
}

/// The outcome of one batch.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub elapsed: Duration,
    pub operations: u64,
    /// Of the operations, the part done by the thread that did fewest.
    pub least_share: Option<f64>,
}

impl Sample {
    pub fn new(elapsed: Duration, operations: u64) -> Self {
        Self {
            elapsed,
            operations,
            least_share: None,
        }
    }

    pub fn nanoseconds(&self) -> f64 {
        self.elapsed.as_nanos() as f64 / self.operations as f64
    }
}

/// How a batch is told its length.
#[derive(Clone, Copy)]
pub enum Run {
    /// As often as it takes to fill the batch; the number is found by trial before the first
    /// round.
    Iterations(fn(u64) -> Sample),
    /// For a multiple of the batch.
    Span(fn(Duration) -> Sample, u32),
}

/// All rows, in the order in which they run.
pub static ALL: [&Row; 16] = [
    &uncontended::ACQUIRE,
    &uncontended::TRY_ACQUIRE,
    &cancel::ROW,
    &hand_off::ROW,
    &tasks::ROW,
    &two_runtimes::ROW,
    &wake::WAKE_10,
    &wake::WAKE_100,
    &wake::WAKE_1K,
    &wake::WAKE_10K,
    &wake::WAKE_100K,
    &wake::WAVE_10,
    &wake::WAVE_100,
    &wake::WAVE_1K,
    &wake::WAVE_10K,
    &wake::WAVE_100K,
];

/// The rows of a semaphore for one thread.
pub fn local<S: Candidate>() -> Vec<Case> {
    let mut cases = vec![
        once(&uncontended::ACQUIRE, uncontended::acquire::<S>),
        once(&uncontended::TRY_ACQUIRE, uncontended::try_acquire::<S>),
        once(&cancel::ROW, cancel::batch::<S>),
        once(&hand_off::ROW, hand_off::batch::<S>),
        once(&tasks::ROW, tasks::batch::<S>),
    ];
    // Whoever wakes the next waiter only when the last one has been polled has no such call.
    if wake::one_call_wakes_all::<S>() {
        cases.extend([
            once(&wake::WAKE_10, wake::wake::<S, 10>),
            once(&wake::WAKE_100, wake::wake::<S, 100>),
            once(&wake::WAKE_1K, wake::wake::<S, 1_000>),
            once(&wake::WAKE_10K, wake::wake::<S, 10_000>),
            once(&wake::WAKE_100K, wake::wake::<S, 100_000>),
        ]);
    }
    cases.extend([
        once(&wake::WAVE_10, wake::wave::<S, 10>),
        once(&wake::WAVE_100, wake::wave::<S, 100>),
        once(&wake::WAVE_1K, wake::wave::<S, 1_000>),
        once(&wake::WAVE_10K, wake::wave::<S, 10_000>),
        once(&wake::WAVE_100K, wake::wave::<S, 100_000>),
    ]);
    cases
}

/// The rows of a semaphore that threads may share: the same, and one with two threads.
pub fn shared<S: Candidate + Send + Sync>() -> Vec<Case> {
    let mut cases = local::<S>();
    cases.push(Case {
        row: &two_runtimes::ROW,
        run: Run::Span(two_runtimes::batch::<S>, two_runtimes::BATCHES),
    });
    cases
}

fn once(row: &'static Row, batch: fn(u64) -> Sample) -> Case {
    Case {
        row,
        run: Run::Iterations(batch),
    }
}
