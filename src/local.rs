//! The single-threaded twins: the same primitives for tasks of one runtime.
//!
//! They have the methods of the shared ones but for the blocking, and take an `Rc` where those take
//! an `Arc`. No instruction of theirs is atomic. They are neither `Send` nor `Sync`, and neither
//! are their futures and permits, so a mistake does not compile:
//!
//! ```compile_fail,E0277
//! let limit = compio_sync::local::Semaphore::new(1);
//! std::thread::spawn(move || limit.try_acquire().is_some());
//! ```

use crate::generic;

/// A counting [semaphore](generic::Semaphore), for one thread.
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::time::Duration;
///
/// use compio_sync::local::Semaphore;
///
/// let limit = Semaphore::new(1);
/// let permit = limit.acquire().await;
///
/// // A wait that is given up leaves the line.
/// let late = compio::time::timeout(Duration::from_millis(1), limit.acquire()).await;
/// assert!(late.is_err());
/// assert_eq!(limit.waiters(), 0);
///
/// drop(permit);
/// assert_eq!(limit.acquire().await.num_permits(), 1);
/// # });
/// ```
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
