//! A word that is waited at, by a futex operation.
//!
//! Two rules come from what kernels do:
//!
//! * The wait is a shared one (no `FUTEX2_PRIVATE`), although the word is this process's: from
//!   Linux 6.17 on a private wait that began before the process had a second thread is never woken.
//! * A ring wakes everybody who waits at the word. When a ring is closed, the wait that it had is
//!   ended some time later, and would swallow a wake for one that is meant for the relay's next
//!   runtime.

#![allow(unsafe_code)] // Asks the kernel.

use std::{mem, os::fd::AsRawFd};

use compio_driver::DriverType;
use compio_runtime::Runtime;
use io_uring::opcode::FutexWait;

use super::operation::Target;
use crate::primitive::{AtomicU32, Ordering};

pub(in crate::relay) struct Futex {
    /// How often it was rung.
    word: AtomicU32,
}

impl Futex {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicU32::new(0),
        }
    }

    /// Asks the ring whether it has the operation.
    pub(super) fn is_supported(runtime: &Runtime) -> bool {
        runtime.driver_type() == DriverType::IoUring && has_operation(runtime, FutexWait::CODE)
    }

    pub(super) fn wait(&'static self) -> Target {
        Target::Futex(&self.word, self.word.load(Ordering::Acquire))
    }

    /// Wakes whoever waits at the word.
    pub(super) fn ring(&'static self) {
        self.word.fetch_add(1, Ordering::Release);
        // SAFETY: the call looks at the address alone. It cannot fail in a way that matters: nobody
        // waiting is none.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                libc::FUTEX_WAKE,
                i32::MAX,
                0usize,
                0usize,
                0usize,
            )
        };
    }
}

fn has_operation(runtime: &Runtime, code: u8) -> bool {
    /// `IORING_REGISTER_PROBE`.
    const PROBE: libc::c_uint = 8;
    /// `IO_URING_OP_SUPPORTED`.
    const SUPPORTED: u16 = 1;
    const OPS: usize = 256;

    /// `struct io_uring_probe`, with its array.
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Op {
        op: u8,
        resv: u8,
        flags: u16,
        resv2: u32,
    }
    #[repr(C)]
    struct Probe {
        last_op: u8,
        ops_len: u8,
        resv: u16,
        resv2: [u32; 3],
        ops: [Op; OPS],
    }

    // SAFETY: all zeros is a value of it, and what the call asks for.
    let mut probe: Probe = unsafe { mem::zeroed() };
    // SAFETY: the call writes to the probe, as many entries of it as it is told.
    let result = unsafe {
        libc::syscall(
            libc::SYS_io_uring_register,
            runtime.as_raw_fd(),
            PROBE,
            &raw mut probe,
            OPS as libc::c_uint,
        )
    };
    result == 0 && probe.ops[usize::from(code)].flags & SUPPORTED != 0
}
