//! A condition variable: waiting for a change of what a mutex protects.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Watch`.

use std::{fmt, future::poll_fn, mem, ops::DerefMut, pin::pin, task::Poll};

#[cfg(not(loom))]
use crate::{blocking::block_on, domain::Shared};
use crate::{
    domain::Domain,
    mutex::{Mutex, MutexGuard, OwnedMutexGuard, Owner},
    primitive::{Ordering, store_load_barrier},
    queue::{Wait, Word},
    signal::{self, Notifier, Released, Signal, Until, Watch},
};

/// Waits for a change of what a [`Mutex`] protects.
///
/// Use it through [`compio_sync::Condvar`](crate::Condvar), usable from any thread, or
/// [`compio_sync::local::Condvar`](crate::local::Condvar), bound to one.
///
/// Whoever waits gives up the guard, and gets one again when it was notified. It is in line before
/// the mutex is unlocked, so a notification that follows a change under the mutex is not missed.
/// Nothing is stored: a notification when nobody waits is lost. What was waited for may have gone
/// again by the time the mutex is locked, so look again, or use [`wait_while`](Self::wait_while),
/// which does.
///
/// # Fairness
///
/// [`notify_one`](Self::notify_one) notifies whoever waits longest. Who gets the mutex next is the
/// mutex's affair.
///
/// # Cancel safety
///
/// A wait that is dropped does not hold the mutex afterwards: to go on, lock it anew. A
/// notification by `notify_one` that it had been given, whether it knew of it or was about to lock
/// the mutex, goes to the next in line. So a timeout around a wait loses none.
///
/// # Memory ordering
///
/// That of the mutex. A notification by itself orders what was done before it and what the one who
/// was notified does.
///
/// # Panics
///
/// Waiting with a guard of one mutex while others wait with guards of another. One after the other
/// is fine.
///
/// # When not to use it
///
/// To wait for something that has no data under a lock, [`Notify`](crate::generic::Notify),
/// [`Event`](crate::generic::Event) or [`Semaphore`](crate::generic::Semaphore) cost one lock less.
pub struct Condvar<D: Domain> {
    notifier: Notifier<D, false>,
    /// The address of the mutex whose guards are waited with, as long as anybody waits, and
    /// whether it is a claim that may be withdrawn.
    mutex: Word<D>,
}

/// A mutex's address is even.
const CLAIM: usize = 1;

mod sealed {
    pub trait Sealed {}
}

/// A guard that a [`Condvar`] can give up and get back: [`MutexGuard`] or [`OwnedMutexGuard`].
///
/// Sealed.
pub trait CondvarGuard<D: Domain>: sealed::Sealed + DerefMut {
    /// What is left of the guard while it does not hold the lock.
    #[doc(hidden)]
    type Mutex;

    #[doc(hidden)]
    fn address(&self) -> usize;

    #[doc(hidden)]
    fn unlock(self) -> Self::Mutex;

    #[doc(hidden)]
    fn lock(mutex: Self::Mutex) -> impl Future<Output = Self>;
}

impl<D: Domain, T: ?Sized> sealed::Sealed for MutexGuard<'_, D, T> {}
impl<D: Domain, T: ?Sized> sealed::Sealed for OwnedMutexGuard<D, T> {}

fn address<D: Domain, T: ?Sized>(mutex: &Mutex<D, T>) -> usize {
    std::ptr::from_ref(mutex).addr()
}

impl<'a, D: Domain, T: ?Sized> CondvarGuard<D> for MutexGuard<'a, D, T> {
    type Mutex = &'a Mutex<D, T>;

    fn address(&self) -> usize {
        address(Self::mutex(self))
    }

    fn unlock(self) -> Self::Mutex {
        Self::mutex(&self)
    }

    fn lock(mutex: Self::Mutex) -> impl Future<Output = Self> {
        mutex.lock()
    }
}

impl<D: Domain, T: ?Sized> CondvarGuard<D> for OwnedMutexGuard<D, T> {
    type Mutex = D::Ref<Mutex<D, T>>;

    fn address(&self) -> usize {
        address(Self::mutex(self))
    }

    fn unlock(self) -> Self::Mutex {
        Self::mutex(&self).clone()
    }

    fn lock(mutex: Self::Mutex) -> impl Future<Output = Self> {
        Owner::lock(mutex)
    }
}

/// The handle of a wait, which ends with how it was released.
struct Waiting<'a, D: Domain>(&'a Notifier<D, false>);

// SAFETY: a reference leads to the same notifier wherever it moves.
unsafe impl<D: Domain> Watch for Waiting<'_, D> {
    type Output = Released;
    type Signal = Notifier<D, false>;

    fn signal(&self) -> &Notifier<D, false> {
        self.0
    }

    fn released(self, how: Released) -> Released {
        how
    }
}

/// A notification that was for one, until that one has the mutex again.
struct PassOn<'a, D: Domain>(&'a Notifier<D, false>);

impl<'a, D: Domain> PassOn<'a, D> {
    fn of(notifier: &'a Notifier<D, false>, how: Poll<Released>) -> Option<Self> {
        (how == Poll::Ready(Released::Alone)).then(|| Self(notifier))
    }
}

