//! What locking gives: access to the value, until it is dropped or turned into another access.

#![allow(unsafe_code)] // Reaches the value that the lock protects.

use std::marker::PhantomData;

use super::{
    RwLock, Upgrade, UpgradeOwned,
    access::{Access, Base, Owner, Reach, Reading, Upgradable, Writing},
    mapped::{
        MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
        OwnedMappedRwLockWriteGuard,
    },
    raw,
};
use crate::{
    domain::Domain,
    guard::{Hold, deref, deref_mut, map_methods},
    queue::Wait,
};

macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $owned:ident: $kind:ident) => {
        $(#[$doc])*
        #[must_use = "a guard that is dropped at once protects nothing"]
        pub struct $name<'a, D: Domain, T: ?Sized> {
            hold: Hold<Access<&'a RwLock<D, T>, $kind>>,
            _value: PhantomData<&'a mut T>,
        }

        $(#[$doc])*
        ///
        /// Holds the lock alive.
        #[must_use = "a guard that is dropped at once protects nothing"]
        pub struct $owned<D: Domain, T: ?Sized> {
            hold: Hold<Access<Owner<D, T>, $kind>>,
            _value: PhantomData<T>,
        }

        impl<'a, D: Domain, T: ?Sized> $name<'a, D, T> {
            #[inline(always)]
            pub(super) fn new(access: Access<&'a RwLock<D, T>, $kind>) -> Self {
                Self {
                    hold: Hold::new(access),
                    _value: PhantomData,
                }
            }

            /// The lock that this is of.
            pub fn rwlock(guard: &Self) -> &'a RwLock<D, T> {
                guard.hold.of().0
            }
        }

        impl<D: Domain, T: ?Sized> $owned<D, T> {
            #[inline(always)]
            pub(super) fn new(access: Access<Owner<D, T>, $kind>) -> Self {
                Self {
                    hold: Hold::new(access),
                    _value: PhantomData,
                }
            }

            /// The lock that this is of.
            pub fn rwlock(guard: &Self) -> &D::Ref<RwLock<D, T>> {
                &guard.hold.of().0.0
            }
        }

        deref!($name<'a, D, T> => T, |guard| guard.hold.of().0.value.get());
        deref!($owned<D, T> => T, |guard| guard.hold.of().0.lock().value.get());
    };
}

guard! {
    /// Shared access to what an [`RwLock`] protects, until this is dropped.
    RwLockReadGuard, OwnedRwLockReadGuard: Reading
}

guard! {
    /// Shared access to what an [`RwLock`] protects, which can be upgraded to exclusive access.
    ///
    /// There is one at a time, beside any number of readers.
    RwLockUpgradableReadGuard, OwnedRwLockUpgradableReadGuard: Upgradable
}

guard! {
    /// Exclusive access to what an [`RwLock`] protects, until this is dropped.
    RwLockWriteGuard, OwnedRwLockWriteGuard: Writing
}

