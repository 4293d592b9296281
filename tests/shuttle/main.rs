//! Models with many threads: scripts of random operations, which shuttle runs in random orders.
//!
//! `bash ci/shuttle.sh` runs them all, and `bash ci/shuttle.sh NAME` those of a name. loom tries
//! every order of two or three threads (`tests/loom/`); here are up to eight of them, of which only
//! some orders can be tried. Half of the executions are scheduled at random at every step, half by
//! PCT, which has one thread run ahead of the others but for a few places. Only orders of steps are
//! explored, as if all were `SeqCst`: whether the orderings suffice is for loom to say.
//!
//! A wake that gets lost is a deadlock, which shuttle reports. The number of executions is printed
//! with `--nocapture`.
//!
//! # Again
//!
//! Executions are the same each time, unless the environment says otherwise:
//!
//! * `SHUTTLE_ITERATIONS` is how many there are of each model.
//! * `SHUTTLE_RANDOM_SEED` is the number that they begin with: another number, other orders. One
//!   that fails at random prints its own: `SHUTTLE_RANDOM_SEED=… SHUTTLE_ITERATIONS=1 bash
//!   ci/shuttle.sh NAME` runs that one alone.
//! * `SHUTTLE_SCHEDULE` is for any that fails: the lines of digits that it prints between quotation
//!   marks, with the model's name as above. They hold for as long as neither the model nor what it
//!   runs is changed.

#![cfg(shuttle)]

mod barrier;
mod cancellation;
mod condvar;
mod event;
#[path = "../../src/relay/mailbox.rs"]
mod mailbox;
mod mutex;
mod notify;
mod relay;
mod rwlock;
mod semaphore;
mod support;

/// What the mailbox takes from the crate, as in `tests/loom/`.
mod primitive {
    pub(crate) use shuttle::sync::atomic::{AtomicPtr, Ordering};
}
