//! The futures of the primitives for any thread, for code that has to name them.

use crate::generic::{self, Shared};

/// The future of [`Semaphore::acquire`](generic::Semaphore::acquire).
pub type Acquire<'a> = generic::Acquire<'a, Shared>;
/// The future of [`Semaphore::acquire_or_closed`](generic::Semaphore::acquire_or_closed).
pub type AcquireOrClosed<'a> = generic::AcquireOrClosed<'a, Shared>;
/// The future of [`Semaphore::acquire_owned`](generic::Semaphore::acquire_owned).
pub type AcquireOwned = generic::AcquireOwned<Shared>;
/// The future of
/// [`Semaphore::acquire_owned_or_closed`](generic::Semaphore::acquire_owned_or_closed).
pub type AcquireOwnedOrClosed = generic::AcquireOwnedOrClosed<Shared>;
/// The future of [`Mutex::lock`](generic::Mutex::lock).
pub type Lock<'a, T> = generic::Lock<'a, Shared, T>;
/// The future of [`Mutex::lock_owned`](generic::Mutex::lock_owned).
pub type LockOwned<T> = generic::LockOwned<Shared, T>;
/// The future of [`RwLock::read`](generic::RwLock::read).
pub type Read<'a, T> = generic::Read<'a, Shared, T>;
/// The future of [`RwLock::read_owned`](generic::RwLock::read_owned).
pub type ReadOwned<T> = generic::ReadOwned<Shared, T>;
/// The future of [`RwLock::upgradable_read`](generic::RwLock::upgradable_read).
pub type UpgradableRead<'a, T> = generic::UpgradableRead<'a, Shared, T>;
/// The future of [`RwLock::upgradable_read_owned`](generic::RwLock::upgradable_read_owned).
pub type UpgradableReadOwned<T> = generic::UpgradableReadOwned<Shared, T>;
/// The future of [`RwLock::write`](generic::RwLock::write).
pub type Write<'a, T> = generic::Write<'a, Shared, T>;
/// The future of [`RwLock::write_owned`](generic::RwLock::write_owned).
pub type WriteOwned<T> = generic::WriteOwned<Shared, T>;
/// The future of
/// [`RwLockUpgradableReadGuard::upgrade`](generic::RwLockUpgradableReadGuard::upgrade).
pub type Upgrade<'a, T> = generic::Upgrade<'a, Shared, T>;
/// The future of
/// [`OwnedRwLockUpgradableReadGuard::upgrade`](generic::OwnedRwLockUpgradableReadGuard::upgrade).
pub type UpgradeOwned<T> = generic::UpgradeOwned<Shared, T>;
/// The future of [`Notify::notified`](generic::Notify::notified).
pub type Notified<'a> = generic::Notified<'a, Shared>;
/// The future of [`Notify::notified_owned`](generic::Notify::notified_owned).
pub type OwnedNotified = generic::OwnedNotified<Shared>;
/// The future of [`Event::wait`](generic::Event::wait).
pub type EventWait<'a> = generic::EventWait<'a, Shared>;
/// The future of [`Event::wait_owned`](generic::Event::wait_owned).
pub type OwnedEventWait = generic::OwnedEventWait<Shared>;
/// The future of [`Latch::wait`](generic::Latch::wait).
pub type LatchWait<'a> = generic::LatchWait<'a, Shared>;
/// The future of [`Latch::wait_owned`](generic::Latch::wait_owned).
pub type OwnedLatchWait = generic::OwnedLatchWait<Shared>;
/// The future of [`WaitGroup::wait`](generic::WaitGroup::wait).
pub type WaitGroupWait<'a> = generic::WaitGroupWait<'a, Shared>;
/// The future of [`WaitGroup::wait_owned`](generic::WaitGroup::wait_owned).
pub type OwnedWaitGroupWait = generic::OwnedWaitGroupWait<Shared>;
/// The future of [`OnceCell::wait`](generic::OnceCell::wait).
pub type OnceCellWait<'a, T> = generic::OnceCellWait<'a, Shared, T>;
/// The future of [`CancellationToken::cancelled`](generic::CancellationToken::cancelled).
pub type Cancelled<'a> = generic::Cancelled<'a, Shared>;
/// The future of
/// [`CancellationToken::cancelled_owned`](generic::CancellationToken::cancelled_owned).
pub type OwnedCancelled = generic::OwnedCancelled<Shared>;
