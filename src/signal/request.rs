//! The future that waits for a signal.

#![allow(unsafe_code)] // `unsafe impl`s, whose promises are stated on `Request` and `Watch`.

use std::{
    fmt,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Signal, engine};
use crate::{
    domain::Domain,
    queue::{Place, Request, Sleeper, Wait, WaitQueue},
};

/// A request to be released, through a handle `W`.
pub struct Until<W>(PhantomData<W>);

/// How a wait was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// By a notification for one, which this wait has used up.
    Alone,
    /// With everybody else.
    Together,
}

/// A way to reach a signal, and what having waited for it gives.
///
/// # Safety
///
/// `signal` names the same signal for as long as the handle lives, wherever the handle moves, and
/// the signal lives as long as the handle.
pub unsafe trait Watch {
    type Signal: Signal;
    type Output;

    #[doc(hidden)]
    fn signal(&self) -> &Self::Signal;

    #[doc(hidden)]
    fn released(self, how: Released) -> Self::Output;
}

// SAFETY: a reference leads to the same signal wherever it moves.
unsafe impl<S: Signal> Watch for &S {
    type Output = ();
    type Signal = S;

    #[inline(always)]
    fn signal(&self) -> &S {
        self
    }

    #[inline(always)]
    fn released(self, _: Released) {}
}

/// A counted pointer to a signal.
pub struct Owned<S: Signal>(pub(crate) <S::Domain as Domain>::Ref<S>);

// SAFETY: a counted pointer leads to the same signal wherever it moves, and keeps it alive.
unsafe impl<S: Signal> Watch for Owned<S> {
    type Output = ();
    type Signal = S;

    #[inline(always)]
    fn signal(&self) -> &S {
        &self.0
    }

    #[inline(always)]
    fn released(self, _: Released) {}
}

impl<S: Signal + fmt::Debug> fmt::Debug for Owned<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.deref(), f)
    }
}

type DomainOf<W> = <<W as Watch>::Signal as Signal>::Domain;

// SAFETY: the queue is the signal's, which keeps it, and of the signal `Watch` promises what is
// asked for here.
unsafe impl<W: Watch> Request for Until<W> {
    type Domain = DomainOf<W>;
    type Handle = W;
    type Output = W::Output;
    type Verdict = Released;

    const CLOSED: Option<Released> = Some(Released::Together);
    const GRANTED: Released = Released::Alone;
    const TAKEN: Released = if W::Signal::STORES {
        Released::Alone
    } else {
        Released::Together
    };

    #[inline(always)]
    fn queue(handle: &W) -> &WaitQueue<DomainOf<W>> {
        handle.signal().queue()
    }

    #[inline(always)]
    fn try_now(handle: &W, since: usize) -> bool {
        engine::is_over_now(handle.signal(), since)
    }

    #[inline(always)]
    fn start(
        handle: &W,
        place: Place<'_, DomainOf<W>>,
        sleeper: Sleeper<DomainOf<W>>,
    ) -> Poll<Released> {
        engine::start(handle.signal(), place, sleeper)
    }

    #[inline]
    fn poll(handle: &W, place: Place<'_, DomainOf<W>>, cx: &mut Context<'_>) -> Poll<Released> {
        engine::poll(handle.signal(), place, cx)
    }

    fn abandon(handle: &W, place: Place<'_, DomainOf<W>>) {
        engine::give_up(handle.signal(), place);
    }

    #[inline(always)]
    fn complete(handle: W, _: usize, how: Released) -> W::Output {
        handle.released(how)
    }
}

impl<W: Watch> Wait<Until<W>> {
    /// Gets in line without a waker. True when the wait is over; it is ready then when it is
    /// polled, and owes nothing when it is dropped.
    pub(crate) fn get_in_line(self: Pin<&mut Self>) -> bool {
        self.poll_early(|handle, place| engine::check(handle.signal(), place))
    }
}
