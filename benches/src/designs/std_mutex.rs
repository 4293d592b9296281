//! The list under a `std::sync::Mutex`, permits and a flag for waiters in an atomic word beside it.
//!
//! Whoever registers, cancels, or releases while somebody waits takes the mutex: a thread that is
//! descheduled with it holds up the others, releases included.

#![allow(unsafe_code)] // Intrusive lists are raw pointers under a lock.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

use super::list::{self, Engine, List, Permit, Waiter};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

const WAITERS: usize = 1;
const ONE: usize = 2;

pub struct Semaphore {
    state: AtomicUsize,
    list: Mutex<List>,
}

impl Engine for Semaphore {
    #[inline]
    fn try_take(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state >= ONE && state & WAITERS == 0 {
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
        let mut list = self.list.lock().expect("never poisoned");
        // Under the mutex the flag cannot be cleared, so what was free before it was set is all
        // there is.
        let before = self.state.fetch_or(WAITERS, Ordering::Acquire);
        if before >= ONE && list.is_empty() {
            self.state.fetch_sub(ONE + WAITERS, Ordering::Acquire);
            return true;
        }
        // SAFETY: not linked yet, so the owner's; pinned, and its future unlinks it when it is
        // dropped.
        unsafe {
            *waiter.waker.get() = Some(waker);
            list.push(&waiter);
        }
        false
    }

    #[inline]
    fn give_back(&self) {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & WAITERS == 0 {
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
        let mut list = self.list.lock().expect("never poisoned");
        if waiter.granted.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: not granted, so it is linked.
        unsafe { list.remove(&waiter) };
        if list.is_empty() {
            self.state.fetch_and(!WAITERS, Ordering::Release);
        }
        drop(list);
        // SAFETY: unlinked, so the owner's.
        unsafe { (*waiter.waker.get()).take() };
    }
}

impl Semaphore {
    #[cold]
    fn hand_over(&self) {
        let mut list = self.list.lock().expect("never poisoned");
        let waker = list.grant_first();
        if waker.is_none() {
            self.state.fetch_add(ONE, Ordering::Release);
        } else if list.is_empty() {
            self.state.fetch_and(!WAITERS, Ordering::Release);
        }
        drop(list);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Candidate for Semaphore {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: "list under std Mutex",
        kind: Kind::Design,
        fairness: Fairness::Strict,
    };

    fn new(permits: usize) -> Self {
        Self {
            state: AtomicUsize::new(permits * ONE),
            list: Mutex::new(List::new()),
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
