//! Many tasks share a lock for readers and writers; one access in ten is a writer's.
//!
//! Every access is held over one yield. Held over nothing, tasks of one runtime would never meet.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Row, Sample, tasks, two_runtimes};
use crate::{
    candidate::{Primitive, RwLock},
    yield_now::yield_now,
};

pub static TASKS: Row = Row::best(
    Primitive::Rwlock,
    "mix",
    "one runtime, 64 tasks, 90 % reads and 10 % writes, each held over one yield",
);

pub static TWO_RUNTIMES: Row = Row::median(
    Primitive::Rwlock,
    "mix-two-runtimes",
    "two runtimes on two threads, 16 tasks each, 90 % reads and 10 % writes, held over one yield",
);

/// Of so many accesses of a task one is a write. Each task begins at another place, so that there
/// are writes among the reads all the time.
const WRITE_EVERY: u64 = 10;

pub async fn access<L: RwLock>(lock: &L, turn: u64) {
    if turn.is_multiple_of(WRITE_EVERY) {
        let guard = lock.write().await;
        yield_now().await;
        drop(guard);
    } else {
        let guard = lock.read().await;
        yield_now().await;
        drop(guard);
    }
}

pub fn in_tasks<L: RwLock>(iterations: u64) -> Sample {
    let lock = Rc::new(L::new());
    let tasks = Cell::new(0);
    tasks::in_tasks(iterations, |each| {
        let lock = lock.clone();
        let first = tasks.replace(tasks.get() + 1);
        async move {
            for turn in first..first + each {
                access(&*lock, turn).await;
            }
        }
    })
}

pub fn on_two_runtimes<L: RwLock + Send + Sync>(span: Duration) -> Sample {
    let lock = Arc::new(L::new());
    let tasks = AtomicU64::new(0);
    two_runtimes::on_two_runtimes(span, |stop| {
        let lock = lock.clone();
        let first = tasks.fetch_add(1, Ordering::Relaxed);
        async move {
            let mut turn = first;
            while !stop.load(Ordering::Relaxed) {
                access(&*lock, turn).await;
                turn += 1;
            }
            turn - first
        }
    })
}
