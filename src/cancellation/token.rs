//! The token.

#![allow(unsafe_code)] // A counted pointer that is made when it is needed first.

use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    pin::pin,
    ptr,
    task::Poll,
};

use super::{DropGuard, DropGuardRef, Node, node::TASK};
#[cfg(not(loom))]
use crate::{blocking::block_on, domain::Shared};
use crate::{
    domain::Domain,
    primitive::Ordering,
    queue::{Wait, Word},
    signal::{Owned, Until},
};

/// Tells tasks to stop: all that hold a clone of it, or a child.
///
/// Use it through [`compio_sync::CancellationToken`](crate::CancellationToken), usable from any
/// thread, or [`compio_sync::local::CancellationToken`](crate::local::CancellationToken), bound to
/// one.
///
/// Clones are the same token. A [child](Self::child_token) is cancelled with its parent, at the
/// same moment, and can be cancelled without it. A token is a pointer to a counted node, which is
/// made when the token is cloned, cancelled, or waited for first: so that [`new`](Self::new) is
/// `const`.
///
/// # Fairness
///
/// A cancellation is one step, whatever the number of those who wait, and wakes them in the order
/// in which they came.
///
/// # Cancel safety
///
/// Dropping a wait for a token gives up its place in line and nothing else.
///
/// # Memory ordering
///
/// What a thread did before it cancelled *happens before* what is done after a wait that this
/// released, or after [`is_cancelled`](Self::is_cancelled) has said true.
///
/// # When not to use it
///
/// For a flag that can be reset there is [`Event`](crate::generic::Event). It does not say when
/// those who were told have stopped: [`WaitGroup`](crate::generic::WaitGroup) does. An operation
/// that compio has handed to the kernel ends by compio's own means when its future is dropped.
pub struct CancellationToken<D: Domain> {
    /// The address of a counted [`Node`], or zero where none was needed yet.
    node: Word<D>,
    _node: PhantomData<D::Ref<Node<D>>>,
}

/// The future of [`CancellationToken::cancelled`].
pub type Cancelled<'a, D> = Wait<Until<&'a Node<D>>>;
/// The future of [`CancellationToken::cancelled_owned`].
pub type OwnedCancelled<D> = Wait<Until<Owned<Node<D>>>>;

impl<D: Domain> CancellationToken<D> {
    const_fn! {
        /// Makes a token that is not cancelled.
        pub fn new() -> Self {
            Self {
                node: Word::new(0),
                _node: PhantomData,
            }
        }
    }

    fn of(node: D::Ref<Node<D>>) -> Self {
        Self {
            node: Word::new(D::into_raw(node).expose_provenance()),
            _node: PhantomData,
        }
    }

    /// The node, if it was needed before.
    #[inline(always)]
    fn known(&self) -> Option<ManuallyDrop<D::Ref<Node<D>>>> {
        let node: *const Node<D> = ptr::with_exposed_provenance(self.node.load(Ordering::Acquire));
        // SAFETY: it came from `into_raw`, of a pointer that this token owns until it is dropped.
        (!node.is_null()).then(|| ManuallyDrop::new(unsafe { D::from_raw(node) }))
    }

    #[inline(always)]
    fn counted(&self) -> ManuallyDrop<D::Ref<Node<D>>> {
        self.known().unwrap_or_else(|| self.make())
    }

    #[cold]
    fn make(&self) -> ManuallyDrop<D::Ref<Node<D>>> {
        let made = Self::of(Node::<D>::root());
        let address = made.node.load(Ordering::Relaxed);
        let first = |seen| (seen == 0).then_some(address);
        if self
            .node
            .update(Ordering::AcqRel, Ordering::Acquire, first)
            .is_ok()
        {
            // It is this token's now. Otherwise another thread was faster.
            made.node.store(0, Ordering::Relaxed);
        }
        self.known().expect("it was made")
    }

    #[inline(always)]
    fn node(&self) -> &Node<D> {
        let node = D::as_ptr(&self.counted());
        // SAFETY: this token holds the node alive for as long as it is borrowed.
        unsafe { &*node }
    }

    /// A token that is cancelled with this one, and can be cancelled by itself.
    ///
    /// Waits for no lock. The child of a token that is cancelled is cancelled from the start.
    #[must_use]
    pub fn child_token(&self) -> Self {
        Self::of(Node::<D>::child(&self.counted()))
    }

    /// Cancels this token, its clones, and all their descendants.
    ///
    /// One step, after which [`is_cancelled`](Self::is_cancelled) says true of all of them; then it
    /// wakes those who wait. May be called anywhere, in a waker and in a destructor too. Never
    /// waits for another thread.
    pub fn cancel(&self) {
        self.node().cancel();
    }

    /// Whether this token, or one that it descends from, was cancelled.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.known().is_some_and(|node| node.is_cancelled())
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line.
    #[inline]
    pub fn cancelled(&self) -> Cancelled<'_, D> {
        Wait::new(self.node(), TASK)
    }

    /// Waits until it is cancelled; the future holds what it waits for alive.
    ///
    /// # Cancel safety
    ///
    /// As for [`cancelled`](Self::cancelled).
    pub fn cancelled_owned(self) -> OwnedCancelled<D> {
        let node = ManuallyDrop::into_inner(self.counted());
        // The future owns it now.
        mem::forget(self);
        Wait::new(Owned(node), TASK)
    }

    /// Runs a future until it is ready or this is cancelled.
    ///
    /// None means cancelled; the future is dropped then. Where both are the case at a poll, what
    /// the future has finished is not thrown away; a token that was cancelled before the first
    /// poll does not let it begin.
    ///
    /// # Cancel safety
    ///
    /// That of the future.
    pub async fn run_until_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        if self.is_cancelled() {
            return None;
        }
        let mut future = pin!(future);
        let mut cancelled = pin!(self.cancelled());
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => cancelled.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// [`run_until_cancelled`](Self::run_until_cancelled), which takes the token along.
    ///
    /// # Cancel safety
    ///
    /// That of the future.
    pub async fn run_until_cancelled_owned<F: Future>(self, future: F) -> Option<F::Output> {
        self.run_until_cancelled(future).await
    }

    /// Cancels it when the guard is dropped.
    pub fn drop_guard(self) -> DropGuard<D> {
        DropGuard::new(self)
    }

    /// Cancels it when the guard is dropped, which borrows it.
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_, D> {
        DropGuardRef::new(self)
    }
}

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl CancellationToken<Shared> {
    /// Waits until it is cancelled.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`cancelled`](CancellationToken::cancelled) there. (Seen with the feature
    /// `compio` only.)
    #[track_caller]
    pub fn blocking_cancelled(&self) {
        block_on("blocking_cancelled", "cancelled().await", self.cancelled());
    }
}

/// The same token once more.
impl<D: Domain> Clone for CancellationToken<D> {
    fn clone(&self) -> Self {
        Self::of((*self.counted()).clone())
    }
}

impl<D: Domain> Drop for CancellationToken<D> {
    fn drop(&mut self) {
        drop(self.known().map(ManuallyDrop::into_inner));
    }
}

impl<D: Domain> Default for CancellationToken<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> fmt::Debug for CancellationToken<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("cancelled", &self.is_cancelled())
            .finish()
    }
}
