//! Compares the files of two runs, of whichever bench, and tells what has become worse.

use std::{collections::BTreeMap, error::Error, fs, process::ExitCode};

use lexopt::prelude::*;
use serde_json::Value as Json;

use crate::report;

const HELP: &str = "\
Compares two files of the same bench. Fails if something that is compio-sync's has become worse.

    cargo run -p compio-sync-benches --bin regressions -- OLD NEW [OPTIONS]

    --tolerance PERCENT    how much worse is as good as before (default: 5). Where rounds were \
                    taken,
                           their spread is added
    --all                  shows what has hardly changed, too
";

pub fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is compared: a row, a candidate, one of its figures.
pub type Name = (String, String, String);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub value: f64,
    pub spread: f64,
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let (mut tolerance, mut all, mut paths) = (5.0, false, Vec::new());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("tolerance") => tolerance = parser.value()?.parse()?,
            Long("all") => all = true,
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            Value(path) => paths.push(path.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let [old, new] = &paths[..] else {
        return Err("two files are compared: OLD NEW".into());
    };
    let (old, new) = (read(old)?, read(new)?);
    for (what, name) in [("rustc", "rustc"), ("cpu", "CPU")] {
        let (before, now) = (&old["machine"][what], &new["machine"][what]);
        if before != now {
            println!("{name}: {before} before, {now} now");
        }
    }
    let comparison = compare(&figures(&old), &figures(&new), tolerance, all);
    print!("{}", comparison.table);
    println!(
        "{} figures compared, {} worse, {} missing",
        comparison.compared, comparison.worse, comparison.missing
    );
    // Nothing compared is a slip of the pen, and no success.
    let fine = comparison.worse == 0 && comparison.missing == 0 && comparison.compared > 0;
    Ok(if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(path: &str) -> Result<Json, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

/// Those of compio-sync. What others do is no regression.
pub fn figures(file: &Json) -> BTreeMap<Name, Figure> {
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for row in list(&file["rows"]) {
        let id = row["id"].as_str().unwrap_or_default();
        let id = match row["primitive"].as_str() {
            Some(primitive) => format!("{primitive}/{id}"),
            None => id.to_owned(),
        };
        for candidate in list(&row["candidates"]) {
            let name = candidate["candidate"].as_str().unwrap_or_default();
            if !name.starts_with("compio-sync") {
                continue;
            }
            let mut add = |figure: &str, value: &Json, spread: &Json| {
                if let Some(value) = value.as_f64() {
                    let spread = spread.as_f64().unwrap_or(0.0);
                    let name = (id.clone(), name.to_owned(), figure.to_owned());
                    found.insert(name, Figure { value, spread });
                }
            };
            add("ns", &candidate["nanoseconds"], &candidate["spread"]);
            for figure in list(&candidate["figures"]) {
                let name = figure["name"].as_str().unwrap_or_default();
                add(name, &figure["median"], &figure["spread"]);
            }
        }
    }
    found
}

pub struct Comparison {
    pub table: String,
    pub compared: usize,
    pub worse: usize,
    /// What the old file has and the new one has not.
    pub missing: usize,
}

pub fn compare(
    old: &BTreeMap<Name, Figure>,
    new: &BTreeMap<Name, Figure>,
    tolerance: f64,
    all: bool,
) -> Comparison {
    let mut lines = Vec::new();
    let (mut compared, mut worse, mut missing) = (0, 0, 0);
    for (name, before) in old {
        let (row, candidate, figure) = name;
        let cells = |now: String, change: String| {
            vec![
                row.clone(),
                candidate.clone(),
                figure.clone(),
                format!("{:.2}", before.value),
                now,
                change,
            ]
        };
        let Some(now) = new.get(name) else {
            missing += 1;
            lines.push(cells("–".into(), "missing".into()));
            continue;
        };
        compared += 1;
        // A count that was zero may not grow at all.
        let percent = match before.value {
            0.0 if now.value == 0.0 => 0.0,
            before => (now.value / before - 1.0) * 100.0,
        };
        let bound = tolerance + 100.0 * before.spread.max(now.spread);
        let verdict = if percent > bound {
            worse += 1;
            " worse"
        } else {
            ""
        };
        if all || percent.abs() > bound {
            let change = format!("{percent:+.1} %{verdict}");
            lines.push(cells(format!("{:.2}", now.value), change));
        }
    }
    let mut table = String::new();
    if !lines.is_empty() {
        let header = ["row", "candidate", "figure", "before", "now", "change"];
        report::table(&mut table, &header, lines.into_iter());
    }
    Comparison {
        table,
        compared,
        worse,
        missing,
    }
}
