//! Many tasks of one runtime share a few permits or a lock, which each holds over a yield.

use std::{future::Future, rc::Rc};

use compio::runtime::{Runtime, spawn};

use super::{Row, Sample};
use crate::{
    candidate::{Candidate, Primitive},
    clock::Stopwatch,
    yield_now::yield_now,
};

pub static ROW: Row = Row::best(
    Primitive::Semaphore,
    "tasks",
    "one runtime, 64 tasks, 4 permits, each held over one yield",
);

pub static MUTEX: Row = Row::best(
    Primitive::Mutex,
    "tasks",
    "one runtime, 64 tasks, the lock held over one yield",
);

const TASKS: u64 = 64;
pub const PERMITS: usize = 4;

pub fn batch<S: Candidate>(iterations: u64) -> Sample {
    with_permits::<S, PERMITS>(iterations)
}

/// The same with another number of permits.
pub fn with_permits<S: Candidate, const PERMITS: usize>(iterations: u64) -> Sample {
    let semaphore = Rc::new(S::new(PERMITS));
    in_tasks(iterations, |each| {
        let semaphore = semaphore.clone();
        async move {
            for _ in 0..each {
                let permit = S::permit(semaphore.acquire().await);
                yield_now().await;
                drop(permit);
            }
        }
    })
}

/// Divides the iterations among the tasks of a new runtime; `task` makes one that does as many as
/// it is told. Starting the runtime and putting the tasks into it is not timed.
pub fn in_tasks<F: Future<Output = ()> + 'static>(
    iterations: u64,
    task: impl Fn(u64) -> F,
) -> Sample {
    let each = iterations.div_ceil(TASKS);
    let runtime = Runtime::new().expect("a runtime of compio");
    let elapsed = runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS).map(|_| spawn(task(each))).collect();
        let start = Stopwatch::start();
        for task in tasks {
            task.await.expect("the task ends by itself");
        }
        start.elapsed()
    });
    Sample::new(elapsed, each * TASKS)
}
