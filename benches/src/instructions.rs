//! Counts the instructions of the crate's own rows: figures that do not depend on what else the
//! machine does, so that a change of a few percent can be told, on any machine.
//!
//! Each row runs in a process of its own under valgrind, once short and once longer; the difference
//! leaves out what is done once. The file has the shape of the other benches' files, for
//! [`regressions`](crate::regressions) and [`figures`](crate::figures).

use std::{
    collections::BTreeMap, env, error::Error, ffi::OsString, path::PathBuf, process::Command,
};

use lexopt::prelude::*;
use serde::Serialize;

use crate::{
    candidate::{Form, Kind, Primitive},
    json, machine,
    machine::Machine,
    options::{json_path, list},
    registry::Entry,
    rows::Run,
};

const HELP: &str = "\
Counts the instructions of compio-sync's rows with valgrind.

    cargo run --release -p compio-sync-benches --bin instructions -- [OPTIONS]

    --json PATH    where they go (default: target/bench/instructions.json)
    --rows A,B     these rows, and not those that are the crate's alone
    --peers        of all candidates
";

/// Those that run on one thread and on no runtime: what is counted is the crate's, and not that of
/// its dependencies. Of the rows with sizes one is enough, as they are flat.
const ROWS: [&str; 16] = [
    "uncontended",
    "try-acquire",
    "try-lock",
    "cancel",
    "hand-off",
    "wave-100",
    "read",
    "write",
    "notify-one-wave-1",
    "notify-one-wave-100",
    "notify-all-wave-100",
    "get",
    "get-or-init",
    "is-cancelled",
    "child",
    "cancel-wave-100",
];

#[derive(Serialize)]
struct Results {
    format: u32,
    date: String,
    machine: Machine,
    versions: BTreeMap<&'static str, &'static str>,
    rows: Vec<RowResult>,
}

#[derive(Serialize)]
struct RowResult {
    primitive: Primitive,
    id: &'static str,
    unit: &'static str,
    candidates: Vec<Counted>,
}

#[derive(Serialize)]
struct Counted {
    candidate: &'static str,
    kind: Kind,
    form: Form,
    figures: [Figure; 1],
}

#[derive(Serialize)]
struct Figure {
    name: &'static str,
    median: f64,
}

/// The word that has this program run one row, and count nothing.
const RUN: &str = "run";

pub fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|first| first == RUN) {
        return run(&arguments[1..]);
    }
    let (mut path, mut rows, mut peers) = (None, ROWS.map(str::to_owned).to_vec(), false);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => path = Some(PathBuf::from(parser.value()?)),
            Long("rows") => rows = list(parser.value()?)?,
            Long("peers") => peers = true,
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let path = json_path(path.as_deref(), "instructions.json");
    json::write(&count(&rows, peers)?, &path)?;
    eprintln!("instructions: {}", path.display());
    Ok(())
}

fn count(ids: &[String], peers: bool) -> Result<Results, Box<dyn Error>> {
    let is_counted = |entry: &Entry| peers || entry.info.kind == Kind::Ours;
    let registry = crate::registry();
    let mut rows: Vec<RowResult> = Vec::new();
    for (index, entry) in registry.entries.iter().enumerate() {
        if !is_counted(entry) {
            continue;
        }
        for row in entry.cases.iter().map(|case| case.row) {
            if !ids.iter().any(|id| id == row.id) {
                continue;
            }
            let each = instructions_of(index, row.id)?;
            println!(
                "{:<18} {:<20} {:<30} {each:>8.1}",
                entry.primitive.name(),
                row.id,
                entry.info.name
            );
            let counted = Counted {
                candidate: entry.info.name,
                kind: entry.info.kind,
                form: entry.form,
                figures: [Figure {
                    name: "instructions",
                    // More digits would be the allocator's.
                    median: (each * 10.0).round() / 10.0,
                }],
            };
            let known = rows
                .iter_mut()
                .find(|it| it.primitive == row.primitive && it.id == row.id);
            match known {
                Some(known) => known.candidates.push(counted),
                None => rows.push(RowResult {
                    primitive: row.primitive,
                    id: row.id,
                    unit: "instructions",
                    candidates: vec![counted],
                }),
            }
        }
    }
    Ok(Results {
        format: 1,
        date: machine::now(),
        machine: machine::describe(),
        versions: machine::versions(),
        rows,
    })
}

/// Instructions for one operation of the row.
fn instructions_of(entry: usize, row: &str) -> Result<f64, Box<dyn Error>> {
    // A row with a size does many operations in one iteration.
    let iterations = if row.contains("wave") { 1 } else { 2_000 };
    let (instructions, operations) = under_valgrind(entry, row, iterations)?;
    let (more_instructions, more_operations) = under_valgrind(entry, row, 3 * iterations)?;
    Ok((more_instructions - instructions) / (more_operations - operations))
}

/// The instructions of the whole process, and the operations that the row did.
fn under_valgrind(entry: usize, row: &str, iterations: u64) -> Result<(f64, f64), Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([RUN, &entry.to_string(), row, &iterations.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let counted = report
        .lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    let operations = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    match (output.status.success(), counted, operations) {
        (true, Some(instructions), Some(operations)) => Ok((instructions, operations)),
        _ => Err(format!("valgrind did not count {row}:\n{report}").into()),
    }
}

/// `run ENTRY ROW ITERATIONS`, which prints the number of operations.
fn run(arguments: &[OsString]) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = arguments.iter().filter_map(|it| it.to_str()).collect();
    let [entry, row, iterations] = arguments[..] else {
        return Err("run ENTRY ROW ITERATIONS".into());
    };
    let registry = crate::registry();
    let entry = registry.entries.get(entry.parse::<usize>()?);
    let case = entry
        .and_then(|entry| entry.cases.iter().find(|case| case.row.id == row))
        .ok_or("no such row")?;
    let Run::Iterations(batch) = case.run else {
        return Err("a row that takes its time has no number of instructions".into());
    };
    println!("{}", batch(iterations.parse()?).operations);
    Ok(())
}
