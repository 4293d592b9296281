//! Async synchronization for [compio], the completion-based runtime.
//!
//! compio runs one thread a runtime, with a driver of its own (io_uring, IOCP, or a poller) and
//! tasks that never leave their thread; a program that uses more cores has several runtimes. The
//! primitives of this crate come in two forms for that, made from one source and with the same
//! methods:
//!
//! | | for | costs |
//! |---|---|---|
//! | `compio_sync::Mutex` and so on | tasks of several runtimes, and plain threads | one atomic step to lock, one to unlock |
//! | [`compio_sync::local::Mutex`](local) and so on | tasks of one runtime | no atomic step; neither `Send` nor `Sync` |
//!
//! Code that serves both takes the [`generic`] ones, which the others are aliases of. The
//! documentation of each is there; the aliases have an example each.
//!
//! # Which one
//!
//! | to | there is |
//! |---|---|
//! | let so many at a time do something: open files, requests, bytes in use | [`Semaphore`] |
//! | let one at a time use some data | [`Mutex`] |
//! | let many read it and one write it | [`RwLock`] |
//! | wait for a change of data under a mutex | [`Condvar`] |
//! | tell one task, or all that wait, that something has happened | [`Notify`] |
//! | have a flag that can be waited for | [`Event`] |
//! | wait until so many things have happened | [`Latch`] |
//! | wait until all that has begun is finished | [`WaitGroup`] |
//! | have tasks wait for each other, round after round | [`Barrier`] |
//! | make a value once, when it is needed first | [`OnceCell`], [`LazyCell`] |
//! | tell a tree of tasks to stop | [`CancellationToken`] |
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
//! # Limiting what the kernel has in its hands
//!
//! On completion I/O a future that is dropped, by a timeout say, leaves its operation in flight,
//! and the buffer with the driver. A permit in the task is back at once, and one operation more
//! than allowed begins. [`hold`](generic/struct.OwnedSemaphorePermit.html#method.hold) puts the
//! permit into the buffer, so that it comes back when the kernel is done, see
//! [`Held`](struct.Held.html):
//!
//! ```
//! # #[cfg(feature = "compio")]
//! # compio::runtime::Runtime::new().unwrap().block_on(async {
//! use std::{sync::Arc, time::Duration};
//!
//! use compio::{fs::File, io::AsyncReadAt, time::timeout};
//! use compio_sync::{Held, Semaphore};
//!
//! let limit = Arc::new(Semaphore::new(64));
//! let file = File::open("Cargo.toml").await.unwrap();
//!
//! let permit = limit.clone().acquire_owned().await;
//! let read = file.read_at(permit.hold(Vec::with_capacity(4096)), 0);
//! if let Ok(result) = timeout(Duration::from_secs(1), read).await {
//!     let (read, buffer) = result.map_buffer(Held::into_inner).into_parts();
//!     assert_eq!(read.unwrap(), buffer.len());
//! }
//! # });
//! ```
//!
//! # Several runtimes
//!
//! A thread that runs a runtime of its own shares what is in an `Arc`, or in a `static`:
//!
//! ```
//! # #[cfg(feature = "compio")]
//! # {
//! use std::{sync::Arc, thread};
//!
//! use compio::runtime::Runtime;
//! use compio_sync::{Semaphore, WaitGroup};
//!
//! let limit = Arc::new(Semaphore::new(8));
//! let group = Arc::new(WaitGroup::new());
//! for _ in 0..2 {
//!     let (limit, here) = (limit.clone(), group.clone().enter_owned());
//!     thread::spawn(move || {
//!         let _here = here;
//!         Runtime::new().unwrap().block_on(async {
//!             let _permit = limit.acquire().await;
//!             compio::fs::read("Cargo.toml").await.unwrap();
//!         });
//!     });
//! }
//! Runtime::new().unwrap().block_on(group.wait());
//! assert_eq!(limit.in_use(), 0);
//! # }
//! ```
//!
//! A task of another runtime is woken by way of that runtime's [relay](relay/index.html): wakes
//! travel together and do not block, while compio's own wake across threads can (in compio 0.19,
//! for ever, as two runtimes wake many tasks of each other). Nothing has to be done for it. The
//! relay's page names the few cases in which compio's own wake is used.
//!
//! # What all of it has in common
//!
//! * **No allocation per wait.** A future holds its own place in the line. (A [`CancellationToken`]
//!   allocates once, when it is used first, and each child of it once. To wake tasks of another
//!   runtime takes one allocation for up to 32 of them.)
//! * **First come, first served**, unless [`Fairness::Throughput`] was asked for, which semaphores
//!   and locks have; being passed over has a bound there.
//! * **Cancel safety.** Dropping a future gives up its place in line. What it had been handed by
//!   then goes to the next in line. Each method says so under *Cancel safety*.
//! * **A release never waits**, for no lock of a primitive and no thread that is at work in one;
//!   nor does a notification or a cancellation.
//! * **Telling all is one step**, however many wait: who is told is decided before the first is
//!   woken.
//! * **No user code under a lock.** Wakers are called when the lock is released, so they may do
//!   what they like with the primitive that called them, and one that panics keeps nobody else from
//!   being served.
//! * **`const` constructors**, so all of it works in a `static` or a `thread_local!`.
//! * **Blocking twins** (`blocking_…`) in the shared form, for plain threads, which wait in the
//!   same line as tasks do.
//!
//! [compio]: https://docs.rs/compio
//!
//! # Features
//!
//! * `compio` (default): what needs compio's runtime: relays, held permits, and the check that a
//!   `blocking_…` method is not called on a thread that runs one. Without it the crate is std
//!   alone, and serves any executor.
//! * `io-uring` (default): doorbells in the runtime's own ring, on Linux. As for compio itself,
//!   whose driver it turns on.

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

