//! The command line.

use std::{num::NonZero, path::PathBuf, thread, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Reads files through a cache that several runtimes share, and shows that each is read once.

Usage: shared_cache [OPTIONS] [FILE...]

Without a FILE it makes a sample in a temporary directory, and changes some of it on the way.

Options:
    --threads N   threads with a runtime each [default: the number of CPUs]
    --tasks N     tasks of each of them, which ask for all the files [default: 16]
    --slow MS     how much longer than it takes a file is to take to load [default: 5]
    -h, --help    print this

Exit status:
    0  each file was loaded once, and once more if it had changed
    1  it was not, or a file could not be read
    2  the arguments were wrong
";

/// One load that ends lets all go on who wait for it. compio 0.19 can come to a standstill when
/// runtimes wake more than 64 tasks of each other at a time, so there are fewer to be woken.
const MOST_TASKS: usize = 48;

pub struct Args {
    /// None for the sample.
    pub files: Vec<PathBuf>,
    pub threads: usize,
    pub tasks: usize,
    pub slow: Duration,
}

impl Args {
    /// `None` if help was asked for.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            files: Vec::new(),
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            tasks: 16,
            slow: Duration::from_millis(5),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("threads") => parsed.threads = number(&mut parser, 1024)?,
                Arg::Long("tasks") => parsed.tasks = number(&mut parser, MOST_TASKS)?,
                Arg::Long("slow") => {
                    parsed.slow = Duration::from_millis(number(&mut parser, 10_000)? as u64);
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Value(path) => parsed.files.push(PathBuf::from(path)),
                other => return Err(other.unexpected()),
            }
        }
        // A file that is named twice is one file.
        parsed.files.sort();
        parsed.files.dedup();
        Ok(Some(parsed))
    }
}

fn number(parser: &mut Parser, most: usize) -> Result<usize, lexopt::Error> {
    let number = parser.value()?.parse()?;
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} is not between 1 and {most}").into())
    }
}
