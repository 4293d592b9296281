//! The future that owns a waiter, for every primitive and for borrowed and owned handles alike.

#![allow(unsafe_code)] // Pins the waiter inside the future, and keeps I1 in its destructor.

use std::{
    fmt,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use super::{
    list::List,
    sleeper::Sleeper,
    wait_queue::{Marks, Snapshot, WaitQueue},
    waiter::{Stage, Waiter},
};
use crate::domain::Domain;

/// What is waited for: the primitive's side of a [`Wait`].
///
/// # Safety
///
/// `queue` names the same queue for as long as the handle lives, wherever the handle moves, and the
/// queue lives as long as the handle.
pub unsafe trait Request {
    /// The form of the primitive.
    type Domain: Domain;
    /// What keeps the primitive within reach: a reference or a counted pointer.
    type Handle;
    /// What the wait ends with.
    type Output;
    /// What [`poll`](Self::poll) finds and [`complete`](Self::complete) turns into the output.
    type Verdict;

    #[doc(hidden)]
    fn queue(handle: &Self::Handle) -> &WaitQueue<Self::Domain>;

    /// The whole of the plain case: takes what is asked for, if that is possible at once. Runs no
    /// user code, and does not panic.
    #[doc(hidden)]
    fn try_now(handle: &Self::Handle, need: usize) -> bool;

    /// What `try_now` has found when it says yes.
    #[doc(hidden)]
    const TAKEN: Self::Verdict;

    /// What a grant means.
    #[doc(hidden)]
    const GRANTED: Self::Verdict;

    /// What being closed means, where that is a plain case, too.
    #[doc(hidden)]
    const CLOSED: Option<Self::Verdict> = None;

    /// A poll in stage `Idle`, after `try_now` said no: gets in line.
    #[doc(hidden)]
    fn start(
        handle: &Self::Handle,
        place: Place<'_, Self::Domain>,
        sleeper: Sleeper<Self::Domain>,
    ) -> Poll<Self::Verdict>;

    /// A later poll. Once it or `start` is ready, the waiter is not linked and holds nothing.
    #[doc(hidden)]
    fn poll(
        handle: &Self::Handle,
        place: Place<'_, Self::Domain>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Verdict>;

    /// Gives up a wait that is not alone in line, in whatever stage: unlinks the waiter, or passes
    /// on what it was granted.
    #[doc(hidden)]
    fn abandon(handle: &Self::Handle, place: Place<'_, Self::Domain>);

    /// A wait that was alone in line was given up, and has left it.
    #[doc(hidden)]
    #[inline(always)]
    fn left(_: &Self::Handle) {}

    #[doc(hidden)]
    fn complete(handle: Self::Handle, need: usize, verdict: Self::Verdict) -> Self::Output;
}

impl<D: Domain> Waiter<D> {
    /// [`Place::leave_alone`], for the owner of this waiter and a queue that it may be in.
    #[inline]
    fn leave_alone(&self, queue: &WaitQueue<D>) -> Result<Option<Sleeper<D>>, ()> {
        if !queue.try_remove_only(self) {
            return Err(());
        }
        let queued = self.stage() == Stage::Queued;
        // SAFETY: just unlinked, by its owner; the stage is left next (I3).
        let sleeper = queued.then(|| unsafe { self.take_sleeper() });
        self.give_up();
        Ok(sleeper)
    }
}

/// A waiter together with the queue it belongs to: what a primitive gets to see of a [`Wait`].
pub struct Place<'a, D: Domain> {
    queue: &'a WaitQueue<D>,
    waiter: Pin<&'a Waiter<D>>,
}

impl<D: Domain> Clone for Place<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Domain> Copy for Place<'_, D> {}

impl<D: Domain> Place<'_, D> {
    /// The stage; where another thread is about to say what the waiter got, it is waited for.
    #[inline(always)]
    pub(crate) fn stage(self) -> Stage {
        self.waiter.settled_stage()
    }

    /// The stage, which may be `Leaving`.
    #[inline(always)]
    pub(crate) fn stage_now(self) -> Stage {
        self.waiter.stage()
    }

    #[inline(always)]
    pub(crate) fn need(self) -> usize {
        self.waiter.need()
    }

    /// Registers with a waker. Says whether nobody was there before.
    ///
    /// # Panics
    ///
    /// When the waiter is not in stage `Idle`.
    #[inline]
    pub(crate) fn enqueue(self, sleeper: Sleeper<D>) -> bool {
        assert!(self.stage_now() == Stage::Idle, "a waiter was queued twice");
        // SAFETY: not linked, and the `Place` comes from the owner; pinned, so that `Wait`'s
        // destructor runs before its life ends and keeps I1.
        unsafe {
            self.waiter.put_sleeper(sleeper);
            self.waiter.set_newer(std::ptr::null_mut());
            self.waiter.start();
            self.queue.push(&self.waiter)
        }
    }

    /// Whether a wake would reach this task. Only in stage `Queued` or `Leaving`, as the
    /// owner saw it.
    #[inline]
    pub(crate) fn will_wake(self, waker: &Waker) -> bool {
        // SAFETY: the owner saw one of these. If it has ended since, the bits are still there (I3).
        unsafe { self.waiter.will_wake(waker) }
    }

    /// How often the waiter was passed over.
    #[inline(always)]
    pub(crate) fn passes(self) -> usize {
        self.waiter.passes()
    }

    /// Waits on after a wake in vain, which is counted; the word, which was `seen`, has `marks`
    /// from then on. The waker comes back where the waiter is not `Woken` any more, where
    /// others have changed the word, and where another thread is in the list: then the caller
    /// has to enter it, since this may have been in it when others looked.
    #[inline(always)]
    pub(crate) fn wait_on(
        self,
        sleeper: Sleeper<D>,
        seen: Snapshot<D>,
        marks: Marks,
    ) -> Result<(), Sleeper<D>> {
        if seen.is_locked() || self.stage_now() != Stage::Woken {
            return Err(sleeper);
        }
        let Some(mut list) = self.queue.try_enter_bare(seen) else {
            return Err(sleeper);
        };
        if self.stage_now() != Stage::Woken {
            return Err(sleeper);
        }
        // SAFETY: `Woken`, with the lock held, so there is no waker (I3).
        unsafe { self.waiter.put_sleeper(sleeper) };
        self.waiter.queue_again();
        list.marks = marks;
        Ok(())
    }

    /// Leaves the queue without its lock, if nobody else is there: then it gives the waker that was
    /// left in the place, if any.
    pub(crate) fn leave_alone(self) -> Result<Option<Sleeper<D>>, ()> {
        self.waiter.leave_alone(self.queue)
    }

    /// Leaves the queue. Gives the waker that was left in the place, if any, and whether this was
    /// the first in line.
    ///
    /// # Panics
    ///
    /// When the waiter is not linked, or the list is another queue's.
    pub(crate) fn leave(self, list: &mut List<'_, D>) -> (Option<Sleeper<D>>, bool) {
        self.check(list);
        // SAFETY: linked, by I4 with the lock held, and in this queue.
        unsafe { list.remove(&self.waiter) }
    }

    /// Puts another waker into the place; gives the one that was there, if any.
    ///
    /// # Panics
    ///
    /// When the waiter is not linked, or the list is another queue's.
    pub(crate) fn renew(self, list: &mut List<'_, D>, sleeper: Sleeper<D>) -> Option<Sleeper<D>> {
        self.check(list);
        // SAFETY: the lock is held and the owner is here; taken only where the stage says that it
        // is there, and put back at once (I3).
        unsafe {
            let old = (self.stage() == Stage::Queued).then(|| self.waiter.take_sleeper());
            self.waiter.put_sleeper(sleeper);
            self.waiter.set_stage(Stage::Queued);
            old
        }
    }

    /// [`renew`](Self::renew), if the waiter is linked still. Gives the waker that is not in the
    /// place, if there is one: to be dropped outside of the list, since that is user code.
    pub(crate) fn renew_if_linked(
        self,
        list: &mut List<'_, D>,
        sleeper: Sleeper<D>,
    ) -> Option<Sleeper<D>> {
        if self.stage().is_linked() {
            self.renew(list, sleeper)
        } else {
            Some(sleeper)
        }
    }

    fn check(self, list: &List<'_, D>) {
        assert!(
            list.is_of(self.queue),
            "a waiter met the list of another queue"
        );
        assert!(
            self.stage().is_linked(),
            "a waiter left a queue that it was not in"
        );
    }
}

/// A pending wait: the future behind every waiting method of this crate.
///
/// Named through aliases, such as [`Acquire`](crate::futures::Acquire). The place in the queue is
/// part of the future, so it allocates nothing and has to be pinned; `.await` does that. Dropping
/// it leaves the queue at once, and whatever was handed to it meanwhile goes to the next in line.
///
/// # Panics
///
/// Polling it again after it was ready.
#[must_use = "a future does nothing unless it is awaited or polled"]
pub struct Wait<R: Request> {
    /// None when the wait is over.
    handle: Option<R::Handle>,
    /// Structurally pinned. [`Waiter::blank`] until it has been polled to no avail. That is told
    /// by a plain field and not by the stage, since a compiler can reason about it: a wait
    /// that ends with its first poll never looks at the rest.
    waiter: MaybeUninit<Waiter<R::Domain>>,
}

impl<R: Request> Wait<R> {
    #[inline(always)]
    pub(crate) fn new(handle: R::Handle, need: usize) -> Self {
        Self {
            handle: Some(handle),
            waiter: Waiter::blank(need),
        }
    }

    /// The waiter, if it is there yet.
    #[inline(always)]
    fn waiter(&self) -> Option<&Waiter<R::Domain>> {
        let (_, fresh) = Waiter::need_of(&self.waiter);
        // SAFETY: filled in, as `fresh` says.
        (!fresh).then(|| unsafe { self.waiter.assume_init_ref() })
    }
}

impl<R: Request> Wait<R> {
    /// A poll that finds nothing to take, and gets in line. Out of line, so that the plain case is
    /// small enough to be inlined.
    #[inline(never)]
    fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Output> {
        // User code, so it comes before there is anything in the place.
        let sleeper = Sleeper::of(cx);
        self.poll_by(|handle, place| R::start(handle, place, sleeper))
    }

    /// A poll of a wait that has been in line.
    #[inline(never)]
    fn poll_again(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Output> {
        if self
            .waiter()
            .is_some_and(|waiter| waiter.stage() == Stage::Idle)
        {
            // It had left the line, and then user code panicked.
            return self.poll_first(cx);
        }
        self.poll_by(|handle, place| R::poll(handle, place, cx))
    }

    #[inline(always)]
    fn poll_by(
        self: Pin<&mut Self>,
        poll: impl FnOnce(&R::Handle, Place<'_, R::Domain>) -> Poll<R::Verdict>,
    ) -> Poll<R::Output> {
        // SAFETY: `handle` is not pinned, and `waiter` is not moved out of `self`.
        let this = unsafe { self.get_unchecked_mut() };
        let handle = this
            .handle
            .as_ref()
            .expect("a wait was polled after it was over");
        let (need, fresh) = Waiter::need_of(&this.waiter);
        if fresh {
            Waiter::fill_in(&mut this.waiter);
        }
        let place = Place {
            queue: R::queue(handle),
            // SAFETY: initialised, as `fresh` says; and pinned, as `self` is.
            waiter: unsafe { Pin::new_unchecked(this.waiter.assume_init_ref()) },
        };
        let verdict = ready!(poll(handle, place));
        let handle = this.handle.take().expect("it was there above");
        Poll::Ready(R::complete(handle, need, verdict))
    }
}

impl<R: Request> Wait<R> {
    /// Gets in line without a waker; a later call goes by `check`. True when the wait has come to
    /// its end: then the next poll is ready, and a drop owes nothing.
    pub(crate) fn poll_early(
        self: Pin<&mut Self>,
        check: impl FnOnce(&R::Handle, Place<'_, R::Domain>) -> Poll<R::Verdict>,
    ) -> bool {
        // SAFETY: `handle` is not pinned, and `waiter` is not moved out of `self`.
        let this = unsafe { self.get_unchecked_mut() };
        let handle = this
            .handle
            .as_ref()
            .expect("a wait was polled after it was over");
        let (need, fresh) = Waiter::need_of(&this.waiter);
        let now = fresh && R::try_now(handle, need);
        if fresh {
            Waiter::fill_in(&mut this.waiter);
        }
        // SAFETY: initialised, as `fresh` says.
        let waiter = unsafe { this.waiter.assume_init_ref() };
        let place = Place {
            queue: R::queue(handle),
            // SAFETY: pinned, as `self` is.
            waiter: unsafe { Pin::new_unchecked(waiter) },
        };
        let over = now
            || match place.stage_now() {
                Stage::Idle => R::start(handle, place, Sleeper::nobody()),
                _ => check(handle, place),
            }
            .is_ready();
        if over {
            // Not linked any more, and what was granted is the caller's.
            waiter.set_stage(Stage::Closed);
        }
        over
    }
}

/// Nothing is pinned but the waiter, which is never `Unpin`.
impl<R: Request> Future for Wait<R> {
    type Output = R::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Output> {
        // SAFETY: `handle` is not pinned, and `waiter` is not moved out of `self`.
        let this = unsafe { self.as_mut().get_unchecked_mut() };
        let (need, fresh) = Waiter::need_of(&this.waiter);
        // Taken out before the look, so that what follows need not wait for memory. While the
        // waiter is linked, nothing panics until it is back, as the destructor needs it
        // (I1).
        if let Some(handle) = this.handle.take() {
            let verdict = match fresh {
                true => R::try_now(&handle, need).then_some(R::TAKEN),
                // SAFETY: initialised, as `fresh` says.
                false => match unsafe { this.waiter.assume_init_ref() }.stage() {
                    Stage::Granted => Some(R::GRANTED),
                    Stage::Closed => R::CLOSED,
                    _ => None,
                },
            };
            if let Some(verdict) = verdict {
                return Poll::Ready(R::complete(handle, need, verdict));
            }
            this.handle = Some(handle);
        }
        if fresh {
            self.poll_first(cx)
        } else {
            self.poll_again(cx)
        }
    }
}

impl<R: Request> Wait<R> {
    /// Gives up a wait that was not alone in line, or is not in line any more.
    #[cold]
    fn abandon(handle: &R::Handle, waiter: &Waiter<R::Domain>) {
        if waiter.stage() == Stage::Idle {
            return;
        }
        let place = Place {
            queue: R::queue(handle),
            // SAFETY: it was pinned when it left `Idle`, and does not move in a destructor.
            waiter: unsafe { Pin::new_unchecked(waiter) },
        };
        let linked = Linked(place);
        R::abandon(handle, place);
        drop(linked);
    }
}

impl<R: Request> Drop for Wait<R> {
    #[inline]
    fn drop(&mut self) {
        let (Some(handle), Some(waiter)) = (&self.handle, self.waiter()) else {
            return;
        };
        // Whoever leaves an empty line behind has nothing to pass on.
        match waiter.leave_alone(R::queue(handle)) {
            Ok(_waker) => R::left(handle),
            Err(()) => Self::abandon(handle, waiter),
        }
    }
}

/// Keeps I1 against a primitive that errs: a waiter that is still linked must not end its life.
struct Linked<'a, D: Domain>(Place<'a, D>);

impl<D: Domain> Drop for Linked<'_, D> {
    fn drop(&mut self) {
        if self.0.stage().is_linked() {
            std::process::abort();
        }
    }
}

impl<R: Request> fmt::Debug for Wait<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("over", &self.handle.is_none())
            .field("waiter", &self.waiter())
            .finish()
    }
}