deref_mut!(RwLockWriteGuard<'a, D, T> => T, |guard| guard.hold.of().0.value.get());
deref_mut!(OwnedRwLockWriteGuard<D, T> => T, |guard| guard.hold.of().0.lock().value.get());

/// Turns a guard into one with lesser access. In the course of it nobody else gets exclusive
/// access.
macro_rules! lessen {
    ($guard:ident : $from:expr => $to:ty : $left:expr) => {{
        // The new guard first: should a waker panic, it is there to be dropped.
        let lesser = <$to>::new(Access::new($guard.hold.keep().0));
        lesser.hold.of().0.lock().raw.permits.release($from - $left);
        lesser
    }};
}

/// What an upgradable guard can be turned into.
macro_rules! upgradable {
    ($read:ty, $write:ty, $upgrade:ty) => {
        /// Waits until the present readers have left, for exclusive access.
        ///
        /// Goes ahead of everybody in line, also of a writer: nobody writes in between. From the
        /// first poll on no new reader gets in.
        ///
        /// # Cancel safety
        ///
        /// Dropping the future gives up the upgradable access with it. Nothing was written.
        #[inline]
        pub fn upgrade(guard: Self) -> $upgrade {
            Wait::new(Base(guard.hold), 0)
        }

        /// Turns this into exclusive access, if no reader is in.
        ///
        /// # Errors
        ///
        /// The guard, if a reader is in.
        #[inline]
        pub fn try_upgrade(guard: Self) -> Result<$write, Self> {
            if guard.hold.of().0.lock().raw.try_upgrade() {
                Ok(<$write>::new(Access::new(guard.hold.keep().0)))
            } else {
                Err(guard)
            }
        }

        /// Turns this into plain shared access, so that the next can have the upgradable one.
        pub fn downgrade(guard: Self) -> $read {
            lessen!(guard: raw::UPGRADABLE => $read: raw::READ)
        }
    };
}

/// What a guard of exclusive access can be turned into.
macro_rules! writing {
    ($read:ty, $upgradable:ty) => {
        /// Turns this into shared access. No writer gets in between; readers that are next in line
        /// do.
        pub fn downgrade(guard: Self) -> $read {
            lessen!(guard: raw::WRITE => $read: raw::READ)
        }

        /// Turns this into shared access that can be upgraded again. No writer gets in between;
        /// readers that are next in line do.
        pub fn downgrade_to_upgradable(guard: Self) -> $upgradable {
            lessen!(guard: raw::WRITE => $upgradable: raw::UPGRADABLE)
        }
    };
}

impl<'a, D: Domain, T: ?Sized> RwLockReadGuard<'a, D, T> {
    map_methods!(T => MappedRwLockReadGuard<'a, D, U>, from_ref);

    fn mapped<U: ?Sized>(self, part: *const U) -> MappedRwLockReadGuard<'a, D, U> {
        MappedRwLockReadGuard::new(&self.hold.keep().0.raw, part)
    }
}

impl<D: Domain, T: ?Sized> OwnedRwLockReadGuard<D, T> {
    map_methods!(T => OwnedMappedRwLockReadGuard<D, T, U>, from_ref);

    fn mapped<U: ?Sized>(self, part: *const U) -> OwnedMappedRwLockReadGuard<D, T, U> {
        OwnedMappedRwLockReadGuard::new(self.hold, part)
    }
}

impl<'a, D: Domain, T: ?Sized> RwLockUpgradableReadGuard<'a, D, T> {
    upgradable!(
        RwLockReadGuard<'a, D, T>,
        RwLockWriteGuard<'a, D, T>,
        Upgrade<'a, D, T>
    );
}

impl<D: Domain, T: ?Sized> OwnedRwLockUpgradableReadGuard<D, T> {
    upgradable!(OwnedRwLockReadGuard<D, T>, OwnedRwLockWriteGuard<D, T>, UpgradeOwned<D, T>);
}

impl<'a, D: Domain, T: ?Sized> RwLockWriteGuard<'a, D, T> {
    map_methods!(T => MappedRwLockWriteGuard<'a, D, U>, from_mut, mut);

    writing!(
        RwLockReadGuard<'a, D, T>,
        RwLockUpgradableReadGuard<'a, D, T>
    );

    fn mapped<U: ?Sized>(self, part: *mut U) -> MappedRwLockWriteGuard<'a, D, U> {
        MappedRwLockWriteGuard::new(&self.hold.keep().0.raw, part)
    }
}

impl<D: Domain, T: ?Sized> OwnedRwLockWriteGuard<D, T> {
    map_methods!(T => OwnedMappedRwLockWriteGuard<D, T, U>, from_mut, mut);

    writing!(OwnedRwLockReadGuard<D, T>, OwnedRwLockUpgradableReadGuard<D, T>);

    fn mapped<U: ?Sized>(self, part: *mut U) -> OwnedMappedRwLockWriteGuard<D, T, U> {
        OwnedMappedRwLockWriteGuard::new(self.hold, part)
    }
}
