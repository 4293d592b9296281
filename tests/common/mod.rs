//! What all suites share: both forms, a waker that watches, a task that counts.

// No suite uses all of it.
#![allow(dead_code, unused_imports, unused_macros)]

mod alone;
mod cpu;
mod driver;
pub mod history;
mod kit;
mod slow;
mod spy;
mod task;
mod watchdog;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
};

use compio_sync::generic::{Domain, Local, Shared};

pub use self::{
    alone::{DOORBELLS, TOO_SLOW, WELL, alone, alone_once_of},
    cpu::{a_while, share_of_cpu},
    driver::{Driver, Stage},
    kit::{
        Counter, Seed, is_quick, kept, on_a_runtime, on_a_small_stack, release_soon, runtime,
        seeds, spin_until, turn, until, warm_up,
    },
    slow::{fewer, slowness},
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

/// Instantiates tests, written as `fn name<D: Form>()`, for both forms.
macro_rules! forms {
    ($($name:ident),+ $(,)?) => {
        mod shared {
            forms!(@tests Shared, $($name,)+);
        }
        mod local {
            forms!(@tests Local, $($name,)+);
        }
    };
    (@tests $form:ident, $($name:ident,)+) => {
        $(
            #[test]
            fn $name() {
                super::$name::<compio_sync::generic::$form>();
            }
        )+
    };
}

/// The counted pointer of a form, `Arc` or `Rc`.
pub trait Pointer: Domain {
    fn pointer<T>(value: T) -> Self::Ref<T>;
    fn pointers<T>(pointer: &Self::Ref<T>) -> usize;
}

impl Pointer for Shared {
    fn pointer<T>(value: T) -> Arc<T> {
        Arc::new(value)
    }

    fn pointers<T>(pointer: &Arc<T>) -> usize {
        Arc::strong_count(pointer)
    }
}

impl Pointer for Local {
    fn pointer<T>(value: T) -> Rc<T> {
        Rc::new(value)
    }

    fn pointers<T>(pointer: &Rc<T>) -> usize {
        Rc::strong_count(pointer)
    }
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