mod barrier;
#[cfg(not(loom))]
mod blocking;
mod cancellation;
mod closed;
mod condvar;
mod domain;
mod event;
mod fairness;
pub mod futures;
pub mod generic;
mod guard;
#[cfg(all(feature = "compio", not(loom)))]
mod held;
mod latch;
pub mod local;
mod mutex;
mod notify;
mod once;
mod primitive;
mod queue;
mod raw_semaphore;
#[cfg(all(feature = "compio", not(loom)))]
pub mod relay;
mod rwlock;
mod semaphore;
mod signal;
#[cfg(all(feature = "compio", unix, not(loom)))]
mod stand_in;
mod wait_group;

/// README's examples compile.
#[cfg(all(doctest, feature = "compio"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(feature = "compio", not(loom)))]
pub use self::held::Held;
pub use self::{
    barrier::BarrierWaitResult, closed::Closed, condvar::CondvarGuard, fairness::Fairness,
    once::SetError,
};

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
/// A lock for one at a time, around a value: [`generic::Mutex`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::sync::Arc;
///
/// use compio_sync::Mutex;
///
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// let task = compio::runtime::spawn({
///     let lines = lines.clone();
///     async move {
///         // The guard may be held across an await.
///         let mut lines = lines.lock().await;
///         let manifest = compio::fs::read("Cargo.toml").await.unwrap();
///         lines.push(manifest.split(|&byte| byte == b'\n').count());
///     }
/// });
/// task.await.unwrap();
/// assert!(lines.lock().await[0] > 10);
/// assert!(!lines.is_locked());
/// # });
/// ```
pub type Mutex<T> = generic::Mutex<generic::Shared, T>;
/// A locked [`Mutex`]: [`generic::MutexGuard`].
pub type MutexGuard<'a, T> = generic::MutexGuard<'a, generic::Shared, T>;
/// A locked [`Mutex`] that is held alive: [`generic::OwnedMutexGuard`].
pub type OwnedMutexGuard<T> = generic::OwnedMutexGuard<generic::Shared, T>;
/// A part of what a locked [`Mutex`] protects: [`generic::MappedMutexGuard`].
pub type MappedMutexGuard<'a, U> = generic::MappedMutexGuard<'a, generic::Shared, U>;
/// A part of what a locked [`Mutex`] protects, which is held alive:
/// [`generic::OwnedMappedMutexGuard`].
pub type OwnedMappedMutexGuard<T, U> = generic::OwnedMappedMutexGuard<generic::Shared, T, U>;
/// A lock for one writer or many readers, around a value: [`generic::RwLock`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::{RwLock, RwLockUpgradableReadGuard};
///
/// static ROUTES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// let reading = ROUTES.read().await;
/// // Reads beside the other, and keeps everybody from writing.
/// let looking = ROUTES.upgradable_read().await;
/// assert!(reading.is_empty() && looking.is_empty());
/// drop(reading);
///
/// // Waits for the readers of the moment; nobody writes in between.
/// let mut routes = RwLockUpgradableReadGuard::upgrade(looking).await;
/// routes.push("/");
/// drop(routes);
/// assert_eq!(*ROUTES.read().await, ["/"]);
/// # });
/// ```
pub type RwLock<T> = generic::RwLock<generic::Shared, T>;
/// Shared access to an [`RwLock`]: [`generic::RwLockReadGuard`].
pub type RwLockReadGuard<'a, T> = generic::RwLockReadGuard<'a, generic::Shared, T>;
/// Shared access to an [`RwLock`] that can be upgraded: [`generic::RwLockUpgradableReadGuard`].
pub type RwLockUpgradableReadGuard<'a, T> =
    generic::RwLockUpgradableReadGuard<'a, generic::Shared, T>;
