//! What the semaphore's tests share: both forms behind one trait.

use std::{
    rc::Rc,
    sync::{Arc, Mutex},
};

use compio_sync::generic::{
    AcquireOwned, AcquireOwnedOrClosed, Local, OwnedSemaphorePermit, Semaphore, Shared,
};

pub use crate::tools::{
    Event, Pointer, Seed, Spy, Task, Watchdog, fewer, on_a_runtime, panic_of, run_woken, runtime,
    seeds, spin_until, turn,
};

/// What the two forms have in common but cannot say in one `impl`: the methods that take the
/// pointer.
pub trait Form: Pointer {
    fn acquire_owned(s: &Self::Ref<Semaphore<Self>>) -> AcquireOwned<Self>;
    fn acquire_many_owned(s: &Self::Ref<Semaphore<Self>>, n: usize) -> AcquireOwned<Self>;
    fn acquire_owned_or_closed(s: &Self::Ref<Semaphore<Self>>) -> AcquireOwnedOrClosed<Self>;
    fn acquire_many_owned_or_closed(
        s: &Self::Ref<Semaphore<Self>>,
        n: usize,
    ) -> AcquireOwnedOrClosed<Self>;
    fn try_acquire_owned(s: &Self::Ref<Semaphore<Self>>) -> Option<OwnedSemaphorePermit<Self>>;
    fn try_acquire_many_owned(
        s: &Self::Ref<Semaphore<Self>>,
        n: usize,
    ) -> Option<OwnedSemaphorePermit<Self>>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn acquire_owned(s: &$pointer<Semaphore<Self>>) -> AcquireOwned<Self> {
                s.clone().acquire_owned()
            }

            fn acquire_many_owned(s: &$pointer<Semaphore<Self>>, n: usize) -> AcquireOwned<Self> {
                s.clone().acquire_many_owned(n)
            }

            fn acquire_owned_or_closed(
                s: &$pointer<Semaphore<Self>>,
            ) -> AcquireOwnedOrClosed<Self> {
                s.clone().acquire_owned_or_closed()
            }

            fn acquire_many_owned_or_closed(
                s: &$pointer<Semaphore<Self>>,
                n: usize,
            ) -> AcquireOwnedOrClosed<Self> {
                s.clone().acquire_many_owned_or_closed(n)
            }

            fn try_acquire_owned(
                s: &$pointer<Semaphore<Self>>,
            ) -> Option<OwnedSemaphorePermit<Self>> {
                s.clone().try_acquire_owned()
            }

            fn try_acquire_many_owned(
                s: &$pointer<Semaphore<Self>>,
                n: usize,
            ) -> Option<OwnedSemaphorePermit<Self>> {
                s.clone().try_acquire_many_owned(n)
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

/// A semaphore that lives for ever, so that permits and futures may go into wakers' hooks.
pub fn fixed<D: Form>(permits: usize, fairness: compio_sync::Fairness) -> &'static Semaphore<D> {
    // Where leaks are looked for, these are to be found as reachable.
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let semaphore: &'static _ = Box::leak(Box::new(Semaphore::with_fairness(permits, fairness)));
    KEPT.lock()
        .unwrap()
        .push(std::ptr::from_ref(semaphore).addr());
    semaphore
}

/// Nobody is in line, nothing is held, everything is back.
#[track_caller]
pub fn assert_at_rest<D: Form>(semaphore: &Semaphore<D>, permits: usize) {
    assert_numbers(semaphore, permits, permits, 0, 0);
}

/// All that a semaphore says about itself.
#[track_caller]
pub fn assert_numbers<D: Form>(
    semaphore: &Semaphore<D>,
    available: usize,
    max: usize,
    in_use: usize,
    waiters: usize,
) {
    assert_eq!(
        (
            semaphore.available_permits(),
            semaphore.max_permits(),
            semaphore.in_use(),
            semaphore.waiters()
        ),
        (available, max, in_use, waiters),
        "(available, max, in use, waiters)"
    );
}
