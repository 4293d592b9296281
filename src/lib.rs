//! Async synchronization for [compio], the completion-based runtime.
//!
//! compio runs one thread a runtime, with a driver of its own (io_uring, IOCP, or a poller) and
//! tasks that never leave their thread; a program that uses more cores has several runtimes. The
//! primitives of this crate come in two forms for that, made from one source and with the same
//! methods:
//!
//! | | for | costs |
//! |---|---|---|
//! | `compio_sync::Semaphore` | tasks of several runtimes, and plain threads | one atomic step to acquire, one to release |
//! | [`compio_sync::local::Semaphore`](local) | tasks of one runtime | no atomic step; neither `Send` nor `Sync` |
//!
//! Code that serves both takes the [`generic`] ones, which the others are aliases of.
//!
//! # Limiting what is in flight
//!
//! A [`Semaphore`] holds a number of permits. Whoever has one may go on; the others wait in line:
//!
//! ```
//! # #[cfg(feature = "compio")]
//! # compio::runtime::Runtime::new().unwrap().block_on(async {
//! use std::sync::Arc;
//!
//! use compio_sync::Semaphore;
//!
//! let limit = Arc::new(Semaphore::new(2));
//! let mut reads = Vec::new();
//! for path in ["Cargo.toml", "README.md", "LICENSE"] {
//!     // Waits here while two reads are in flight, so that no more than two tasks exist.
//!     let permit = limit.clone().acquire_owned().await;
//!     reads.push(compio::runtime::spawn(async move {
//!         let _permit = permit;
//!         compio::fs::read(path).await
//!     }));
//! }
//! for read in reads {
//!     assert!(!read.await.unwrap().unwrap().is_empty());
//! }
//! assert_eq!(limit.in_use(), 0);
//! # });
//! ```
//!
//! On one runtime the same is done without an atomic instruction, with `Rc` in place of `Arc`:
//!
//! ```
//! # #[cfg(feature = "compio")]
//! # compio::runtime::Runtime::new().unwrap().block_on(async {
//! use std::rc::Rc;
//!
//! use compio_sync::local::Semaphore;
//!
//! let limit = Rc::new(Semaphore::new(1));
//! let permit = limit.clone().acquire_owned().await;
//! let waiting = compio::runtime::spawn({
//!     let limit = limit.clone();
//!     async move { limit.acquire().await.num_permits() }
//! });
//! assert_eq!(limit.available_permits(), 0);
//! drop(permit);
//! assert_eq!(waiting.await.unwrap(), 1);
//! # });
//! ```
//!
//! # What all of it has in common
//!
//! * **No allocation per wait.** A future holds its own place in the line.
//! * **First come, first served**, unless [`Fairness::Throughput`] was asked for, where being
//!   passed over has a bound.
//! * **Cancel safety.** Dropping a future gives up its place in line. What it had been handed by
//!   then goes to the next in line. Each method says so under *Cancel safety*.
//! * **A release never waits**, for no lock and no other thread.
//! * **No user code under a lock.** Wakers are called when the lock is released, so they may do
//!   what they like with the primitive that called them, and one that panics keeps nobody else from
//!   being served.
//! * **`const` constructors**, so all of it works in a `static` or a `thread_local!`.
//!
//! [compio]: https://docs.rs/compio
//!
//! # Features
//!
//! * `compio` (default): what needs compio's runtime. So far that is the check that a `blocking_…`
//!   method is not called on a thread that runs one. Without it the crate is std alone, and serves
//!   any executor.

#![deny(unsafe_code)]
#![deny(missing_docs)]
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

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

/// A counting [semaphore](generic::Semaphore), for any thread.
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::{Closed, Semaphore};
///
/// static DESCRIPTORS: Semaphore = Semaphore::new(3);
///
/// let one = DESCRIPTORS.acquire().await;
/// let two = DESCRIPTORS.acquire_many(2).await;
/// assert!(DESCRIPTORS.try_acquire().is_none());
/// drop(two);
///
/// // Fewer from now on: what is held is withheld as it comes back.
/// DESCRIPTORS.resize(1);
/// assert_eq!(
///     (DESCRIPTORS.in_use(), DESCRIPTORS.available_permits()),
///     (1, 0)
/// );
/// drop(one);
/// assert_eq!(DESCRIPTORS.available_permits(), 1);
///
/// DESCRIPTORS.close();
/// assert_eq!(DESCRIPTORS.acquire_or_closed().await.err(), Some(Closed));
/// # });
/// ```
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
