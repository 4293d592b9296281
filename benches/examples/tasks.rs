//! The row `tasks` of one semaphore by itself, for a profiler that counts instructions.
//!
//! ```sh
//! cargo build --release -p compio-sync-benches --example tasks
//! for rounds in 100 400; do
//!     valgrind --tool=callgrind target/release/examples/tasks strict $rounds
//! done
//! ```
//!
//! The difference of the two totals, divided by 64 × 300, is one operation: acquire, yield,
//! release. Names: `yield` (no semaphore at all), `strict`, `throughput`, `local`, `async-lock`,
//! `fair` (futures-intrusive), `local-fair`.

use std::{
    env,
    future::{Future, poll_fn},
    process::ExitCode,
    rc::Rc,
    task::Poll,
};

use compio::runtime::{Runtime, spawn};
use compio_sync::{Fairness, Semaphore, local};
use futures_intrusive::sync::{LocalSemaphore, Semaphore as FairSemaphore};

const TASKS: usize = 64;
const PERMITS: usize = 4;

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs `operation` so often on each task, all of them on one runtime.
fn run<S: 'static, F: Future<Output = ()> + 'static>(
    rounds: usize,
    semaphore: S,
    operation: impl Fn(Rc<S>, usize) -> F,
) {
    let semaphore = Rc::new(semaphore);
    Runtime::new().expect("a runtime").block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| spawn(operation(semaphore.clone(), rounds)))
            .collect();
        for task in tasks {
            task.await.expect("no task panics");
        }
    });
}

macro_rules! run {
    ($rounds:expr, $semaphore:expr, $($acquire:tt)+) => {
        run($rounds, $semaphore, |semaphore, rounds| async move {
            for _ in 0..rounds {
                let permit = semaphore.$($acquire)+.await;
                yield_once().await;
                drop(permit);
            }
        })
    };
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(rounds) = arguments.next().and_then(|rounds| rounds.parse().ok()) else {
        eprintln!("usage: tasks NAME ROUNDS");
        return ExitCode::from(2);
    };
    match &*name {
        "yield" => run(rounds, (), |_, rounds| async move {
            for _ in 0..rounds {
                yield_once().await;
            }
        }),
        "strict" => run!(rounds, Semaphore::new(PERMITS), acquire()),
        "throughput" => run!(
            rounds,
            Semaphore::with_fairness(PERMITS, Fairness::Throughput),
            acquire()
        ),
        "local" => run!(rounds, local::Semaphore::new(PERMITS), acquire()),
        "async-lock" => run!(rounds, async_lock::Semaphore::new(PERMITS), acquire()),
        "fair" => run!(rounds, FairSemaphore::new(true, PERMITS), acquire(1)),
        "local-fair" => run!(rounds, LocalSemaphore::new(true, PERMITS), acquire(1)),
        _ => {
            eprintln!("there is no {name:?} here");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
