//! Where a permit that the driver has may be given back.
//!
//! The driver keeps operations on the thread of their runtime, whether they are `Send` or not, with
//! one exception. One that runs on the thread pool is sent back through a channel when it has run;
//! if the runtime is gone by then, there is nobody at the other end, and the operation is dropped
//! where it is, on the thread of the pool. The same channel brings back what the polling driver
//! cancelled; what is left in it as the runtime ends is dropped by whoever lets go of the channel
//! last, which can be a thread of the pool, too.
//!
//! So a permit of the local form, which only its thread may touch, has to know which thread that
//! is. Anywhere else it is forgotten: the semaphore is short of it then, and memory is not freed,
//! but nothing is touched.

use std::{
    mem,
    thread::{self, ThreadId},
};

use crate::primitive::thread_local;

thread_local! {
    /// This thread. Kept, since asking for it counts a reference, which is an atomic step.
    static HERE: ThreadId = thread::current().id();
}

pub(super) struct Anchor<P> {
    /// Empty only while this is dropped.
    permit: Option<P>,
    /// The only thread that may drop the permit. None when any may.
    home: Option<ThreadId>,
}

impl<P> Anchor<P> {
    #[inline]
    pub(super) fn new(permit: P, local: bool) -> Self {
        Self {
            permit: Some(permit),
            home: local.then(|| HERE.with(|here| *here)),
        }
    }

    pub(super) fn get(&self) -> &P {
        self.permit.as_ref().expect("only a drop takes the permit")
    }

    pub(super) fn into_inner(mut self) -> P {
        self.permit.take().expect("only a drop takes the permit")
    }
}

impl<P> Drop for Anchor<P> {
    #[inline]
    fn drop(&mut self) {
        if let Some(home) = self.home
            && HERE.with(|here| *here != home)
        {
            mem::forget(self.permit.take());
        }
    }
}
