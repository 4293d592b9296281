//! The command line.

use std::{num::NonZero, path::PathBuf, thread};

use compio_sync::Semaphore;
use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Copies a directory tree, with at most so many entries in flight over several runtimes.

Usage: copy_tree [OPTIONS] [SRC DST]

Without SRC and DST it makes a sample tree in a temporary directory, copies that and verifies the
copy.

SRC is copied as `cp -a SRC/. DST` would: DST becomes the copy of SRC. If DST is a directory that
exists, the two are merged; a file or link in DST is replaced by the one from SRC in one step, a
directory is kept and takes the permissions and times of its counterpart, and what only DST has
stays. What is a directory on one side and is not on the other is reported and left alone.

Contents, permission bits, access and modification times and symbolic links are copied; set-user-ID
and set-group-ID only if owner and group of the copy are those of the source. Owners, access \
                        control
lists, extended attributes, hard links and holes are not. Pipes, sockets and devices are skipped.

Options:
    --max-files-in-flight N   limit for all threads together [default: 1024]
    --threads N               threads with a runtime each [default: the number of CPUs]
    --verify                  compare the copy with the source afterwards
    -h, --help                print this

Exit status:
    0    everything was copied
    1    something was not, or differs; all of that was named on stderr
    2    the arguments were wrong or refused, and nothing was done
    130  interrupted by Ctrl-C; no incomplete or temporary file is left
";

pub struct Args {
    /// `None` for the sample.
    pub paths: Option<(PathBuf, PathBuf)>,
    pub max_in_flight: usize,
    pub threads: usize,
    pub verify: bool,
}

impl Args {
    /// `None` if help was asked for.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            paths: None,
            max_in_flight: 1024,
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            verify: false,
        };
        let mut paths = Vec::new();
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("max-files-in-flight") => {
                    parsed.max_in_flight = number(&mut parser, Semaphore::MAX_PERMITS)?;
                }
                Arg::Long("threads") => parsed.threads = number(&mut parser, 1024)?,
                Arg::Long("verify") => parsed.verify = true,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Value(path) if paths.len() < 2 => paths.push(PathBuf::from(path)),
                other => return Err(other.unexpected()),
            }
        }
        parsed.paths = match <[PathBuf; 2]>::try_from(paths) {
            Ok([source, target]) => Some((source, target)),
            Err(paths) if paths.is_empty() => None,
            Err(_) => return Err("SRC needs a DST".into()),
        };
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
