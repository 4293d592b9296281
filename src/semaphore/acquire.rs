//! The futures that wait for permits.

#![allow(unsafe_code)] // Two `unsafe impl`s, whose promise is stated on `Handle`.

use std::fmt;

use super::{
    Semaphore,
    permit::{OwnedSemaphorePermit, SemaphorePermit},
};
use crate::{
    domain::Domain,
    queue::Wait,
    raw_semaphore::{Handle, OrClosed, OrPanic, Permits, RawSemaphore},
};

/// The future of [`Semaphore::acquire`] and [`acquire_many`](Semaphore::acquire_many).
///
/// Panics when it is polled on a closed semaphore, and when it is polled again after it was ready.
pub type Acquire<'a, D> = Wait<Permits<&'a Semaphore<D>, OrPanic>>;

/// The future of [`Semaphore::acquire_or_closed`] and
/// [`acquire_many_or_closed`](Semaphore::acquire_many_or_closed).
pub type AcquireOrClosed<'a, D> = Wait<Permits<&'a Semaphore<D>, OrClosed>>;

/// The future of `acquire_owned` and `acquire_many_owned`. Holds the semaphore alive.
///
/// Panics when it is polled on a closed semaphore, and when it is polled again after it was ready.
pub type AcquireOwned<D> = Wait<Permits<Owner<D>, OrPanic>>;

/// The future of `acquire_owned_or_closed` and `acquire_many_owned_or_closed`. Holds the semaphore
/// alive.
pub type AcquireOwnedOrClosed<D> = Wait<Permits<Owner<D>, OrClosed>>;

/// A counted pointer to a semaphore.
pub struct Owner<D: Domain>(pub(super) D::Ref<Semaphore<D>>);

// SAFETY: a reference leads to the same semaphore wherever it moves.
unsafe impl<'a, D: Domain> Handle for &'a Semaphore<D> {
    type Domain = D;
    type Permit = SemaphorePermit<'a, D>;

    #[inline(always)]
    fn raw(&self) -> &RawSemaphore<D> {
        &self.raw
    }

    #[inline(always)]
    fn permit(self, n: usize) -> SemaphorePermit<'a, D> {
        SemaphorePermit::new(self, n)
    }
}

// SAFETY: a counted pointer leads to the same semaphore wherever it moves, and keeps it alive.
unsafe impl<D: Domain> Handle for Owner<D> {
    type Domain = D;
    type Permit = OwnedSemaphorePermit<D>;

    #[inline(always)]
    fn raw(&self) -> &RawSemaphore<D> {
        &self.0.raw
    }

    #[inline(always)]
    fn permit(self, n: usize) -> OwnedSemaphorePermit<D> {
        OwnedSemaphorePermit::new(self.0, n)
    }
}

impl<D: Domain> fmt::Debug for Owner<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
