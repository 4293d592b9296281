//! What has to be known of compio's executor: which wakers are of its tasks.

#![allow(unsafe_code)] // Takes a waker apart and puts it together again.

use std::{
    future::poll_fn,
    mem::ManuallyDrop,
    ptr,
    task::{Poll, RawWakerVTable, Waker},
};

use compio_executor::{Executor, SpawnMeta};
use compio_runtime::JoinHandle;

use super::mailbox::Pointer;
use crate::primitive::{AtomicPtr, Ordering};

/// The vtable that the wakers of compio's tasks have, once one was seen.
static TASKS: AtomicPtr<RawWakerVTable> = AtomicPtr::new(ptr::null_mut());

/// A vtable that is known to be another's: the first that was seen. Most programs have two kinds of
/// wakers.
static OTHERS: AtomicPtr<RawWakerVTable> = AtomicPtr::new(ptr::null_mut());

/// Whether a waker is of a task of compio's executor, and no other around one.
#[inline(always)]
pub(super) fn is_task(waker: &Waker) -> bool {
    let of = waker.vtable();
    ptr::eq(of, TASKS.load(Ordering::Relaxed))
        || !ptr::eq(of, OTHERS.load(Ordering::Relaxed)) && is_task_slow(of)
}

/// A vtable may be in a program more than once, so what is in it counts.
#[cold]
#[inline(never)]
fn is_task_slow(of: &'static RawWakerVTable) -> bool {
    let is_task = of == vtable();
    if !is_task && OTHERS.load(Ordering::Relaxed).is_null() {
        OTHERS.store(ptr::from_ref(of).cast_mut(), Ordering::Relaxed);
    }
    is_task
}

/// The vtable that the wakers of compio's tasks have.
#[inline(always)]
pub(super) fn vtable() -> &'static RawWakerVTable {
    // SAFETY: null or from a reference to a static.
    unsafe { TASKS.load(Ordering::Relaxed).as_ref() }.unwrap_or_else(learn)
}

/// Runs a task on an executor of its own, to see its waker. Once a process, or as often as threads
/// come here at the same time.
#[cold]
fn learn() -> &'static RawWakerVTable {
    let executor = Executor::new();
    let look = poll_fn(|cx| {
        let vtable = ptr::from_ref(cx.waker().clone().vtable());
        TASKS.store(vtable.cast_mut(), Ordering::Relaxed);
        // To end a task is more than compio can do on a thread that unwinds.
        Poll::<()>::Pending
    });
    // That it is `compio_runtime`'s handle says that this is the executor of the runtimes.
    let task: JoinHandle<()> = executor.spawn_at(look, SpawnMeta::untracked());
    task.detach();
    executor.tick();
    vtable()
}

/// A task of compio's executor: its waker, in one word.
pub(super) struct Task(*const ());

// SAFETY: it is a waker, which is `Send`.
unsafe impl Send for Task {}

impl Task {
    /// # Safety
    ///
    /// It is the data of a waker that [`is_task`] says yes to, and that is not dropped.
    #[inline(always)]
    pub(super) unsafe fn from_data(data: *const ()) -> Self {
        Self(data)
    }

    pub(super) fn wake(self) {
        // SAFETY: this is not dropped.
        unsafe { ManuallyDrop::new(self).waker() }.wake();
    }

    pub(super) fn wake_by_ref(&self) {
        // SAFETY: it is not dropped.
        unsafe { ManuallyDrop::new(self.waker()) }.wake_by_ref();
    }

    /// # Safety
    ///
    /// What it gives is dropped once, instead of this.
    unsafe fn waker(&self) -> Waker {
        // SAFETY: `from_data` was given that of a waker that had this vtable, or an equal one.
        unsafe { Waker::new(self.0, vtable()) }
    }
}

// SAFETY: it owns what its waker would, and points to it.
unsafe impl Pointer for Task {
    fn into_raw(self) -> *mut () {
        ManuallyDrop::new(self).0.cast_mut()
    }

    unsafe fn from_raw(pointer: *mut ()) -> Self {
        Self(pointer)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: this is the destructor.
        drop(unsafe { self.waker() });
    }
}
