//! The futures of the primitives for one thread, for code that has to name them.

use crate::generic::{self, Local};

/// The future of [`Semaphore::acquire`](generic::Semaphore::acquire).
pub type Acquire<'a> = generic::Acquire<'a, Local>;
/// The future of [`Semaphore::acquire_or_closed`](generic::Semaphore::acquire_or_closed).
pub type AcquireOrClosed<'a> = generic::AcquireOrClosed<'a, Local>;
/// The future of [`Semaphore::acquire_owned`](generic::Semaphore::acquire_owned).
pub type AcquireOwned = generic::AcquireOwned<Local>;
/// The future of
/// [`Semaphore::acquire_owned_or_closed`](generic::Semaphore::acquire_owned_or_closed).
pub type AcquireOwnedOrClosed = generic::AcquireOwnedOrClosed<Local>;
/// The future of [`Mutex::lock`](generic::Mutex::lock).
pub type Lock<'a, T> = generic::Lock<'a, Local, T>;
/// The future of [`Mutex::lock_owned`](generic::Mutex::lock_owned).
pub type LockOwned<T> = generic::LockOwned<Local, T>;
/// The future of [`RwLock::read`](generic::RwLock::read).
pub type Read<'a, T> = generic::Read<'a, Local, T>;
/// The future of [`RwLock::read_owned`](generic::RwLock::read_owned).
pub type ReadOwned<T> = generic::ReadOwned<Local, T>;
/// The future of [`RwLock::upgradable_read`](generic::RwLock::upgradable_read).
pub type UpgradableRead<'a, T> = generic::UpgradableRead<'a, Local, T>;
/// The future of [`RwLock::upgradable_read_owned`](generic::RwLock::upgradable_read_owned).
pub type UpgradableReadOwned<T> = generic::UpgradableReadOwned<Local, T>;
/// The future of [`RwLock::write`](generic::RwLock::write).
pub type Write<'a, T> = generic::Write<'a, Local, T>;
/// The future of [`RwLock::write_owned`](generic::RwLock::write_owned).
pub type WriteOwned<T> = generic::WriteOwned<Local, T>;
/// The future of
/// [`RwLockUpgradableReadGuard::upgrade`](generic::RwLockUpgradableReadGuard::upgrade).
pub type Upgrade<'a, T> = generic::Upgrade<'a, Local, T>;
/// The future of
/// [`OwnedRwLockUpgradableReadGuard::upgrade`](generic::OwnedRwLockUpgradableReadGuard::upgrade).
pub type UpgradeOwned<T> = generic::UpgradeOwned<Local, T>;
/// The future of [`Notify::notified`](generic::Notify::notified).
pub type Notified<'a> = generic::Notified<'a, Local>;
/// The future of [`Notify::notified_owned`](generic::Notify::notified_owned).
pub type OwnedNotified = generic::OwnedNotified<Local>;
/// The future of [`Event::wait`](generic::Event::wait).
pub type EventWait<'a> = generic::EventWait<'a, Local>;
/// The future of [`Event::wait_owned`](generic::Event::wait_owned).
pub type OwnedEventWait = generic::OwnedEventWait<Local>;
/// The future of [`Latch::wait`](generic::Latch::wait).
pub type LatchWait<'a> = generic::LatchWait<'a, Local>;
/// The future of [`Latch::wait_owned`](generic::Latch::wait_owned).
pub type OwnedLatchWait = generic::OwnedLatchWait<Local>;
/// The future of [`WaitGroup::wait`](generic::WaitGroup::wait).
pub type WaitGroupWait<'a> = generic::WaitGroupWait<'a, Local>;
/// The future of [`WaitGroup::wait_owned`](generic::WaitGroup::wait_owned).
pub type OwnedWaitGroupWait = generic::OwnedWaitGroupWait<Local>;
/// The future of [`OnceCell::wait`](generic::OnceCell::wait).
pub type OnceCellWait<'a, T> = generic::OnceCellWait<'a, Local, T>;
/// The future of [`CancellationToken::cancelled`](generic::CancellationToken::cancelled).
pub type Cancelled<'a> = generic::Cancelled<'a, Local>;
/// The future of
/// [`CancellationToken::cancelled_owned`](generic::CancellationToken::cancelled_owned).
pub type OwnedCancelled = generic::OwnedCancelled<Local>;
