//! The published semaphores that are measured, a file for each crate.
//!
//! To add a candidate: implement [`Candidate`](crate::candidate::Candidate) on a newtype in a file
//! of its own, and name it in [`register`] (a crate) or in [`designs::register`](crate::designs)
//! (another design of ours). Rows, checks, tables and charts follow.

mod async_lock;
mod asyncband;
mod futures_intrusive;
mod local_sync;
mod ours;
mod tokio;

use crate::registry::Registry;

pub fn register(registry: &mut Registry) {
    registry.shared::<ours::Strict>();
    registry.shared::<ours::Throughput>();
    registry.shared::<tokio::Semaphore>();
    registry.shared::<async_lock::Semaphore>();
    registry.shared::<asyncband::Semaphore>();
    registry.shared::<futures_intrusive::Fair>();
    registry.shared::<futures_intrusive::Unfair>();

    registry.local::<ours::LocalStrict>();
    registry.local::<ours::LocalThroughput>();
    registry.local::<futures_intrusive::LocalFair>();
    registry.local::<futures_intrusive::LocalUnfair>();
    registry.local::<local_sync::Semaphore>();
}
