//! Two things that go wrong with primitives that do not know the runtime, and do not with these.
//!
//! ```text
//! cargo run --release --example two_hazards
//! ```
//!
//! - **Two runtimes wake many tasks of each other at once** (`storm.rs`). An executor of compio has
//!   room for 64 wakes from other threads, and whoever brings one more waits until that executor
//!   runs. If both wait, neither ever runs. What may hang does so in a process of its own, which is
//!   stopped after two seconds.
//! - **Reads that are given up** (`reads.rs`). The kernel keeps the buffer of a read whose future
//!   was dropped until it is done with it. A permit that the task gives back before that limits the
//!   tasks, but not the buffers; one that the buffer holds limits the buffers.
//!
//! Both are run with tokio's primitives and with the crate's. The exit status tells whether the
//! crate's did what they should.

#[cfg(unix)]
mod reads;
mod storm;

use std::{env, io, process::ExitCode};

use storm::Notification;

const HELP: &str = "\
Shows two things that go wrong with primitives that do not know the runtime.

Usage: two_hazards [--help]

Exit status:
    0  with compio-sync both went well
    1  they did not, or it could not be tried
    2  the arguments were wrong
";

/// How a part went, for the table.
struct Line {
    what: &'static str,
    with: &'static str,
    came_of_it: String,
    is_well: bool,
    is_ours: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => {}
        ["--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        // In the process of its own.
        [storm::ARGUMENT, name] if let Some(notification) = Notification::of(name) => {
            storm::run(notification);
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("two_hazards: wrong arguments; --help tells more");
            return ExitCode::from(2);
        }
    }
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("two_hazards: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the crate's primitives did what they should.
fn run() -> io::Result<bool> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has the pipe"))]
    let mut lines = storm::lines()?;
    #[cfg(unix)]
    lines.extend(reads::lines()?);

    println!();
    println!("| hazard | with | what came of it | |");
    println!("|---|---|---|---|");
    for line in &lines {
        let verdict = if line.is_well { "well" } else { "NOT WELL" };
        println!(
            "| {} | {} | {} | {verdict} |",
            line.what, line.with, line.came_of_it
        );
    }
    Ok(lines.iter().all(|line| line.is_well || !line.is_ours))
}
