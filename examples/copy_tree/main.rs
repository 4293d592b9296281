//! Copies a directory tree with many files in flight over several runtimes, and never more than one
//! shared semaphore allows.
//!
//! ```text
//! cargo run --release --example copy_tree               # copies a sample of its own making
//! cargo run --release --example copy_tree -- SRC DST    # copies as `cp -a SRC/. DST` would
//! cargo run --release --example copy_tree -- --help
//! ```
//!
//! A completion-based runtime is happy to have a thousand files open at once, and the process is
//! not: it has so many descriptors and so much memory. What is in flight has to be limited, for all
//! the runtimes together, since descriptors belong to the process. compio runs one runtime per
//! thread, and a [`Semaphore`](compio_sync::Semaphore) is what they can share. It appears here in
//! five parts:
//!
//! - **The limit** (`limit.rs`): a permit per entry in flight, taken *before* the task is spawned.
//!   However large the tree, there are no more tasks than permits. When descriptors run out,
//!   `reduce_permits` lowers the limit while all of it is in use, and the entries that failed queue
//!   up behind the ones that did not. A separate count shows in the summary that the limit held.
//! - **Ctrl-C** is `close` on that semaphore: every waiter is told, nothing new begins, and what is
//!   in flight looks at `is_closed` between two chunks and removes its unfinished file.
//! - **The work** (`pool.rs`): a stack of directories whose semaphore holds a permit per item, so
//!   that a walker without work waits for a permit, and the end of the work is once more `close`.
//! - **The thread pool** of each runtime (`worker.rs`), for what compio cannot do without a thread,
//!   is kept small by a `local::Semaphore`: no other runtime is concerned, so no atomics are
//!   needed.
//! - **Memory** (`copy.rs`): a `local::Semaphore` per runtime counts buffers in KiB, and a file
//!   asks for as many as it needs with `acquire_many`.
//!
//! Each runtime has one walker (`worker.rs`). It takes a directory from the pool, reads a batch of
//! its entries, puts the rest back for the others, and for each entry waits for a slot and spawns a
//! task. A directory gets its permissions and times when its contents are complete (`tree.rs`), and
//! when the root has got its own, everything is done. What waits for memory or for a thread may
//! hold a slot; what holds memory or a thread never waits for a slot, so nothing can wait in a
//! circle.

mod args;
mod attributes;
mod copy;
mod crew;
mod limit;
mod pool;
mod report;
mod roots;
mod sample;
mod tree;
mod verify;
mod worker;

use std::{path::Path, process::ExitCode, sync::Arc, time::Instant};

use args::Args;
use limit::Limit;
use pool::Pool;
use report::Report;
use roots::Roots;
use sample::Sample;

/// What all the runtimes share.
struct Job {
    limit: Arc<Limit>,
    pool: Arc<Pool>,
    report: Report,
}

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(Some(args)) => args,
        Ok(None) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => return refuse(&format!("{error}; --help tells more")),
    };
    let limit = Limit::new(args.max_in_flight);
    let on_interrupt = Arc::clone(&limit);
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.interrupt()) {
        return refuse(&error.to_string());
    }
    match &args.paths {
        Some((source, target)) => run(&args, source, target, limit),
        None => match Sample::make() {
            Ok(sample) => run(&args, &sample.source(), &sample.copy(), limit),
            Err(error) => refuse(&format!("cannot make a sample: {error}")),
        },
    }
}

fn run(args: &Args, source: &Path, target: &Path, limit: Arc<Limit>) -> ExitCode {
    let roots = match Roots::prepare(source, target) {
        Ok(roots) => roots,
        Err(reason) => return refuse(&reason),
    };
    let job = Arc::new(Job {
        limit,
        pool: Pool::new(),
        report: Report::new(),
    });
    job.report.count_ahead(roots.source.clone());
    let start = Instant::now();
    let copied = crew::copy(&job, &roots, args.threads);
    let elapsed = start.elapsed();
    job.report.finish_bar();
    match copied {
        Ok(runtimes) => job.report.print(&job.limit, runtimes, elapsed),
        Err(error) => {
            eprintln!("copy_tree: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    }
    if args.verify || args.paths.is_none() {
        println!(
            "verified: {}",
            verify::verify(&roots, &job.report, &job.limit)
        );
    }
    if job.limit.interrupted() {
        eprintln!("copy_tree: interrupted before the end");
        ExitCode::from(130)
    } else if job.report.complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("copy_tree: {reason}");
    ExitCode::from(2)
}
