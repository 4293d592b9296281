//! Async synchronization for [compio], the completion-based runtime.
//!
//! [compio]: https://docs.rs/compio

#![deny(unsafe_code)]
#![deny(missing_docs)]

/// A function that is `const`, except in a model: loom's types cannot be made in a constant.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn $($rest)*

        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn $($rest)*
    };
}

#[cfg(not(loom))]
mod blocking;
mod closed;
mod domain;
mod fairness;
pub mod generic;
pub mod local;
mod primitive;
mod queue;
mod semaphore;

pub use self::{closed::Closed, fairness::Fairness};

/// [`generic::Semaphore`] for any thread.
pub type Semaphore = generic::Semaphore<generic::Shared>;
/// A permit of a [`Semaphore`].
pub type SemaphorePermit<'a> = generic::SemaphorePermit<'a, generic::Shared>;
/// An owned permit of a [`Semaphore`].
pub type OwnedSemaphorePermit = generic::OwnedSemaphorePermit<generic::Shared>;
/// The future of [`Semaphore::acquire`](generic::Semaphore::acquire).
pub type Acquire<'a> = generic::Acquire<'a, generic::Shared>;
/// The future of [`Semaphore::acquire_or_closed`](generic::Semaphore::acquire_or_closed).
pub type AcquireOrClosed<'a> = generic::AcquireOrClosed<'a, generic::Shared>;
/// The future of [`Semaphore::acquire_owned`](generic::Semaphore::acquire_owned).
pub type AcquireOwned = generic::AcquireOwned<generic::Shared>;
/// The future of
/// [`Semaphore::acquire_owned_or_closed`](generic::Semaphore::acquire_owned_or_closed).
pub type AcquireOwnedOrClosed = generic::AcquireOwnedOrClosed<generic::Shared>;
