//! Locking from plain threads.

use super::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
use crate::{blocking::block_on, domain::Shared};

/// Locking from a plain thread, which is parked meanwhile.
///
/// These wait in the same line as tasks do.
///
/// # Panics
///
/// All of them, on a thread that is running a compio runtime: parking that thread would stop the
/// runtime's own driver, and with it perhaps the task that holds the lock. (Seen with the feature
/// `compio` only.)
impl<T: ?Sized> RwLock<Shared, T> {
    /// Waits for shared access.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime. Use [`read`](RwLock::read) there.
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, Shared, T> {
        block_on("blocking_read", "read().await", self.read())
    }

    /// Waits for upgradable access.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime. Use
    /// [`upgradable_read`](RwLock::upgradable_read) there.
    #[track_caller]
    pub fn blocking_upgradable_read(&self) -> RwLockUpgradableReadGuard<'_, Shared, T> {
        block_on(
            "blocking_upgradable_read",
            "upgradable_read().await",
            self.upgradable_read(),
        )
    }

    /// Waits for exclusive access.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime. Use [`write`](RwLock::write) there.
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, Shared, T> {
        block_on("blocking_write", "write().await", self.write())
    }
}
