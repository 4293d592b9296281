//! Names that compio's driver may have or not.
//!
//! What the driver asks of an operation depends on the platform and, on Linux, on its features: a
//! trait for io_uring, a trait for polling, or both. That is not ours to know: any crate of a
//! program may turn polling on. So an operation of ours has an `impl` of each trait, and where the
//! driver lacks one, a stand-in of the same name takes its place:
//!
//! * a name that a glob brings into a block is found before one that the module has;
//! * a name that the glob does not bring is the module's.
//!
//! ```text
//! use crate::stand_in::PollOpCode;
//!
//! const _: () = {
//!     use compio_driver::*;
//!
//!     unsafe impl PollOpCode for Operation { … }
//! };
//! ```
//!
//! A stand-in does nothing, and nobody calls it.

#![allow(unsafe_code, dead_code)] // Declares unsafe traits; only those that the driver lacks are used.

use std::{io, task::Poll};

use compio_buf::BufResult;
use compio_driver::Extra;

pub(crate) enum Decision {}
pub(crate) enum OpType {}
pub(crate) enum OpEntry {}

/// # Safety
///
/// Nobody relies on it.
pub(crate) unsafe trait PollOpCode {
    type Control: Default;

    unsafe fn init(&mut self, _: &mut Self::Control) {}
    fn pre_submit(&mut self, control: &mut Self::Control) -> io::Result<Decision>;
    fn op_type(&mut self, _: &mut Self::Control) -> Option<OpType> {
        None
    }
    fn operate(&mut self, control: &mut Self::Control) -> Poll<io::Result<usize>>;
    unsafe fn set_result(&mut self, _: &mut Self::Control, _: &io::Result<usize>, _: &Extra) {}
}

/// # Safety
///
/// Nobody relies on it.
pub(crate) unsafe trait IourOpCode {
    type Control: Default;

    unsafe fn init(&mut self, control: &mut Self::Control);
    fn create_entry(&mut self, control: &mut Self::Control) -> OpEntry;
    fn create_entry_fallback(&mut self, control: &mut Self::Control) -> OpEntry;
    fn call_blocking(&mut self, control: &mut Self::Control) -> io::Result<usize>;
    unsafe fn set_result(
        &mut self,
        control: &mut Self::Control,
        result: &io::Result<usize>,
        extra: &Extra,
    );
    unsafe fn push_multishot(
        &mut self,
        control: &mut Self::Control,
        result: io::Result<usize>,
        extra: Extra,
    );
    fn pop_multishot(&mut self, control: &mut Self::Control) -> Option<BufResult<usize, Extra>>;
}
