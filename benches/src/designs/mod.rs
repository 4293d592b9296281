//! Semaphores by other designs than the crate's, measured beside it for the record.
//!
//! A design is added like a crate: see [`candidates`](crate::candidates). Its
//! [`Kind`](crate::candidate::Kind) is `Design`.
//!
//! These differ from the crate's, and from each other, in how they guard the list of waiters. The
//! crate's own way, registering by one step on the word and leaving work to a busy holder, is the
//! third of the comparison.

pub mod byte_lock;
mod list;
pub mod std_mutex;

use crate::registry::Registry;

pub fn register(registry: &mut Registry) {
    registry.shared::<std_mutex::Semaphore>();
    registry.shared::<byte_lock::Semaphore>();
}
