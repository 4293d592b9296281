//! A lock for one writer or many readers.
//!
//! * [`raw`]: how the kinds of access share permits, and how an upgrade works
//! * [`access`]: the futures, for each kind of access and each handle
//! * [`guard`], [`mapped`]: what they give
//! * [`owned`], [`blocking`]: other ways to lock

#![allow(unsafe_code)] // `Sync`, for a value that only guards reach.

mod access;
#[cfg(not(loom))]
mod blocking;
mod guard;
mod mapped;
mod owned;
mod raw;

use std::fmt;

use self::{access::Access, raw::RawRwLock};
pub use self::{
    access::{
        Read, ReadOwned, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned, Write,
        WriteOwned,
    },
    guard::{
        OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
        RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    },
    mapped::{
        MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
        OwnedMappedRwLockWriteGuard,
    },
};
use crate::{domain::Domain, fairness::Fairness, primitive::ValueCell, queue::Wait};

/// A lock for one writer or many readers, around the value that it protects.
///
/// Use it through [`compio_sync::RwLock`](crate::RwLock), usable from any thread, or
/// [`compio_sync::local::RwLock`](crate::local::RwLock), bound to one.
///
/// Besides readers and writers there is one *upgradable* reader at a time: it reads beside the
/// others, and [`upgrade`](RwLockUpgradableReadGuard::upgrade)s when it finds that it has to write,
/// with nobody writing in between. A guard may be held across an `.await`. There is no poisoning.
///
/// # Fairness
///
/// One line for all, first come, first served ([`Fairness::Strict`]), unless made by
/// [`with_fairness`](Self::with_fairness): readers that come while a writer waits get in line
/// behind it, and what a writer leaves goes to all readers up to the next writer at once. So
/// neither starves the other. An upgradable reader that waits for the present one holds up those
/// behind it, too. Only an upgrade goes ahead of the line. Under [`Fairness::Throughput`] whoever
/// comes may get in past the line, within the bound that is stated there.
///
/// # Cancel safety
///
/// Dropping a future of this type gives up its place in line and nothing else: access that it had
/// been handed goes to the next in line. Dropping an upgrade gives up the upgradable access, too.
///
/// # Memory ordering
///
/// What a thread did before it released exclusive access *happens before* what another does after
/// it has got any; what it did before it released shared access, before what another does after it
/// has got exclusive access.
///
/// # Deadlocks
///
/// A task that has access and waits for more waits for itself. That is so for a second *read* as
/// well: a writer that got in line in between waits for the first read, and the second waits behind
/// the writer.
///
/// # When not to use it
///
/// Readers that hold the lock for a few instructions gain nothing over a
/// [`Mutex`](crate::generic::Mutex): they write the same word to get in and out. To read a value
/// that is replaced as a whole, share an `Arc` of it instead.
pub struct RwLock<D: Domain, T: ?Sized> {
    raw: RawRwLock<D>,
    /// For whoever has permits of `raw`: one to read it, all to write it.
    value: ValueCell<T>,
}

// SAFETY: the value is reached by one thread at a time to write it, or by several to read it, so
// that sharing the lock amounts to sending and to sharing the value.
unsafe impl<D: Domain + Sync, T: ?Sized + Send + Sync> Sync for RwLock<D, T> {}

impl<D: Domain, T> RwLock<D, T> {
    const_fn! {
        /// Makes a lock that nobody holds; first come, first served.
        pub fn new(value: T) -> Self {
            Self::with_fairness(value, Fairness::Strict)
        }
    }

    const_fn! {
        /// Makes a lock with a [`Fairness`].
        pub fn with_fairness(value: T, fairness: Fairness) -> Self {
            Self {
                raw: RawRwLock::new(fairness),
                value: ValueCell::new(value),
            }
        }
    }

    /// The value, of a lock that nobody else can reach any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<D: Domain, T: ?Sized> RwLock<D, T> {
    /// The policy that it was made with.
    pub fn fairness(&self) -> Fairness {
        self.raw.permits.fairness()
    }

    /// Waits for shared access.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. Access that it had been handed goes to the
    /// next.
    #[inline]
    pub fn read(&self) -> Read<'_, D, T> {
        Wait::new(Access::new(self), raw::READ)
    }

    /// Waits for shared access that can be upgraded to exclusive access.
    ///
    /// It coexists with readers; a second one waits.
    ///
    /// # Cancel safety
    ///
    /// As for [`read`](Self::read).
    #[inline]
    pub fn upgradable_read(&self) -> UpgradableRead<'_, D, T> {
        Wait::new(Access::new(self), raw::UPGRADABLE)
    }

    /// Waits for exclusive access.
    ///
    /// # Cancel safety
    ///
    /// As for [`read`](Self::read). Readers that waited behind it get in.
    #[inline]
    pub fn write(&self) -> Write<'_, D, T> {
        Wait::new(Access::new(self), raw::WRITE)
    }

    /// Gets shared access, if that is possible at once.
    ///
    /// Under [`Fairness::Strict`] it is not possible while anybody waits.
    #[inline]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, D, T>> {
        self.take(raw::READ)
            .then(|| RwLockReadGuard::new(Access::new(self)))
    }

    /// Gets upgradable access, if that is possible at once.
    ///
    /// Under [`Fairness::Strict`] it is not possible while anybody waits.
    #[inline]
    pub fn try_upgradable_read(&self) -> Option<RwLockUpgradableReadGuard<'_, D, T>> {
        self.take(raw::UPGRADABLE)
            .then(|| RwLockUpgradableReadGuard::new(Access::new(self)))
    }

    /// Gets exclusive access, if that is possible at once.
    ///
    /// Under [`Fairness::Strict`] it is not possible while anybody waits.
    #[inline]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, D, T>> {
        self.take(raw::WRITE)
            .then(|| RwLockWriteGuard::new(Access::new(self)))
    }

    #[inline(always)]
    fn take(&self, permits: usize) -> bool {
        self.raw.take_now(permits)
    }

    /// The value, without locking, as nobody else can.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// How many are in line now, an upgrade not counted. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        self.raw.permits.waiters()
    }
}

impl<D: Domain, T: Default> Default for RwLock<D, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<D: Domain, T> From<T> for RwLock<D, T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// Does not wait: a value that cannot be read now is shown as `<locked>`.
impl<D: Domain, T: ?Sized + fmt::Debug> fmt::Debug for RwLock<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lock = f.debug_struct("RwLock");
        match self.try_read() {
            Some(value) => lock.field("value", &&*value),
            None => lock.field("value", &format_args!("<locked>")),
        };
        lock.field("fairness", &self.fairness())
            .finish_non_exhaustive()
    }
}
