//! What locking gives: access to the value, until it is dropped.

#![allow(unsafe_code)] // Reaches the value that the lock protects.

use std::marker::PhantomData;

use super::{Mutex, lock::Owner};
use crate::{
    domain::Domain,
    guard::{Hold, Part, Release, deref, deref_mut, map_methods},
    raw_semaphore::RawSemaphore,
};

impl<D: Domain, T: ?Sized> Release for &Mutex<D, T> {
    #[inline(always)]
    fn release(&self) {
        self.raw.release_whole(1);
    }
}

impl<D: Domain, T: ?Sized> Release for Owner<D, T> {
    #[inline(always)]
    fn release(&self) {
        self.0.raw.release_whole(1);
    }
}

/// A mutex whose value is not known any more.
pub struct Unlock<'a, D: Domain>(&'a RawSemaphore<D>);

impl<D: Domain> Release for Unlock<'_, D> {
    #[inline(always)]
    fn release(&self) {
        self.0.release_whole(1);
    }
}

/// A locked [`Mutex`]. Dropping it unlocks.
///
/// `Send` where the value is, so it may be held across an `.await` of a task that moves.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct MutexGuard<'a, D: Domain, T: ?Sized> {
    hold: Hold<&'a Mutex<D, T>>,
    _value: PhantomData<&'a mut T>,
}

/// A locked [`Mutex`] that is held alive. Dropping it unlocks.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct OwnedMutexGuard<D: Domain, T: ?Sized> {
    hold: Hold<Owner<D, T>>,
    _value: PhantomData<T>,
}

/// A part of what a locked [`Mutex`] protects. Dropping it unlocks.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct MappedMutexGuard<'a, D: Domain, U: ?Sized> {
    // In this order: unlocks before it forgets the part.
    hold: Hold<Unlock<'a, D>>,
    part: Part<*mut U>,
    _part: PhantomData<&'a mut U>,
}

/// A part of what a locked [`Mutex`] protects, which is held alive. Dropping it unlocks.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct OwnedMappedMutexGuard<D: Domain, T: ?Sized, U: ?Sized> {
    hold: Hold<Owner<D, T>>,
    part: Part<*mut U>,
}

impl<'a, D: Domain, T: ?Sized> MutexGuard<'a, D, T> {
    map_methods!(T => MappedMutexGuard<'a, D, U>, from_mut, mut);

    #[inline(always)]
    pub(super) fn new(mutex: &'a Mutex<D, T>) -> Self {
        Self {
            hold: Hold::new(mutex),
            _value: PhantomData,
        }
    }

    /// The mutex that this is of.
    pub fn mutex(guard: &Self) -> &'a Mutex<D, T> {
        guard.hold.of()
    }

    fn mapped<U: ?Sized>(self, part: *mut U) -> MappedMutexGuard<'a, D, U> {
        MappedMutexGuard {
            hold: Hold::new(Unlock(&self.hold.keep().raw)),
            part: Part(part),
            _part: PhantomData,
        }
    }
}

impl<D: Domain, T: ?Sized> OwnedMutexGuard<D, T> {
    map_methods!(T => OwnedMappedMutexGuard<D, T, U>, from_mut, mut);

    #[inline(always)]
    pub(super) fn new(owner: Owner<D, T>) -> Self {
        Self {
            hold: Hold::new(owner),
            _value: PhantomData,
        }
    }

    /// The mutex that this is of.
    pub fn mutex(guard: &Self) -> &D::Ref<Mutex<D, T>> {
        &guard.hold.of().0
    }

    fn mapped<U: ?Sized>(self, part: *mut U) -> OwnedMappedMutexGuard<D, T, U> {
        OwnedMappedMutexGuard {
            hold: self.hold,
            part: Part(part),
        }
    }
}

impl<'a, D: Domain, P: ?Sized> MappedMutexGuard<'a, D, P> {
    map_methods!(P => MappedMutexGuard<'a, D, U>, from_mut, mut);

    fn mapped<U: ?Sized>(self, part: *mut U) -> MappedMutexGuard<'a, D, U> {
        MappedMutexGuard {
            hold: self.hold,
            part: Part(part),
            _part: PhantomData,
        }
    }
}

impl<D: Domain, T: ?Sized, P: ?Sized> OwnedMappedMutexGuard<D, T, P> {
    map_methods!(P => OwnedMappedMutexGuard<D, T, U>, from_mut, mut);

    /// The mutex that this is of.
    pub fn mutex(guard: &Self) -> &D::Ref<Mutex<D, T>> {
        &guard.hold.of().0
    }

    fn mapped<U: ?Sized>(self, part: *mut U) -> OwnedMappedMutexGuard<D, T, U> {
        OwnedMappedMutexGuard {
            hold: self.hold,
            part: Part(part),
        }
    }
}

deref!(MutexGuard<'a, D, T> => T, |guard| guard.hold.of().value.get());
deref!(OwnedMutexGuard<D, T> => T, |guard| guard.hold.of().0.value.get());
deref!(MappedMutexGuard<'a, D, U> => U, |guard| guard.part.0);
deref!(OwnedMappedMutexGuard<D, T, U> => U, |guard| guard.part.0);

deref_mut!(MutexGuard<'a, D, T> => T, |guard| guard.hold.of().value.get());
deref_mut!(OwnedMutexGuard<D, T> => T, |guard| guard.hold.of().0.value.get());
deref_mut!(MappedMutexGuard<'a, D, U> => U, |guard| guard.part.0);
deref_mut!(OwnedMappedMutexGuard<D, T, U> => U, |guard| guard.part.0);
