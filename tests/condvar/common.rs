//! What the condition variable's tests share: a pair of one and a mutex, in both forms.

use std::{pin::Pin, rc::Rc, sync::Arc};

use compio_sync::{
    Fairness,
    generic::{Condvar, Local, Mutex, MutexGuard, OwnedMutexGuard, Shared},
};

pub use crate::tools::{
    Event, Pointer, Seed, Spy, Task, Watchdog, a_while, fewer, kept, on_a_runtime, panic_of,
    run_woken, runtime, seeds, share_of_cpu, spin_until, turn, until,
};

pub const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// What the two forms have in common but cannot say in one `impl`: the methods that take the
/// pointer.
pub trait Form: Pointer {
    fn try_lock_owned<T>(m: &Self::Ref<Mutex<Self, T>>) -> Option<OwnedMutexGuard<Self, T>>;
}

impl Form for Shared {
    fn try_lock_owned<T>(m: &Arc<Mutex<Self, T>>) -> Option<OwnedMutexGuard<Self, T>> {
        m.clone().try_lock_owned()
    }
}

impl Form for Local {
    fn try_lock_owned<T>(m: &Rc<Mutex<Self, T>>) -> Option<OwnedMutexGuard<Self, T>> {
        m.clone().try_lock_owned()
    }
}

pub type Guard<D> = MutexGuard<'static, D, u32>;
pub type Waiting<D> = Task<Pin<Box<dyn Future<Output = Guard<D>>>>>;

/// A mutex with its condition variable, which live for ever, so that guards and futures may go into
/// wakers' hooks.
pub struct Pair<D: Form> {
    pub m: &'static Mutex<D, u32>,
    pub c: &'static Condvar<D>,
}

impl<D: Form> Clone for Pair<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Form> Copy for Pair<D> {}

impl<D: Form> Pair<D> {
    pub fn new(fairness: Fairness) -> Self {
        Self {
            m: kept(Mutex::with_fairness(0, fairness)),
            c: kept(Condvar::new()),
        }
    }

    pub fn lock(self) -> Guard<D> {
        self.m.try_lock().expect("it is locked")
    }

    /// A wait that was not polled yet.
    pub fn wait(self, guard: Guard<D>) -> Waiting<D> {
        Task::new(Box::pin(self.c.wait(guard)))
    }

    /// A wait that is in line.
    #[track_caller]
    pub fn waiting(self) -> Waiting<D> {
        let mut wait = self.wait(self.lock());
        wait.pends();
        wait
    }

    /// How many wait to be notified, and how many for the mutex.
    #[track_caller]
    pub fn assert_waiters(self, notification: usize, mutex: usize) {
        assert_eq!(
            (self.c.waiters(), self.m.waiters()),
            (notification, mutex),
            "who waits (for a notification, for the mutex)"
        );
    }

    /// Nobody waits, nothing is held, and no notification is left over.
    #[track_caller]
    pub fn assert_at_rest(self) {
        self.assert_waiters(0, 0);
        assert!(!self.m.is_locked(), "it is locked");
        let mut probe = self.waiting();
        probe.pends();
        assert_eq!(probe.wakes(), 0);
        probe.cancel();
        self.assert_waiters(0, 0);
        drop(self.lock());
    }
}
