//! Waiting until something has happened a number of times.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::{fmt, rc::Rc, sync::Arc};

#[cfg(not(loom))]
use crate::blocking::block_on;
use crate::{
    domain::{Domain, Local, Shared},
    primitive::Ordering,
    queue::{Wait, WaitQueue, Word},
    signal::{self, Owned, Signal, Until},
};

/// Opens when it has been counted down, and stays open.
///
/// Use it through [`compio_sync::Latch`](crate::Latch), usable from any thread, or
/// [`compio_sync::local::Latch`](crate::local::Latch), bound to one.
///
/// # Fairness
///
/// All who wait are released in one step.
///
/// # Cancel safety
///
/// Dropping a future gives up its place in line, and takes nothing back that was counted.
///
/// # Memory ordering
///
/// What the threads did before they counted down *happens before* what is done after a wait, or
/// after [`try_wait`](Self::try_wait) has said true.
///
/// # When not to use it
///
/// For a number that is not known beforehand there is [`WaitGroup`](crate::generic::WaitGroup), to
/// meet again and again [`Barrier`](crate::generic::Barrier).
pub struct Latch<D: Domain> {
    /// What is left to count.
    count: Word<D>,
    queue: WaitQueue<D>,
}

/// The future of [`Latch::wait`].
pub type LatchWait<'a, D> = Wait<Until<&'a Latch<D>>>;
/// The future of `Latch::wait_owned`. Holds the latch alive.
pub type OwnedLatchWait<D> = Wait<Until<Owned<Latch<D>>>>;

// SAFETY: the queue is a field.
unsafe impl<D: Domain> Signal for Latch<D> {
    type Domain = D;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        &self.queue
    }

    #[inline(always)]
    fn is_over(&self, _: usize) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }
}

impl<D: Domain> Latch<D> {
    const_fn! {
        /// Makes one that opens after so many counts; with zero it is open.
        pub fn new(count: usize) -> Self {
            Self {
                count: Word::new(count),
                queue: WaitQueue::new(),
            }
        }
    }

    /// Counts down by one; the last count opens it.
    ///
    /// # Panics
    ///
    /// When it is open: there is nothing left to count.
    #[track_caller]
    pub fn count_down(&self) {
        self.count_down_by(1);
    }

    /// Counts down by `n` in one step.
    ///
    /// # Panics
    ///
    /// When less than `n` is left. Nothing is counted then.
    #[track_caller]
    pub fn count_down_by(&self, n: usize) {
        let less = |left: usize| left.checked_sub(n);
        let Ok(before) = self.count.update(Ordering::SeqCst, Ordering::Relaxed, less) else {
            panic!("a latch was counted down below zero");
        };
        if before == n {
            signal::notify_all(self);
        }
    }

    /// How many counts are left.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether it is open.
    pub fn try_wait(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Waits until it is open.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line.
    #[inline]
    pub fn wait(&self) -> LatchWait<'_, D> {
        Wait::new(self, 0)
    }

    /// Counts down by one, and waits until it is open.
    ///
    /// # Cancel safety
    ///
    /// The first poll counts. Dropping the future after it takes nothing back.
    ///
    /// # Panics
    ///
    /// When it is open.
    pub async fn arrive_and_wait(&self) {
        self.count_down();
        self.wait().await;
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        signal::waiters(self)
    }
}

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Waiting so that the future holds the latch alive.
        impl Latch<$domain> {
            /// Waits until it is open; the future holds the latch alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`wait`](Latch::wait).
            pub fn wait_owned(self: $pointer<Self>) -> OwnedLatchWait<$domain> {
                Wait::new(Owned(self), 0)
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl Latch<Shared> {
    /// Waits until it is open.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`wait`](Latch::wait) there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait(&self) {
        block_on("blocking_wait", "wait().await", self.wait());
    }
}

impl<D: Domain> fmt::Debug for Latch<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latch")
            .field("count", &self.count())
            .field("queue", &self.queue)
            .finish()
    }
}
