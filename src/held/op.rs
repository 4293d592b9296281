//! A held operation is an operation: there is an `impl` of each of the traits that the driver may
//! ask for, by way of [stand-ins](crate::stand_in).
//!
//! # Safety
//!
//! An operation promises that what it tells the driver (an entry with its pointers, what is waited
//! for) is right until it completes. The one inside is asked for each of these in its place, with
//! the control that the driver made for it, and moves only when the whole does. The permit is no
//! part of it, and not touched on the thread of a pool, where `operate` and `call_blocking` may
//! run.

#![allow(unsafe_code)] // The traits are unsafe to implement; see above.

#[cfg(unix)]
mod unix {
    use std::{io, task::Poll};

    use compio_buf::BufResult;

    use crate::held::Held;
    #[allow(unused_imports)] // Only those that the driver lacks are used.
    use crate::stand_in::{Decision, IourOpCode, OpEntry, OpType, PollOpCode};

    const _: () = {
        use compio_driver::*;

        // SAFETY: see the module.
        unsafe impl<T: PollOpCode, P> PollOpCode for Held<T, P> {
            type Control = T::Control;

            unsafe fn init(&mut self, control: &mut Self::Control) {
                // SAFETY: the caller's contract.
                unsafe { self.value.init(control) }
            }

            fn pre_submit(&mut self, control: &mut Self::Control) -> io::Result<Decision> {
                self.value.pre_submit(control)
            }

            fn op_type(&mut self, control: &mut Self::Control) -> Option<OpType> {
                self.value.op_type(control)
            }

            fn operate(&mut self, control: &mut Self::Control) -> Poll<io::Result<usize>> {
                self.value.operate(control)
            }

            unsafe fn set_result(
                &mut self,
                control: &mut Self::Control,
                result: &io::Result<usize>,
                extra: &Extra,
            ) {
                // SAFETY: the caller's contract.
                unsafe { self.value.set_result(control, result, extra) }
            }
        }

        // SAFETY: see the module.
        unsafe impl<T: IourOpCode, P> IourOpCode for Held<T, P> {
            type Control = T::Control;

            unsafe fn init(&mut self, control: &mut Self::Control) {
                // SAFETY: the caller's contract.
                unsafe { self.value.init(control) }
            }

            fn create_entry(&mut self, control: &mut Self::Control) -> OpEntry {
                self.value.create_entry(control)
            }

            fn create_entry_fallback(&mut self, control: &mut Self::Control) -> OpEntry {
                self.value.create_entry_fallback(control)
            }

            fn call_blocking(&mut self, control: &mut Self::Control) -> io::Result<usize> {
                self.value.call_blocking(control)
            }

            unsafe fn set_result(
                &mut self,
                control: &mut Self::Control,
                result: &io::Result<usize>,
                extra: &Extra,
            ) {
                // SAFETY: the caller's contract.
                unsafe { self.value.set_result(control, result, extra) }
            }

            unsafe fn push_multishot(
                &mut self,
                control: &mut Self::Control,
                result: io::Result<usize>,
                extra: Extra,
            ) {
                // SAFETY: the caller's contract.
                unsafe { self.value.push_multishot(control, result, extra) }
            }

            fn pop_multishot(
                &mut self,
                control: &mut Self::Control,
            ) -> Option<BufResult<usize, Extra>> {
                self.value.pop_multishot(control)
            }
        }
    };
}

#[cfg(windows)]
mod windows {
    use std::{io, task::Poll};

    use compio_driver::{Extra, OpCode, OpType};
    use windows_sys::Win32::System::IO::OVERLAPPED;

    use crate::held::Held;

    // SAFETY: see the module.
    unsafe impl<T: OpCode, P> OpCode for Held<T, P> {
        type Control = T::Control;

        unsafe fn init(&mut self, control: &mut Self::Control) {
            // SAFETY: the caller's contract.
            unsafe { self.value.init(control) }
        }

        fn op_type(&self, control: &Self::Control) -> OpType {
            self.value.op_type(control)
        }

        unsafe fn operate(
            &mut self,
            control: &mut Self::Control,
            overlapped: *mut OVERLAPPED,
        ) -> Poll<io::Result<usize>> {
            // SAFETY: the caller's contract.
            unsafe { self.value.operate(control, overlapped) }
        }

        fn cancel(
            &mut self,
            control: &mut Self::Control,
            overlapped: *mut OVERLAPPED,
        ) -> io::Result<()> {
            self.value.cancel(control, overlapped)
        }

        unsafe fn set_result(
            &mut self,
            control: &mut Self::Control,
            result: &io::Result<usize>,
            extra: &Extra,
        ) {
            // SAFETY: the caller's contract.
            unsafe { self.value.set_result(control, result, extra) }
        }
    }
}
