//! Wakers on their way out of a locked list.

#![allow(unsafe_code)] // An array that is initialised in part.

use std::{
    mem::MaybeUninit,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Waker,
};

/// Wakers collected under a lock, to be woken after it.
///
/// Bounded, so that the lock is held for a bounded time: whoever fills one unlocks, wakes, and
/// comes again. A waker that panics does not keep the others of its batch from being woken.
///
/// Invariant B1: the slots `woken..len` are initialised, and no others.
pub(crate) struct WakeBatch {
    slots: [MaybeUninit<Waker>; Self::CAPACITY],
    woken: usize,
    len: usize,
}

impl WakeBatch {
    /// Two in a model, so that it reaches the second batch.
    pub(crate) const CAPACITY: usize = if cfg!(loom) { 2 } else { 32 };

    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { MaybeUninit::uninit() }; Self::CAPACITY],
            woken: 0,
            len: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len == Self::CAPACITY
    }

    /// # Panics
    ///
    /// When the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, waker: Waker) {
        self.slots[self.len].write(waker);
        self.len += 1;
    }

    fn next(&mut self) -> Option<Waker> {
        if self.woken == self.len {
            return None;
        }
        let index = self.woken;
        self.woken += 1;
        // SAFETY: initialised, and given away once, by B1.
        Some(unsafe { self.slots[index].assume_init_read() })
    }

    /// Wakes all of them, in the order in which they came. User code: no lock may be held.
    ///
    /// # Panics
    ///
    /// When a waker does, after the others have been woken.
    #[inline]
    pub(crate) fn wake_all(&mut self) {
        while let Some(waker) = self.next() {
            waker.wake();
        }
        self.woken = 0;
        self.len = 0;
    }
}

/// Left with wakers only when one of them has panicked: the rest are woken on the way out, and what
/// they panic with is dropped, since one panic is under way already.
impl Drop for WakeBatch {
    #[inline]
    fn drop(&mut self) {
        while let Some(waker) = self.next() {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
