//! Waiting until as many have finished as have begun.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::{fmt, ops::Deref, rc::Rc, sync::Arc};

#[cfg(not(loom))]
use crate::blocking::block_on;
use crate::{
    domain::{Domain, Local, Shared},
    primitive::Ordering,
    queue::{Wait, WaitQueue},
    signal::{self, MAX_COUNT, Owned, Round, Rounds, Signal, Until},
};

/// Counts what is under way, and lets others wait until nothing is.
///
/// Use it through [`compio_sync::WaitGroup`](crate::WaitGroup), usable from any thread, or
/// [`compio_sync::local::WaitGroup`](crate::local::WaitGroup), bound to one.
///
/// It can be used again and again: a wait is over when the count was zero at any moment since it
/// began. Count a task before it is spawned, not in it, or a wait may find zero too early.
///
/// # Fairness
///
/// All who wait are released in one step.
///
/// # Cancel safety
///
/// Dropping a wait gives up its place in line and nothing else.
///
/// # Memory ordering
///
/// What the threads did before they were [`done`](Self::done), or dropped their guards, *happens
/// before* what is done after a wait that this released.
///
/// # When not to use it
///
/// For a number that is known beforehand there is [`Latch`](crate::generic::Latch). It does not
/// tell anybody to finish: that is [`CancellationToken`](crate::generic::CancellationToken)'s part.
pub struct WaitGroup<D: Domain> {
    /// What is under way. A round ends when that comes down to zero.
    rounds: Rounds<D>,
    queue: WaitQueue<D>,
}

/// The future of [`WaitGroup::wait`].
pub type WaitGroupWait<'a, D> = Wait<Until<&'a WaitGroup<D>>>;
/// The future of `WaitGroup::wait_owned`. Holds the group alive.
pub type OwnedWaitGroupWait<D> = Wait<Until<Owned<WaitGroup<D>>>>;

// SAFETY: the queue is a field.
unsafe impl<D: Domain> Signal for WaitGroup<D> {
    type Domain = D;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        &self.queue
    }

    #[inline(always)]
    fn is_over(&self, since: usize) -> bool {
        self.rounds.now(Ordering::SeqCst).number() != since
    }
}

impl<D: Domain> WaitGroup<D> {
    /// The most that can be under way.
    pub const MAX_COUNT: usize = MAX_COUNT;

    const_fn! {
        /// Makes one with nothing under way.
        pub fn new() -> Self {
            Self {
                rounds: Rounds::new(),
                queue: WaitQueue::new(),
            }
        }
    }

    /// Counts `n` more.
    ///
    /// # Panics
    ///
    /// When that would be more than [`MAX_COUNT`](Self::MAX_COUNT). None is counted then.
    #[track_caller]
    pub fn add(&self, n: usize) {
        let added = self.rounds.update(|now| now.more(n));
        assert!(
            added.is_ok(),
            "more was added to a wait group than `MAX_COUNT`"
        );
    }

    /// Counts one less. Never waits for another thread.
    ///
    /// # Panics
    ///
    /// When nothing is under way.
    #[track_caller]
    pub fn done(&self) {
        let less = |now: Round| match now.less()? {
            none if none.count() == 0 => Some(none.next()),
            some => Some(some),
        };
        let Ok(before) = self.rounds.update(less) else {
            panic!("more was done in a wait group than was added");
        };
        if before.count() == 1 {
            signal::notify_all(self);
        }
    }

    /// Counts one more until the guard is dropped.
    ///
    /// # Panics
    ///
    /// As for [`add`](Self::add).
    #[track_caller]
    pub fn enter(&self) -> WaitGroupGuard<'_, D> {
        self.add(1);
        WaitGroupGuard { group: self }
    }

    /// How much is under way.
    pub fn count(&self) -> usize {
        self.rounds.now(Ordering::Relaxed).count()
    }

    /// Waits until nothing is under way.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line.
    #[inline]
    pub fn wait(&self) -> WaitGroupWait<'_, D> {
        Wait::new(self, self.since())
    }

    /// The number of a wait that begins now.
    #[inline]
    fn since(&self) -> usize {
        let now = self.rounds.now(Ordering::SeqCst);
        if now.count() == 0 {
            // With nothing under way the wait is over, whatever is added before it is polled.
            return now.number_before();
        }
        now.number()
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        signal::waiters(self)
    }
}

/// One that is under way in a [`WaitGroup`], until this is dropped.
#[must_use = "a guard that is dropped at once counts nothing"]
pub struct WaitGroupGuard<'a, D: Domain> {
    group: &'a WaitGroup<D>,
}

/// One that is under way in a [`WaitGroup`], which is held alive, until this is dropped.
#[must_use = "a guard that is dropped at once counts nothing"]
pub struct OwnedWaitGroupGuard<D: Domain> {
    group: D::Ref<WaitGroup<D>>,
}

macro_rules! guard {
    ($name:ident<$($lt:lifetime,)? D>) => {
        impl<$($lt,)? D: Domain> Drop for $name<$($lt,)? D> {
            fn drop(&mut self) {
                self.group.done();
            }
        }

        impl<$($lt,)? D: Domain> fmt::Debug for $name<$($lt,)? D> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(self.group.deref()).finish()
            }
        }
    };
}

guard!(WaitGroupGuard<'a, D>);
guard!(OwnedWaitGroupGuard<D>);

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// What holds the group alive.
        impl WaitGroup<$domain> {
            /// Counts one more until the guard is dropped, which holds the group alive.
            ///
            /// # Panics
            ///
            /// As for [`add`](WaitGroup::add).
            #[track_caller]
            pub fn enter_owned(self: $pointer<Self>) -> OwnedWaitGroupGuard<$domain> {
                self.add(1);
                OwnedWaitGroupGuard { group: self }
            }

            /// Waits until nothing is under way; the future holds the group alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`wait`](WaitGroup::wait).
            pub fn wait_owned(self: $pointer<Self>) -> OwnedWaitGroupWait<$domain> {
                let since = self.since();
                Wait::new(Owned(self), since)
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl WaitGroup<Shared> {
    /// Waits until nothing is under way.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`wait`](WaitGroup::wait) there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait(&self) {
        block_on("blocking_wait", "wait().await", self.wait());
    }
}

impl<D: Domain> Default for WaitGroup<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> fmt::Debug for WaitGroup<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitGroup")
            .field("count", &self.count())
            .field("queue", &self.queue)
            .finish()
    }
}
