//! The command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::prelude::*;

use super::{
    candidate::Candidate,
    rows::{self, Row},
};
use crate::options::{each_fits_something, json_path, list, selects};

pub const HELP: &str = "\
Measures wakes from one thread to the runtime of another.

    cargo bench -p compio-sync-benches --bench relay -- [OPTIONS]

    --quick             5 rounds: less than a minute
    --rounds N          how often every row is measured for every candidate
    --rows A,B          only rows whose name contains A or B
    --candidates A,B    only candidates whose name contains A or B
    --json PATH         where the figures of all rounds go, from the root of the workspace
                        (default: target/bench/relay.json)
    --list              names the selected rows and candidates
    --help              this text

Threads are pinned, so it needs two CPUs. Without `--bench`, which `cargo bench` gives, each row is
gone through once and nothing is measured.
";

pub use crate::options::Command;

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
        self.rounds.unwrap_or(if self.quick { 5 } else { 31 })
    }

    /// The selected rows; an error if a name fits none.
    pub fn rows(&self) -> Result<Vec<Row>, String> {
        let mut all = rows::all();
        let ids = || all.iter().map(|row| row.id);
        each_fits_something(&self.rows, "row", ids)?;
        all.retain(|row| selects(&self.rows, row.id));
        Ok(all)
    }

    /// The selected candidates; an error if a name fits none.
    pub fn candidates(&self) -> Result<Vec<Candidate>, String> {
        let names = || Candidate::ALL.into_iter().map(Candidate::name);
        each_fits_something(&self.candidates, "candidate", names)?;
        let mut all = Candidate::ALL.to_vec();
        all.retain(|candidate| selects(&self.candidates, candidate.name()));
        Ok(all)
    }

    pub fn json_path(&self) -> PathBuf {
        json_path(self.json.as_deref(), "relay.json")
    }
}
