//! What the tests of `Event` share.

use std::{rc::Rc, sync::Arc};

use compio_sync::generic::{Event, Local, OwnedEventWait, Shared};

pub use crate::tools::{
    Counter, Driver, Event as On, Pointer, Seed, Spy, Stage, Task, Watchdog, fewer, kept,
    on_a_runtime, panic_of, runtime, seeds, spin_until, turn, until,
};

/// What the two forms have in common but cannot say in one `impl`.
pub trait Form: Pointer {
    fn wait_owned(event: &Self::Ref<Event<Self>>) -> OwnedEventWait<Self>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn wait_owned(event: &$pointer<Event<Self>>) -> OwnedEventWait<Self> {
                event.clone().wait_owned()
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

/// Both kinds.
pub fn both<D: Form>() -> [Event<D>; 2] {
    [Event::manual_reset(), Event::auto_reset()]
}

#[track_caller]
pub fn assert_at_rest<D: Form>(event: &Event<D>, set: bool) {
    assert_eq!(
        (event.waiters(), event.is_set()),
        (0, set),
        "(in line, set)"
    );
}
