//! The futures that wait for permits.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Request`.

use std::{
    convert::Infallible,
    fmt,
    marker::PhantomData,
    task::{Context, Poll},
};

use super::{
    Semaphore,
    permit::{OwnedSemaphorePermit, SemaphorePermit},
};
use crate::{
    closed::Closed,
    domain::Domain,
    queue::{Place, Request, Wait, WaitQueue},
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

/// A request for permits through a handle `H`, with `C` for what happens on closing.
pub struct Permits<H, C>(PhantomData<(H, C)>);

/// A counted pointer to a semaphore.
pub struct Owner<D: Domain>(pub(super) D::Ref<Semaphore<D>>);

/// A way to reach a semaphore, and the permit that goes with it.
pub trait Handle {
    type Domain: Domain;
    type Permit;

    fn semaphore(&self) -> &Semaphore<Self::Domain>;

    fn permit(self, n: usize) -> Self::Permit;
}

impl<'a, D: Domain> Handle for &'a Semaphore<D> {
    type Domain = D;
    type Permit = SemaphorePermit<'a, D>;

    #[inline(always)]
    fn semaphore(&self) -> &Semaphore<D> {
        self
    }

    #[inline(always)]
    fn permit(self, n: usize) -> SemaphorePermit<'a, D> {
        SemaphorePermit::new(self, n)
    }
}

impl<D: Domain> Handle for Owner<D> {
    type Domain = D;
    type Permit = OwnedSemaphorePermit<D>;

    #[inline(always)]
    fn semaphore(&self) -> &Semaphore<D> {
        &self.0
    }

    #[inline(always)]
    fn permit(self, n: usize) -> OwnedSemaphorePermit<D> {
        OwnedSemaphorePermit::new(self.0, n)
    }
}

/// What a wait that finds the semaphore closed turns into.
pub trait OnClosed {
    type Error;

    fn closed(closed: Closed) -> Self::Error;

    type Output<P>;

    fn output<P>(result: Result<P, Self::Error>) -> Self::Output<P>;
}

/// A panic.
pub enum OrPanic {}

/// An error.
pub enum OrClosed {}

impl OnClosed for OrPanic {
    type Error = Infallible;
    type Output<P> = P;

    #[cold]
    fn closed(_: Closed) -> Infallible {
        panic!("acquired from a closed semaphore; use `acquire_or_closed` where it may be closed")
    }

    #[inline(always)]
    fn output<P>(result: Result<P, Infallible>) -> P {
        let Ok(permit) = result;
        permit
    }
}

impl OnClosed for OrClosed {
    type Error = Closed;
    type Output<P> = Result<P, Closed>;

    fn closed(closed: Closed) -> Closed {
        closed
    }

    #[inline(always)]
    fn output<P>(result: Result<P, Closed>) -> Result<P, Closed> {
        result
    }
}

// SAFETY: the queue is a field of the semaphore, which a reference and a counted pointer both keep
// where it is, wherever they move themselves.
unsafe impl<H: Handle, C: OnClosed> Request for Permits<H, C> {
    type Domain = H::Domain;
    type Handle = H;
    type Output = C::Output<H::Permit>;
    type Verdict = Result<(), Closed>;

    const TAKEN: Self::Verdict = Ok(());

    #[inline(always)]
    fn queue(handle: &H) -> &WaitQueue<H::Domain> {
        &handle.semaphore().queue
    }

    #[inline(always)]
    fn try_now(handle: &H, need: usize) -> bool {
        handle.semaphore().take_now(need)
    }

    #[inline(always)]
    fn start(handle: &H, place: Place<'_, H::Domain>, cx: &mut Context<'_>) -> Poll<Self::Verdict> {
        handle.semaphore().start(place, cx)
    }

    #[inline]
    fn poll(handle: &H, place: Place<'_, H::Domain>, cx: &mut Context<'_>) -> Poll<Self::Verdict> {
        handle.semaphore().poll_queued(place, cx)
    }

    fn abandon(handle: &H, place: Place<'_, H::Domain>) {
        handle.semaphore().abandon(place);
    }

    #[inline(always)]
    fn complete(handle: H, need: usize, verdict: Self::Verdict) -> Self::Output {
        C::output(match verdict {
            Ok(()) => Ok(handle.permit(need)),
            Err(closed) => Err(C::closed(closed)),
        })
    }
}

impl<D: Domain> fmt::Debug for Owner<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
