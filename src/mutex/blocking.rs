//! Locking from plain threads.

use std::sync::Arc;

use super::{Mutex, MutexGuard, OwnedMutexGuard};
use crate::{blocking::block_on, domain::Shared};

/// Locking from a plain thread, which is parked meanwhile.
///
/// These wait in the same line as tasks do.
impl<T: ?Sized> Mutex<Shared, T> {
    /// Waits for the lock.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver, and with it perhaps the task that holds the lock. Use [`lock`](Mutex::lock)
    /// there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, Shared, T> {
        block_on("blocking_lock", "lock().await", self.lock())
    }

    /// Waits for the lock; the guard holds the mutex alive.
    ///
    /// # Panics
    ///
    /// As [`blocking_lock`](Self::blocking_lock).
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<Shared, T> {
        block_on(
            "blocking_lock_owned",
            "lock_owned().await",
            self.lock_owned(),
        )
    }
}
