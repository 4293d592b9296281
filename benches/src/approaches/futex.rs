//! A semaphore that is one word of memory, and waits by an operation in the runtime's ring:
//! `IORING_OP_FUTEX_WAIT`, from Linux 6.7 on. The kernel keeps the line.
//!
//! The wait is a shared one although the word is this process's, as on Linux 6.17 and later a
//! private one can be missed. Dropping a wait asks the kernel to cancel it and goes on at once, so
//! a wake may still reach it: when the operation ends, whoever lives then, that wake is passed on.
//! The ring that ends with waits in it does not even do that: for some time the kernel still has
//! waits at their words, and they swallow wakes. So no word is ever freed, lest another is made at
//! its address.

#![allow(unsafe_code)] // Asks the kernel.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::atomic::{
        AtomicU32,
        Ordering::{Acquire, Relaxed, SeqCst},
    },
    task::{Context, Poll},
};

use compio::{
    BufResult,
    runtime::{Runtime, Submit, submit},
};
use compio_driver::{Extra, IourOpCode, OpEntry};
use io_uring::opcode::FutexWait;

use super::permits::{Permit, Release};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

/// What the kernel looks at.
struct Word {
    permits: AtomicU32,
    /// Operations that were made and have not ended. Only if there are any does a release make a
    /// system call.
    waits: AtomicU32,
}

impl Word {
    fn new(permits: usize) -> &'static Self {
        Box::leak(Box::new(Self {
            permits: AtomicU32::new(permits.try_into().expect("fits the kernel's word")),
            waits: AtomicU32::new(0),
        }))
    }

    fn try_take(&self) -> bool {
        let mut free = self.permits.load(Relaxed);
        while free > 0 {
            match self
                .permits
                .compare_exchange_weak(free, free - 1, Acquire, Relaxed)
            {
                Ok(_) => return true,
                Err(now) => free = now,
            }
        }
        false
    }

    fn wake_one(&self) {
        if self.waits.load(SeqCst) == 0 {
            return;
        }
        // SAFETY: the call looks at the address alone. It cannot fail in a way that matters: nobody
        // waiting is none.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.permits.as_ptr(),
                libc::FUTEX_WAKE,
                1,
                0usize,
                0usize,
                0usize,
            )
        };
    }
}

/// The operation. The driver keeps it until the kernel is done with it.
struct Wait {
    word: &'static Word,
    /// It was woken, and no future has seen that yet.
    has_wake: bool,
}

impl Wait {
    fn new(word: &'static Word) -> Self {
        // Before the kernel looks at the word: a release that does not see it has changed the word
        // by then, and the wait ends at once.
        word.waits.fetch_add(1, SeqCst);
        Self {
            word,
            has_wake: false,
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.word.waits.fetch_sub(1, SeqCst);
        if self.has_wake && self.word.permits.load(SeqCst) > 0 {
            self.word.wake_one();
        }
    }
}

// SAFETY: the entry points to a word that lives for ever.
unsafe impl IourOpCode for Wait {
    type Control = ();

    fn create_entry(&mut self, (): &mut ()) -> OpEntry {
        /// `FUTEX2_SIZE_U32`, shared.
        const FLAGS: u32 = 2;
        /// Any wake. More than 32 bits are an error.
        const MASK: u64 = u32::MAX as u64;

        FutexWait::new(self.word.permits.as_ptr(), 0, MASK, FLAGS)
            .build()
            .into()
    }

    fn call_blocking(&mut self, (): &mut ()) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    unsafe fn set_result(&mut self, (): &mut (), result: &io::Result<usize>, _: &Extra) {
        self.has_wake = result.is_ok();
    }
}

/// Whether runtimes here have the operation.
pub fn is_supported() -> bool {
    let Ok(runtime) = Runtime::new() else {
        return false;
    };
    runtime.block_on(async {
        // Not what the operation expects, so it has nothing to wait for.
        let word = Word::new(1);
        let BufResult(result, _) = submit(Wait::new(word)).await;
        result.is_err_and(|error| error.raw_os_error() == Some(libc::EAGAIN))
    })
}

/// Used on a runtime only: a wait is an operation of it.
pub struct Semaphore(&'static Word);

impl Release for Semaphore {
    #[inline]
    fn release(&self) {
        self.0.permits.fetch_add(1, SeqCst);
        self.0.wake_one();
    }
}

pub struct AcquirePermit<'a> {
    semaphore: &'a Semaphore,
    wait: Option<Submit<Wait>>,
}

impl<'a> Future for AcquirePermit<'a> {
    type Output = Permit<'a, Semaphore>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if let Some(wait) = &mut self.wait {
                let Poll::Ready(BufResult(result, mut wait)) = Pin::new(wait).poll(cx) else {
                    return Poll::Pending;
                };
                self.wait = None;
                // The wake is this poll's.
                wait.has_wake = false;
                if let Err(error) = result {
                    let changed = error.raw_os_error() == Some(libc::EAGAIN);
                    assert!(changed, "the kernel refuses to wait: {error}");
                }
            }
            if self.semaphore.0.try_take() {
                return Poll::Ready(Permit::of(self.semaphore));
            }
            self.wait = Some(submit(Wait::new(self.semaphore.0)));
        }
    }
}

impl Candidate for Semaphore {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: "futex in the ring",
        kind: Kind::Design,
        fairness: Fairness::Barging,
    };

    fn new(permits: usize) -> Self {
        Self(Word::new(permits))
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        AcquirePermit {
            semaphore: self,
            wait: None,
        }
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_take().then(|| Permit::of(self))
    }
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        (0..permits).for_each(|_| self.release());
    }
}
