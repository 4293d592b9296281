//! Each method that a buffer or an operation may have an answer of its own to reaches the value.

use std::{cell::RefCell, mem::MaybeUninit};

use compio::buf::{
    IoBuf, IoBufMut, IoVectoredBuf, IoVectoredBufMut, ReserveError, ReserveExactError, SetLen,
};
use compio_sync::{Held, generic::Shared};

use crate::common::{Form, semaphore};

/// Notes what it is asked, and answers what no default would.
#[derive(Default)]
struct Notes {
    asked: RefCell<Vec<&'static str>>,
    bytes: [u8; 9],
}

impl Notes {
    fn note(&self, what: &'static str) {
        self.asked.borrow_mut().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        self.asked.take()
    }
}

impl IoBuf for Notes {
    fn as_init(&self) -> &[u8] {
        self.note("as_init");
        &self.bytes[..5]
    }
}

impl SetLen for Notes {
    unsafe fn set_len(&mut self, _: usize) {
        self.note("set_len");
    }
}

impl IoBufMut for Notes {
    fn as_uninit(&mut self) -> &mut [MaybeUninit<u8>] {
        self.note("as_uninit");
        self.bytes.as_uninit()
    }

    fn reserve(&mut self, _: usize) -> Result<(), ReserveError> {
        self.note("reserve");
        Ok(())
    }

    fn reserve_exact(&mut self, _: usize) -> Result<(), ReserveExactError> {
        self.note("reserve_exact");
        Ok(())
    }
}

impl IoVectoredBuf for Notes {
    fn iter_slice(&self) -> impl Iterator<Item = &[u8]> {
        self.note("iter_slice");
        std::iter::once(&self.bytes[..5])
    }

    fn total_len(&self) -> usize {
        self.note("total_len");
        5
    }
}

impl IoVectoredBufMut for Notes {
    fn iter_uninit_slice(&mut self) -> impl Iterator<Item = &mut [MaybeUninit<u8>]> {
        self.note("iter_uninit_slice");
        std::iter::once(self.bytes.as_uninit())
    }

    fn total_capacity(&mut self) -> usize {
        self.note("total_capacity");
        9
    }
}

/// Asks a held buffer each question, and looks that the buffer was asked the same, and only that.
macro_rules! asks {
    ($held:ident: $($trait:ident::$method:ident($($argument:expr),*);)+) => {
        $(
            #[allow(unused_unsafe, reason = "one of them is unsafe")]
            // SAFETY: this buffer is as long as it always was.
            let _ = unsafe { $trait::$method(&mut $held, $($argument),*) };
            assert_eq!($held.take(), [stringify!($method)]);
        )+
    };
}

#[test]
fn each_question_to_a_held_buffer_is_asked_of_the_buffer() {
    let s = semaphore::<Shared>(1);
    let mut held = Shared::take(&s, 1).hold(Notes::default());
    asks! { held:
        IoBuf::as_init();
        SetLen::set_len(5);
        IoBufMut::as_uninit();
        IoBufMut::reserve(1);
        IoBufMut::reserve_exact(1);
        IoVectoredBuf::total_len();
        IoVectoredBufMut::total_capacity();
    }
    assert_eq!(held.iter_slice().count(), 1);
    assert_eq!(held.iter_uninit_slice().count(), 1);
    assert_eq!(held.take(), ["iter_slice", "iter_uninit_slice"]);
    assert_eq!(Held::into_inner(held).take(), [""; 0]);
}

