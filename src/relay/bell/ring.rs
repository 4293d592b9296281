//! A futex operation in the runtime's own ring.
//!
//! Three rules come from what kernels do:
//!
//! * The wait is a shared one (no `FUTEX2_PRIVATE`), although the word is this process's: from
//!   Linux 6.17 on a private wait that began before the process had a second thread is never woken.
//! * A ring wakes everybody who waits at the word. When a ring is closed, the wait that it had is
//!   ended some time later, and would swallow a wake for one that is meant for the relay's next
//!   runtime.
//! * The result is looked at. Whatever is not a wake, or a word that has changed already, ends the
//!   use of the operation in this runtime: waiting again would be a busy loop.

#![allow(unsafe_code)] // Makes an operation of our own, and asks the kernel.

use std::{
    io, mem,
    os::fd::AsRawFd,
    pin::Pin,
    task::{Context, Poll},
};

use compio_driver::DriverType;
use compio_runtime::{Runtime, Submit};
use io_uring::opcode::FutexWait;

use self::{follower::Wakers, op::Wait};
use super::Word;
use crate::primitive::Ordering;

/// The wait for a ring.
pub(in crate::relay) struct Futex {
    word: &'static Word,
    is_supported: bool,
    wait: Option<Submit<Wait>>,
    wakers: Wakers,
}

impl Futex {
    pub(in crate::relay) fn new(word: &'static Word, runtime: &Runtime) -> Self {
        Self {
            word,
            is_supported: is_supported(runtime),
            wait: None,
            wakers: Wakers::new(runtime),
        }
    }

    /// Takes note of a wait that has ended.
    pub(in crate::relay) fn look(&mut self, cx: &mut Context<'_>) {
        let Some(wait) = &mut self.wait else { return };
        let waker = self.wakers.both(cx);
        if let Poll::Ready(result) = Pin::new(wait).poll(&mut Context::from_waker(waker)) {
            self.wait = None;
            self.is_supported &= is_ring(&result.0);
        }
    }

    /// Sees to it that this task is polled when somebody rings from here on. False where that
    /// cannot be had.
    pub(in crate::relay) fn hang_up(&mut self, cx: &mut Context<'_>) -> bool {
        if self.wait.is_none() && self.is_supported {
            let wait = Wait::new(self.word, self.word.load(Ordering::Acquire));
            self.wait = Runtime::try_with_current(|runtime| runtime.submit(wait)).ok();
            // Hands it to the driver.
            self.look(cx);
        }
        self.wait.is_some()
    }
}

/// Asks the ring whether it has the operation.
fn is_supported(runtime: &Runtime) -> bool {
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

    if runtime.driver_type() != DriverType::IoUring {
        return false;
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
    result == 0 && probe.ops[usize::from(FutexWait::CODE)].flags & SUPPORTED != 0
}

fn is_ring(result: &io::Result<usize>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => error.raw_os_error() == Some(libc::EAGAIN),
    }
}

/// Wakes whoever waits at the word.
pub(in crate::relay) fn ring(word: &'static Word) {
    word.fetch_add(1, Ordering::Release);
    // SAFETY: the call looks at the address alone. It cannot fail in a way that matters: nobody
    // waiting is none.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE,
            i32::MAX,
            0usize,
            0usize,
            0usize,
        )
    };
}

/// A number of times that a thread has gone to sleep.
pub(in crate::relay) type Sleeps = libc::c_long;

/// How often this thread has gone to sleep in the kernel.
pub(in crate::relay) fn slept() -> Sleeps {
    // SAFETY: all zeros is a value of it, and the call writes to it.
    unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage);
        usage.ru_nvcsw
    }
}

mod follower {
    //! A second task, which runs right after the drain and does nothing.
    //!
    //! compio's executor looks for the task that comes next before it runs one. So a task that the
    //! drain wakes while nobody is behind it has to wait for the next round of the runtime, and
    //! there is a system call before that. With somebody behind the drain it runs in the same
    //! round.

