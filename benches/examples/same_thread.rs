//! A wait and a wake between two tasks of one runtime, where a relay has nothing to do: what it
//! costs that there is one. `without_relay.sh` runs this with one and without.
//!
//! ```sh
//! cargo run --release -p compio-sync-benches --example same_thread -- 16000 1
//! ```
//!
//! It takes the number of round trips in a batch, and of pairs of tasks that share them, and prints
//! the nanoseconds that the thread spent on one wait and one wake in the best of the batches. With
//! one pair the runtime asks the kernel for news after each wake; with many pairs that is rare, so
//! that more of the time is the crate's.

use std::{env, process::ExitCode, rc::Rc};

use compio::runtime::{JoinHandle, Runtime, spawn};
use compio_sync::Notify;
use compio_sync_benches::clock::Stopwatch;

/// Short ones, as what disturbs may come at any time.
const BATCHES: usize = 20;

/// Two tasks, each of which waits for the other, so often. What is not in a task has no part in any
/// relay.
fn pair(trips: usize) -> [JoinHandle<()>; 2] {
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
    [answering, calling]
}

async fn run(trips: usize, pairs: usize) {
    let tasks: Vec<_> = (0..pairs).flat_map(|_| pair(trips / pairs)).collect();
    for task in tasks {
        task.await.expect("it does not panic");
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).map(|number| number.parse().ok());
    let mut number = || arguments.next().flatten().filter(|&number| number > 0);
    let (Some(trips), Some(pairs)) = (number(), number()) else {
        eprintln!("usage: same_thread TRIPS PAIRS");
        return ExitCode::from(2);
    };
    Runtime::new().expect("a runtime").block_on(async {
        let mut best = f64::INFINITY;
        for _ in 0..BATCHES {
            let start = Stopwatch::start();
            run(trips, pairs).await;
            let took = start.elapsed();
            best = best.min(took.as_nanos() as f64 / (2 * trips) as f64);
        }
        println!("{best:.2}");
    });
    ExitCode::SUCCESS
}
