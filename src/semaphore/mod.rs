//! A counting semaphore: at most so many at a time.
//!
//! * [`acquire`], [`permit`]: the futures and what they give
//! * [`owned`], [`blocking`]: other ways to acquire
//!
//! How permits move is the [engine](crate::raw_semaphore)'s affair.

mod acquire;
#[cfg(not(loom))]
mod blocking;
#[cfg(all(test, not(loom)))]
#[path = "../../tests/unit/freeze.rs"]
#[allow(unsafe_code, clippy::disallowed_types, clippy::disallowed_methods)]
mod freeze;
mod owned;
mod permit;

use std::fmt;

pub use self::{
    acquire::{Acquire, AcquireOrClosed, AcquireOwned, AcquireOwnedOrClosed},
    permit::{OwnedSemaphorePermit, SemaphorePermit},
};
use crate::{
    domain::Domain,
    fairness::Fairness,
    primitive::Ordering,
    queue::{Wait, Word},
    raw_semaphore::RawSemaphore,
};

/// A counting semaphore: it bounds how many hold a permit at the same time.
///
/// Use it through [`compio_sync::Semaphore`](crate::Semaphore), usable from any thread, or
/// [`compio_sync::local::Semaphore`](crate::local::Semaphore), bound to one.
///
/// A request may be for several permits at once, and for none. Those who wait do so in the order in
/// which they came; a large request at the front holds up smaller ones behind it until it is served
/// or given up. The number of permits can change at any time: [`add_permits`](Self::add_permits),
/// [`reduce_permits`](Self::reduce_permits), [`resize`](Self::resize).
///
/// # Fairness
///
/// [`Fairness::Strict`] unless made by [`with_fairness`](Self::with_fairness). See there for the
/// choice and for the *futurelock* that a future which is not polled can cause.
///
/// # Cancel safety
///
/// Dropping a future of this type gives up its place in line and nothing else: permits that it had
/// been handed go to the next in line.
///
/// # Memory ordering
///
/// What a thread did before it gave a permit back *happens before* what another does after it has
/// acquired that permit. [`close`](Self::close) and the numbers that the semaphore reports order
/// nothing.
///
/// # When not to use it
///
/// To exclude all others from some data, a mutex says what it protects. To wait for an event rather
/// than for a turn, a notification needs no one to give anything back.
pub struct Semaphore<D: Domain> {
    raw: RawSemaphore<D>,
    /// All permits, free or held. Changes when permits are added, taken away or forgotten.
    max: Word<D>,
}

impl<D: Domain> Semaphore<D> {
    /// The most permits that a semaphore can have.
    pub const MAX_PERMITS: usize = RawSemaphore::<D>::MAX;