/// Exclusive access to an [`RwLock`]: [`generic::RwLockWriteGuard`].
pub type RwLockWriteGuard<'a, T> = generic::RwLockWriteGuard<'a, generic::Shared, T>;
/// Shared access to an [`RwLock`] that is held alive: [`generic::OwnedRwLockReadGuard`].
pub type OwnedRwLockReadGuard<T> = generic::OwnedRwLockReadGuard<generic::Shared, T>;
/// Shared access to an [`RwLock`], which is held alive, that can be upgraded:
/// [`generic::OwnedRwLockUpgradableReadGuard`].
pub type OwnedRwLockUpgradableReadGuard<T> =
    generic::OwnedRwLockUpgradableReadGuard<generic::Shared, T>;
/// Exclusive access to an [`RwLock`] that is held alive: [`generic::OwnedRwLockWriteGuard`].
pub type OwnedRwLockWriteGuard<T> = generic::OwnedRwLockWriteGuard<generic::Shared, T>;
/// Shared access to a part of what an [`RwLock`] protects: [`generic::MappedRwLockReadGuard`].
pub type MappedRwLockReadGuard<'a, U> = generic::MappedRwLockReadGuard<'a, generic::Shared, U>;
/// Exclusive access to a part of what an [`RwLock`] protects: [`generic::MappedRwLockWriteGuard`].
pub type MappedRwLockWriteGuard<'a, U> = generic::MappedRwLockWriteGuard<'a, generic::Shared, U>;
/// Shared access to a part of what an [`RwLock`] protects, which is held alive:
/// [`generic::OwnedMappedRwLockReadGuard`].
pub type OwnedMappedRwLockReadGuard<T, U> =
    generic::OwnedMappedRwLockReadGuard<generic::Shared, T, U>;
/// Exclusive access to a part of what an [`RwLock`] protects, which is held alive:
/// [`generic::OwnedMappedRwLockWriteGuard`].
pub type OwnedMappedRwLockWriteGuard<T, U> =
    generic::OwnedMappedRwLockWriteGuard<generic::Shared, T, U>;
