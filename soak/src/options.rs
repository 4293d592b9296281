//! The command line.

use std::time::Duration;

use lexopt::{
    Parser,
    prelude::{Long, Short, ValueExt},
};

use crate::plant::Plant;

pub const HELP: &str = "\
Runs everything in compio-sync at once and checks it meanwhile: permits, exclusion, counts, that \
                        nobody is
stuck, and that nothing grows. Exits with 0 if all is well.

Usage: compio-sync-soak [OPTIONS]

Options:
      --for TIME       how long, such as 90s or 10m [default: 60s]
      --seed NUMBER    what the random choices begin with [default: another one each time]
      --threads N      how many runtimes at a time [default: 4]
      --tasks N        how many tasks each of them has [default: 24]
      --bound TIME     how long one step of a task may take [default: 30s]
      --plant MISTAKE  makes a mistake, which has to be found: leak-permit, forget-wake, no-lock, \
                        torn-write,
                       lose-item, early-permit, leak-memory, leak-descriptor
  -h, --help           this";

#[derive(Clone, Debug)]
pub struct Options {
    pub time: Duration,
    pub seed: u64,
    pub threads: usize,
    pub tasks: usize,
    pub bound: Duration,
    pub plant: Option<Plant>,
}

impl Options {
    /// None when help was asked for.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            time: Duration::from_secs(60),
            seed: fastrand::u64(..),
            threads: 4,
            tasks: 24,
            bound: Duration::from_secs(30),
            plant: None,
        };
        let mut parser = Parser::from_env();
        let time = |parser: &mut Parser| {
            let value = parser.value()?.string()?;
            humantime::parse_duration(&value).map_err(|error| lexopt::Error::Custom(error.into()))
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("for") => options.time = time(&mut parser)?,
                Long("seed") => options.seed = parser.value()?.parse()?,
                Long("threads") => options.threads = parser.value()?.parse()?,
                Long("tasks") => options.tasks = parser.value()?.parse()?,
                Long("bound") => options.bound = time(&mut parser)?,
                Long("plant") => options.plant = Some(parser.value()?.parse()?),
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        if options.threads == 0 || options.tasks == 0 {
            return Err("there is nothing to do".into());
        }
        Ok(Some(options))
    }
}
