//! A cache that tasks of several runtimes share, and that reads each file once.
//!
//! ```text
//! cargo run --release --example shared_cache                   # a sample of its own making
//! cargo run --release --example shared_cache -- src/*.rs
//! cargo run --release --example shared_cache -- --help
//! ```
//!
//! - **The cache** (`cache.rs`) is an `RwLock` around a map of `OnceCell`s. However many ask for a
//!   file at once, one reads it. Some of the askers are impatient and give up, also while they are
//!   the one that reads: then the next in line does, and the file is still loaded once.
//! - **Files that have changed** are found under upgradable access, beside all the readers.
//! - **The crowd** (`crowd.rs`): tasks on each runtime, which meet at a `Barrier` between rounds,
//!   and a `CancellationToken` for when one of the runtimes fails, so that nobody waits for it.
//!
//! The summary counts loads, and the exit status tells whether there were as many as files.

mod args;
mod cache;
mod crowd;
mod files;

use std::{
    io,
    panic::resume_unwind,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use args::Args;
use cache::Cache;
use compio::runtime::Runtime;
use compio_sync::{Barrier, CancellationToken};
use crowd::Job;
use files::Files;

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(Some(args)) => args,
        Ok(None) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("shared_cache: {error}; --help tells more");
            return ExitCode::from(2);
        }
    };
    match run(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("shared_cache: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether each file was loaded once, and once more if it had changed.
fn run(args: Args) -> io::Result<bool> {
    let files = if args.files.is_empty() {
        Files::sample()?
    } else {
        Files::of_the_user(args.files)
    };
    let job = Arc::new(Job {
        cache: Cache::new(args.slow),
        files,
        tasks: args.tasks,
        rounds: Barrier::new(args.threads),
        trouble: CancellationToken::new(),
        requests: AtomicUsize::new(0),
        given_up: AtomicUsize::new(0),
        changed: AtomicUsize::new(0),
    });
    let start = |_| {
        let job = Arc::clone(&job);
        thread::spawn(move || -> io::Result<()> {
            // If it fails or panics, the others are told.
            let trouble = job.trouble.clone().drop_guard();
            let worked = Runtime::new()?.block_on(crowd::work(job));
            worked.inspect(|()| drop(trouble.disarm()))
        })
    };
    let threads: Vec<_> = (0..args.threads).map(start).collect();
    let mut complete = true;
    for thread in threads {
        let ended = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        if let Err(error) = ended {
            eprintln!("shared_cache: {error}");
            complete = false;
        }
    }
    Ok(complete && summarise(&job))
}

fn summarise(job: &Job) -> bool {
    let number = |counter: &AtomicUsize| counter.load(Relaxed);
    let files = job.files.paths().len();
    let changed = number(&job.changed);
    let loads = number(&job.cache.loads);
    println!("requests: {}", number(&job.requests));
    println!("given up: {}", number(&job.given_up));
    println!("hits: {}", number(&job.cache.hits));
    println!("misses: {}", number(&job.cache.misses));
    println!("loads begun: {}", number(&job.cache.begun));
    println!("loads: {loads}");
    println!("files: {files}");
    println!("changed: {changed}");
    let once = loads == files + changed;
    if !once {
        eprintln!("shared_cache: there were not as many loads as files");
    }
    once
}
