//! Wakers on their way out of a locked list.

#![allow(unsafe_code)] // An array that is initialised in part.

use std::{
    any::Any,
    mem::{self, MaybeUninit},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    slice, thread,
};

use super::{
    sleeper::{Asleep, Sleeper},
    turn::Pause,
};
use crate::domain::Domain;

/// How many one holds. Two in a model, so that it reaches the second batch.
pub(super) const CAPACITY: usize = if cfg!(loom) { 2 } else { 32 };

/// Wakers collected under a lock, to be woken after it.
///
/// Bounded, so that the lock is held for a bounded time: whoever fills one unlocks, wakes, and
/// comes again.
///
/// Invariant B1: the slots `woken..len` are initialised, but for those that a [`Left`] has given
/// away, and no others; `len` is `limit` at most, and that `CAPACITY`.
pub(crate) struct WakeBatch<D: Domain> {
    slots: [MaybeUninit<Sleeper<D>>; CAPACITY],
    woken: usize,
    len: usize,
    /// How many it takes before they are woken.
    limit: usize,
}

impl<D: Domain> WakeBatch<D> {
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self::with_room(CAPACITY)
    }

    /// One that takes so many before it has woken any, and as many as it can hold after that.
    #[inline(always)]
    pub(super) const fn with_room(limit: usize) -> Self {
        assert!(limit <= CAPACITY);
        Self {
            slots: [const { MaybeUninit::uninit() }; CAPACITY],
            woken: 0,
            len: 0,
            limit,
        }
    }

    #[inline(always)]
    fn limit(&self) -> usize {
        // A form of one thread has nobody to send ahead.
        if D::SHARED { self.limit } else { CAPACITY }
    }

    /// How many more it takes.
    pub(crate) fn room(&self) -> usize {
        self.limit() - self.len
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len == self.limit()
    }

    /// # Panics
    ///
    /// When the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, sleeper: Sleeper<D>) {
        let limit = self.limit();
        self.slots[..limit][self.len].write(sleeper);
        self.len += 1;
    }

    /// Takes what `next` gives until it gives nothing, for as long as there is room.
    #[inline(always)]
    pub(super) fn fill(&mut self, mut next: impl FnMut() -> Option<Sleeper<D>>) {
        let limit = self.limit();
        let mut free = self.slots[self.len..limit].iter_mut();
        while free.len() > 0
            && let Some(sleeper) = next()
            && let Some(slot) = free.next()
        {
            slot.write(sleeper);
        }
        self.len = limit - free.len();
    }

    /// Those that are left, each of which counts as woken as soon as it is given away.
    fn left(&mut self) -> Left<'_, D> {
        Left {
            slots: self.slots[self.woken..self.len].iter(),
            woken: &mut self.woken,
            len: self.len,
        }
    }

    /// Wakes all of them, in the order in which they came. User code: no lock may be held.
    ///
    /// A waker that panics does not keep the others from being woken; the first panic is left in
    /// `panic`.
    #[inline(always)]
    pub(crate) fn wake_all(&mut self, panic: &mut FirstPanic) {
        if self.woken < self.len {
            self.wake_some(panic);
        }
    }

    fn wake_some(&mut self, panic: &mut FirstPanic) {
        let _no_turns = D::SHARED.then(Pause::new);
        let mut post = <D::Asleep as Asleep>::Post::default();
        while self.woken < self.len {
            panic.catch(|| {
                for sleeper in self.left() {
                    sleeper.post(&mut post);
                }
            });
        }
        self.woken = 0;
        self.len = 0;
        self.limit = CAPACITY;
    }
}

/// The batch learns how far it came when it is dropped, also by a panic: that costs nothing for
/// each.
struct Left<'a, D: Domain> {
    slots: slice::Iter<'a, MaybeUninit<Sleeper<D>>>,
    woken: &'a mut usize,
    len: usize,
}

impl<D: Domain> Iterator for Left<'_, D> {
    type Item = Sleeper<D>;

    #[inline(always)]
    fn next(&mut self) -> Option<Sleeper<D>> {
        // SAFETY: initialised, and given away once, by B1.
        self.slots
            .next()
            .map(|slot| unsafe { slot.assume_init_read() })
    }
}

impl<D: Domain> Drop for Left<'_, D> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.woken = self.len - self.slots.len();
    }
}

/// Left with wakers only when this crate errs under a lock; then they are woken all the same.
impl<D: Domain> Drop for WakeBatch<D> {
    #[inline]
    fn drop(&mut self) {
        self.wake_all(&mut FirstPanic::new());
    }
}

/// Runs user code whose panic has to wait until everybody has been served, and keeps the first.
///
/// A payload that is not passed on is dropped, which is user code, too.
pub(crate) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    pub(crate) fn catch(&mut self, user_code: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(user_code)) {
            match self.0 {
                None => self.0 = Some(panic),
                Some(_) => dispose(panic),
            }
        }
    }

    /// Goes on with the panic, if there was one; while the thread unwinds already, that one will
    /// do.
    pub(crate) fn resume(mut self) {
        match self.0.take() {
            Some(panic) if !thread::panicking() => resume_unwind(panic),
            Some(panic) => dispose(panic),
            None => {}
        }
    }
}

/// Drops what nobody is going to catch. What that panics with in turn is forgotten.
#[cold]
fn dispose(panic: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(another);
    }
}

/// Wakes one, when there is nothing else to do.
#[inline(always)]
pub(crate) fn wake_last<D: Domain>(sleeper: Sleeper<D>) {
    #[cold]
    fn unwinding<D: Domain>(sleeper: Sleeper<D>) {
        // A second panic would end the process.
        let mut panic = FirstPanic::new();
        panic.catch(|| sleeper.wake());
        panic.resume();
    }

    if thread::panicking() {
        unwinding(sleeper);
    } else {
        sleeper.wake();
    }
}
