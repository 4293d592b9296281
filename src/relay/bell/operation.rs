//! The operations themselves.

#![allow(unsafe_code)] // The traits are unsafe to implement.

use std::{fs::File, io, os::fd::AsRawFd, sync::Arc, task::Poll};

use compio_buf::BufResult;
use compio_driver::{Extra, IourOpCode, OpEntry};
use io_uring::{
    opcode::{FutexWait, PollAdd},
    types::Fd,
};

use crate::primitive::{AtomicBool, AtomicU32, Ordering};
#[allow(unused_imports)] // Only those that the driver lacks are used.
use crate::stand_in::{Decision, PollOpCode};

/// What is waited for. All that the kernel is given to look at lives for ever.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Waits while the word has this value, or for a wake.
    Futex(&'static AtomicU32, u32),
    /// Completes each time that the descriptor is written to.
    Eventfd(&'static File),
}

pub(super) struct Operation {
    pub(super) target: Target,
    /// Set by the driver when the operation has ended, and not for each ring: to find that out
    /// from its result takes the driver.
    pub(super) ended: Arc<AtomicBool>,
}

// SAFETY: the entries point to what lives for ever.
unsafe impl IourOpCode for Operation {
    type Control = ();

    fn create_entry(&mut self, (): &mut ()) -> OpEntry {
        /// `FUTEX2_SIZE_U32`, shared.
        const FLAGS: u32 = 2;
        /// Any wake. More than 32 bits are an error.
        const MASK: u64 = u32::MAX as u64;
        /// `POLLIN`, which is the same number everywhere.
        const READABLE: u32 = libc::POLLIN.unsigned_abs() as u32;

        match self.target {
            Target::Futex(word, expected) => {
                FutexWait::new(word.as_ptr(), expected.into(), MASK, FLAGS).build()
            }
            Target::Eventfd(fd) => PollAdd::new(Fd(fd.as_raw_fd()), READABLE)
                .multi(true)
                .build(),
        }
        .into()
    }

    fn call_blocking(&mut self, (): &mut ()) -> io::Result<usize> {
        // The driver found no such operation, whatever the ring had said.
        Err(io::ErrorKind::Unsupported.into())
    }

    unsafe fn set_result(&mut self, (): &mut (), _: &io::Result<usize>, _: &Extra) {
        // On the runtime's thread, as whoever looks.
        self.ended.store(true, Ordering::Relaxed);
    }

    /// That it was rung is all; the driver calls the waker.
    unsafe fn push_multishot(&mut self, (): &mut (), _: io::Result<usize>, _: Extra) {}

    fn pop_multishot(&mut self, (): &mut ()) -> Option<BufResult<usize, Extra>> {
        None
    }
}

// See `stand_in` for why this is in a block.
const _: () = {
    #[allow(unused_imports)]
    use compio_driver::*;

    // SAFETY: never waits for a descriptor.
    unsafe impl PollOpCode for Operation {
        type Control = ();

        fn pre_submit(&mut self, (): &mut ()) -> io::Result<Decision> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn operate(&mut self, (): &mut ()) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
        }
    }
};
