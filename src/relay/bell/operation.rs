//! The operations themselves.

#![allow(unsafe_code)] // The traits are unsafe to implement.

use std::{fs::File, io, os::fd::AsRawFd, sync::Arc, task::Poll};

use compio_buf::BufResult;
use compio_driver::{Extra, IourOpCode, OpEntry};
use io_uring::{
    opcode::{FutexWait, PollAdd},
    types::Fd,
};

use super::signs::Signs;
use crate::primitive::AtomicU32;
#[allow(unused_imports)] // Only those that the driver lacks are used.
use crate::stand_in::{Decision, PollOpCode};

/// All that the kernel is given to look at lives for ever.
pub(super) enum Operation {
    /// Waits while the word has this value, or for a wake.
    Futex(&'static AtomicU32, u32),
    /// Completes each time that the descriptor is written to.
    Eventfd(&'static File, Arc<Signs>),
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

        match self {
            &mut Self::Futex(word, expected) => {
                FutexWait::new(word.as_ptr(), expected.into(), MASK, FLAGS).build()
            }
            Self::Eventfd(fd, _) => PollAdd::new(Fd(fd.as_raw_fd()), READABLE)
                .multi(true)
                .build(),
        }
        .into()
    }

    fn call_blocking(&mut self, (): &mut ()) -> io::Result<usize> {
        // The driver found no such operation, whatever the ring had said.
        Err(io::ErrorKind::Unsupported.into())
    }

    /// That it was rung is all; next the driver calls the courier.
    unsafe fn push_multishot(&mut self, (): &mut (), _: io::Result<usize>, _: Extra) {
        if let Self::Eventfd(_, signs) = self {
            signs.goes_on();
        }
    }

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
