//! Turns a lost wake, which would hang a test for ever, into a failure.

use std::{
    io::{Write, stderr},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use super::slowness;

/// Long enough for any machine, and never waited for unless something is wrong.
const FAR: Duration = Duration::from_secs(120);

/// Ends the process when it is not dropped in time: a thread that waits for a lost wake cannot be
/// stopped otherwise.
pub struct Watchdog(#[allow(dead_code, reason = "dropping it is what counts")] Sender<()>);

impl Watchdog {
    pub fn start() -> Self {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        let (alive, watched) = mpsc::channel::<()>();
        thread::spawn(move || {
            if watched.recv_timeout(FAR * slowness()) == Err(RecvTimeoutError::Timeout) {
                // Not by `eprintln`, whose text the harness keeps until a test ends.
                writeln!(stderr(), "{test} hangs: a wake was lost").ok();
                std::process::exit(101);
            }
        });
        Self(alive)
    }
}
