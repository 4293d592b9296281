//! The command line.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use lexopt::prelude::*;

use crate::{
    candidate::{Kind, Primitive},
    registry::{Entry, Registry},
    rows::{self, Row},
};

pub const HELP: &str = "\
Measures primitives for synchronization side by side.

    cargo bench -p compio-sync-benches -- [OPTIONS]

    --quick             fewer rounds, sizes and shorter batches: all in less than two minutes
    --rounds N          how often every row is measured for every candidate
    --primitives A,B    only these: semaphore, mutex, rwlock, notify, once-cell,
                        cancellation-token
    --rows A,B          only rows whose name contains A or B
    --candidates A,B    only candidates whose name contains A or B; floors stay
    --json PATH         where the figures of all rounds go, from the root of the workspace
                        (default: target/bench/results.json)
    --list              names the selected rows and candidates
    --help              this text

Without `--bench`, which `cargo bench` gives, candidates are checked and nothing is measured.
";

/// Of the rows that differ in a size only, those that `--quick` keeps unless it is told which rows.
/// All sizes of one take equally long, and together longer than all other rows.
const QUICK_SIZES: [usize; 3] = [10, 1_000, 100_000];

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
    primitives: Vec<Primitive>,
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
            primitives: Primitive::ALL.to_vec(),
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
                Long("primitives") => {
                    let names = list(parser.value()?)?;
                    options.primitives = names
                        .iter()
                        .map(|it| primitive(it))
                        .collect::<Result<_, _>>()?;
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

    /// The selected rows of the primitives; an error if a name fits none.
    pub fn rows(&self) -> Result<Vec<&'static Row>, String> {
        let mut all = self.rows_of(rows::all())?;
        if self.quick && self.rows.is_empty() {
            all.retain(|row| row.family.is_none_or(|it| QUICK_SIZES.contains(&it.size)));
        }
        Ok(all)
    }

    /// The selected of these; an error if a name fits none.
    pub fn rows_of(&self, mut all: Vec<&'static Row>) -> Result<Vec<&'static Row>, String> {
        all.retain(|row| self.primitives.contains(&row.primitive));
        let ids = || all.iter().map(|row| row.id);
        each_fits_something(&self.rows, "row", ids)?;
        all.retain(|row| selects(&self.rows, row.id));
        Ok(all)
    }

    /// The selected candidates, and all floors; an error if a name fits none.
    pub fn entries<'a>(&self, registry: &'a Registry) -> Result<Vec<&'a Entry>, String> {
        let mut entries: Vec<_> = registry.entries.iter().collect();
        entries.retain(|entry| self.primitives.contains(&entry.primitive));
        let names = || entries.iter().map(|entry| entry.info.name);
        each_fits_something(&self.candidates, "candidate", names)?;
        entries.retain(|entry| {
            entry.info.kind == Kind::Floor || selects(&self.candidates, entry.info.name)
        });
        Ok(entries)
    }

    /// Where the figures go: `name`, unless the command line has another.
    pub fn json_path(&self, name: &str) -> PathBuf {
        json_path(self.json.as_deref(), name)
    }
}

/// Where the figures go: to `json`, or to where all output goes, by that name.
pub(crate) fn json_path(json: Option<&Path>, name: &str) -> PathBuf {
    match json {
        Some(path) => workspace().join(path),
        None => output_directory().join(name),
    }
}

pub fn output_directory() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace().join(target).join("bench")
}

/// Where `cargo bench` was most likely started; it runs benches in the directory of their package.
fn workspace() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|member| Path::new(&member).parent().map(Path::to_owned))
        .unwrap_or_default()
}

fn primitive(name: &str) -> Result<Primitive, String> {
    let names = || Primitive::ALL.map(Primitive::name).join(", ");
    Primitive::ALL
        .into_iter()
        .find(|primitive| primitive.name() == name)
        .ok_or_else(|| format!("no primitive is named `{name}`; there are: {}", names()))
}

pub(crate) fn list(value: OsString) -> Result<Vec<String>, lexopt::Error> {
    Ok(value.string()?.split(',').map(str::to_owned).collect())
}

pub(crate) fn selects(patterns: &[String], name: &str) -> bool {
    patterns.is_empty()
        || patterns
            .iter()
            .any(|pattern| name.contains(pattern.as_str()))
}

pub(crate) fn each_fits_something<'a, I: Iterator<Item = &'a str>>(
    patterns: &[String],
    what: &str,
    names: impl Fn() -> I,
) -> Result<(), String> {
    for pattern in patterns {
        if !names().any(|name| name.contains(pattern.as_str())) {
            let mut all: Vec<_> = names().collect();
            all.sort_unstable();
            all.dedup();
            return Err(format!(
                "no {what} is named `{pattern}`; there are: {}",
                all.join(", ")
            ));
        }
    }
    Ok(())
}
