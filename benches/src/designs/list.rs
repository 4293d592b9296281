//! What both designs share: waiters in a doubly linked list, and the future that owns one.

#![allow(unsafe_code)] // Intrusive lists are raw pointers under a lock.

use std::{
    cell::{Cell, UnsafeCell},
    future::Future,
    marker::PhantomPinned,
    pin::Pin,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

/// A waiter, linked from registration to grant or cancellation. But for `granted` all of it belongs
/// to whoever holds the semaphore's lock, while it is linked.
pub struct Waiter {
    previous: Cell<*const Waiter>,
    next: Cell<*const Waiter>,
    pub waker: UnsafeCell<Option<Waker>>,
    pub granted: AtomicBool,
    _pin: PhantomPinned,
}

impl Waiter {
    fn new() -> Self {
        Self {
            previous: Cell::new(ptr::null()),
            next: Cell::new(ptr::null()),
            waker: UnsafeCell::new(None),
            granted: AtomicBool::new(false),
            _pin: PhantomPinned,
        }
    }
}

/// Guarded by the lock of the semaphore that it is in.
pub struct List {
    first: *const Waiter,
    last: *const Waiter,
}

// SAFETY: only the holder of the semaphore's lock follows the pointers.
unsafe impl Send for List {}

impl List {
    pub const fn new() -> Self {
        Self {
            first: ptr::null(),
            last: ptr::null(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// # Safety
    ///
    /// The waiter is pinned, not linked, and is unlinked before its life ends.
    pub unsafe fn push(&mut self, waiter: &Waiter) {
        waiter.previous.set(self.last);
        waiter.next.set(ptr::null());
        // SAFETY: who is linked is alive, by the contract.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(waiter),
            None => self.first = waiter,
        }
        self.last = waiter;
    }

    /// # Safety
    ///
    /// The waiter is linked here.
    pub unsafe fn remove(&mut self, waiter: &Waiter) {
        let (previous, next) = (waiter.previous.get(), waiter.next.get());
        // SAFETY: who is linked is alive, by the contract of `push`.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.first = next,
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(previous),
            None => self.last = previous,
        }
    }

    /// Grants the first waiter; gives its waker.
    pub fn grant_first(&mut self) -> Option<Waker> {
        // SAFETY: who is linked is alive, by the contract of `push`.
        let waiter = unsafe { self.first.as_ref() }?;
        // SAFETY: it is linked here.
        unsafe { self.remove(waiter) };
        // SAFETY: the lock is held, and the owner touches the waker under it only.
        let waker = unsafe { (*waiter.waker.get()).take() };
        waiter.granted.store(true, Ordering::Release);
        waker
    }
}

/// A semaphore of one permit a request, as its future sees it.
pub trait Engine {
    fn try_take(&self) -> bool;

    /// Takes a permit or links the waiter; says whether it took one.
    fn take_or_register(&self, waiter: Pin<&Waiter>, waker: Waker) -> bool;

    fn give_back(&self);

    /// Unlinks the waiter, unless it was granted meanwhile.
    fn cancel(&self, waiter: Pin<&Waiter>);
}

pub struct Permit<'a, E: Engine>(&'a E);

impl<E: Engine> Drop for Permit<'_, E> {
    #[inline]
    fn drop(&mut self) {
        self.0.give_back();
    }
}

pub fn try_acquire<E: Engine>(engine: &E) -> Option<Permit<'_, E>> {
    engine.try_take().then(|| Permit(engine))
}

enum Stage {
    Fresh,
    Queued,
    Over,
}

pub struct Acquire<'a, E: Engine> {
    engine: &'a E,
    stage: Stage,
    waiter: Waiter,
}

pub fn acquire<E: Engine>(engine: &E) -> Acquire<'_, E> {
    Acquire {
        engine,
        stage: Stage::Fresh,
        waiter: Waiter::new(),
    }
}

impl<'a, E: Engine> Future for Acquire<'a, E> {
    type Output = Permit<'a, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a, E>> {
        // SAFETY: the waiter is not moved.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with `self`.
        let waiter = unsafe { Pin::new_unchecked(&this.waiter) };
        let ready = match this.stage {
            Stage::Fresh => {
                this.engine.try_take() || this.engine.take_or_register(waiter, cx.waker().clone())
            }
            // The rows poll with one waker, so these designs do without replacing it.
            Stage::Queued => this.waiter.granted.load(Ordering::Acquire),
            Stage::Over => panic!("polled after it was ready"),
        };
        if ready {
            this.stage = Stage::Over;
            return Poll::Ready(Permit(this.engine));
        }
        this.stage = Stage::Queued;
        Poll::Pending
    }
}

impl<E: Engine> Drop for Acquire<'_, E> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Queued) {
            return;
        }
        if !self.waiter.granted.load(Ordering::Acquire) {
            // SAFETY: it was pinned when it was queued.
            self.engine
                .cancel(unsafe { Pin::new_unchecked(&self.waiter) });
        }
        if self.waiter.granted.load(Ordering::Acquire) {
            self.engine.give_back();
        }
    }
}
