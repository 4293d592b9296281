//! What an acquisition gives: permits that come back when they are dropped.

use std::{fmt, mem, ptr};

use super::Semaphore;
use crate::domain::Domain;
#[cfg(all(feature = "compio", not(loom)))]
use crate::held::Held;

macro_rules! permit {
    ($(#[$doc:meta])* $name:ident<$($lt:lifetime,)? $d:ident> holds $handle:ty, keep $keep:expr) => {
        $(#[$doc])*
        #[must_use = "permits that are dropped at once limit nothing"]
        pub struct $name<$($lt,)? $d: Domain> {
            semaphore: $handle,
            permits: usize,
        }

        impl<$($lt,)? $d: Domain> $name<$($lt,)? $d> {
            #[inline(always)]
            pub(super) fn new(semaphore: $handle, permits: usize) -> Self {
                Self { semaphore, permits }
            }

            /// How many permits this holds.
            pub fn num_permits(&self) -> usize {
                self.permits
            }

            /// The semaphore that they are of.
            pub fn semaphore(&self) -> &$handle {
                &self.semaphore
            }

            /// Takes the permits out of circulation: they never come back, and
            /// [`max_permits`](Semaphore::max_permits) shrinks by their number.
            pub fn forget(mut self) {
                let permits = mem::take(&mut self.permits);
                self.semaphore.forget(permits);
            }

            /// Splits `n` permits off, or gives `None` when there are fewer.
            ///
            /// Each part comes back by itself. Splitting nothing off gives a permit for nothing.
            pub fn split(&mut self, n: usize) -> Option<Self> {
                self.permits = self.permits.checked_sub(n)?;
                let keep: fn(&$handle) -> $handle = $keep;
                Some(Self { semaphore: keep(&self.semaphore), permits: n })
            }

            /// Joins the permits of `other` to these. They come back together.
            ///
            /// # Panics
            ///
            /// When the two are of different semaphores. Those of `other` come back then.
            #[track_caller]
            pub fn merge(&mut self, mut other: Self) {
                assert!(
                    ptr::eq::<Semaphore<$d>>(&*self.semaphore, &*other.semaphore),
                    "permits of different semaphores cannot be merged",
                );
                self.permits += mem::take(&mut other.permits);
            }

            /// Ties the permits to a buffer or an operation, so that they come back when compio's
            /// driver is done with that, and not when somebody no longer waits for it: see
            /// [`Held`].
            ///
            /// What the driver takes must be `'static`, and so must the permits: owned ones, or
            /// ones that were borrowed from a semaphore in a `static`.
            #[cfg(all(feature = "compio", not(loom)))]
            #[inline]
            pub fn hold<T>(self, value: T) -> Held<T, Self> {
                Held::new(value, self, !$d::SHARED)
            }
        }

        impl<$($lt,)? $d: Domain> Drop for $name<$($lt,)? $d> {
            #[inline]
            fn drop(&mut self) {
                if self.permits > 0 {
                    self.semaphore.raw.release(self.permits);
                }
            }
        }

        impl<$($lt,)? $d: Domain> fmt::Debug for $name<$($lt,)? $d> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("permits", &self.permits)
                    .field("semaphore", &*self.semaphore)
                    .finish()
            }
        }
    };
}

permit! {
    /// Permits of a [`Semaphore`], given back when this is dropped.
    ///
    /// They are given back at the drop, whatever the kernel still does with an operation that was started
    /// under them.
    #[cfg_attr(
        all(feature = "compio", not(loom)),
        doc = "[`hold`](Self::hold) ties them to the operation."
    )]
    SemaphorePermit<'a, D> holds &'a Semaphore<D>, keep |semaphore| *semaphore
}

permit! {
    /// Permits of a [`Semaphore`] that hold it alive, given back when this is dropped.
    ///
    /// For what outlives a borrow, such as a spawned task.
    OwnedSemaphorePermit<D> holds D::Ref<Semaphore<D>>, keep |semaphore| semaphore.clone()
}
