//! How the drain is rung by its own waker.

#![allow(unsafe_code)] // Forwards the raw side of `Arc`, contracts included.

use std::{sync::Arc, task::Waker};

use super::mailbox::Pointer;

/// The drain's waker, and its driver's.
///
/// The drain's alone may be lost: whoever finds the executor's inbox full wakes the driver, waits
/// for room, and does not wake the driver again when there is some (compio 0.19). The runtime may
/// have emptied the inbox and gone to sleep in between. So the driver is woken after it, which is
/// no system call where it has been woken already.
#[derive(Clone)]
pub(super) struct Rope(Arc<Ends>);

struct Ends {
    drain: Waker,
    driver: Waker,
}

impl Rope {
    pub(super) fn new(drain: Waker, driver: Waker) -> Self {
        Self(Arc::new(Ends { drain, driver }))
    }

    pub(super) fn ring(self) {
        self.0.drain.wake_by_ref();
        self.0.driver.wake_by_ref();
    }
}

// SAFETY: what `Arc` points to is aligned like the pointers in it.
unsafe impl Pointer for Rope {
    fn into_raw(self) -> *mut () {
        Arc::into_raw(self.0).cast_mut().cast()
    }

    unsafe fn from_raw(pointer: *mut ()) -> Self {
        // SAFETY: from `into_raw`, and used once, by the contract.
        Self(unsafe { Arc::from_raw(pointer.cast()) })
    }
}
