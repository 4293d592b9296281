//! The command line.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use lexopt::prelude::*;

use crate::{
    candidate::Kind,
    registry::{Entry, Registry},
    rows::{self, Row},
};

pub const HELP: &str = "\
Measures semaphores side by side.

    cargo bench -p compio-sync-benches -- [OPTIONS]

    --quick             fewer rounds and shorter batches: all in less than two minutes
    --rounds N          how often every row is measured for every candidate
    --rows A,B          only rows whose name contains A or B
    --candidates A,B    only candidates whose name contains A or B; floors stay
    --json PATH         where the figures of all rounds go, from the root of the workspace
                        (default: target/bench/semaphore.json)
    --list              names the selected rows and candidates
    --help              this text

Without `--bench`, which `cargo bench` gives, candidates are checked and nothing is measured.
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    List,
    /// What remains when `cargo test --all-targets` starts a bench.
    Verify,
    Measure,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub command: Command,
    pub quick: bool,
    rounds: Option<usize>,
    rows: Vec<String>,
    candidates: Vec<String>,
    json: Option<PathBuf>,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut options = Self {
            command: Command::Verify,
            quick: false,
            rounds: None,
            rows: Vec::new(),
            candidates: Vec::new(),
            json: None,
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("bench") if options.command == Command::Verify => {
                    options.command = Command::Measure;
                }
                Long("bench") => {}
                Long("help") | Short('h') => options.command = Command::Help,
                Long("list") => options.command = Command::List,
                Long("quick") => options.quick = true,
                Long("rounds") => {
                    let rounds = parser.value()?.parse()?;
                    if rounds == 0 {
                        return Err("--rounds needs at least 1".into());
                    }
                    options.rounds = Some(rounds);
                }
                Long("rows") => options.rows = list(parser.value()?)?,
                Long("candidates") => options.candidates = list(parser.value()?)?,
                Long("json") => options.json = Some(parser.value()?.into()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 5 } else { 20 })
    }

    pub fn batch(&self) -> Duration {
        Duration::from_millis(if self.quick { 5 } else { 10 })
    }

    /// The selected rows; an error if a name fits none.
    pub fn rows(&self) -> Result<Vec<&'static Row>, String> {
        let ids = || rows::ALL.iter().map(|row| row.id);
        each_fits_something(&self.rows, "row", ids)?;
        Ok(rows::ALL
            .into_iter()
            .filter(|row| selects(&self.rows, row.id))
            .collect())
    }

    /// The selected candidates, and all floors; an error if a name fits none.
    pub fn entries<'a>(&self, registry: &'a Registry) -> Result<Vec<&'a Entry>, String> {
        let names = || registry.entries.iter().map(|entry| entry.info.name);
        each_fits_something(&self.candidates, "candidate", names)?;
        Ok(registry
            .entries
            .iter()
            .filter(|entry| {
                entry.info.kind == Kind::Floor || selects(&self.candidates, entry.info.name)
            })
            .collect())
    }

    pub fn json_path(&self) -> PathBuf {
        match &self.json {
            Some(path) => workspace().join(path),
            None => self.output_directory().join("semaphore.json"),
        }
    }

    pub fn output_directory(&self) -> PathBuf {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        workspace().join(target).join("bench")
    }
}

/// Where `cargo bench` was most likely started; it runs benches in the directory of their package.
fn workspace() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|member| Path::new(&member).parent().map(Path::to_owned))
        .unwrap_or_default()
}

fn list(value: OsString) -> Result<Vec<String>, lexopt::Error> {
    Ok(value.string()?.split(',').map(str::to_owned).collect())
}

fn selects(patterns: &[String], name: &str) -> bool {
    patterns.is_empty()
        || patterns
            .iter()
            .any(|pattern| name.contains(pattern.as_str()))
}

fn each_fits_something<'a, I: Iterator<Item = &'a str>>(
    patterns: &[String],
    what: &str,
    names: impl Fn() -> I,
) -> Result<(), String> {
    for pattern in patterns {
        if !names().any(|name| name.contains(pattern.as_str())) {
            let mut all: Vec<_> = names().collect();
            all.dedup();
            return Err(format!(
                "no {what} is named `{pattern}`; there are: {}",
                all.join(", ")
            ));
        }
    }
    Ok(())
}
