//! Wakes from one thread to the runtime of another: what they cost whoever wakes, and how soon the
//! woken run.
//!
//! `README.md` beside this crate says what the rows are. Here each figure depends on where threads
//! run and whether they sleep, so the rows start threads of their own and pin them, and a sample is
//! a conversation and not a batch of calls.

pub mod candidate;
pub mod counter;
pub mod crowd;
pub mod options;
pub mod report;
pub mod results;
pub mod round_trip;
pub mod rows;
pub mod system_calls;
pub mod threads;

use std::process::ExitCode;

use candidate::Candidate;
use options::{Command, Options};
use results::{Results, RowResult, Settings};
use rows::Row;

use crate::{json, machine};

/// The whole program: reads the arguments, checks the candidates, measures, shows and writes.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse(std::env::args_os().skip(1))?;
    if options.command == Command::Help {
        print!("{}", options::HELP);
        return Ok(());
    }
    let rows = options.rows()?;
    let candidates = options.candidates()?;
    if options.command == Command::List {
        rows.iter().for_each(|row| println!("row {}", row.id));
        candidates
            .iter()
            .for_each(|candidate| println!("candidate {}", candidate.name()));
        return Ok(());
    }

    let candidates = candidate::usable(candidates);
    if options.command == Command::Verify {
        for row in &rows {
            for &candidate in candidates.iter().filter(|&&it| row.has(it)) {
                (row.check)(candidate);
            }
        }
        eprintln!("{} rows do what they should", rows.len());
        return Ok(());
    }

    let results = Results {
        format: 1,
        date: machine::now(),
        machine: machine::describe(),
        versions: machine::versions(),
        cpus: threads::cpus(),
        doorbell: candidate::doorbell_of_choice(),
        settings: Settings {
            quick: options.quick,
            rounds: options.rounds(),
        },
        rows: measure(&rows, &candidates, options.rounds()),
    };
    print!("{}", report::render(&results));
    let path = options.json_path();
    json::write(&results, &path)?;
    eprintln!("figures of all rounds: {}", path.display());
    Ok(())
}

/// As [`crate::measure`] does it: each round has each row once for each candidate, and begins it
/// with another one.
fn measure(rows: &[Row], candidates: &[Candidate], rounds: usize) -> Vec<RowResult> {
    let of = |row: &Row| -> Vec<_> {
        let fitting = candidates.iter().filter(|&&it| row.has(it));
        fitting.map(|&it| (it, Vec::new())).collect()
    };
    let mut table: Vec<(&Row, Vec<_>)> = rows.iter().map(|row| (row, of(row))).collect();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for (row, jobs) in &mut table {
            for turn in 0..jobs.len() {
                let job = (round + turn) % jobs.len();
                let (candidate, samples) = &mut jobs[job];
                samples.push((row.sample)(*candidate));
            }
        }
    }
    table
        .into_iter()
        .filter(|(_, jobs)| !jobs.is_empty())
        .map(|(row, jobs)| RowResult::new(row, jobs))
        .collect()
}
