//! The list under a lock bit in the state word, taken together with what else the step changes.
//!
//! Fewer atomic steps than a mutex of its own. Whoever finds the bit set, releases included, spins
//! and yields until it is clear: a thread that is descheduled with it burns the others' time.

#![allow(unsafe_code)] // Intrusive lists are raw pointers under a lock.

use std::{
    cell::UnsafeCell,
    future::Future,
    hint,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Waker,
    thread,
};

use super::list::{self, Engine, List, Permit, Waiter};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

const LOCKED: usize = 1;
const WAITERS: usize = 2;
const ONE: usize = 4;

pub struct Semaphore {
    state: AtomicUsize,
    list: UnsafeCell<List>,
}

// SAFETY: the list is used with the bit LOCKED held.
unsafe impl Sync for Semaphore {}

/// What a holder of the lock finds, and leaves.
struct Held<'a> {
    list: &'a mut List,
    state: usize,
}

impl Semaphore {
    /// Takes the lock, unless `change` gives nothing for what the word is; then it says so.
    fn lock(&self, change: impl Fn(usize) -> Option<usize>) -> Result<Held<'_>, usize> {
        let mut rounds = 0;
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & LOCKED != 0 {
                rounds += 1;
                if rounds < 64 {
                    hint::spin_loop();
                } else {
                    thread::yield_now();
                }
                state = self.state.load(Ordering::Relaxed);
                continue;
            }
            let Some(next) = change(state) else {
                return Err(state);
            };
            match self.state.compare_exchange_weak(
                state,
                next | LOCKED,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    // SAFETY: LOCKED is ours.
                    let list = unsafe { &mut *self.list.get() };
                    return Ok(Held { list, state: next });
                }
                Err(now) => state = now,
            }
        }
    }

    /// While it is held and somebody waits, nobody else changes the word.
    fn unlock(&self, held: Held<'_>) {
        let waiters = if held.list.is_empty() { 0 } else { WAITERS };
        self.state
            .store(held.state & !WAITERS | waiters, Ordering::Release);
    }
}

impl Engine for Semaphore {
    #[inline]
    fn try_take(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state >= ONE && state & (WAITERS | LOCKED) == 0 {
            match self.state.compare_exchange_weak(
                state,
                state - ONE,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    fn take_or_register(&self, waiter: Pin<&Waiter>, waker: Waker) -> bool {
        loop {
            let free = |state: usize| state >= ONE && state & WAITERS == 0;
            match self.lock(|state| (!free(state)).then_some(state | WAITERS)) {
                Ok(held) => {
                    // SAFETY: not linked yet, so the owner's; pinned, and its future unlinks it.
                    unsafe {
                        *waiter.waker.get() = Some(waker);
                        held.list.push(&waiter);
                    }
                    self.unlock(held);
                    return false;
                }
                Err(_) if self.try_take() => return true,
                Err(_) => {}
            }
        }
    }

    #[inline]
    fn give_back(&self) {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & (WAITERS | LOCKED) == 0 {
            match self.state.compare_exchange_weak(
                state,
                state + ONE,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
        self.hand_over();
    }

    fn cancel(&self, waiter: Pin<&Waiter>) {
        let Ok(held) = self.lock(Some) else { return };
        let granted = waiter.granted.load(Ordering::Relaxed);
        if !granted {
            // SAFETY: not granted, so it is linked.
            unsafe { held.list.remove(&waiter) };
        }
        self.unlock(held);
        if !granted {
            // SAFETY: unlinked, so the owner's.
            unsafe { (*waiter.waker.get()).take() };
        }
    }
}

impl Semaphore {
    #[cold]
    fn hand_over(&self) {
        let Ok(mut held) = self.lock(Some) else {
            return;
        };
        let waker = held.list.grant_first();
        if waker.is_none() {
            held.state += ONE;
        }
        self.unlock(held);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Candidate for Semaphore {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: "list under lock bit",
        kind: Kind::Design,
        fairness: Fairness::Strict,
    };

    fn new(permits: usize) -> Self {
        Self {
            state: AtomicUsize::new(permits * ONE),
            list: UnsafeCell::new(List::new()),
        }
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        list::acquire(self)
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        list::try_acquire(self)
    }
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        for _ in 0..permits {
            self.give_back();
        }
    }
}
