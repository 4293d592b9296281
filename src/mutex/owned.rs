//! Locking through a counted pointer, `Arc` or `Rc`.
//!
//! Two `impl`s, since a method cannot take `self` as the pointer of a generic domain.

use std::{rc::Rc, sync::Arc};

use super::{LockOwned, Mutex, OwnedMutexGuard, lock::Owner};
use crate::{
    domain::{Local, Shared},
    queue::Wait,
};

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Locking so that the guard holds the mutex alive.
        impl<T: ?Sized> Mutex<$domain, T> {
            /// Waits for the lock; the guard holds the mutex alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`lock`](Mutex::lock).
            #[inline]
            pub fn lock_owned(self: $pointer<Self>) -> LockOwned<$domain, T> {
                Wait::new(Owner(self), 1)
            }

            /// Locks, if that is possible at once; the guard holds the mutex alive.
            ///
            /// The pointer is used up either way; clone it to try again.
            #[inline]
            pub fn try_lock_owned(self: $pointer<Self>) -> Option<OwnedMutexGuard<$domain, T>> {
                self.raw
                    .take_whole_now(1)
                    .then(|| OwnedMutexGuard::new(Owner(self)))
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);