    use std::{
        cell::OnceCell,
        future::poll_fn,
        rc::Rc,
        sync::Arc,
        task::{Context, Poll, Wake, Waker},
    };

    use compio_runtime::{Runtime, SpawnMeta};

    struct Both {
        drain: Waker,
        follower: Waker,
    }

    impl Wake for Both {
        fn wake(self: Arc<Self>) {
            self.wake_by_ref();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            self.drain.wake_by_ref();
            self.follower.wake_by_ref();
        }
    }

    pub(super) struct Wakers {
        follower: Rc<OnceCell<Waker>>,
        both: Option<Waker>,
    }

    impl Wakers {
        pub(super) fn new(runtime: &Runtime) -> Self {
            let follower = Rc::new(OnceCell::new());
            let own = follower.clone();
            let task = poll_fn(move |cx| {
                own.get_or_init(|| cx.waker().clone());
                Poll::<()>::Pending
            });
            runtime.spawn_at(task, SpawnMeta::untracked()).detach();
            Self {
                follower,
                both: None,
            }
        }

        /// What wakes the drain, and the follower after it.
        pub(super) fn both<'a>(&'a mut self, cx: &'a mut Context<'_>) -> &'a Waker {
            match (&mut self.both, self.follower.get()) {
                (Some(both), _) => both,
                (none, Some(follower)) => none.insert(Waker::from(Arc::new(Both {
                    drain: cx.waker().clone(),
                    follower: follower.clone(),
                }))),
                // It has not run yet.
                (None, None) => cx.waker(),
            }
        }
    }
}

mod op {
    //! The operation itself.

    use std::{io, task::Poll};

    use compio_driver::{IourOpCode, OpEntry};
    use io_uring::opcode::FutexWait;

    use super::Word;

    /// Waits while the word is as expected, or for a wake.
    pub(super) struct Wait {
        word: &'static Word,
        expected: u32,
    }

    impl Wait {
        pub(super) fn new(word: &'static Word, expected: u32) -> Self {
            Self { word, expected }
        }
    }

    // SAFETY: the entry points to the word alone, which lives for ever.
    unsafe impl IourOpCode for Wait {
        type Control = ();

        fn create_entry(&mut self, (): &mut ()) -> OpEntry {
            /// `FUTEX2_SIZE_U32`, shared.
            const FLAGS: u32 = 2;
            /// Any wake. More than 32 bits are an error.
            const MASK: u64 = u32::MAX as u64;

            FutexWait::new(self.word.as_ptr(), self.expected.into(), MASK, FLAGS)
                .build()
                .into()
        }

        fn call_blocking(&mut self, (): &mut ()) -> io::Result<usize> {
            // The driver found no such operation, whatever the ring had said.
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Stands in for what `compio_driver` has with its feature `polling` only.
    #[allow(dead_code, clippy::missing_safety_doc)]
    pub(super) unsafe trait PollOpCode {
        type Control: Default;
        fn pre_submit(&mut self, _: &mut Self::Control) -> io::Result<Decision>;
        fn operate(&mut self, _: &mut Self::Control) -> Poll<io::Result<usize>>;
    }

    #[allow(dead_code)]
    pub(super) enum Decision {}

    // With that feature an operation has to have this trait, too, and anybody in the build can turn
    // it on. The names in this block are the driver's where it has them: what a block imports comes
    // before what is around it.
    const _: () = {
        #[allow(unused_imports)]
        use compio_driver::*;

        // SAFETY: never waits for a descriptor.
        unsafe impl PollOpCode for Wait {
            type Control = ();

            fn pre_submit(&mut self, (): &mut ()) -> io::Result<Decision> {
                Err(io::ErrorKind::Unsupported.into())
            }

            fn operate(&mut self, (): &mut ()) -> Poll<io::Result<usize>> {
                Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
            }
        }
    };
}
