//! Models: small scripts of operations, of which loom runs every interleaving.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release --test loom`; one script a test, so that a failure
//! names what it takes. A waiting task is polled by hand, so that a model can drop it wherever it
//! stands; a task that is `finish`ed sleeps until its waker is called, and a lost wake is a
//! deadlock, which loom reports.

#![cfg(loom)]

mod cancellation;
mod condvar;
mod enable;
mod event;
mod mutex;
mod notify;
mod once_cell;
mod rendezvous;
mod rwlock;
mod semaphore;
mod support;
mod window;