    const_fn! {
        /// Makes a semaphore with so many permits, first come, first served.
        ///
        /// Zero is allowed: everybody waits until permits are [added](Self::add_permits).
        ///
        /// # Panics
        ///
        /// When `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn new(permits: usize) -> Self {
            Self::with_fairness(permits, Fairness::Strict)
        }
    }

    const_fn! {
        /// Makes a semaphore with so many permits and a [`Fairness`].
        ///
        /// # Panics
        ///
        /// When `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn with_fairness(permits: usize, fairness: Fairness) -> Self {
            Self::check(permits);
            Self {
                raw: RawSemaphore::new(permits, fairness),
                max: Word::new(permits),
            }
        }
    }

    /// The policy that it was made with.
    #[inline]
    pub fn fairness(&self) -> Fairness {
        self.raw.fairness()
    }

    #[inline(always)]
    #[track_caller]
    const fn check(n: usize) {
        assert!(
            n <= Self::MAX_PERMITS,
            "a semaphore has at most `MAX_PERMITS` permits"
        );
    }

    /// Waits for one permit.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. A permit that it had been handed goes to the
    /// next.
    ///
    /// # Panics
    ///
    /// When the semaphore is closed. Where that may happen, use
    /// [`acquire_or_closed`](Self::acquire_or_closed).
    #[inline]
    pub fn acquire(&self) -> Acquire<'_, D> {
        Wait::new(self, 1)
    }

    /// Waits for `n` permits, and takes all of them at once.
    ///
    /// A request for none is served at once. One for more than there are waits until permits are
    /// [added](Self::add_permits), and holds up everybody behind it.
    ///
    /// # Cancel safety
    ///
    /// As for [`acquire`](Self::acquire). Nothing is set aside for a request before it can be
    /// served.
    ///
    /// # Panics
    ///
    /// When the semaphore is closed, or `n` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, n: usize) -> Acquire<'_, D> {
        Self::check(n);
        Wait::new(self, n)
    }

    /// Waits for one permit, or for the semaphore to close.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Closed) when the semaphore is or becomes closed.
    ///
    /// # Cancel safety
    ///
    /// As for [`acquire`](Self::acquire).
    #[inline]
    pub fn acquire_or_closed(&self) -> AcquireOrClosed<'_, D> {
        Wait::new(self, 1)
    }

    /// Waits for `n` permits, or for the semaphore to close.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Closed) when the semaphore is or becomes closed.
    ///
    /// # Cancel safety
    ///
    /// As for [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// When `n` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    #[track_caller]
    pub fn acquire_many_or_closed(&self, n: usize) -> AcquireOrClosed<'_, D> {
        Self::check(n);
        Wait::new(self, n)
    }

    /// Takes one permit, if that is possible at once.
    ///
    /// Under [`Fairness::Strict`] it is not possible while anybody waits.
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_, D>> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits, if that is possible at once.
    ///
    /// # Panics
    ///
    /// When `n` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    #[track_caller]
    pub fn try_acquire_many(&self, n: usize) -> Option<SemaphorePermit<'_, D>> {
        Self::check(n);
        self.raw.take_now(n).then(|| SemaphorePermit::new(self, n))
    }

    /// How many permits are free now.
    pub fn available_permits(&self) -> usize {
        self.raw
            .permits
            .load(Ordering::Relaxed)
            .count()
            .max(0)
            .cast_unsigned()
    }

    /// How many permits there are, free or held. Those that are withheld after a reduction do not
    /// count.
    pub fn max_permits(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    /// How many permits are held now.
    ///
    /// That is more than [`max_permits`](Self::max_permits) after a reduction below what was held,
    /// until enough have come back. While another thread changes the number of permits it may
    /// be off by that change.
    pub fn in_use(&self) -> usize {
        let max = self.max_permits().cast_signed();
        (max - self.raw.permits.load(Ordering::Relaxed).count())
            .max(0)
            .cast_unsigned()
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }

    /// Adds `n` permits, and serves those who wait for them.
    ///
    /// # Panics
    ///
    /// When there would be more than [`MAX_PERMITS`](Self::MAX_PERMITS); none is added then.
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.change_max(|max| {
            let sum = max.saturating_add(n);
            Self::check(sum);
            sum
        });
        if n > 0 {
            self.raw.release(n);
        }
    }

    /// Takes `n` permits away, or as many as there are; says how many.
    ///
    /// Exact: permits that are held now are withheld as they come back. Nobody is served before as
    /// many have come back as were taken away, but for those whom another thread is just handing
    /// permits to.
    pub fn reduce_permits(&self, n: usize) -> usize {
        let before = self.change_max(|max| max.saturating_sub(n));
        let taken = n.min(before);
        self.raw.permits.withhold(taken);
        taken
    }

    /// Takes away `n` of the permits that are free now, or as many as are; says how many.
    ///
    /// Those that are held are left alone, see [`reduce_permits`](Self::reduce_permits).
    pub fn forget_permits(&self, n: usize) -> usize {
        let taken = self.raw.permits.take_up_to(n);
        self.forget(taken);
        taken
    }

    /// Makes it a semaphore with `n` permits, by adding or by taking away as
    /// [`reduce_permits`](Self::reduce_permits) does.
    ///
    /// # Panics
    ///
    /// When `n` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn resize(&self, n: usize) {
        Self::check(n);
        let before = self.max.swap(n, Ordering::Relaxed);
        if n > before {
            self.raw.release(n - before);
        } else {
            self.raw.permits.withhold(before - n);
        }
    }

    /// Permits that are held are gone for good.
    fn forget(&self, n: usize) {
        let before = self.change_max(|max| max.saturating_sub(n));
        // More were held than there are, because of a reduction: what cannot shrink pays for it.
        let owed = n.saturating_sub(before);
        if owed > 0 {
            self.raw.permits.put(owed);
        }
    }

    /// Gives the number from before.
    #[track_caller]
    fn change_max(&self, change: impl Fn(usize) -> usize) -> usize {
        self.max
            .update(Ordering::Relaxed, Ordering::Relaxed, |max| {
                Some(change(max))
            })
            .unwrap_or_else(|max| max)
    }

    /// Closes it for good: nobody gets a permit any more.
    ///
    /// Everybody in line is told: `acquire_or_closed` and its like give an error there, `acquire`
    /// and its like panic. Permits that were handed out, or that another thread is just
    /// handing out, stay valid, also those whose future has not been polled since, and are
    /// counted when they come back.
    pub fn close(&self) {
        self.raw.close();
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }
}

impl<D: Domain> fmt::Debug for Semaphore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("permits", &self.raw.permits)
            .field("max", &self.max_permits())
            .field("fairness", &self.fairness())
            .field("queue", &self.raw.queue)
            .finish()
    }
}
