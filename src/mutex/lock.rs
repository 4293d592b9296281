//! The futures that wait for the lock.

#![allow(unsafe_code)] // Two `unsafe impl`s, whose promise is stated on `Handle`.

use std::fmt;

use super::{Mutex, MutexGuard, OwnedMutexGuard};
use crate::{
    domain::Domain,
    queue::Wait,
    raw_semaphore::{Handle, NeverCloses, Permits, RawSemaphore},
};

/// The future of [`Mutex::lock`].
pub type Lock<'a, D, T> = Wait<Permits<&'a Mutex<D, T>, NeverCloses>>;

/// The future of `lock_owned`. Holds the mutex alive.
pub type LockOwned<D, T> = Wait<Permits<Owner<D, T>, NeverCloses>>;

/// A counted pointer to a mutex.
pub struct Owner<D: Domain, T: ?Sized>(pub(super) D::Ref<Mutex<D, T>>);

impl<D: Domain, T: ?Sized> Owner<D, T> {
    /// `lock_owned`, for code that serves both forms.
    pub(crate) fn lock(mutex: D::Ref<Mutex<D, T>>) -> LockOwned<D, T> {
        Wait::new(Self(mutex), 1)
    }
}

// SAFETY: a reference leads to the same mutex wherever it moves.
unsafe impl<'a, D: Domain, T: ?Sized> Handle for &'a Mutex<D, T> {
    type Domain = D;
    type Permit = MutexGuard<'a, D, T>;

    #[inline(always)]
    fn raw(&self) -> &RawSemaphore<D> {
        &self.raw
    }

    #[inline(always)]
    fn take_now(&self, _: usize) -> bool {
        self.raw().take_whole_now(1)
    }

    #[inline(always)]
    fn permit(self, _: usize) -> MutexGuard<'a, D, T> {
        MutexGuard::new(self)
    }
}

// SAFETY: a counted pointer leads to the same mutex wherever it moves, and keeps it alive.
unsafe impl<D: Domain, T: ?Sized> Handle for Owner<D, T> {
    type Domain = D;
    type Permit = OwnedMutexGuard<D, T>;

    #[inline(always)]
    fn raw(&self) -> &RawSemaphore<D> {
        &self.0.raw
    }

    #[inline(always)]
    fn take_now(&self, _: usize) -> bool {
        self.raw().take_whole_now(1)
    }

    #[inline(always)]
    fn permit(self, _: usize) -> OwnedMutexGuard<D, T> {
        OwnedMutexGuard::new(self)
    }
}

impl<D: Domain, T: ?Sized + fmt::Debug> fmt::Debug for Owner<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
