//! Bugs on purpose, for the sanitizers to find: `ci/thread_sanitizer.sh` and
//! `ci/address_sanitizer.sh` fail unless each ends its process with the report that is named here.
//!
//! Only with `--cfg planted`, which no other build has; without it this is empty. Each goes through
//! the crate's own code, so that it is also seen to be instrumented. All of them would pass
//! unnoticed in an ordinary build.

#![cfg(all(planted, not(loom)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "they are unsound")]

use std::{
    cell::UnsafeCell,
    mem::ManuallyDrop,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use compio_sync::{Semaphore, futures::Acquire, local};

const TIMES: usize = 1000;

/// Runs it on two threads that are both there all the while: of one that has ended, the sanitizer
/// may no longer know enough. They wait for each other without `Acquire`, which would order them.
fn on_two_threads(f: impl Fn() + Sync) {
    let meetings = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let meet = |at: usize| {
        meetings[at].fetch_add(1, Ordering::Relaxed);
        while meetings[at].load(Ordering::Relaxed) < 2 {
            thread::yield_now();
        }
    };
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                meet(0);
                f();
                meet(1);
            });
        }
    });
}

struct Lie<T>(T);

unsafe impl<T> Sync for Lie<T> {}

impl<T> Lie<T> {
    fn get(&self) -> &T {
        &self.0
    }
}

/// A lock that keeps others out, but unlocks without `Release`: the next one may not see what was
/// done under it. `WARNING: ThreadSanitizer: data race`.
#[test]
fn race_of_a_lock_with_a_relaxed_unlock() {
    let locked = AtomicBool::new(false);
    let value = Lie(UnsafeCell::new(0));
    on_two_threads(|| {
        for _ in 0..TIMES {
            while locked.swap(true, Ordering::Acquire) {
                thread::yield_now();
            }
            unsafe { *value.get().get() += 1 };
            locked.store(false, Ordering::Relaxed);
        }
    });
}

/// The local form on two threads: its words order nothing, so neither does its lock.
/// `WARNING: ThreadSanitizer: data race`.
#[test]
fn race_of_a_local_mutex() {
    // One for each time: what both do at the same moment breaks a mutex. Where the crate notices
    // that before the sanitizer has noticed anything, it panics.
    let mutexes: Vec<_> = (0..TIMES).map(|_| Lie(local::Mutex::new(0))).collect();
    on_two_threads(|| {
        for mutex in &mutexes {
            let add = || mutex.get().try_lock().map(|mut value| *value += 1);
            let _ = panic::catch_unwind(AssertUnwindSafe(add));
        }
    });
}

/// A counted pointer to a lock, given back without `Release` by whoever is not the last to have it:
/// what the last one does comes after nothing. `WARNING: ThreadSanitizer: data race`.
#[test]
fn race_of_the_last_owner() {
    struct Inner {
        owners: AtomicUsize,
        value: u64,
    }
    let inner = Box::into_raw(Box::new(Inner {
        owners: AtomicUsize::new(2),
        value: 0,
    }));
    let inner = Lie(inner);
    on_two_threads(|| {
        let inner = *inner.get();
        std::hint::black_box(unsafe { (&raw const (*inner).value).read() });
        if unsafe { (*inner).owners.fetch_sub(1, Ordering::Relaxed) } == 1 {
            drop(unsafe { Box::from_raw(inner) });
        }
    });
}

struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn waits<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) {
    let poll = future.as_mut().poll(&mut Context::from_waker(waker));
    assert!(matches!(poll, Poll::Pending));
}

/// A waiter whose memory is freed while it is in line, since its destructor has not run.
/// `AddressSanitizer: heap-use-after-free`, in the crate.
#[test]
fn use_of_a_waiter_that_was_freed_in_line() {
    let semaphore = Semaphore::new(0);
    let mut wait = Box::pin(semaphore.acquire());
    waits(&mut wait, Waker::noop());
    let wait = Box::into_raw(unsafe { Pin::into_inner_unchecked(wait) });
    drop(unsafe { Box::from_raw(wait.cast::<ManuallyDrop<Acquire<'_>>>()) });
    semaphore.add_permits(1);
}

/// A wait that owns what it waits for, and is forgotten in line: nobody has it, and it has the
/// semaphore and a waker. `LeakSanitizer: detected memory leaks`.
#[test]
fn leak_of_a_wait_that_was_forgotten() {
    // Nothing of it is to stay in a register or on this stack.
    let thread = thread::spawn(|| {
        let waker = Arc::new(Counter(AtomicUsize::new(0))).into();
        let mut wait = Box::pin(Arc::new(Semaphore::new(0)).acquire_owned());
        waits(&mut wait, &waker);
        std::mem::forget(wait);
    });
    thread.join().unwrap();
}
