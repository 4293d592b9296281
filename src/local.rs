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

pub mod futures;

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
/// A lock for one at a time, around a value: [`generic::Mutex`].
pub type Mutex<T> = generic::Mutex<generic::Local, T>;
/// A locked [`Mutex`]: [`generic::MutexGuard`].
pub type MutexGuard<'a, T> = generic::MutexGuard<'a, generic::Local, T>;
/// A locked [`Mutex`] that is held alive: [`generic::OwnedMutexGuard`].
pub type OwnedMutexGuard<T> = generic::OwnedMutexGuard<generic::Local, T>;
/// A part of what a locked [`Mutex`] protects: [`generic::MappedMutexGuard`].
pub type MappedMutexGuard<'a, U> = generic::MappedMutexGuard<'a, generic::Local, U>;
/// A part of what a locked [`Mutex`] protects, which is held alive:
/// [`generic::OwnedMappedMutexGuard`].
pub type OwnedMappedMutexGuard<T, U> = generic::OwnedMappedMutexGuard<generic::Local, T, U>;
/// A lock for one writer or many readers, around a value: [`generic::RwLock`].
pub type RwLock<T> = generic::RwLock<generic::Local, T>;
/// Shared access to an [`RwLock`]: [`generic::RwLockReadGuard`].
pub type RwLockReadGuard<'a, T> = generic::RwLockReadGuard<'a, generic::Local, T>;
/// Shared access to an [`RwLock`] that can be upgraded: [`generic::RwLockUpgradableReadGuard`].
pub type RwLockUpgradableReadGuard<'a, T> =
    generic::RwLockUpgradableReadGuard<'a, generic::Local, T>;
/// Exclusive access to an [`RwLock`]: [`generic::RwLockWriteGuard`].
pub type RwLockWriteGuard<'a, T> = generic::RwLockWriteGuard<'a, generic::Local, T>;
/// Shared access to an [`RwLock`] that is held alive: [`generic::OwnedRwLockReadGuard`].
pub type OwnedRwLockReadGuard<T> = generic::OwnedRwLockReadGuard<generic::Local, T>;
/// Shared access to an [`RwLock`], which is held alive, that can be upgraded:
/// [`generic::OwnedRwLockUpgradableReadGuard`].
pub type OwnedRwLockUpgradableReadGuard<T> =
    generic::OwnedRwLockUpgradableReadGuard<generic::Local, T>;
/// Exclusive access to an [`RwLock`] that is held alive: [`generic::OwnedRwLockWriteGuard`].
pub type OwnedRwLockWriteGuard<T> = generic::OwnedRwLockWriteGuard<generic::Local, T>;
/// Shared access to a part of what an [`RwLock`] protects: [`generic::MappedRwLockReadGuard`].
pub type MappedRwLockReadGuard<'a, U> = generic::MappedRwLockReadGuard<'a, generic::Local, U>;
/// Exclusive access to a part of what an [`RwLock`] protects: [`generic::MappedRwLockWriteGuard`].
pub type MappedRwLockWriteGuard<'a, U> = generic::MappedRwLockWriteGuard<'a, generic::Local, U>;
/// Shared access to a part of what an [`RwLock`] protects, which is held alive:
/// [`generic::OwnedMappedRwLockReadGuard`].
pub type OwnedMappedRwLockReadGuard<T, U> =
    generic::OwnedMappedRwLockReadGuard<generic::Local, T, U>;
/// Exclusive access to a part of what an [`RwLock`] protects, which is held alive:
/// [`generic::OwnedMappedRwLockWriteGuard`].
pub type OwnedMappedRwLockWriteGuard<T, U> =
    generic::OwnedMappedRwLockWriteGuard<generic::Local, T, U>;
/// A condition variable, for what a [`Mutex`] protects: [`generic::Condvar`].
pub type Condvar = generic::Condvar<generic::Local>;
/// Tells one task, or all that wait, that something has happened: [`generic::Notify`].
pub type Notify = generic::Notify<generic::Local>;
/// A flag that can be waited for: [`generic::Event`].
pub type Event = generic::Event<generic::Local>;
/// A point at which a number of tasks wait for each other: [`generic::Barrier`].
pub type Barrier = generic::Barrier<generic::Local>;
/// Opens when it has been counted down: [`generic::Latch`].
pub type Latch = generic::Latch<generic::Local>;
/// Counts what is under way, and lets others wait until nothing is: [`generic::WaitGroup`].
pub type WaitGroup = generic::WaitGroup<generic::Local>;
/// One that is under way in a [`WaitGroup`]: [`generic::WaitGroupGuard`].
pub type WaitGroupGuard<'a> = generic::WaitGroupGuard<'a, generic::Local>;
/// One that is under way in a [`WaitGroup`] that is held alive: [`generic::OwnedWaitGroupGuard`].
pub type OwnedWaitGroupGuard = generic::OwnedWaitGroupGuard<generic::Local>;
/// A value that is made once, by whoever asks first: [`generic::OnceCell`].
pub type OnceCell<T> = generic::OnceCell<generic::Local, T>;
/// A value that is made when it is asked for first: [`generic::LazyCell`].
pub type LazyCell<T, F = generic::LocalInit<T>> = generic::LazyCell<generic::Local, T, F>;
/// Tells a tree of tasks to stop: [`generic::CancellationToken`].
pub type CancellationToken = generic::CancellationToken<generic::Local>;
/// Cancels a [`CancellationToken`] when it is dropped: [`generic::DropGuard`].
pub type DropGuard = generic::DropGuard<generic::Local>;
/// Cancels a [`CancellationToken`], which it borrows, when it is dropped:
/// [`generic::DropGuardRef`].
pub type DropGuardRef<'a> = generic::DropGuardRef<'a, generic::Local>;
