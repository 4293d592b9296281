//! A lock for one at a time: one permit, and a value that goes with it.
//!
//! * [`lock`], [`guard`]: the futures and what they give
//! * [`owned`], [`blocking`]: other ways to lock

#![allow(unsafe_code)] // `Sync`, for a value that only guards reach.

#[cfg(not(loom))]
mod blocking;
mod guard;
mod lock;
mod owned;

use std::fmt;

pub(crate) use self::lock::Owner;
pub use self::{
    guard::{MappedMutexGuard, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard},
    lock::{Lock, LockOwned},
};
use crate::{
    domain::Domain,
    fairness::Fairness,
    primitive::{Ordering, ValueCell},
    queue::Wait,
    raw_semaphore::RawSemaphore,
};

/// A lock for one at a time, around the value that it protects.
///
/// Use it through [`compio_sync::Mutex`](crate::Mutex), usable from any thread, or
/// [`compio_sync::local::Mutex`](crate::local::Mutex), bound to one.
///
/// The guard may be held across an `.await`. There is no poisoning: a panic while it is held
/// unlocks, and whoever comes next finds the value as it was left.
///
/// # Fairness
///
/// [`Fairness::Strict`] unless made by [`with_fairness`](Self::with_fairness). See there for the
/// choice and for the *futurelock* that a future which is not polled can cause.
///
/// # Cancel safety
///
/// Dropping a future of this type gives up its place in line and nothing else: a lock that it had
/// been handed goes to the next in line.
///
/// # Memory ordering
///
/// What a thread did before it unlocked *happens before* what another does after it has locked.
///
/// # What does not compile
///
/// A guard that outlives its mutex, and one that makes what is protected live shorter than it does:
///
/// ```compile_fail,E0597
/// let guard = {
///     let mutex = compio_sync::Mutex::new(0);
///     mutex.try_lock()
/// };
/// drop(guard);
/// ```
///
/// ```compile_fail,E0597
/// let mutex: compio_sync::Mutex<&'static str> = compio_sync::Mutex::new("");
/// {
///     let short = String::from("short");
///     *mutex.try_lock().unwrap() = &short;
/// }
/// ```
///
/// # When not to use it
///
/// For a few instructions on plain data that are never held across an `.await`, a lock that blocks
/// ([`std::sync::Mutex`]) is smaller, and a [`Cell`](std::cell::Cell) or
/// [`RefCell`](std::cell::RefCell) will do on one thread. For many readers and few writers there is
/// [`RwLock`](crate::generic::RwLock).
pub struct Mutex<D: Domain, T: ?Sized> {
    raw: RawSemaphore<D>,
    /// For whoever has the only permit of `raw`.
    value: ValueCell<T>,
}

// SAFETY: the value is reached by whoever has the lock, one thread at a time, so that sharing the
// mutex amounts to sending the value.
unsafe impl<D: Domain + Sync, T: ?Sized + Send> Sync for Mutex<D, T> {}

impl<D: Domain, T> Mutex<D, T> {
    const_fn! {
        /// Makes a mutex that is not locked; first come, first served.
        pub fn new(value: T) -> Self {
            Self::with_fairness(value, Fairness::Strict)
        }
    }

    const_fn! {
        /// Makes a mutex with a [`Fairness`].
        pub fn with_fairness(value: T, fairness: Fairness) -> Self {
            Self {
                raw: RawSemaphore::new(1, fairness),
                value: ValueCell::new(value),
            }
        }
    }

    /// The value, of a mutex that nobody else can reach any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<D: Domain, T: ?Sized> Mutex<D, T> {
    /// The policy that it was made with.
    pub fn fairness(&self) -> Fairness {
        self.raw.fairness()
    }

    /// Waits for the lock.
    ///
    /// Locking it again while holding the guard waits for ever.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. A lock that it had been handed goes to the
    /// next.
    #[inline]
    pub fn lock(&self) -> Lock<'_, D, T> {
        Wait::new(self, 1)
    }

    /// Locks, if that is possible at once.
    ///
    /// Under [`Fairness::Strict`] it is not possible while anybody waits.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, D, T>> {
        self.raw.take_whole_now(1).then(|| MutexGuard::new(self))
    }

    /// The value, without locking, as nobody else can.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Whether it is locked now.
    pub fn is_locked(&self) -> bool {
        self.raw.permits.load(Ordering::Relaxed).count() == 0
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl<D: Domain, T: Default> Default for Mutex<D, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<D: Domain, T> From<T> for Mutex<D, T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// Does not wait: a value that is locked is shown as `<locked>`.
impl<D: Domain, T: ?Sized + fmt::Debug> fmt::Debug for Mutex<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mutex = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(value) => mutex.field("value", &&*value),
            None => mutex.field("value", &format_args!("<locked>")),
        };
        mutex
            .field("fairness", &self.fairness())
            .finish_non_exhaustive()
    }
}
