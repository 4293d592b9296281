//! What the tests of `Notify` share.

use std::{rc::Rc, sync::Arc};

use compio_sync::generic::{Local, Notified, Notify, OwnedNotified, Shared};

pub use crate::tools::{
    Counter, Driver, Event, Pointer, Seed, Spy, Stage, Task, Watchdog, fewer, kept, on_a_runtime,
    panic_of, runtime, seeds, spin_until, turn, until,
};

/// What the two forms have in common but cannot say in one `impl`.
pub trait Form: Pointer {
    fn notified_owned(notify: &Self::Ref<Notify<Self>>) -> OwnedNotified<Self>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn notified_owned(notify: &$pointer<Notify<Self>>) -> OwnedNotified<Self> {
                notify.clone().notified_owned()
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

pub type Waiting<'a, D> = Task<Notified<'a, D>>;

pub fn waiting<D: Form, const N: usize>(notify: &Notify<D>) -> [Waiting<'_, D>; N] {
    [(); N].map(|()| Task::waiting(notify.notified()))
}

pub fn wakes<D: Form, const N: usize>(tasks: &[Waiting<'_, D>; N]) -> [usize; N] {
    tasks.each_ref().map(Task::wakes)
}

/// Whether one is stored, which this takes.
pub fn take_stored<D: Form>(notify: &Notify<D>) -> bool {
    Task::new(notify.notified()).poll().is_ready()
}

/// Nobody is in line, and one is stored or none is.
#[track_caller]
pub fn assert_at_rest<D: Form>(notify: &Notify<D>, stored: bool) {
    assert_eq!(notify.waiters(), 0, "in line");
    assert_eq!(take_stored(notify), stored, "stored");
    assert!(!take_stored(notify), "stored twice");
}
