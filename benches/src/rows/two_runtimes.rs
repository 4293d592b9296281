//! Two threads, a runtime on each, share a few permits or a lock.
//!
//! Both run until they are told to stop, so that they meet all the time; with a fixed number of
//! operations one of them could finish early and leave the other alone. What each of them got done
//! is kept, as a high figure is worth little if one thread got nothing.

use std::{
    future::Future,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use compio::runtime::{Runtime, spawn};

use super::{Row, Sample};
use crate::{
    candidate::{Candidate, Primitive},
    yield_now::yield_now,
};

pub static ROW: Row = Row::median(
    Primitive::Semaphore,
    "two-runtimes",
    "two runtimes on two threads, 16 tasks each, 4 permits in all, held over one yield",
);

pub static MUTEX: Row = Row::median(
    Primitive::Mutex,
    "two-runtimes",
    "two runtimes on two threads, 16 tasks each, the lock held over one yield",
);

/// How many batches of the other rows one of this takes.
pub const BATCHES: u32 = 10;

const THREADS: usize = 2;
/// In all 32. Fewer than the 64 wakes that fit into the inbox of a runtime of compio 0.19: beyond
/// it two runtimes that wake each other can wait for each other for ever.
const TASKS_PER_THREAD: usize = 16;
pub const PERMITS: usize = 4;

pub fn batch<S: Candidate + Send + Sync>(span: Duration) -> Sample {
    with_permits::<S, PERMITS>(span)
}

/// The same with another number of permits.
pub fn with_permits<S: Candidate + Send + Sync, const PERMITS: usize>(span: Duration) -> Sample {
    let semaphore = Arc::new(S::new(PERMITS));
    on_two_runtimes(span, |stop| {
        let semaphore = semaphore.clone();
        async move {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                let permit = S::permit(semaphore.acquire().await);
                yield_now().await;
                drop(permit);
                done += 1;
            }
            done
        }
    })
}

/// `task` makes a task that counts what it does until the flag is set.
pub fn on_two_runtimes<F: Future<Output = u64> + 'static>(
    span: Duration,
    task: impl Fn(Arc<AtomicBool>) -> F + Sync,
) -> Sample {
    let stop = Arc::new(AtomicBool::new(false));
    let barrier = Barrier::new(THREADS + 1);
    let worker = || {
        Runtime::new()
            .expect("a runtime of compio")
            .block_on(async {
                let tasks: Vec<_> = (0..TASKS_PER_THREAD)
                    .map(|_| spawn(task(stop.clone())))
                    .collect();
                barrier.wait();
                let mut done = 0;
                for task in tasks {
                    done += task.await.expect("the task ends by itself");
                }
                done
            })
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        barrier.wait();
        let start = Instant::now();
        thread::sleep(span);
        stop.store(true, Ordering::Relaxed);
        let elapsed = start.elapsed();

        let done: Vec<u64> = workers
            .into_iter()
            .map(|worker| worker.join().expect("the thread ends by itself"))
            .collect();
        let operations: u64 = done.iter().sum();
        let least = *done.iter().min().expect("there are two threads");
        Sample {
            elapsed,
            operations,
            least_share: Some(least as f64 / operations as f64),
        }
    })
}
