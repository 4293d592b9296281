//! The rows: what is done, in a file each, and how often it is measured.
//!
//! Every row gives nanoseconds per operation. A row that runs on one thread is told a number of
//! iterations and its best round counts: noise only ever adds. A row on two threads is told how
//! long to run and its median counts, as there the luck of the interleaving goes both ways, and it
//! is measured in real time, as a thread that sleeps gets nothing done.

pub mod cancel;
pub mod floor;
pub mod hand_off;
pub mod mix;
pub mod ready;
pub mod tasks;
pub mod two_runtimes;
pub mod uncontended;
pub mod wake;

use std::time::Duration;

use serde::Serialize;

use crate::{
    candidate::{
        Candidate, OnceCell, Parent, Primitive, Reading, RwLock, Semaphore, Token, Writing,
    },
    registry::Case,
};

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
    /// What the size is a number of, and what a figure is for: `n` and `waiter`.
    #[serde(skip)]
    pub units: (&'static str, &'static str),
}

/// What a row does, for the tables.
#[derive(Debug)]
pub struct Row {
    pub primitive: Primitive,
    /// What `--rows` selects by; unique within a primitive.
    pub id: &'static str,
    pub title: &'static str,
    pub statistic: Statistic,
    pub family: Option<Family>,
}

impl Row {
    /// A row on one thread.
    pub(crate) const fn best(primitive: Primitive, id: &'static str, title: &'static str) -> Self {
        Self {
            primitive,
            id,
            title,
            statistic: Statistic::Best,
            family: None,
        }
    }

    /// A row on two threads.
    pub(crate) const fn median(
        primitive: Primitive,
        id: &'static str,
        title: &'static str,
    ) -> Self {
        Self {
            statistic: Statistic::Median,
            ..Self::best(primitive, id, title)
        }
    }

    /// The same, as one of a family.
    pub(crate) const fn of(
        self,
        family: &'static str,
        size: usize,
        units: (&'static str, &'static str),
    ) -> Self {
        Self {
            family: Some(Family {
                id: family,
                title: self.title,
                size,
                units,
            }),
            ..self
        }
    }

    pub fn is(&self, other: &Self) -> bool {
        self.primitive == other.primitive && self.id == other.id
    }
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
pub fn all() -> Vec<&'static Row> {
    let mut all = vec![
        &uncontended::ACQUIRE,
        &uncontended::TRY_ACQUIRE,
        &cancel::ROW,
        &hand_off::ROW,
        &tasks::ROW,
        &two_runtimes::ROW,
    ];
    all.extend(wake::WAKE.iter().chain(&wake::WAVE));
    all.extend([
        &uncontended::LOCK,
        &uncontended::TRY_LOCK,
        &cancel::MUTEX,
        &hand_off::MUTEX,
        &tasks::MUTEX,
        &two_runtimes::MUTEX,
        &uncontended::READ,
        &uncontended::WRITE,
        &mix::TASKS,
        &mix::TWO_RUNTIMES,
    ]);
    all.extend(wake::ONE.iter().chain(&wake::ONE_WAVE));
    all.extend(wake::ALL.iter().chain(&wake::ALL_WAVE));
    all.extend([
        &ready::GET,
        &ready::GET_OR_INIT,
        &ready::IS_CANCELLED,
        &ready::CHILD,
    ]);
    all.extend(wake::CANCEL.iter().chain(&wake::CANCEL_WAVE));
    all
}

/// The rows of a semaphore for one thread.
pub fn semaphore<S: Semaphore>() -> Vec<Case> {
    let mut cases = vec![
        once(&uncontended::ACQUIRE, uncontended::acquire::<S>),
        once(&uncontended::TRY_ACQUIRE, uncontended::try_acquire::<S>),
        once(&cancel::ROW, cancel::batch::<S>),
        once(&hand_off::ROW, hand_off::batch::<S>),
        once(&tasks::ROW, tasks::batch::<S>),
    ];
    cases.extend(wake::semaphore::<S>());
    cases
}

/// The rows of a semaphore that threads may share: the same, and one with two threads.
pub fn shared_semaphore<S: Semaphore + Send + Sync>() -> Vec<Case> {
    let mut cases = semaphore::<S>();
    cases.push(two_threads(&two_runtimes::ROW, two_runtimes::batch::<S>));
    cases
}

/// The rows of a mutex, likewise.
pub fn mutex<M: Candidate>() -> Vec<Case> {
    vec![
        once(&uncontended::LOCK, uncontended::acquire::<M>),
        once(&uncontended::TRY_LOCK, uncontended::try_acquire::<M>),
        once(&cancel::MUTEX, cancel::batch::<M>),
        once(&hand_off::MUTEX, hand_off::batch::<M>),
        once(&tasks::MUTEX, tasks::batch::<M>),
    ]
}

pub fn shared_mutex<M: Candidate + Send + Sync>() -> Vec<Case> {
    let mut cases = mutex::<M>();
    cases.push(two_threads(&two_runtimes::MUTEX, two_runtimes::batch::<M>));
    cases
}

/// The rows of a lock for readers and writers, likewise.
pub fn rwlock<L: RwLock>() -> Vec<Case> {
    vec![
        once(&uncontended::READ, uncontended::acquire::<Reading<L>>),
        once(&uncontended::WRITE, uncontended::acquire::<Writing<L>>),
        once(&mix::TASKS, mix::in_tasks::<L>),
    ]
}

pub fn shared_rwlock<L: RwLock + Send + Sync>() -> Vec<Case> {
    let mut cases = rwlock::<L>();
    cases.push(two_threads(&mix::TWO_RUNTIMES, mix::on_two_runtimes::<L>));
    cases
}

/// The rows of a cell, in both forms, as all run on one thread. So it is with tokens.
pub fn once_cell<C: OnceCell>() -> Vec<Case> {
    vec![
        once(&ready::GET, ready::get::<C>),
        once(&ready::GET_OR_INIT, ready::get_or_init::<C>),
    ]
}

pub fn token<T: Token>() -> Vec<Case> {
    let mut cases = vec![once(&ready::IS_CANCELLED, ready::is_cancelled::<T>)];
    cases.extend(wake::cancel::<T>());
    cases
}

/// The rows of a token that has children: the same, and one more.
pub fn parent<T: Parent>() -> Vec<Case> {
    let mut cases = token::<T>();
    cases.push(once(&ready::CHILD, ready::child::<T>));
    cases
}

pub(crate) const fn once(row: &'static Row, batch: fn(u64) -> Sample) -> Case {
    Case {
        row,
        run: Run::Iterations(batch),
    }
}

pub(crate) const fn two_threads(row: &'static Row, batch: fn(Duration) -> Sample) -> Case {
    Case {
        row,
        run: Run::Span(batch, two_runtimes::BATCHES),
    }
}
