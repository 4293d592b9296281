//! What a step costs without a semaphore: the figures that nothing can be faster than.

use std::{
    cell::Cell,
    hint::black_box,
    sync::atomic::{
        AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
    time::Duration,
};

use super::{Row, Run, Sample, tasks, two_runtimes, uncontended};
use crate::{
    candidate::{Fairness, Form, Info, Kind},
    clock::Stopwatch,
    yield_now::yield_now,
};

pub struct Floor {
    pub info: Info,
    pub form: Form,
    pub cases: &'static [(&'static Row, Run)],
    pub verify: fn(),
}

pub static ALL: [Floor; 4] = [
    floor(
        "floor: compare-exchange + fetch_add",
        Form::Shared,
        &[
            (&uncontended::ACQUIRE, Run::Iterations(atomic_pair)),
            (&uncontended::TRY_ACQUIRE, Run::Iterations(atomic_pair)),
        ],
        verify_atomic,
    ),
    floor(
        "floor: two stores to a Cell",
        Form::Local,
        &[
            (&uncontended::ACQUIRE, Run::Iterations(cell_pair)),
            (&uncontended::TRY_ACQUIRE, Run::Iterations(cell_pair)),
        ],
        verify_cell,
    ),
    floor(
        "floor: the yields alone",
        Form::Shared,
        &[
            (&tasks::ROW, Run::Iterations(yields)),
            (
                &two_runtimes::ROW,
                Run::Span(yields_on_two_runtimes, two_runtimes::BATCHES),
            ),
        ],
        verify_yields,
    ),
    floor(
        "floor: the yields alone",
        Form::Local,
        &[(&tasks::ROW, Run::Iterations(yields))],
        verify_yields,
    ),
];

const fn floor(
    name: &'static str,
    form: Form,
    cases: &'static [(&'static Row, Run)],
    verify: fn(),
) -> Floor {
    Floor {
        info: Info {
            name,
            kind: Kind::Floor,
            fairness: Fairness::Barging,
        },
        form,
        cases,
        verify,
    }
}

/// The least that any semaphore of several threads can do: look, take one, give one back.
fn atomic_pair(iterations: u64) -> Sample {
    let word = AtomicUsize::new(uncontended::PERMITS);
    let word = black_box(&word);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        if !take_atomic(word) {
            panic!("a permit is free");
        }
        black_box(());
        word.fetch_add(1, Release);
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

fn take_atomic(word: &AtomicUsize) -> bool {
    let mut free = word.load(Relaxed);
    loop {
        if free == 0 {
            return false;
        }
        match word.compare_exchange_weak(free, free - 1, Acquire, Relaxed) {
            Ok(_) => return true,
            Err(now) => free = now,
        }
    }
}

fn cell_pair(iterations: u64) -> Sample {
    let word = Cell::new(uncontended::PERMITS);
    let word = black_box(&word);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        if !take_cell(word) {
            panic!("a permit is free");
        }
        black_box(());
        word.set(word.get() + 1);
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

fn take_cell(word: &Cell<usize>) -> bool {
    match word.get() {
        0 => false,
        free => {
            word.set(free - 1);
            true
        }
    }
}

fn yields(iterations: u64) -> Sample {
    tasks::in_tasks(iterations, |each| async move {
        for _ in 0..each {
            yield_now().await;
        }
    })
}

fn yields_on_two_runtimes(span: Duration) -> Sample {
    two_runtimes::on_two_runtimes(span, |stop| async move {
        let mut done = 0;
        while !stop.load(Relaxed) {
            yield_now().await;
            done += 1;
        }
        done
    })
}

fn verify_atomic() {
    let word = AtomicUsize::new(1);
    assert!(
        take_atomic(&word) && !take_atomic(&word),
        "one permit can be taken once"
    );
    word.fetch_add(1, Release);
    assert!(take_atomic(&word), "a permit that came back can be taken");
}

fn verify_cell() {
    let word = Cell::new(1);
    assert!(
        take_cell(&word) && !take_cell(&word),
        "one permit can be taken once"
    );
}

fn verify_yields() {
    assert_eq!(yields(64).operations, 64, "each task yields once");
}
