//! A server that ends well: it takes no more clients, finishes what is under way, and leaves.
//!
//! ```text
//! cargo run --release --example graceful_shutdown                    # until Ctrl-C
//! cargo run --release --example graceful_shutdown -- --for 10 --drain 2
//! cargo run --release --example graceful_shutdown -- --help
//! ```
//!
//! It echoes lines (`connection.rs`), on several threads with a runtime each (`worker.rs`), while
//! the main thread waits for the reason to stop. Three questions, and what answers them:
//!
//! - **Is it time to stop?** A `CancellationToken` for all the runtimes, which Ctrl-C, the clock,
//!   or a client that sends `quit` cancels. Each runtime passes it on to a
//!   `local::CancellationToken`, of which each connection has a child.
//! - **Is everybody done?** A `WaitGroup` with a guard for each connection, however that ends.
//! - **Has it taken too long?** A timeout around waiting for the group, and a second token, which
//!   makes the runtimes leave with connections open.

mod args;
mod connection;
mod worker;

use std::{
    io,
    net::TcpListener,
    panic::resume_unwind,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use args::Args;
use compio::{runtime::Runtime, time::timeout};
use compio_sync::{CancellationToken, WaitGroup};
use worker::Server;

const CUT_OFF: u8 = 2;

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(Some(args)) => args,
        Ok(None) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("graceful_shutdown: {error}; --help tells more");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(CUT_OFF),
        Err(error) => {
            eprintln!("graceful_shutdown: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is told to stop, and returns how many connections were cut off.
fn run(args: &Args) -> io::Result<usize> {
    let server = Arc::new(Server {
        stop: CancellationToken::new(),
        cut: CancellationToken::new(),
        under_way: Arc::new(WaitGroup::new()),
        connections: AtomicUsize::new(0),
        lines: AtomicUsize::new(0),
    });
    let on_interrupt = server.stop.clone();
    ctrlc::set_handler(move || on_interrupt.cancel()).map_err(io::Error::other)?;
    let runtime = Runtime::new()?;
    let listener = TcpListener::bind(args.listen)?;
    let address = listener.local_addr()?;
    let mut threads = Vec::new();
    for _ in 0..args.threads {
        let server = Arc::clone(&server);
        let listener = listener.try_clone()?;
        let listening = Arc::clone(&server.under_way).enter_owned();
        threads.push(thread::spawn(move || {
            // One that cannot start, or panics, stops the others with it.
            let _stop = server.stop.clone().drop_guard();
            Runtime::new()?.block_on(worker::work(server, listener, listening))
        }));
    }
    // Only the runtimes have it now, so that it closes with the last of theirs.
    drop(listener);
    println!("listening on {address}");

    let cut_off = runtime.block_on(async {
        let told = server.stop.cancelled();
        let in_time = match args.lasting {
            Some(lasting) => timeout(lasting, told).await.is_ok(),
            None => {
                told.await;
                true
            }
        };
        // If it was the clock, nobody has told the others yet.
        server.stop.cancel();
        let reason = if in_time {
            "it was told to"
        } else {
            "time is up"
        };
        println!("stopping: {reason}");
        let drained = timeout(args.drain, server.under_way.wait()).await;
        drained.map_or_else(|_| server.under_way.count(), |()| 0)
    });
    server.cut.cancel();
    for thread in threads {
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
    }
    println!("connections: {}", server.connections.load(Relaxed));
    println!("lines: {}", server.lines.load(Relaxed));
    println!("cut off: {cut_off}");
    Ok(cut_off)
}
