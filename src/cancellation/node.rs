//! A node of the tree.
//!
//! A child waits for its parent as any task would: it has a [`Wait`] of its own, which is in line
//! in the parent's queue from the moment the child is made, with a waker that cancels the child. So
//! making a child is one push on the parent's queue, which waits for no lock; a child that is
//! dropped leaves the line like any wait that is dropped; and cancelling the parent wakes children
//! and tasks alike.
//!
//! Until a child has been woken, its own flag is not set. So whether a node is cancelled is asked
//! of the node and of all above it, and a cancellation is one step for the whole tree below,
//! whatever the number of wakes it takes.
//!
//! # Invariants
//!
//! * **N1.** `wait` is accessed by the thread that makes the node, until it has returned, and by
//!   the destructor; by nobody else.
//! * **N2.** A node does not move: it is made in its counted pointer and stays there.
//! * **N3.** `wait` refers to the parent by a plain pointer; `parent` holds that alive, and is
//!   dropped after it.
//! * **N4.** A child's waker has a weak pointer: it does not hold the child alive, and comes to
//!   nothing when the child is gone.

#![allow(unsafe_code)] // A pinned wait inside a counted pointer, and a waker made of a weak one.

use std::{
    mem::ManuallyDrop,
    pin::Pin,
    task::{Context, RawWaker, RawWakerVTable, Waker},
};

use super::turn::in_turn;
use crate::{
    domain::Domain,
    primitive::{Ordering, ValueCell},
    queue::{Wait, WaitQueue, Word},
    signal::{self, Released, Signal, Until, Watch},
};

/// The number of a task's wait.
pub(super) const TASK: usize = 0;
/// The number of a child's wait.
const CHILD: usize = 1;

/// What all clones of a token have in common.
pub struct Node<D: Domain> {
    /// Whether the node was cancelled itself, or has heard of it: 0 or 1.
    cancelled: Word<D>,
    /// Tasks that wait, and children.
    queue: WaitQueue<D>,
    /// Being in line at the parent, for a child (N1, N3).
    wait: ValueCell<Option<Wait<Until<Parent<D>>>>>,
    parent: Option<D::Ref<Self>>,
}

/// The parent, for the wait of a child.
struct Parent<D: Domain>(*const Node<D>);

// SAFETY: the node does not move (N2) and lives as long as the wait (N3).
unsafe impl<D: Domain> Watch for Parent<D> {
    type Output = ();
    type Signal = Node<D>;

    #[inline]
    fn signal(&self) -> &Node<D> {
        // SAFETY: alive, by N3.
        unsafe { &*self.0 }
    }

    fn released(self, _: Released) {}
}

// SAFETY: the queue is a field.
unsafe impl<D: Domain> Signal for Node<D> {
    type Domain = D;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        &self.queue
    }

    #[inline]
    fn is_over(&self, since: usize) -> bool {
        if since == CHILD {
            // What is above this has it cancelled before long, and whoever asks the child whether
            // it is cancelled asks those above, too.
            return self.has_heard();
        }
        self.is_cancelled()
    }
}

// SAFETY: `wait` is accessed by one thread at a time (N1), and everything else is fit for threads
// in the shared form.
unsafe impl<D: Domain + Send + Sync> Send for Node<D> {}
// SAFETY: as above.
unsafe impl<D: Domain + Send + Sync> Sync for Node<D> {}

impl<D: Domain> Node<D> {
    fn new(cancelled: bool, parent: Option<D::Ref<Self>>) -> Self {
        Self {
            cancelled: Word::new(usize::from(cancelled)),
            queue: WaitQueue::new(),
            wait: ValueCell::new(None),
            parent,
        }
    }

    pub(super) fn root() -> D::Ref<Self> {
        D::counted(Self::new(false, None))
    }

