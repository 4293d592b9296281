//! Acquiring through a counted pointer, `Arc` or `Rc`.
//!
//! Two `impl`s, since a method cannot take `self` as the pointer of a generic domain.

use std::{rc::Rc, sync::Arc};

use super::{AcquireOwned, AcquireOwnedOrClosed, OwnedSemaphorePermit, Semaphore, acquire::Owner};
use crate::{
    domain::{Local, Shared},
    queue::Wait,
};

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Acquiring permits that hold the semaphore alive.
        impl Semaphore<$domain> {
            /// Waits for one permit that holds the semaphore alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`acquire`](Semaphore::acquire).
            ///
            /// # Panics
            ///
            /// When the semaphore is closed.
            #[inline]
            pub fn acquire_owned(self: $pointer<Self>) -> AcquireOwned<$domain> {
                self.acquire_many_owned(1)
            }

            /// Waits for `n` permits that hold the semaphore alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`acquire_many`](Semaphore::acquire_many).
            ///
            /// # Panics
            ///
            /// When the semaphore is closed, or `n` is above
            /// [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
            #[inline]
            #[track_caller]
            pub fn acquire_many_owned(self: $pointer<Self>, n: usize) -> AcquireOwned<$domain> {
                Self::check(n);
                Wait::new(Owner(self), n)
            }

            /// Waits for one permit that holds the semaphore alive, or for the semaphore to close.
            ///
            /// # Cancel safety
            ///
            /// As for [`acquire_or_closed`](Semaphore::acquire_or_closed).
            #[inline]
            pub fn acquire_owned_or_closed(self: $pointer<Self>) -> AcquireOwnedOrClosed<$domain> {
                self.acquire_many_owned_or_closed(1)
            }

            /// Waits for `n` permits that hold the semaphore alive, or for the semaphore to close.
            ///
            /// # Cancel safety
            ///
            /// As for [`acquire_many_or_closed`](Semaphore::acquire_many_or_closed).
            ///
            /// # Panics
            ///
            /// When `n` is above [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
            #[inline]
            #[track_caller]
            pub fn acquire_many_owned_or_closed(
                self: $pointer<Self>,
                n: usize,
            ) -> AcquireOwnedOrClosed<$domain> {
                Self::check(n);
                Wait::new(Owner(self), n)
            }

            /// Takes one permit that holds the semaphore alive, if that is possible at once.
            ///
            /// The pointer is used up either way; clone it to try again.
            #[inline]
            pub fn try_acquire_owned(
                self: $pointer<Self>,
            ) -> Option<OwnedSemaphorePermit<$domain>> {
                self.try_acquire_many_owned(1)
            }

            /// Takes `n` permits that hold the semaphore alive, if that is possible at once.
            ///
            /// # Panics
            ///
            /// When `n` is above [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
            #[inline]
            #[track_caller]
            pub fn try_acquire_many_owned(
                self: $pointer<Self>,
                n: usize,
            ) -> Option<OwnedSemaphorePermit<$domain>> {
                Self::check(n);
                self.raw
                    .take_now(n)
                    .then(|| OwnedSemaphorePermit::new(self, n))
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);
