//! Who waits in a place of the queue, and where it is to be woken.

use std::task::{Context, Waker};

use crate::domain::Domain;

/// Where a task lives: how a thread that is not its own wakes it there.
pub trait Home: Copy + Send + Sync + 'static {
    /// Wakes on their way. What is in it is sent when it is dropped, at the latest.
    type Post: Default;

    /// The home of the task behind a waker, for the thread that polls it.
    fn of(waker: &Waker) -> Self;

    /// Wakes one.
    fn wake(self, waker: Waker);

    /// Wakes one, perhaps together with others.
    fn post(self, waker: Waker, post: &mut Self::Post);
}

/// No home that one has to know of: a waker is called where the wake happens.
#[derive(Clone, Copy, Debug)]
pub struct Anywhere;

impl Home for Anywhere {
    type Post = ();

    #[inline(always)]
    fn of(_: &Waker) -> Self {
        Self
    }

    #[inline(always)]
    fn wake(self, waker: Waker) {
        waker.wake();
    }

    #[inline(always)]
    fn post(self, waker: Waker, (): &mut ()) {
        waker.wake();
    }
}

/// A waker, and the home of its task.
///
/// Made and dropped outside of the list, since a waker's clone and drop are user code.
pub(crate) struct Sleeper<D: Domain> {
    waker: Waker,
    home: D::Home,
}

impl<D: Domain> Sleeper<D> {
    /// The task that polls.
    #[inline(always)]
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        let waker = cx.waker().clone();
        let home = D::Home::of(&waker);
        Self { waker, home }
    }

    /// Whether a wake would reach the task of this waker. Looks at nothing but bits.
    #[inline(always)]
    pub(super) fn is(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
    }

    #[inline(always)]
    pub(crate) fn wake(self) {
        self.home.wake(self.waker);
    }

    #[inline(always)]
    pub(super) fn post(self, post: &mut <D::Home as Home>::Post) {
        self.home.post(self.waker, post);
    }
}
