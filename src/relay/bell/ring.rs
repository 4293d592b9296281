//! Doorbells in the runtime's own ring: operations of ours, which complete when somebody rings.

#![allow(unsafe_code)] // Asks the kernel.

use std::{
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use compio_runtime::{Runtime, Submit};

use super::{
    Doorbell,
    operation::{Operation, Target},
};
pub(in crate::relay) use super::{eventfd::Eventfd, futex::Futex};
use crate::primitive::{AtomicBool, Ordering};

/// An operation, and whether it is to be used.
struct Wait {
    is_supported: bool,
    operation: Option<Submit<Operation>>,
    /// What the operation says.
    ended: Arc<AtomicBool>,
}

impl Wait {
    /// Takes note of an operation that has ended. Whatever is not a ring ends the use of it in this
    /// runtime: asking again would be a busy loop.
    fn look(&mut self, courier: &Waker) {
        if self.ended.load(Ordering::Relaxed) {
            self.ended.store(false, Ordering::Relaxed);
            self.poll(courier);
        }
    }

    fn poll(&mut self, courier: &Waker) {
        let Some(operation) = &mut self.operation else {
            return;
        };
        if let Poll::Ready(result) = Pin::new(operation).poll(&mut Context::from_waker(courier)) {
            self.operation = None;
            self.is_supported &= is_ring(&result.0);
        }
    }

    /// Sees to it that the courier is called when somebody rings from here on. False where that
    /// cannot be had.
    fn hang_up(&mut self, target: impl FnOnce() -> Option<Target>, courier: &Waker) -> bool {
        if self.operation.is_none()
            && self.is_supported
            && let Some(target) = target()
        {
            let ended = self.ended.clone();
            let operation = Operation { target, ended };
            self.operation = Runtime::try_with_current(|runtime| runtime.submit(operation)).ok();
            // Hands it to the driver.
            self.poll(courier);
        }
        self.operation.is_some()
    }
}

fn is_ring(result: &io::Result<usize>) -> bool {
    match result {
        Ok(_) => true,
        // The word had changed already.
        Err(error) => error.raw_os_error() == Some(libc::EAGAIN),
    }
}

/// What a runtime's drain needs to hang up a doorbell.
pub(in crate::relay) struct Bells {
    place: &'static Place,
    futex: Wait,
    eventfd: Wait,
}

/// What the others need to ring.
pub(in crate::relay) struct Place {
    futex: Futex,
    eventfd: Eventfd,
}

impl Place {
    pub(in crate::relay) fn new() -> Self {
        Self {
            futex: Futex::new(),
            eventfd: Eventfd::new(),
        }
    }

    pub(in crate::relay) fn ring(&'static self, doorbell: Doorbell) {
        match doorbell {
            Doorbell::Futex => self.futex.ring(),
            Doorbell::Eventfd => self.eventfd.ring(),
            Doorbell::Waker => {}
        }
    }
}

impl Bells {
    pub(in crate::relay) fn new(place: &'static Place, runtime: &Runtime) -> Self {
        let wait = |is_supported| Wait {
            is_supported,
            operation: None,
            ended: Arc::default(),
        };
        Self {
            place,
            futex: wait(Futex::is_supported(runtime)),
            eventfd: wait(Eventfd::is_supported(runtime)),
        }
    }

    /// Takes note of what has ended.
    pub(in crate::relay) fn look(&mut self, courier: &Waker) {
        self.futex.look(courier);
        self.eventfd.look(courier);
    }

    /// Sees to it that the courier is called when somebody rings from here on. False where that
    /// cannot be had.
    pub(in crate::relay) fn hang_up(&mut self, doorbell: Doorbell, courier: &Waker) -> bool {
        let place = self.place;
        match doorbell {
            Doorbell::Futex => self.futex.hang_up(|| Some(place.futex.wait()), courier),
            Doorbell::Eventfd => self.eventfd.hang_up(|| place.eventfd.wait(), courier),
            Doorbell::Waker => false,
        }
    }
}

/// How often this thread has gone to sleep in the kernel.
pub(in crate::relay) fn slept() -> Option<u64> {
    // SAFETY: all zeros is a value of it, and the call writes to it.
    unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        if libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) != 0 {
            return None;
        }
        usage.ru_nvcsw.try_into().ok()
    }
}
