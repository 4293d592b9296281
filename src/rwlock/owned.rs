//! Locking through a counted pointer, `Arc` or `Rc`.
//!
//! Two `impl`s, since a method cannot take `self` as the pointer of a generic domain.

use std::{rc::Rc, sync::Arc};

use super::{
    OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, ReadOwned, RwLock,
    UpgradableReadOwned, WriteOwned,
    access::{Access, Owner},
    raw,
};
use crate::{
    domain::{Local, Shared},
    queue::Wait,
};

macro_rules! owned {
    ($domain:ty, $pointer:ident) => {
        /// Locking so that the guard holds the lock alive.
        impl<T: ?Sized> RwLock<$domain, T> {
            /// Waits for shared access; the guard holds the lock alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`read`](RwLock::read).
            #[inline]
            pub fn read_owned(self: $pointer<Self>) -> ReadOwned<$domain, T> {
                Wait::new(Access::new(Owner(self)), raw::READ)
            }

            /// Waits for upgradable access; the guard holds the lock alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`upgradable_read`](RwLock::upgradable_read).
            #[inline]
            pub fn upgradable_read_owned(self: $pointer<Self>) -> UpgradableReadOwned<$domain, T> {
                Wait::new(Access::new(Owner(self)), raw::UPGRADABLE)
            }

            /// Waits for exclusive access; the guard holds the lock alive.
            ///
            /// # Cancel safety
            ///
            /// As for [`write`](RwLock::write).
            #[inline]
            pub fn write_owned(self: $pointer<Self>) -> WriteOwned<$domain, T> {
                Wait::new(Access::new(Owner(self)), raw::WRITE)
            }

            /// Gets shared access, if that is possible at once; the guard holds the lock alive.
            ///
            /// The pointer is used up either way; clone it to try again.
            #[inline]
            pub fn try_read_owned(
                self: $pointer<Self>,
            ) -> Option<OwnedRwLockReadGuard<$domain, T>> {
                self.take(raw::READ)
                    .then(|| OwnedRwLockReadGuard::new(Access::new(Owner(self))))
            }

            /// Gets upgradable access, if that is possible at once; the guard holds the lock alive.
            ///
            /// The pointer is used up either way; clone it to try again.
            #[inline]
            pub fn try_upgradable_read_owned(
                self: $pointer<Self>,
            ) -> Option<OwnedRwLockUpgradableReadGuard<$domain, T>> {
                self.take(raw::UPGRADABLE)
                    .then(|| OwnedRwLockUpgradableReadGuard::new(Access::new(Owner(self))))
            }

            /// Gets exclusive access, if that is possible at once; the guard holds the lock alive.
            ///
            /// The pointer is used up either way; clone it to try again.
            #[inline]
            pub fn try_write_owned(
                self: $pointer<Self>,
            ) -> Option<OwnedRwLockWriteGuard<$domain, T>> {
                self.take(raw::WRITE)
                    .then(|| OwnedRwLockWriteGuard::new(Access::new(Owner(self))))
            }
        }
    };
}

owned!(Shared, Arc);
owned!(Local, Rc);
