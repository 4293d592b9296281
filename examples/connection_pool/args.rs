//! The command line.

use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Sends requests to an echo server, which it starts itself, over a pool of few connections.

Usage: connection_pool [OPTIONS]

Options:
    --connections N     connections in the pool [default: 8]
    --tasks N           tasks that share them [default: 64]
    --requests N        requests of each task [default: 50]
    --patience MS       how long a task waits for a connection before it asks again [default: 15]
    --hang-up-after N   requests after which the server hangs up [default: 25]
    -h, --help          print this

Exit status:
    0  every request was answered
    1  some were not, or there was no server
    2  the arguments were wrong
";

pub struct Args {
    pub connections: usize,
    pub tasks: usize,
    pub requests: usize,
    pub patience: Duration,
    pub hang_up_after: usize,
}

impl Args {
    /// `None` if help was asked for.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            connections: 8,
            tasks: 64,
            requests: 50,
            patience: Duration::from_millis(15),
            hang_up_after: 25,
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("connections") => parsed.connections = number(&mut parser, 1024)?,
                Arg::Long("tasks") => parsed.tasks = number(&mut parser, 100_000)?,
                Arg::Long("requests") => parsed.requests = number(&mut parser, 1_000_000)?,
                Arg::Long("patience") => {
                    let millis = number(&mut parser, 3_600_000)?;
                    parsed.patience = Duration::from_millis(millis as u64);
                }
                Arg::Long("hang-up-after") => {
                    parsed.hang_up_after = number(&mut parser, usize::MAX)?;
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
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
