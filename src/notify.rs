//! Notifications: to one, or to all that are there.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::{fmt, pin::Pin, rc::Rc, sync::Arc};

use crate::{
    domain::{Domain, Local, Shared},
    queue::{Wait, WaitQueue},
    signal::{self, Notifier, Owned, Signal, Single, Until},
};

/// Tells one task, or all that wait, that something has happened.
///
/// Use it through [`compio_sync::Notify`](crate::Notify), usable from any thread, or
/// [`compio_sync::local::Notify`](crate::local::Notify), bound to one.
///
/// It works as a semaphore that has one permit at most and starts with none:
/// [`notify_one`](Self::notify_one) releases the first who waits, and if nobody does, the next who
/// comes. [`notify_waiters`](Self::notify_waiters) releases all who wait, and stores nothing.
///
/// A [`Notified`] exists for `notify_waiters` from the moment it is made; for `notify_one` from its
/// first poll, or its [`enable`](Notified::enable), which is when it gets in line. So whoever has
/// to look at something else between getting in line and waiting makes the future, enables it,
/// looks, and awaits it.
///
/// # Fairness
///
/// First come, first served, except for [`notify_last`](Self::notify_last).
///
/// # Cancel safety
///
/// Dropping a [`Notified`] gives up its place in line. A notification that `notify_one` or
/// `notify_last` had given it goes to the first in line, or is stored.
///
/// # Memory ordering
///
/// What a thread did before it notified *happens before* what the one who was notified does after
/// its wait; where two notifications were stored as one, that holds for both.
///
/// # When not to use it
///
/// For a flag that stays set there is [`Event`](crate::generic::Event), for a number of things to
/// be taken [`Semaphore`](crate::generic::Semaphore), for a condition on data under a lock
/// [`Condvar`](crate::generic::Condvar).
pub struct Notify<D: Domain> {
    notifier: Notifier<D, true>,
}

/// The future of [`Notify::notified`].
pub type Notified<'a, D> = Wait<Until<&'a Notify<D>>>;
/// The future of `notified_owned`. Holds the [`Notify`] alive.
pub type OwnedNotified<D> = Wait<Until<Owned<Notify<D>>>>;

// SAFETY: the queue is a field's field.
unsafe impl<D: Domain> Signal for Notify<D> {
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

impl<D: Domain> Notify<D> {
    const_fn! {
        /// Makes one with nobody notified.
        pub fn new() -> Self {
            Self {
                notifier: Notifier::new(),
            }
        }
    }

    /// Waits for a notification.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. A notification for one that it had been
    /// given goes to the first in line, or is stored.
    #[inline]
    pub fn notified(&self) -> Notified<'_, D> {
        Wait::new(self, self.notifier.now())
    }

    /// Notifies the first in line; if nobody waits, the next who comes.
    ///
    /// One notification is stored at most. Never waits for another thread.
    #[inline]
    pub fn notify_one(&self) {
        signal::notify_one(self);
    }

    /// Notifies the last in line; if nobody waits, the next who comes.
    ///
    /// The one who came last has its data in the caches, where it is not lost on fairness. While
    /// another thread is at work in the line, the first is notified instead, since notifying never
    /// waits; and should the one who was notified be dropped, the first in line is next.
    pub fn notify_last(&self) {
        signal::notify_last(self);
    }

    /// Notifies all whose [`Notified`] exists now, in one step, and nobody who comes later.
    ///
    /// That it happens in one step is true of any number of them, though the wakers are called one
    /// after the other: a future that has not been woken yet is ready when it is polled. A stored
    /// notification stays stored. Never waits for another thread.
    #[inline]
    pub fn notify_waiters(&self) {
        self.notifier.notify_all();
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        signal::waiters(self)
    }
}

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Waiting so that the future holds it alive.
        impl Notify<$domain> {
            /// Waits for a notification; the future holds the `Notify` alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`notified`](Notify::notified).
            pub fn notified_owned(self: $pointer<Self>) -> OwnedNotified<$domain> {
                let since = self.notifier.now();
                Wait::new(Owned(self), since)
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);

/// What a [`Notified`] or [`OwnedNotified`] can do besides being awaited.
macro_rules! enable {
    (impl<$($lt:lifetime,)? D> $future:ty) => {
        impl<$($lt,)? D: Domain> $future {
            /// Gets in line, as the first poll would, and says whether the wait is over already.
            ///
            /// From then on a [`notify_one`](Notify::notify_one) can be for this future. When it
            /// says true, the notification is used up: the future is ready, and dropping it passes
            /// nothing on.
            ///
            /// # Panics
            ///
            /// When the future was polled to its end.
            pub fn enable(self: Pin<&mut Self>) -> bool {
                self.get_in_line()
            }
        }
    };
}

enable!(impl<'a, D> Notified<'a, D>);
enable!(impl<D> OwnedNotified<D>);

impl<D: Domain> Default for Notify<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> fmt::Debug for Notify<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notify").field(&self.notifier).finish()
    }
}
