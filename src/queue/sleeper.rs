//! Who waits in a place of the queue, and how it is woken.

use std::task::{Context, Waker};

use crate::{domain::Domain, primitive::either};

/// A waker as a form of the primitives keeps it: with what it takes to wake the task where it
/// lives.
///
/// Made and dropped outside of the list, since a waker's clone and drop are user code.
pub trait Asleep: From<Waker> + Send + Sync + 'static {
    /// Wakes on their way. What is in it is sent when it is dropped, at the latest.
    type Post: Default;

    /// Whether a wake would reach the task of this waker. Looks at nothing but bits.
    fn is(&self, waker: &Waker) -> bool;

    /// Whether a wake first has to get another thread to run the task, as far as can be seen.
    #[inline]
    fn sleeps_afar(&self) -> bool {
        either()
    }

    /// Wakes one.
    fn wake(self);

    /// Wakes one, perhaps together with others.
    fn post(self, post: &mut Self::Post);
}

/// A waker that is called where the wake happens.
impl Asleep for Waker {
    type Post = ();

    #[inline(always)]
    fn is(&self, waker: &Waker) -> bool {
        self.will_wake(waker)
    }

    #[inline(always)]
    fn wake(self) {
        self.wake();
    }

    #[inline(always)]
    fn post(self, (): &mut ()) {
        self.wake();
    }
}

/// A waker in a form's own shape.
pub struct Sleeper<D: Domain>(D::Asleep);

impl<D: Domain> Sleeper<D> {
    /// The task that polls.
    #[inline(always)]
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        Self(cx.waker().clone().into())
    }

    /// Nobody.
    pub(super) fn nobody() -> Self {
        Self(Waker::noop().clone().into())
    }

    #[inline(always)]
    pub(super) fn is(&self, waker: &Waker) -> bool {
        self.0.is(waker)
    }

    #[inline(always)]
    pub(super) fn sleeps_afar(&self) -> bool {
        self.0.sleeps_afar()
    }

    #[inline(always)]
    pub(crate) fn wake(self) {
        Asleep::wake(self.0);
    }

    #[inline(always)]
    pub(super) fn post(self, post: &mut <D::Asleep as Asleep>::Post) {
        self.0.post(post);
    }
}
