//! The one door to atomics, cells and threads: std in a build, loom or shuttle in a model.
//!
//! Everything else in the crate takes these names from here (`clippy.toml` bans the direct ones),
//! so that `cfg(loom)` runs the same source on types whose every interleaving is explored, and
//! `cfg(shuttle)` on types that a random scheduler has many threads take turns at. shuttle knows
//! sequential consistency only, and nothing of cells: orderings and races are loom's affair.

#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // This is what the others use instead.

#[cfg(all(target_os = "linux", feature = "io-uring", not(loom)))]
pub(crate) use std::sync::atomic::AtomicU32;
pub(crate) use std::sync::atomic::Ordering;
#[cfg(all(feature = "compio", not(loom)))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::{
    sync::atomic::AtomicUsize, thread::LocalKey, thread::yield_now, thread_local,
};
use std::{thread, time::Duration};

#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::atomic::AtomicUsize,
    thread::{LocalKey, yield_now},
    thread_local,
};
#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::atomic::AtomicUsize,
    thread::{LocalKey, yield_now},
    thread_local,
};

/// [`std::cell::UnsafeCell`] with loom's interface.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// What a lock protects. The same in a model: there the value has a cell of loom's inside.
pub(crate) struct ValueCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> ValueCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> ValueCell<T> {
    #[inline(always)]
    pub(crate) const fn get(&self) -> *mut T {
        self.0.get()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// Stands between a `SeqCst` read-modify-write and the `SeqCst` load that must come after it.
///
/// The language orders such a pair by itself, and nothing is emitted. loom takes a `SeqCst` access
/// for an `AcqRel` one and knows the total order only of fences, so a model gets the fence.
#[inline(always)]
pub(crate) fn store_load_barrier() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

/// What makes a difference to the speed only: no, and either in a model that is random.
#[inline(always)]
pub(crate) fn either() -> bool {
    #[cfg(shuttle)]
    return shuttle::rand::Rng::gen_bool(&mut shuttle::rand::thread_rng(), 0.5);
    #[cfg(not(shuttle))]
    false
}

/// Lets a thread that the caller waits for go on: a few pauses, then the scheduler, then real
/// sleep.
///
/// The sleep is what makes waiting harmless where the other thread has a lower priority or no CPU:
/// a loop that only yields can keep it from ever running.
pub(crate) struct Backoff {
    rounds: u32,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { rounds: 0 }
    }

    #[cold]
    pub(crate) fn wait(&mut self) {
        self.rounds += 1;
        match self.rounds {
            _ if cfg!(any(loom, shuttle)) => yield_now(),
            pauses @ ..=6 => (0..1 << pauses).for_each(|_| std::hint::spin_loop()),
            ..=16 => yield_now(),
            naps => thread::sleep(Duration::from_micros(25 << (naps - 16).min(5))),
        }
    }
}
