//! Many tasks share few connections.
//!
//! ```text
//! cargo run --release --example connection_pool
//! cargo run --release --example connection_pool -- --connections 2 --patience 5
//! cargo run --release --example connection_pool -- --help
//! ```
//!
//! The example starts an echo server on a free local port (`server.rs`), which hangs up on each
//! client after a while, as servers do. The tasks (`client.rs`) ask the pool for a connection, with
//! a timeout, send a request, and give the connection back. The pool (`pool.rs`) is made of:
//!
//! - **Turns**, a `Semaphore`: how many connections there are, and the line of those who wait.
//! - **Idle connections**, in a `Mutex` with a `Condvar`, for which one with a turn waits when the
//!   connection that it would get is being replaced.
//! - **Missing connections**, a `Semaphore` that counts what the keeper has to open. Since adding a
//!   permit waits for nothing, a destructor can do it.

mod args;
mod client;
mod pool;
mod server;

use std::{cell::Cell, io, process::ExitCode, rc::Rc, time::Duration};

use args::Args;
use client::Job;
use compio::{
    runtime::{ResumeUnwind, Runtime, spawn},
    time::interval,
};
use pool::Pool;

const REPORT_EVERY: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(Some(args)) => args,
        Ok(None) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("connection_pool: {error}; --help tells more");
            return ExitCode::from(2);
        }
    };
    match Runtime::new().and_then(|runtime| runtime.block_on(run(&args))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("connection_pool: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every request was answered.
async fn run(args: &Args) -> io::Result<bool> {
    let address = server::start(args.hang_up_after).await?;
    let pool = Pool::new(address, args.connections);
    spawn(Rc::clone(&pool).keep()).detach();
    let job = Rc::new(Job {
        pool,
        patience: args.patience,
        answered: Cell::new(0),
        timed_out: Cell::new(0),
        broken: Cell::new(0),
    });
    let reports = spawn(report(Rc::clone(&job)));

    let requests = args.requests;
    let start = |task: usize| {
        let job = Rc::clone(&job);
        spawn(async move { job.run((task * requests) as u64, requests).await })
    };
    let tasks: Vec<_> = (0..args.tasks).map(start).collect();
    for task in tasks {
        // A task that was told that the pool is closed has left its requests unanswered.
        let _ = task.await.resume_unwind();
    }
    drop(reports);

    let asked = args.tasks * requests;
    let answered = job.answered.get();
    println!("answered: {answered}");
    println!("unanswered: {}", asked - answered);
    println!("timed out: {}", job.timed_out.get());
    println!("broken: {}", job.broken.get());
    println!("opened: {}", job.pool.opened());
    println!("most out: {}", job.pool.most_out());
    Ok(answered == asked)
}

/// A line about the state of things, now and then. Ends with its handle.
async fn report(job: Rc<Job>) {
    let mut ticks = interval(REPORT_EVERY);
    loop {
        ticks.tick().await;
        println!(
            "{:>7} answered, {:>3} out, {:>5} waiting, {:>3} broken, {:>5} timed out",
            job.answered.get(),
            job.pool.out(),
            job.pool.waiting(),
            job.broken.get(),
            job.timed_out.get(),
        );
    }
}
