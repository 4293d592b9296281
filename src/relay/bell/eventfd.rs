//! A descriptor that is polled, by an operation that completes each time it is written to.
//!
//! It is armed once and not again for each ring, and nobody ever reads from the descriptor, which
//! compio has to do for its own. That makes it the cheapest of the doorbells for a runtime that
//! sleeps.

#![allow(unsafe_code)] // Asks the kernel.

use std::{
    fs::File,
    io::Write,
    os::fd::{FromRawFd, OwnedFd},
    sync::OnceLock,
};

use compio_driver::DriverType;
use compio_runtime::Runtime;

use super::operation::Target;

pub(in crate::relay) struct Eventfd {
    /// Kept open for ever, since a ring may come later than the runtime ends.
    fd: OnceLock<File>,
}

impl Eventfd {
    pub(super) fn new() -> Self {
        Self {
            fd: OnceLock::new(),
        }
    }

    pub(super) fn is_supported(runtime: &Runtime) -> bool {
        runtime.driver_type() == DriverType::IoUring
    }

    pub(super) fn wait(&'static self) -> Option<Target> {
        // By one thread at a time, that of the runtime.
        let fd = match self.fd.get() {
            Some(fd) => fd,
            None => {
                let fd = open()?;
                self.fd.get_or_init(|| fd)
            }
        };
        Some(Target::Eventfd(fd))
    }

    /// Whoever polls it is told of each write, whether the number in it was zero before or not.
    pub(super) fn ring(&'static self) {
        if let Some(mut fd) = self.fd.get() {
            // It does not block. A number that has come to its end after 2^64 rings is the only
            // error.
            let _ = fd.write(&1u64.to_ne_bytes());
        }
    }
}

fn open() -> Option<File> {
    // SAFETY: no pointers.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    // SAFETY: open, and nobody else's.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) }.into())
}
