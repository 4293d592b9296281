//! The plain case, one function each, for `ci/atomics.sh` to count the locked instructions in.
//!
//! Slow paths are calls out of these functions, so what is counted is what an uncontended operation
//! runs.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use compio_sync::{
    Mutex, MutexGuard, OnceCell, RwLock, RwLockReadGuard, Semaphore, SemaphorePermit,
    futures::{Acquire, Lock, Read},
    local,
};

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_acquire<'a>(
    acquire: Pin<&mut Acquire<'a>>,
    cx: &mut Context<'_>,
) -> Poll<SemaphorePermit<'a>> {
    acquire.poll(cx)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_try_acquire(semaphore: &Semaphore) -> Option<SemaphorePermit<'_>> {
    semaphore.try_acquire()
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_release(permit: SemaphorePermit<'_>) {
    drop(permit);
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_lock<'a>(
    lock: Pin<&mut Lock<'a, u64>>,
    cx: &mut Context<'_>,
) -> Poll<MutexGuard<'a, u64>> {
    lock.poll(cx)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_unlock(guard: MutexGuard<'_, u64>) {
    drop(guard);
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_read<'a>(
    read: Pin<&mut Read<'a, u64>>,
    cx: &mut Context<'_>,
) -> Poll<RwLockReadGuard<'a, u64>> {
    read.poll(cx)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn one_step_shared_read_done(guard: RwLockReadGuard<'_, u64>) {
    drop(guard);
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn no_step_local_acquire<'a>(
    acquire: Pin<&mut local::futures::Acquire<'a>>,
    cx: &mut Context<'_>,
) -> Poll<local::SemaphorePermit<'a>> {
    acquire.poll(cx)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn no_step_local_release(permit: local::SemaphorePermit<'_>) {
    drop(permit);
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn no_step_shared_once_get(cell: &OnceCell<u64>) -> Option<&u64> {
    cell.get()
}

#[test]
fn the_functions_that_are_counted_do_their_work() {
    let mut cx = Context::from_waker(Waker::noop());
    let shared = Semaphore::new(2);
    let Poll::Ready(first) = one_step_shared_acquire(pin!(shared.acquire()), &mut cx) else {
        panic!("it was free");
    };
    let second = one_step_shared_try_acquire(&shared).expect("it was free");
    assert_eq!(shared.in_use(), 2);
    one_step_shared_release(first);
    one_step_shared_release(second);
    assert_eq!(shared.in_use(), 0);

    let local = local::Semaphore::new(1);
    let Poll::Ready(permit) = no_step_local_acquire(pin!(local.acquire()), &mut cx) else {
        panic!("it was free");
    };
    assert_eq!(local.in_use(), 1);
    no_step_local_release(permit);
    assert_eq!(local.in_use(), 0);

    let mutex = Mutex::new(1);
    let Poll::Ready(guard) = one_step_shared_lock(pin!(mutex.lock()), &mut cx) else {
        panic!("it was free");
    };
    assert!(mutex.is_locked());
    one_step_shared_unlock(guard);
    assert!(!mutex.is_locked());

    let lock = RwLock::new(2);
    let Poll::Ready(guard) = one_step_shared_read(pin!(lock.read()), &mut cx) else {
        panic!("it was free");
    };
    assert!(lock.try_write().is_none());
    one_step_shared_read_done(guard);
    assert!(lock.try_write().is_some());

    let cell = OnceCell::new();
    assert_eq!(no_step_shared_once_get(&cell), None);
    cell.set(5).expect("nobody is at it");
    assert_eq!(no_step_shared_once_get(&cell), Some(&5));
}
