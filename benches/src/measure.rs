//! Runs the cases of all rows, interleaved.
//!
//! A machine changes while a run goes on: its clock, its neighbours, its temperature. Candidates
//! that are measured one after the other differ by that too. So every round measures every row for
//! every candidate once, and each round begins its rows with another candidate; what disturbs,
//! disturbs all alike.

use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

use crate::{
    clock::Stopwatch,
    registry::Entry,
    results::{Measured, RowResult, Settings},
    rows::{Row, Run, Sample},
};

/// One row of one candidate, with what was measured so far.
struct Job<'a> {
    entry: &'a Entry,
    batch: Batch,
    samples: Vec<Sample>,
}

/// A batch whose length is known.
enum Batch {
    Iterations(fn(u64) -> Sample, u64),
    Span(fn(Duration) -> Sample, Duration),
}

impl Batch {
    fn new(run: Run, length: Duration) -> Self {
        match run {
            Run::Iterations(batch) => Self::Iterations(batch, calibrate(batch, length)),
            Run::Span(batch, lengths) => Self::Span(batch, length * lengths),
        }
    }

    fn sample(&self) -> Sample {
        match *self {
            Self::Iterations(batch, iterations) => batch(iterations),
            Self::Span(batch, span) => batch(span),
        }
    }

    fn iterations(&self) -> Option<u64> {
        match *self {
            Self::Iterations(_, iterations) => Some(iterations),
            Self::Span(..) => None,
        }
    }
}

pub fn run(entries: &[&Entry], rows: &[&'static Row], settings: &Settings) -> Vec<RowResult> {
    let length = Duration::from_millis(settings.batch_milliseconds);
    let progress = Progress::new(rows, settings.rounds);

    let mut table: Vec<(&Row, Vec<Job>)> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            progress.show(None, index);
            (*row, jobs(entries, row, length))
        })
        .collect();

    for round in 0..settings.rounds {
        for (index, (_, jobs)) in table.iter_mut().enumerate() {
            progress.show(Some(round), index);
            for turn in 0..jobs.len() {
                let job = (round + turn) % jobs.len();
                let sample = jobs[job].batch.sample();
                jobs[job].samples.push(sample);
            }
        }
    }
    progress.end();

    table
        .into_iter()
        .filter(|(_, jobs)| !jobs.is_empty())
        .map(|(row, jobs)| RowResult::new(row, jobs.iter().map(|job| job.result(row)).collect()))
        .collect()
}

impl Job<'_> {
    fn result(&self, row: &Row) -> Measured {
        Measured::new(
            self.entry,
            row.statistic,
            self.batch.iterations(),
            self.samples.iter().map(Sample::nanoseconds).collect(),
            self.samples
                .iter()
                .filter_map(|sample| sample.least_share)
                .collect(),
        )
    }
}

fn jobs<'a>(entries: &[&'a Entry], row: &'static Row, length: Duration) -> Vec<Job<'a>> {
    let of = |entry: &&'a Entry| {
        let case = entry.cases.iter().find(|case| case.row.is(row))?;
        Some(Job {
            entry,
            batch: Batch::new(case.run, length),
            samples: Vec::new(),
        })
    };
    entries.iter().filter_map(of).collect()
}

/// How many iterations fill a batch with their timed part. What a batch does besides may take as
/// long again; rows that have much to prepare get shorter batches, or they would take for ever.
fn calibrate(batch: fn(u64) -> Sample, length: Duration) -> u64 {
    let mut iterations = 1;
    loop {
        let start = Stopwatch::start();
        let timed = batch(iterations).elapsed;
        let whole = start.elapsed();
        if timed * 8 >= length || whole >= length {
            let fits = |limit: Duration, taken: Duration| {
                limit.as_secs_f64() / taken.as_secs_f64().max(f64::MIN_POSITIVE)
            };
            let factor = fits(length, timed).min(fits(2 * length, whole));
            return ((iterations as f64 * factor) as u64).max(1);
        }
        iterations *= 4;
    }
}

/// Where the run is, on the standard error: in place on a terminal, a line per round elsewhere.
struct Progress<'a> {
    rows: &'a [&'static Row],
    rounds: usize,
    terminal: bool,
}

impl<'a> Progress<'a> {
    fn new(rows: &'a [&'static Row], rounds: usize) -> Self {
        Self {
            rows,
            rounds,
            terminal: stderr().is_terminal(),
        }
    }

    fn show(&self, round: Option<usize>, row: usize) {
        if !self.terminal && row > 0 {
            return;
        }
        let phase = match round {
            Some(round) => format!("round {} of {}", round + 1, self.rounds),
            None => "finding batch sizes".to_owned(),
        };
        let position = format!(
            "row {} of {}: {} {}",
            row + 1,
            self.rows.len(),
            self.rows[row].primitive.name(),
            self.rows[row].id
        );
        if self.terminal {
            eprint!("\r\x1b[K{phase}, {position}");
        } else {
            eprintln!("{phase}, {position}");
        }
    }

    fn end(&self) {
        if self.terminal {
            eprintln!("\r\x1b[Kdone");
        }
    }
}
