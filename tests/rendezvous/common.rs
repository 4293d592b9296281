//! What the tests of the three share.

use std::{rc::Rc, sync::Arc};

use compio_sync::generic::{
    Latch, Local, OwnedLatchWait, OwnedWaitGroupGuard, OwnedWaitGroupWait, Shared, WaitGroup,
};

pub use crate::tools::{
    Counter, Driver, Event, Pointer, Seed, Spy, Stage, Task, Watchdog, fewer, kept, on_a_runtime,
    panic_of, runtime, seeds, spin_until, turn,
};

/// What the two forms have in common but cannot say in one `impl`.
pub trait Form: Pointer {
    fn latch_wait(latch: &Self::Ref<Latch<Self>>) -> OwnedLatchWait<Self>;
    fn group_wait(group: &Self::Ref<WaitGroup<Self>>) -> OwnedWaitGroupWait<Self>;
    fn group_enter(group: &Self::Ref<WaitGroup<Self>>) -> OwnedWaitGroupGuard<Self>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn latch_wait(latch: &$pointer<Latch<Self>>) -> OwnedLatchWait<Self> {
                latch.clone().wait_owned()
            }

            fn group_wait(group: &$pointer<WaitGroup<Self>>) -> OwnedWaitGroupWait<Self> {
                group.clone().wait_owned()
            }

            fn group_enter(group: &$pointer<WaitGroup<Self>>) -> OwnedWaitGroupGuard<Self> {
                group.clone().enter_owned()
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);
