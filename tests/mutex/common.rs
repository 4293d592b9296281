//! What the mutex's tests share: both forms behind one trait.

use std::{rc::Rc, sync::Arc};

use compio_sync::{
    Fairness,
    generic::{Local, LockOwned, Mutex, OwnedMutexGuard, Shared},
};

pub use crate::tools::{
    Event, Pointer, Seed, Spy, Task, Watchdog, a_while, fewer, kept, on_a_runtime, panic_of,
    run_woken, runtime, seeds, share_of_cpu, spin_until, turn, until,
};

pub const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// What the two forms have in common but cannot say in one `impl`: the methods that take the
/// pointer.
pub trait Form: Pointer {
    fn lock_owned<T>(m: &Self::Ref<Mutex<Self, T>>) -> LockOwned<Self, T>;
    fn try_lock_owned<T>(m: &Self::Ref<Mutex<Self, T>>) -> Option<OwnedMutexGuard<Self, T>>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn lock_owned<T>(m: &$pointer<Mutex<Self, T>>) -> LockOwned<Self, T> {
                m.clone().lock_owned()
            }

            fn try_lock_owned<T>(m: &$pointer<Mutex<Self, T>>) -> Option<OwnedMutexGuard<Self, T>> {
                m.clone().try_lock_owned()
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

/// A mutex that lives for ever, so that guards and futures may go into wakers' hooks.
pub fn fixed<D: Form>(fairness: Fairness) -> &'static Mutex<D, u32> {
    kept(Mutex::with_fairness(0, fairness))
}

/// Nobody is in line, and it can be locked at once.
#[track_caller]
pub fn assert_at_rest<D: Form, T: ?Sized>(mutex: &Mutex<D, T>) {
    assert_state(mutex, false, 0);
    assert!(mutex.try_lock().is_some(), "it cannot be locked");
    assert_state(mutex, false, 0);
}

/// All that a mutex says about itself.
#[track_caller]
pub fn assert_state<D: Form, T: ?Sized>(mutex: &Mutex<D, T>, locked: bool, waiters: usize) {
    assert_eq!(
        (mutex.is_locked(), mutex.waiters()),
        (locked, waiters),
        "(locked, waiters)"
    );
}