    /// Makes a child.
    pub(super) fn child(parent: &D::Ref<Self>) -> D::Ref<Self> {
        if parent.has_heard() {
            return D::counted(Self::new(true, None));
        }
        let child = D::counted(Self::new(false, Some(parent.clone())));
        // SAFETY: the pointer is to a node in its counted pointer, which lives until the end of
        // this call, and so beyond the waker.
        let waker = unsafe { Waker::new(D::as_ptr(&child).cast(), Self::MADE) };
        // SAFETY: nobody else has the node yet but wakers of the wait, which leave `wait` alone
        // (N1); it does not move (N2), and neither does the wait in it.
        let cancelled = unsafe {
            let wait = &mut *child.wait.get();
            let wait = wait.insert(Wait::new(Parent(D::as_ptr(parent)), CHILD));
            Pin::new_unchecked(wait).poll(&mut Context::from_waker(&waker))
        };
        if cancelled.is_ready() {
            child.cancelled.store(1, Ordering::Release);
        }
        child
    }

    #[inline(always)]
    fn has_heard(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst) != 0
    }

    /// Whether this or any above it was cancelled.
    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        let mut node = self;
        loop {
            if node.has_heard() {
                return true;
            }
            match &node.parent {
                Some(parent) => node = parent,
                None => return false,
            }
        }
    }

    /// Cancels this and all below it.
    pub(super) fn cancel(&self) {
        if self.cancelled.fetch_or(1, Ordering::SeqCst) == 0 {
            signal::notify_all(self);
        }
    }
}

/// Drops the last pointer to a parent in turn: that may have the last to its own, and so on
/// upwards.
impl<D: Domain> Drop for Node<D> {
    fn drop(&mut self) {
        // The wait first (N3), and where it is: it is pinned.
        *self.wait.get_mut() = None;
        if let Some(parent) = self.parent.take() {
            if D::is_one_of_many(&parent) {
                drop(parent);
            } else {
                in_turn(D::drops(), parent, drop);
            }
        }
    }
}

/// The waker of a child, in two shapes: *made* points to a node that its user keeps alive, and is
/// there to be cloned; *kept*, its clone, has a weak pointer (N4).
impl<D: Domain> Node<D> {
    const KEPT: &'static RawWakerVTable = &RawWakerVTable::new(
        |weak| {
            // SAFETY: a kept waker has a weak pointer, which this leaves where it is.
            let this = ManuallyDrop::new(unsafe { D::weak_from_raw(weak.cast::<Self>()) });
            let weak = D::weak_into_raw((*this).clone());
            RawWaker::new(weak.cast(), Self::KEPT)
        },
        |weak| {
            // SAFETY: a kept waker has a weak pointer, which is given up here.
            let weak = unsafe { D::weak_from_raw(weak.cast::<Self>()) };
            Self::hear(&weak);
        },
        |weak| {
            // SAFETY: a kept waker has a weak pointer, which this leaves where it is.
            let weak = ManuallyDrop::new(unsafe { D::weak_from_raw(weak.cast::<Self>()) });
            Self::hear(&weak);
        },
        |weak| {
            // SAFETY: a kept waker has a weak pointer, which is given up here.
            drop(unsafe { D::weak_from_raw(weak.cast::<Self>()) });
        },
    );
    const MADE: &'static RawWakerVTable = &RawWakerVTable::new(
        |node| {
            // SAFETY: of a counted pointer that is alive, and stays where it is.
            let node = ManuallyDrop::new(unsafe { D::from_raw(node.cast::<Self>()) });
            RawWaker::new(D::weak_into_raw(D::downgrade(&node)).cast(), Self::KEPT)
        },
        |_| unreachable!("it is cloned, not woken"),
        |_| unreachable!("it is cloned, not woken"),
        |_| {},
    );

    /// The parent was cancelled.
    fn hear(weak: &D::Weak<Self>) {
        if let Some(node) = D::upgrade(weak) {
            in_turn(D::cancels(), node, |node| node.cancel());
        }
    }
}