/// The trait of io_uring, which exists on Linux whatever else does. The operations of the other
/// tests go through the one for polling where that driver was compiled in.
#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod operation {
    use std::io;

    use compio::{
        BufResult,
        driver::{Extra, IourOpCode, OpEntry, Proactor},
    };

    use super::*;

    #[derive(Default)]
    struct Asked(Vec<&'static str>);

    // SAFETY: it gives no entry to the kernel.
    unsafe impl IourOpCode for Asked {
        type Control = Vec<&'static str>;

        unsafe fn init(&mut self, control: &mut Self::Control) {
            control.push("init");
        }

        fn create_entry(&mut self, control: &mut Self::Control) -> OpEntry {
            control.push("create_entry");
            OpEntry::Blocking
        }

        fn create_entry_fallback(&mut self, control: &mut Self::Control) -> OpEntry {
            control.push("create_entry_fallback");
            OpEntry::Blocking
        }

        fn call_blocking(&mut self, control: &mut Self::Control) -> io::Result<usize> {
            control.push("call_blocking");
            Ok(7)
        }

        unsafe fn set_result(
            &mut self,
            control: &mut Self::Control,
            result: &io::Result<usize>,
            _: &Extra,
        ) {
            control.push("set_result");
            assert_eq!(*result.as_ref().unwrap(), 7);
            self.0.clone_from(control);
        }

        unsafe fn push_multishot(
            &mut self,
            control: &mut Self::Control,
            result: io::Result<usize>,
            _: Extra,
        ) {
            control.push("push_multishot");
            assert_eq!(result.unwrap(), 7);
        }

        fn pop_multishot(
            &mut self,
            control: &mut Self::Control,
        ) -> Option<BufResult<usize, Extra>> {
            control.push("pop_multishot");
            None
        }
    }

    fn extra() -> Extra {
        Proactor::new().unwrap().default_extra()
    }

    /// Knows only that it is an operation; a method call on what is held could find the one inside.
    fn ask<O: IourOpCode<Control = Vec<&'static str>>>(operation: &mut O) {
        let mut control = Vec::new();
        // SAFETY: neither moves, and there is no driver that results could be of.
        unsafe {
            operation.init(&mut control);
            let entry = operation.create_entry(&mut control);
            assert!(matches!(entry, OpEntry::Blocking));
            let entry = operation.create_entry_fallback(&mut control);
            assert!(matches!(entry, OpEntry::Blocking));
            assert_eq!(operation.call_blocking(&mut control).unwrap(), 7);
            operation.push_multishot(&mut control, Ok(7), extra());
            assert!(operation.pop_multishot(&mut control).is_none());
            operation.set_result(&mut control, &Ok(7), &extra());
        }
    }

    #[test]
    fn each_question_to_a_held_operation_is_asked_of_the_operation() {
        let s = semaphore::<Shared>(1);
        let mut held = Shared::take(&s, 1).hold(Asked::default());
        ask(&mut held);
        let asked = [
            "init",
            "create_entry",
            "create_entry_fallback",
            "call_blocking",
            "push_multishot",
            "pop_multishot",
            "set_result",
        ];
        assert_eq!(held.0, asked);
    }
}

/// The trait of IOCP.
#[cfg(windows)]
mod operation {
    use std::{io, ptr, task::Poll};

    use compio::driver::{Extra, OpCode, OpType, Proactor};
    use windows_sys::Win32::System::IO::OVERLAPPED;

    use super::*;

    #[derive(Default)]
    struct Asked(RefCell<Vec<&'static str>>);

    impl Asked {
        fn note(&self, what: &'static str) {
            self.0.borrow_mut().push(what);
        }
    }

    /// Where the pointers lead, which nobody follows.
    const OVERLAPPED: *mut OVERLAPPED = ptr::without_provenance_mut(64);

    // SAFETY: it asks nothing of the kernel.
    unsafe impl OpCode for Asked {
        type Control = u32;

        unsafe fn init(&mut self, control: &mut u32) {
            self.note("init");
            *control = 5;
        }

        fn op_type(&self, control: &u32) -> OpType {
            self.note("op_type");
            assert_eq!(*control, 5);
            OpType::Blocking
        }

        unsafe fn operate(
            &mut self,
            control: &mut u32,
            overlapped: *mut OVERLAPPED,
        ) -> Poll<io::Result<usize>> {
            self.note("operate");
            assert_eq!((*control, overlapped), (5, OVERLAPPED));
            Poll::Ready(Ok(7))
        }

        fn cancel(&mut self, control: &mut u32, overlapped: *mut OVERLAPPED) -> io::Result<()> {
            self.note("cancel");
            assert_eq!((*control, overlapped), (5, OVERLAPPED));
            Err(io::ErrorKind::NotFound.into())
        }

        unsafe fn set_result(&mut self, control: &mut u32, result: &io::Result<usize>, _: &Extra) {
            self.note("set_result");
            assert_eq!((*control, *result.as_ref().unwrap()), (5, 7));
        }
    }

    /// Knows only that it is an operation; a method call on what is held could find the one inside.
    fn ask<O: OpCode<Control = u32>>(operation: &mut O) {
        let mut control = 0;
        // SAFETY: neither moves, and there is no driver that results could be of.
        unsafe {
            operation.init(&mut control);
            assert!(matches!(operation.op_type(&control), OpType::Blocking));
            let Poll::Ready(result) = operation.operate(&mut control, OVERLAPPED) else {
                panic!("it was ready");
            };
            let extra = Proactor::new().unwrap().default_extra();
            operation.set_result(&mut control, &result, &extra);
            let error = operation.cancel(&mut control, OVERLAPPED).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn each_question_to_a_held_operation_is_asked_of_the_operation() {
        let s = semaphore::<Shared>(1);
        let mut held = Shared::take(&s, 1).hold(Asked::default());
        ask(&mut held);
        let asked = ["init", "op_type", "operate", "set_result", "cancel"];
        assert_eq!(held.0.take(), asked);
    }
}
