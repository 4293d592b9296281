//! The future that waits for permits.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Request`.

use std::{
    convert::Infallible,
    marker::PhantomData,
    task::{Context, Poll},
};

use super::RawSemaphore;
use crate::{
    closed::Closed,
    domain::Domain,
    queue::{Place, Request, Sleeper, WaitQueue},
};

/// A request for permits through a handle `H`, with `C` for what happens on closing.
pub struct Permits<H, C>(PhantomData<(H, C)>);

/// A way to reach a semaphore, and what having permits of it is worth.
///
/// # Safety
///
/// `raw` names the same semaphore for as long as the handle lives, wherever the handle moves, and
/// the semaphore lives as long as the handle.
pub unsafe trait Handle {
    type Domain: Domain;
    type Permit;

    #[doc(hidden)]
    fn raw(&self) -> &RawSemaphore<Self::Domain>;

    /// Takes `n` permits if they are to be had at once.
    #[doc(hidden)]
    #[inline(always)]
    fn take_now(&self, n: usize) -> bool {
        self.raw().take_now(n)
    }

    /// Permits may have been given back in the name of a request, which was never granted them or
    /// is given up.
    #[doc(hidden)]
    #[inline(always)]
    fn gave_back(&self) {}

    /// The `n` permits are the caller's to give away.
    #[doc(hidden)]
    fn permit(self, n: usize) -> Self::Permit;
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

/// It is not closed, ever.
pub enum NeverCloses {}

macro_rules! panics {
    ($name:ident, $message:literal) => {
        impl OnClosed for $name {
            type Error = Infallible;
            type Output<P> = P;

            #[cold]
            fn closed(_: Closed) -> Infallible {
                panic!($message)
            }

            #[inline(always)]
            fn output<P>(result: Result<P, Infallible>) -> P {
                let Ok(permit) = result;
                permit
            }
        }
    };
}

panics!(
    OrPanic,
    "acquired from a closed semaphore; use `acquire_or_closed` where it may be closed"
);
panics!(NeverCloses, "a lock was closed");

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

/// Tells a handle, also when user code panics.
struct GaveBack<'a, H: Handle>(&'a H);

impl<H: Handle> Drop for GaveBack<'_, H> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.gave_back();
    }
}

// SAFETY: the queue is a field of the semaphore, of which `Handle` promises what is asked for here.
unsafe impl<H: Handle, C: OnClosed> Request for Permits<H, C> {
    type Domain = H::Domain;
    type Handle = H;
    type Output = C::Output<H::Permit>;
    type Verdict = Result<(), Closed>;

    const GRANTED: Self::Verdict = Ok(());
    const TAKEN: Self::Verdict = Ok(());

    #[inline(always)]
    fn queue(handle: &H) -> &WaitQueue<H::Domain> {
        &handle.raw().queue
    }

    #[inline(always)]
    fn try_now(handle: &H, need: usize) -> bool {
        handle.take_now(need)
    }

    #[inline(always)]
    fn start(
        handle: &H,
        place: Place<'_, H::Domain>,
        sleeper: Sleeper<H::Domain>,
    ) -> Poll<Self::Verdict> {
        let _then = GaveBack(handle);
        handle.raw().start(place, sleeper)
    }

    #[inline(always)]
    fn poll(handle: &H, place: Place<'_, H::Domain>, cx: &mut Context<'_>) -> Poll<Self::Verdict> {
        let _then = GaveBack(handle);
        handle.raw().poll_queued(place, cx)
    }

    fn abandon(handle: &H, place: Place<'_, H::Domain>) {
        let _then = GaveBack(handle);
        handle.raw().abandon(place);
    }

    #[inline(always)]
    fn complete(handle: H, need: usize, verdict: Self::Verdict) -> Self::Output {
        C::output(match verdict {
            Ok(()) => Ok(handle.permit(need)),
            Err(closed) => Err(C::closed(closed)),
        })
    }
}
