//! A wait and a wake between two tasks of one runtime, where no relay has anything to do: what it
//! costs that there is one. `without_relay.sh` runs this with one and without.
//!
//! ```sh
//! cargo run --release -p compio-sync-benches --example same_thread -- 200000
//! ```
//!
//! It prints the nanoseconds that the thread spent on one wait and one wake.

use std::{env, process::ExitCode, rc::Rc};

use compio::runtime::{Runtime, spawn};
use compio_sync::Notify;
use compio_sync_benches::clock::Stopwatch;

/// Each waits for the other, so often. Everything here is in two tasks, since what is not in a task
/// has no part in any relay.
async fn ping_pong(trips: usize) {
    let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let answering = spawn({
        let (ping, pong) = (ping.clone(), pong.clone());
        async move {
            for _ in 0..trips {
                ping.notified().await;
                pong.notify_one();
            }
        }
    });
    let calling = spawn(async move {
        for _ in 0..trips {
            ping.notify_one();
            pong.notified().await;
        }
    });
    calling.await.expect("it does not panic");
    answering.await.expect("it does not panic");
}

fn main() -> ExitCode {
    let trips = env::args().nth(1).and_then(|trips| trips.parse().ok());
    let Some(trips) = trips.filter(|&trips| trips > 0) else {
        eprintln!("usage: same_thread TRIPS");
        return ExitCode::from(2);
    };
    Runtime::new().expect("a runtime").block_on(async {
        ping_pong(trips / 10).await;
        let start = Stopwatch::start();
        ping_pong(trips).await;
        let took = start.elapsed();
        println!("{:.2}", took.as_nanos() as f64 / (2 * trips) as f64);
    });
    ExitCode::SUCCESS
}
