//! What the designs that wake, and do not grant, have in common: a word with the free permits.
//! Whoever asks first takes one; a wake says no more than that it is worth asking again.

use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, SeqCst},
};

pub struct Permits(AtomicUsize);

impl Permits {
    pub fn new(permits: usize) -> Self {
        Self(AtomicUsize::new(permits))
    }

    /// The load is `SeqCst` as [`are_free`](Self::are_free) is: it is the second look of those who
    /// have registered.
    #[inline]
    pub fn try_take(&self) -> bool {
        let mut free = self.0.load(SeqCst);
        while free > 0 {
            match self
                .0
                .compare_exchange_weak(free, free - 1, Acquire, Relaxed)
            {
                Ok(_) => return true,
                Err(now) => free = now,
            }
        }
        false
    }

    /// Comes before a look for somebody to wake.
    #[inline]
    pub fn put_back(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    /// The second look, after registering.
    #[inline]
    pub fn are_free(&self) -> bool {
        self.0.load(SeqCst) > 0
    }
}

/// A semaphore whose permits are units of a word.
pub trait Release {
    fn release(&self);
}

pub struct Permit<'a, S: Release>(&'a S);

impl<'a, S: Release> Permit<'a, S> {
    /// Of a permit that was taken.
    pub(super) fn of(semaphore: &'a S) -> Self {
        Self(semaphore)
    }
}

impl<S: Release> Drop for Permit<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.release();
    }
}
