//! The single-threaded twins.

use crate::generic;

/// [`generic::Semaphore`] for one thread.
pub type Semaphore = generic::Semaphore<generic::Local>;
/// A permit of a [`Semaphore`].
pub type SemaphorePermit<'a> = generic::SemaphorePermit<'a, generic::Local>;
/// An owned permit of a [`Semaphore`].
pub type OwnedSemaphorePermit = generic::OwnedSemaphorePermit<generic::Local>;
/// The future of [`Semaphore::acquire`](generic::Semaphore::acquire).
pub type Acquire<'a> = generic::Acquire<'a, generic::Local>;
/// The future of [`Semaphore::acquire_or_closed`](generic::Semaphore::acquire_or_closed).
pub type AcquireOrClosed<'a> = generic::AcquireOrClosed<'a, generic::Local>;
/// The future of [`Semaphore::acquire_owned`](generic::Semaphore::acquire_owned).
pub type AcquireOwned = generic::AcquireOwned<generic::Local>;
/// The future of
/// [`Semaphore::acquire_owned_or_closed`](generic::Semaphore::acquire_owned_or_closed).
pub type AcquireOwnedOrClosed = generic::AcquireOwnedOrClosed<generic::Local>;
