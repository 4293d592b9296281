//! The primitives over a [`Domain`], for code that serves both forms.

pub use crate::{
    domain::{Domain, Local, Shared},
    queue::Wait,
    semaphore::{
        Acquire, AcquireOrClosed, AcquireOwned, AcquireOwnedOrClosed, OwnedSemaphorePermit,
        Semaphore, SemaphorePermit,
    },
};
