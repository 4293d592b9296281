//! A signal that is given to one, or to all that wait now: what notifications, events and condition
//! variables have in common.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::fmt;

use super::{Signal, Single, notify_all};
use crate::{
    domain::Domain,
    primitive::Ordering,
    queue::{WaitQueue, Word},
};

/// The lowest bit of the generation: everybody who comes is released.
const OPEN: usize = 1;
/// A step of the generation.
const STEP: usize = 2;
/// The highest bit is the queue's.
const MASK: usize = usize::MAX >> 1;

/// A generation of waits, and notifications for one.
///
/// A wait is over when the generation is no longer the one that it began with, or was open then.
pub struct Notifier<D: Domain, const STORES: bool> {
    single: Single<D>,
    /// Changes by one when it opens or closes, by two when everybody is notified in passing.
    generation: Word<D>,
    queue: WaitQueue<D>,
}

// SAFETY: the queue is a field.
unsafe impl<D: Domain, const S: bool> Signal for Notifier<D, S> {
    type Domain = D;

    const STORES: bool = S;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        &self.queue
    }

    #[inline(always)]
    fn is_over(&self, since: usize) -> bool {
        since & OPEN != 0 || self.generation.load(Ordering::SeqCst) & MASK != since
    }

    #[inline(always)]
    fn single(&self) -> Option<&Single<D>> {
        Some(&self.single)
    }
}

impl<D: Domain, const STORES: bool> Notifier<D, STORES> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self {
                single: Single::new(),
                generation: Word::new(0),
                queue: WaitQueue::new(),
            }
        }
    }

    /// The number of a wait that begins now.
    #[inline(always)]
    pub(crate) fn now(&self) -> usize {
        self.generation.load(Ordering::SeqCst) & MASK
    }

    /// Whether everybody who comes is released.
    pub(crate) fn is_open(&self) -> bool {
        self.generation.load(Ordering::Acquire) & OPEN != 0
    }

    /// Releases everybody who waits now.
    #[inline]
    pub(crate) fn notify_all(&self) {
        self.generation.fetch_add(STEP, Ordering::SeqCst);
        notify_all(self);
    }

    /// Releases everybody who waits now, or comes before it is shut.
    pub(crate) fn open(&self) {
        self.generation.fetch_or(OPEN, Ordering::SeqCst);
        notify_all(self);
    }

    /// Lets newcomers wait again.
    pub(crate) fn shut(&self) {
        // To the next that is shut: waits that began while it was shut before are still over. What
        // is shut already stays.
        let next = |seen: usize| (seen & OPEN != 0).then(|| seen.wrapping_add(OPEN));
        let _ = self
            .generation
            .update(Ordering::AcqRel, Ordering::Relaxed, next);
    }

    /// A notification that is kept for whoever comes.
    pub(crate) fn stored(&self) -> &Single<D> {
        &self.single
    }
}

impl<D: Domain, const STORES: bool> fmt::Debug for Notifier<D, STORES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier")
            .field("single", &self.single)
            .field("generation", &self.now())
            .field("queue", &self.queue)
            .finish()
    }
}
