//! A flag that can be waited for.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::{fmt, rc::Rc, sync::Arc};

#[cfg(not(loom))]
use crate::blocking::block_on;
use crate::{
    domain::{Domain, Local, Shared},
    primitive::Ordering,
    queue::{Wait, WaitQueue},
    signal::{self, Notifier, Owned, Signal, Single, Until},
};

/// A flag that can be waited for, and stays set.
///
/// Use it through [`compio_sync::Event`](crate::Event), usable from any thread, or
/// [`compio_sync::local::Event`](crate::local::Event), bound to one.
///
/// | | [`manual_reset`](Self::manual_reset) | [`auto_reset`](Self::auto_reset) |
/// |---|---|---|
/// | [`set`](Self::set) releases | all who wait, and who come | one who waits, or the next who comes |
/// | it is set until | [`reset`](Self::reset) | somebody was released, or `reset` |
///
/// # Fairness
///
/// One with automatic reset releases in the order in which they came.
///
/// # Cancel safety
///
/// Dropping a future gives up its place in line. With automatic reset, a `set` that it had been
/// handed releases the next, or stays.
///
/// # Memory ordering
///
/// What a thread did before it called `set` *happens before* what those do who are released by it.
/// [`is_set`](Self::is_set) that says true orders the same way, for manual reset.
///
/// # When not to use it
///
/// To count what has happened there is [`Semaphore`](crate::generic::Semaphore), to wait until
/// several have finished [`Latch`](crate::generic::Latch), to stop a tree of tasks
/// [`CancellationToken`](crate::generic::CancellationToken).
pub struct Event<D: Domain> {
    notifier: Notifier<D, true>,
    auto: bool,
}

/// The future of [`Event::wait`].
pub type EventWait<'a, D> = Wait<Until<&'a Event<D>>>;
/// The future of `Event::wait_owned`. Holds the event alive.
pub type OwnedEventWait<D> = Wait<Until<Owned<Event<D>>>>;

// SAFETY: the queue is a field's field.
unsafe impl<D: Domain> Signal for Event<D> {
    type Domain = D;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        self.notifier.queue()
    }

    #[inline(always)]
    fn is_over(&self, since: usize) -> bool {
        self.notifier.is_over(since)
    }

    #[inline(always)]
    fn single(&self) -> Option<&Single<D>> {
        self.notifier.single()
    }
}

impl<D: Domain> Event<D> {
    const_fn! {
        /// An event that is not set, and stays set until it is [`reset`](Self::reset): the same as
        /// [`manual_reset`](Self::manual_reset).
        pub fn new() -> Self {
            Self::manual_reset()
        }
    }

    const_fn! {
        /// An event that is not set, and stays set until it is [`reset`](Self::reset).
        pub fn manual_reset() -> Self {
            Self {
                notifier: Notifier::new(),
                auto: false,
            }
        }
    }

    const_fn! {
        /// An event that is not set, and is reset by whoever it releases.
        pub fn auto_reset() -> Self {
            Self {
                notifier: Notifier::new(),
                auto: true,
            }
        }
    }

    /// Whether whoever it releases resets it.
    pub fn is_auto_reset(&self) -> bool {
        self.auto
    }

    /// Sets it, and releases all who wait, or one. Never waits for another thread.
    ///
    /// Setting what is set already does nothing.
    #[inline]
    pub fn set(&self) {
        if self.auto {
            signal::notify_one(self);
        } else {
            self.notifier.open();
        }
    }

    /// Makes it not set. Whoever was released stays so.
    pub fn reset(&self) {
        if self.auto {
            self.take_stored();
        } else {
            self.notifier.shut();
        }
    }

    /// Whether it is set now.
    #[inline]
    pub fn is_set(&self) -> bool {
        if self.auto {
            self.notifier.stored().is_stored()
        } else {
            self.notifier.is_open()
        }
    }

    /// Whether a wait would be over at once. With automatic reset, it is one: it resets the event.
    #[inline]
    pub fn try_wait(&self) -> bool {
        if self.auto {
            self.take_stored()
        } else {
            self.notifier.is_open()
        }
    }

    /// Takes a `set` that found nobody. What is there while others wait is theirs.
    fn take_stored(&self) -> bool {
        self.queue().peek(Ordering::SeqCst).is_empty() && self.notifier.stored().take_stored()
    }

    /// Waits until it is set.
    ///
    /// With manual reset, the wait is over if the event was set at any moment since this was
    /// called, though it may have been reset before the future was polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. With automatic reset, a `set` that it had
    /// been handed releases the next, or stays.
    #[inline]
    pub fn wait(&self) -> EventWait<'_, D> {
        Wait::new(self, self.notifier.now())
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        signal::waiters(self)
    }
}

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Waiting so that the future holds the event alive.
        impl Event<$domain> {
            /// Waits until it is set; the future holds the event alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`wait`](Event::wait).
            pub fn wait_owned(self: $pointer<Self>) -> OwnedEventWait<$domain> {
                let since = self.notifier.now();
                Wait::new(Owned(self), since)
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl Event<Shared> {
    /// Waits until it is set.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`wait`](Event::wait) there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait(&self) {
        block_on("blocking_wait", "wait().await", self.wait());
    }
}

impl<D: Domain> Default for Event<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> fmt::Debug for Event<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .field("auto_reset", &self.auto)
            .field("notifier", &self.notifier)
            .finish()
    }
}