/// A condition variable, for what a [`Mutex`] protects: [`generic::Condvar`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{collections::VecDeque, thread};
///
/// use compio_sync::{Condvar, Mutex};
///
/// static JOBS: Mutex<VecDeque<u32>> = Mutex::new(VecDeque::new());
/// static ADDED: Condvar = Condvar::new();
///
/// // On a thread without a runtime.
/// let producer = thread::spawn(|| {
///     JOBS.blocking_lock().push_back(7);
///     ADDED.notify_one();
/// });
///
/// let jobs = JOBS.lock().await;
/// let mut jobs = ADDED.wait_while(jobs, |jobs| jobs.is_empty()).await;
/// assert_eq!(jobs.pop_front(), Some(7));
/// # producer.join().unwrap();
/// # });
/// ```
pub type Condvar = generic::Condvar<generic::Shared>;
/// Tells one task, or all that wait, that something has happened: [`generic::Notify`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{
///     pin::pin,
///     sync::atomic::{AtomicBool, Ordering},
///     thread,
/// };
///
/// use compio_sync::Notify;
///
/// static READY: AtomicBool = AtomicBool::new(false);
/// static CHANGED: Notify = Notify::new();
///
/// let other = thread::spawn(|| {
///     READY.store(true, Ordering::Release);
///     CHANGED.notify_waiters();
/// });
///
/// loop {
///     // Made before the look, so a notification between the two is for it.
///     let changed = CHANGED.notified();
///     if READY.load(Ordering::Acquire) {
///         break;
///     }
///     changed.await;
/// }
/// # other.join().unwrap();
///
/// // With nobody in line, one notification is kept for the next.
/// CHANGED.notify_one();
/// let mut next = pin!(CHANGED.notified());
/// assert!(next.as_mut().enable());
/// next.await;
/// # });
/// ```
pub type Notify = generic::Notify<generic::Shared>;
/// A flag that can be waited for: [`generic::Event`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::thread;
///
/// use compio_sync::Event;
///
/// static STARTED: Event = Event::new();
///
/// let server = thread::spawn(|| STARTED.set());
/// STARTED.wait().await;
/// STARTED.wait().await; // It stays set.
/// assert!(STARTED.is_set());
/// # server.join().unwrap();
///
/// // This one is reset by whoever it lets go on.
/// let tick = Event::auto_reset();
/// tick.set();
/// tick.wait().await;
/// assert!(!tick.is_set());
/// # });
/// ```
pub type Event = generic::Event<generic::Shared>;
/// A point at which a number of tasks wait for each other: [`generic::Barrier`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::thread;
///
/// use compio_sync::Barrier;
///
/// static ROUND: Barrier = Barrier::new(3);
///
/// let others = [(), ()].map(|()| thread::spawn(|| ROUND.blocking_wait().is_leader()));
/// let leader = ROUND.wait().await.is_leader();
///
/// let leaders = others.map(|other| other.join().unwrap());
/// let leaders = leaders.iter().chain([&leader]);
/// assert_eq!(leaders.filter(|&&leader| leader).count(), 1);
/// # });
/// ```
pub type Barrier = generic::Barrier<generic::Shared>;
/// Opens when it has been counted down: [`generic::Latch`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{sync::Arc, thread};
///
/// use compio_sync::Latch;
///
/// let ready = Arc::new(Latch::new(2));
/// for _ in 0..2 {
///     let ready = ready.clone();
///     thread::spawn(move || ready.count_down());
/// }
/// ready.wait().await;
/// // It stays open.
/// assert!(ready.try_wait());
/// assert_eq!(ready.count(), 0);
/// # });
/// ```
pub type Latch = generic::Latch<generic::Shared>;
/// Counts what is under way, and lets others wait until nothing is: [`generic::WaitGroup`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{sync::Arc, thread};
///
/// use compio_sync::WaitGroup;
///
/// let under_way = Arc::new(WaitGroup::new());
/// for _ in 0..3 {
///     // Counted here, and not in the thread, where it might be too late.
///     let guard = under_way.clone().enter_owned();
///     thread::spawn(move || drop(guard));
/// }
/// under_way.wait().await;
/// assert_eq!(under_way.count(), 0);
/// # });
/// ```
pub type WaitGroup = generic::WaitGroup<generic::Shared>;
/// One that is under way in a [`WaitGroup`]: [`generic::WaitGroupGuard`].
pub type WaitGroupGuard<'a> = generic::WaitGroupGuard<'a, generic::Shared>;
/// One that is under way in a [`WaitGroup`] that is held alive: [`generic::OwnedWaitGroupGuard`].
pub type OwnedWaitGroupGuard = generic::OwnedWaitGroupGuard<generic::Shared>;
/// A value that is made once, by whoever asks first: [`generic::OnceCell`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::OnceCell;
///
/// static MANIFEST: OnceCell<Vec<u8>> = OnceCell::new();
///
/// async fn manifest() -> std::io::Result<&'static Vec<u8>> {
///     // Read by one of those who ask; the others wait for that one.
///     MANIFEST
///         .get_or_try_init(async || compio::fs::read("Cargo.toml").await)
///         .await
/// }
///
/// let (one, other) = futures_util::join!(manifest(), manifest());
/// assert!(std::ptr::eq(one.unwrap(), other.unwrap()));
/// assert!(MANIFEST.get().is_some());
/// # });
/// ```
pub type OnceCell<T> = generic::OnceCell<generic::Shared, T>;
/// A value that is made when it is asked for first: [`generic::LazyCell`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use compio_sync::LazyCell;
///
/// // In a static the initialiser boxes its future, as that has no name. It stays on the thread of
/// // whoever asks first; the value is for any thread.
/// static LICENSE: LazyCell<String> = LazyCell::new(|| {
///     Box::pin(async {
///         let text = compio::fs::read("LICENSE").await.unwrap();
///         String::from_utf8(text).unwrap()
///     })
/// });
///
/// assert!(LICENSE.get().is_none());
/// assert!(LICENSE.force().await.contains("MIT"));
/// # });
/// ```
pub type LazyCell<T, F = generic::Init<T>> = generic::LazyCell<generic::Shared, T, F>;
/// Tells a tree of tasks to stop: [`generic::CancellationToken`].
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{thread, time::Duration};
///
/// use compio_sync::CancellationToken;
///
/// let server = CancellationToken::new();
/// let connection = server.child_token();
///
/// thread::spawn({
///     let server = server.clone();
///     move || server.cancel()
/// });
/// // Ends with the sleep, if that is over first.
/// let slept = connection
///     .run_until_cancelled(compio::time::sleep(Duration::from_secs(60)))
///     .await;
/// assert!(slept.is_none());
/// assert!(server.is_cancelled());
/// # });
/// ```
pub type CancellationToken = generic::CancellationToken<generic::Shared>;
/// Cancels a [`CancellationToken`] when it is dropped: [`generic::DropGuard`].
pub type DropGuard = generic::DropGuard<generic::Shared>;
/// Cancels a [`CancellationToken`], which it borrows, when it is dropped:
/// [`generic::DropGuardRef`].
pub type DropGuardRef<'a> = generic::DropGuardRef<'a, generic::Shared>;
