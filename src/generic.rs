//! The primitives over a [`Domain`], for code that serves both forms.

pub use crate::{
    barrier::{Barrier, BarrierWaitResult},
    cancellation::{CancellationToken, Cancelled, DropGuard, DropGuardRef, OwnedCancelled},
    condvar::{Condvar, CondvarGuard},
    domain::{Domain, Local, Shared},
    event::{Event, EventWait, OwnedEventWait},
    latch::{Latch, LatchWait, OwnedLatchWait},
    mutex::{
        Lock, LockOwned, MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard,
        OwnedMutexGuard,
    },
    notify::{Notified, Notify, OwnedNotified},
    once::{Init, LazyCell, OnceCell, OnceCellWait, SetError},
    queue::Wait,
    rwlock::{
        MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
        OwnedMappedRwLockWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard,
        OwnedRwLockWriteGuard, Read, ReadOwned, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard,
        RwLockWriteGuard, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned, Write,
        WriteOwned,
    },
    semaphore::{
        Acquire, AcquireOrClosed, AcquireOwned, AcquireOwnedOrClosed, OwnedSemaphorePermit,
        Semaphore, SemaphorePermit,
    },
    wait_group::{
        OwnedWaitGroupGuard, OwnedWaitGroupWait, WaitGroup, WaitGroupGuard, WaitGroupWait,
    },
};
