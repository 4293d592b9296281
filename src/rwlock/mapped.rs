//! Guards of a part of what the lock protects.

#![allow(unsafe_code)] // Reaches the value that the lock protects.

use std::marker::PhantomData;

use super::{
    RwLock,
    access::{Access, Kind, Owner, Reading, Writing},
    raw::RawRwLock,
};
use crate::{
    domain::Domain,
    guard::{Hold, Part, Release, deref, deref_mut, map_methods},
};

/// A lock whose value is not known any more.
pub struct Unlock<'a, D: Domain, K>(&'a RawRwLock<D>, PhantomData<K>);

impl<D: Domain, K: Kind> Release for Unlock<'_, D, K> {
    #[inline(always)]
    fn release(&self) {
        self.0.release(K::PERMITS);
    }
}

macro_rules! mapped {
    (
        $(#[$doc:meta])* $name:ident, $owned:ident: $kind:ident, *$constness:ident, $reference:ty,
        $from:ident $(, $mutable:tt)?
    ) => {
        $(#[$doc])*
        #[must_use = "a guard that is dropped at once protects nothing"]
        pub struct $name<'a, D: Domain, U: ?Sized> {
            hold: Hold<Unlock<'a, D, $kind>>,
            part: Part<*$constness U>,
            _part: PhantomData<$reference>,
        }

        $(#[$doc])*
        ///
        /// Holds the lock alive.
        #[must_use = "a guard that is dropped at once protects nothing"]
        pub struct $owned<D: Domain, T: ?Sized, U: ?Sized> {
            hold: Hold<Access<Owner<D, T>, $kind>>,
            part: Part<*$constness U>,
        }

        impl<'a, D: Domain, P: ?Sized> $name<'a, D, P> {
            map_methods!(P => $name<'a, D, U>, $from $(, $mutable)?);

            pub(super) fn new(lock: &'a RawRwLock<D>, part: *$constness P) -> Self {
                Self {
                    hold: Hold::new(Unlock(lock, PhantomData)),
                    part: Part(part),
                    _part: PhantomData,
                }
            }

            fn mapped<U: ?Sized>(self, part: *$constness U) -> $name<'a, D, U> {
                $name {
                    hold: self.hold,
                    part: Part(part),
                    _part: PhantomData,
                }
            }
        }

        impl<D: Domain, T: ?Sized, P: ?Sized> $owned<D, T, P> {
            map_methods!(P => $owned<D, T, U>, $from $(, $mutable)?);

            pub(super) fn new(
                hold: Hold<Access<Owner<D, T>, $kind>>,
                part: *$constness P,
            ) -> Self {
                Self {
                    hold,
                    part: Part(part),
                }
            }

            /// The lock that this is of.
            pub fn rwlock(guard: &Self) -> &D::Ref<RwLock<D, T>> {
                &guard.hold.of().0.0
            }

            fn mapped<U: ?Sized>(self, part: *$constness U) -> $owned<D, T, U> {
                $owned::new(self.hold, part)
            }
        }

        deref!($name<'a, D, U> => U, |guard| guard.part.0);
        deref!($owned<D, T, U> => U, |guard| guard.part.0);
    };
}

mapped! {
    /// Shared access to a part of what an [`RwLock`] protects, until this is dropped.
    MappedRwLockReadGuard, OwnedMappedRwLockReadGuard: Reading, *const, &'a U, from_ref
}

mapped! {
    /// Exclusive access to a part of what an [`RwLock`] protects, until this is dropped.
    MappedRwLockWriteGuard, OwnedMappedRwLockWriteGuard: Writing, *mut, &'a mut U, from_mut, mut
}

deref_mut!(MappedRwLockWriteGuard<'a, D, U> => U, |guard| guard.part.0);
deref_mut!(OwnedMappedRwLockWriteGuard<D, T, U> => U, |guard| guard.part.0);
