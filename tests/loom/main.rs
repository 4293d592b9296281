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
#[path = "../../src/relay/mailbox.rs"]
mod mailbox;
mod mutex;
mod notify;
mod once_cell;
mod relay;
mod rendezvous;
mod rwlock;
mod semaphore;
mod support;
mod window;

/// What the mailbox takes from the crate. It is compiled into the models by itself, since the rest
/// of a relay needs compio's runtime, which has models of its own under the same `cfg`.
mod primitive {
    pub(crate) use std::sync::atomic::Ordering;

    pub(crate) use loom::sync::atomic::AtomicPtr;
}