impl<D: Domain> Drop for PassOn<'_, D> {
    fn drop(&mut self) {
        signal::notify_one(self.0);
    }
}

impl<D: Domain> Condvar<D> {
    const_fn! {
        /// Makes one for which nobody waits.
        pub fn new() -> Self {
            Self {
                notifier: Notifier::new(),
                mutex: Word::new(0),
            }
        }
    }

    /// Unlocks the mutex, waits for a notification, and locks the mutex again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the mutex unlocked, or as it is if it was not polled. A
    /// notification for one that it had been given goes to the next in line.
    ///
    /// # Panics
    ///
    /// When others wait with guards of another mutex. The guard is dropped then.
    pub async fn wait<G: CondvarGuard<D>>(&self, guard: G) -> G {
        let address = guard.address();
        self.bind(address);
        let handle = Waiting(&self.notifier);
        let mut wait = pin!(Wait::<Until<_>>::new(handle, self.notifier.now()));
        let mut guard = Some(guard);
        let mut mutex = None;
        let how = poll_fn(|cx| {
            let poll = wait.as_mut().poll(cx);
            // In line: now the mutex may go.
            if let Some(guard) = guard.take() {
                let passing_on = PassOn::of(&self.notifier, poll);
                self.is_bound(address);
                mutex = Some(guard.unlock());
                mem::forget(passing_on);
            }
            poll
        })
        .await;
        let passing_on = PassOn::of(&self.notifier, Poll::Ready(how));
        let guard = G::lock(mutex.expect("unlocked at the first poll")).await;
        mem::forget(passing_on);
        guard
    }

    /// Waits, as [`wait`](Self::wait) does, for as long as `condition` says true of what the mutex
    /// protects.
    ///
    /// # Cancel safety
    ///
    /// As for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As for [`wait`](Self::wait).
    pub async fn wait_while<G: CondvarGuard<D>>(
        &self,
        mut guard: G,
        mut condition: impl FnMut(&mut G::Target) -> bool,
    ) -> G {
        while condition(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// Notifies whoever waits longest, if anybody does. Never waits for another thread.
    #[inline]
    pub fn notify_one(&self) {
        signal::notify_one(&self.notifier);
    }

    /// Notifies all who wait, in one step. Never waits for another thread.
    #[inline]
    pub fn notify_all(&self) {
        self.notifier.notify_all();
    }

    /// How many are in line now. Walks the line, so it is for diagnosis.
    pub fn waiters(&self) -> usize {
        signal::waiters(&self.notifier)
    }

    /// Claims it for a mutex. Whoever does writes first and then looks who waits; who waits gets in
    /// line first and then looks what is written; so of two with different mutexes one sees the
    /// other. One claim at a time, so that what is put back is what was there.
    #[track_caller]
    fn bind(&self, address: usize) {
        let before = self.mutex.load(Ordering::Relaxed);
        if before == address {
            return;
        }
        let nobody_waits = || self.notifier.queue().peek(Ordering::SeqCst).is_empty();
        let claim = |seen| (seen == before).then_some(address | CLAIM);
        if before & CLAIM == 0
            && nobody_waits()
            && self
                .mutex
                .update(Ordering::SeqCst, Ordering::Relaxed, claim)
                .is_ok()
        {
            store_load_barrier();
            let claimed = nobody_waits();
            let now = if claimed { address } else { before };
            self.mutex.store(now, Ordering::SeqCst);
            if claimed {
                return;
            }
        }
        Self::two_mutexes();
    }

    #[track_caller]
    fn is_bound(&self, address: usize) {
        store_load_barrier();
        if self.mutex.load(Ordering::SeqCst) != address {
            Self::two_mutexes();
        }
    }

    #[cold]
    #[track_caller]
    fn two_mutexes() -> ! {
        panic!("a condition variable was waited for with guards of two mutexes at a time");
    }
}

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl Condvar<Shared> {
    /// Unlocks the mutex, waits for a notification, and locks the mutex again.
    ///
    /// # Panics
    ///
    /// As for [`wait`](Self::wait), and on a thread that is running a compio runtime: parking that
    /// thread would stop the runtime's own driver. Use [`wait`](Self::wait) there. (Seen with the
    /// feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait<G: CondvarGuard<Shared>>(&self, guard: G) -> G {
        block_on("blocking_wait", "wait(guard).await", self.wait(guard))
    }

    /// Waits, as [`blocking_wait`](Self::blocking_wait) does, for as long as `condition` says true
    /// of what the mutex protects.
    ///
    /// # Panics
    ///
    /// As for [`blocking_wait`](Self::blocking_wait).
    #[track_caller]
    pub fn blocking_wait_while<G: CondvarGuard<Shared>>(
        &self,
        guard: G,
        condition: impl FnMut(&mut G::Target) -> bool,
    ) -> G {
        block_on(
            "blocking_wait_while",
            "wait_while(guard, condition).await",
            self.wait_while(guard, condition),
        )
    }
}

impl<D: Domain> Default for Condvar<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> fmt::Debug for Condvar<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condvar").field(&self.notifier).finish()
    }
}
