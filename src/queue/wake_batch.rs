//! Wakers on their way out of a locked list.

#![allow(unsafe_code)] // An array that is initialised in part.

use std::{
    any::Any,
    mem::{self, MaybeUninit},
    panic::{AssertUnwindSafe, catch_unwind},
    task::Waker,
};

/// What a waker panicked with.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Wakers collected under a lock, to be woken after it.
///
/// Bounded, so that the lock is held for a bounded time: whoever fills one unlocks, wakes, and
/// comes again.
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
    /// A waker that panics does not keep the others from being woken. Gives the first panic, for
    /// the caller to go on with when it has nothing else to do.
    #[must_use]
    pub(crate) fn wake_all(&mut self) -> Option<Panic> {
        let mut first = None;
        while self.woken < self.len {
            let wake = AssertUnwindSafe(|| {
                while let Some(waker) = self.next() {
                    waker.wake();
                }
            });
            if let Err(panic) = catch_unwind(wake) {
                match first {
                    None => first = Some(panic),
                    // Dropping it is user code, and could panic in turn.
                    Some(_) => mem::forget(panic),
                }
            }
        }
        self.woken = 0;
        self.len = 0;
        first
    }
}

/// Left with wakers only when this crate errs under a lock; then they are woken all the same.
impl Drop for WakeBatch {
    #[inline]
    fn drop(&mut self) {
        if self.woken < self.len {
            let _ = self.wake_all();
        }
    }
}
