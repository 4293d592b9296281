//! One waiter is woken at a time.

use std::{future::Future, mem};

use crate::{
    candidate::{Primitive, Semaphore},
    registry::Case,
    rows::{
        Row, once,
        wake::{self, Awaited},
    },
};

const fn row(id: &'static str, size: usize) -> Row {
    let title = "n calls give one permit each to n waiters, each is polled, ready, and dropped";
    Row::best(Primitive::Semaphore, id, title).of("wake-one", size, ("n", "waiter"))
}

pub static ROWS: [Row; 3] = [
    row("wake-one-1", 1),
    row("wake-one-10", 10),
    row("wake-one-1000", 1_000),
];

struct OneByOne<S>(S);

impl<S: Semaphore> Awaited for OneByOne<S> {
    type Output<'a> = S::Output<'a>;

    fn new() -> Self {
        Self(S::new(0))
    }

    fn wait(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.acquire()
    }

    fn serve(&self, waiters: usize) {
        for _ in 0..waiters {
            self.0.add_permits(1);
        }
    }

    fn keep(output: Self::Output<'_>) {
        mem::forget(S::permit(output));
    }
}

pub fn cases<S: Semaphore>() -> impl Iterator<Item = Case> {
    let [one, ten, _, thousand, ..] = wake::waves::<OneByOne<S>>();
    let batches = [one, ten, thousand];
    ROWS.iter()
        .zip(batches)
        .map(|(row, batch)| once(row, batch))
}
