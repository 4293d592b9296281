//! Acquiring from plain threads.

use std::sync::Arc;

use super::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use crate::{blocking::block_on, domain::Shared};

/// Acquiring from a plain thread, which is parked meanwhile.
///
/// These wait in the same line as tasks do.
impl Semaphore<Shared> {
    /// Waits for one permit.
    ///
    /// # Panics
    ///
    /// When the semaphore is closed, and on a thread that is running a compio runtime: parking that
    /// thread would stop the runtime's own driver, and with it perhaps the task that holds the
    /// permit. Use [`acquire`](Semaphore::acquire) there. (Seen with the feature `compio`
    /// only.)
    #[track_caller]
    pub fn blocking_acquire(&self) -> SemaphorePermit<'_, Shared> {
        block_on("blocking_acquire", "acquire().await", self.acquire())
    }

    /// Waits for `n` permits.
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire`](Self::blocking_acquire), and when `n` is above
    /// [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: usize) -> SemaphorePermit<'_, Shared> {
        block_on(
            "blocking_acquire_many",
            "acquire_many(n).await",
            self.acquire_many(n),
        )
    }

    /// Waits for one permit that holds the semaphore alive.
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire`](Self::blocking_acquire).
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> OwnedSemaphorePermit<Shared> {
        block_on(
            "blocking_acquire_owned",
            "acquire_owned().await",
            self.acquire_owned(),
        )
    }

    /// Waits for `n` permits that hold the semaphore alive.
    ///
    /// # Panics
    ///
    /// As [`blocking_acquire_many`](Self::blocking_acquire_many).
    #[track_caller]
    pub fn blocking_acquire_many_owned(self: Arc<Self>, n: usize) -> OwnedSemaphorePermit<Shared> {
        block_on(
            "blocking_acquire_many_owned",
            "acquire_many_owned(n).await",
            self.acquire_many_owned(n),
        )
    }
}
