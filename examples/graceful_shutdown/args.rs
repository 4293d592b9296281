//! The command line.

use std::{net::SocketAddr, num::NonZero, thread, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Echoes lines to its clients over several runtimes, until it is told to stop; then it takes no more
clients, finishes what is under way, and ends.

Usage: graceful_shutdown [OPTIONS]

It stops on Ctrl-C, when its time is up, and when a client sends the line `quit`.

Options:
    --listen ADDRESS   where to listen [default: 127.0.0.1:0, a free port]
    --threads N        threads with a runtime each [default: the number of CPUs]
    --for SECONDS      stop by itself after so long
    --drain SECONDS    how long to wait for what is under way [default: 5]
    -h, --help         print this

Exit status:
    0  everything that was under way was finished
    1  it could not listen
    2  the time for that was up and connections were cut off, or the arguments were wrong
";

/// All of them are woken at once when the server stops.
const MOST_THREADS: usize = 64;

pub struct Args {
    pub listen: SocketAddr,
    pub threads: usize,
    pub lasting: Option<Duration>,
    pub drain: Duration,
}

impl Args {
    /// `None` if help was asked for.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            threads: thread::available_parallelism()
                .map_or(1, NonZero::get)
                .min(MOST_THREADS),
            lasting: None,
            drain: Duration::from_secs(5),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("listen") => parsed.listen = parser.value()?.parse()?,
                Arg::Long("threads") => parsed.threads = threads(&mut parser)?,
                Arg::Long("for") => parsed.lasting = Some(seconds(&mut parser)?),
                Arg::Long("drain") => parsed.drain = seconds(&mut parser)?,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        // Windows binds a listener to the completion port of one runtime, its clones with it.
        if cfg!(windows) {
            parsed.threads = 1;
        }
        Ok(Some(parsed))
    }
}

fn threads(parser: &mut Parser) -> Result<usize, lexopt::Error> {
    let number = parser.value()?.parse()?;
    if (1..=MOST_THREADS).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} is not between 1 and {MOST_THREADS}").into())
    }
}

fn seconds(parser: &mut Parser) -> Result<Duration, lexopt::Error> {
    let seconds = parser.value()?.parse()?;
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{seconds}: {error}").into())
}
