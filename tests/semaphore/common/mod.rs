//! What the tests share: both forms behind one trait, a waker that watches, a task that counts.

mod spy;
mod task;
mod watchdog;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::{Arc, Mutex},
};

use compio_sync::generic::{
    AcquireOwned, AcquireOwnedOrClosed, Domain, Local, OwnedSemaphorePermit, Semaphore, Shared,
};

pub use self::{
    spy::{Event, Spy},
    task::{Task, run_woken},
    watchdog::Watchdog,
};

/// Instantiates tests, written as `fn name<D: Form>(fairness: Fairness)`, for both forms, and for
/// both policies or one. A test that is not listed is dead code, and the compiler says so.
macro_rules! suite {
    (
        $(both: $($both:ident),+;)?
        $(strict: $($strict:ident),+;)?
        $(throughput: $($throughput:ident),+;)?
    ) => {
        mod strict {
            suite!(@forms Strict, $($($both,)+)? $($($strict,)+)?);
        }
        mod throughput {
            suite!(@forms Throughput, $($($both,)+)? $($($throughput,)+)?);
        }
    };
    (@forms $fairness:ident,) => {};
    (@forms $fairness:ident, $($name:ident,)+) => {
        mod shared {
            suite!(@tests Shared, $fairness, $($name,)+);
        }
        mod local {
            suite!(@tests Local, $fairness, $($name,)+);
        }
    };
    (@tests $form:ident, $fairness:ident, $($name:ident,)+) => {
        $(
            #[test]
            fn $name() {
                super::super::$name::<compio_sync::generic::$form>(
                    compio_sync::Fairness::$fairness,
                );
            }
        )+
    };
}

/// What the two forms have in common but cannot say in one `impl`: making the pointer, and the
/// methods that take it.
pub trait Form: Domain {
    fn pointer<T>(value: T) -> Self::Ref<T>;
    fn pointers<T>(pointer: &Self::Ref<T>) -> usize;

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
            fn pointer<T>(value: T) -> $pointer<T> {
                $pointer::new(value)
            }

            fn pointers<T>(pointer: &$pointer<T>) -> usize {
                $pointer::strong_count(pointer)
            }

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

/// Whether `f` panics, with the text that it panicked with.
pub fn panic_of(f: impl FnOnce()) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    let text = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    Some(text.unwrap_or_default())
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
