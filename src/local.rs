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
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::rc::Rc;
///
/// use compio_sync::local::{Mutex, MutexGuard};
///
/// let pair = Rc::new(Mutex::new((1, String::from("one"))));
/// let owned = pair.clone().lock_owned().await;
/// let waiting = compio::runtime::spawn(async move {
///     let name = MutexGuard::map(pair.lock().await, |pair| &mut pair.1);
///     name.len()
/// });
/// drop(owned);
/// assert_eq!(waiting.await.unwrap(), 3);
/// # });
/// ```
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
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::local::{RwLock, RwLockWriteGuard};
///
/// let limits = RwLock::new([10, 20]);
/// {
///     let (one, other) = (limits.read().await, limits.read().await);
///     assert_eq!(*one, *other);
///     assert!(limits.try_write().is_none());
/// }
/// let mut writing = limits.write().await;
/// writing[0] = 11;
/// // Nobody writes before this one has read.
/// let reading = RwLockWriteGuard::downgrade(writing);
/// assert_eq!(reading[0], 11);
/// assert!(limits.try_read().is_some());
/// # });
/// ```
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
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{rc::Rc, time::Duration};
///
/// use compio_sync::local::{Condvar, Mutex};
///
/// let state = Rc::new((Mutex::new(0), Condvar::new()));
/// let task = compio::runtime::spawn({
///     let state = state.clone();
///     async move {
///         *state.0.lock().await += 1;
///         state.1.notify_all();
///     }
/// });
/// let (count, changed) = &*state;
/// let guard = changed.wait_while(count.lock().await, |count| *count == 0);
/// assert_eq!(*guard.await, 1);
/// # task.await.unwrap();
///
/// // A wait that is given up does not hold the mutex.
/// let guard = count.lock().await;
/// let late = compio::time::timeout(Duration::from_millis(1), changed.wait(guard)).await;
/// assert!(late.is_err());
/// assert!(!count.is_locked());
/// # });
/// ```
pub type Condvar = generic::Condvar<generic::Local>;
/// Tells one task, or all that wait, that something has happened: [`generic::Notify`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{cell::Cell, rc::Rc};
///
/// use compio_sync::local::Notify;
///
/// let shared = Rc::new((Cell::new(0), Notify::new()));
/// let task = compio::runtime::spawn({
///     let shared = shared.clone();
///     async move {
///         shared.1.notified().await;
///         shared.0.get()
///     }
/// });
/// shared.0.set(5);
/// // Kept, should the task not be waiting yet.
/// shared.1.notify_one();
/// assert_eq!(task.await.unwrap(), 5);
/// # });
/// ```
pub type Notify = generic::Notify<generic::Local>;
/// A flag that can be waited for: [`generic::Event`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::rc::Rc;
///
/// use compio_sync::local::Event;
///
/// let open = Rc::new(Event::manual_reset());
/// let tasks = [(), ()].map(|()| {
///     let open = open.clone();
///     compio::runtime::spawn(async move { open.wait().await })
/// });
/// open.set();
/// for task in tasks {
///     task.await.unwrap();
/// }
/// open.reset();
/// assert!(!open.try_wait());
/// # });
/// ```
pub type Event = generic::Event<generic::Local>;
/// A point at which a number of tasks wait for each other: [`generic::Barrier`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::local::Barrier;
///
/// let both = Barrier::new(2);
/// for _round in 0..2 {
///     let (one, other) = futures_util::join!(both.wait(), both.wait());
///     // The last to arrive leads.
///     assert!(!one.is_leader() && other.is_leader());
/// }
/// assert_eq!(both.arrived(), 0);
/// # });
/// ```
pub type Barrier = generic::Barrier<generic::Local>;
/// Opens when it has been counted down: [`generic::Latch`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::rc::Rc;
///
/// use compio_sync::local::Latch;
///
/// let all = Rc::new(Latch::new(2));
/// let task = compio::runtime::spawn({
///     let all = all.clone();
///     async move { all.arrive_and_wait().await }
/// });
/// all.count_down();
/// task.await.unwrap();
/// assert!(all.try_wait());
/// # });
/// ```
pub type Latch = generic::Latch<generic::Local>;
/// Counts what is under way, and lets others wait until nothing is: [`generic::WaitGroup`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{rc::Rc, time::Duration};
///
/// use compio_sync::local::WaitGroup;
///
/// let under_way = Rc::new(WaitGroup::new());
/// for _ in 0..3 {
///     let guard = under_way.clone().enter_owned();
///     compio::runtime::spawn(async move {
///         compio::time::sleep(Duration::from_millis(1)).await;
///         drop(guard);
///     })
///     .detach();
/// }
/// assert_eq!(under_way.count(), 3);
/// under_way.wait().await;
/// assert_eq!(under_way.count(), 0);
/// # });
/// ```
pub type WaitGroup = generic::WaitGroup<generic::Local>;
/// One that is under way in a [`WaitGroup`]: [`generic::WaitGroupGuard`].
pub type WaitGroupGuard<'a> = generic::WaitGroupGuard<'a, generic::Local>;
/// One that is under way in a [`WaitGroup`] that is held alive: [`generic::OwnedWaitGroupGuard`].
pub type OwnedWaitGroupGuard = generic::OwnedWaitGroupGuard<generic::Local>;
/// A value that is made once, by whoever asks first: [`generic::OnceCell`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{future::pending, time::Duration};
///
/// use compio_sync::local::OnceCell;
///
/// let cell = OnceCell::new();
/// // The first who makes it is cancelled, so the next does.
/// let never = cell.get_or_init(async || pending().await);
/// let late = compio::time::timeout(Duration::from_millis(1), never).await;
/// assert!(late.is_err());
/// assert_eq!(*cell.get_or_init(async || 2).await, 2);
/// assert_eq!(*cell.get_or_init(async || 3).await, 2);
/// # });
/// ```
pub type OnceCell<T> = generic::OnceCell<generic::Local, T>;
/// A value that is made when it is asked for first: [`generic::LazyCell`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::local::LazyCell;
///
/// let lines = LazyCell::new(async || {
///     let manifest = compio::fs::read("Cargo.toml").await.unwrap();
///     manifest.split(|&byte| byte == b'\n').count()
/// });
/// assert!(lines.get().is_none());
/// assert!(*lines.force().await > 10);
/// assert!(lines.get().is_some());
/// # });
/// ```
pub type LazyCell<T, F = generic::Init<T>> = generic::LazyCell<generic::Local, T, F>;
/// Tells a tree of tasks to stop: [`generic::CancellationToken`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::local::CancellationToken;
///
/// let session = CancellationToken::new();
/// let request = session.child_token();
/// let task = compio::runtime::spawn({
///     let request = request.clone();
///     async move { request.cancelled().await }
/// });
///
/// // A child can be cancelled by itself; what is above it goes on.
/// drop(request.drop_guard());
/// task.await.unwrap();
/// assert!(!session.is_cancelled());
/// # });
/// ```
pub type CancellationToken = generic::CancellationToken<generic::Local>;
/// Cancels a [`CancellationToken`] when it is dropped: [`generic::DropGuard`].
pub type DropGuard = generic::DropGuard<generic::Local>;
/// Cancels a [`CancellationToken`], which it borrows, when it is dropped:
/// [`generic::DropGuardRef`].
pub type DropGuardRef<'a> = generic::DropGuardRef<'a, generic::Local>;
