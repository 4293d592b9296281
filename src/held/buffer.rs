//! A held buffer is a buffer.
//!
//! Every method that a buffer may have an answer of its own to is passed on; a default would, for
//! one, refuse to grow a vector. What is left to the defaults wraps the whole of it, so that the
//! permit stays inside, or is made of what is passed on.

#![allow(unsafe_code)] // Passes unsafe methods on, contracts included.

use std::{mem::MaybeUninit, ops::RangeBounds};

use compio_buf::{
    IoBuf, IoBufMut, IoVectoredBuf, IoVectoredBufMut, ReserveError, ReserveExactError, SetLen,
};

use super::Held;

impl<T: IoBuf, P: 'static> IoBuf for Held<T, P> {
    fn as_init(&self) -> &[u8] {
        self.value.as_init()
    }

    fn buf_len(&self) -> usize {
        self.value.buf_len()
    }

    fn buf_ptr(&self) -> *const u8 {
        self.value.buf_ptr()
    }

    fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

impl<T: SetLen, P> SetLen for Held<T, P> {
    unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.value.set_len(len) }
    }
}

impl<T: IoBufMut, P: 'static> IoBufMut for Held<T, P> {
    fn as_uninit(&mut self) -> &mut [MaybeUninit<u8>] {
        self.value.as_uninit()
    }

    fn ensure_init(&mut self) -> &mut [u8] {
        self.value.ensure_init()
    }

    fn buf_capacity(&mut self) -> usize {
        self.value.buf_capacity()
    }

    fn buf_mut_ptr(&mut self) -> *mut MaybeUninit<u8> {
        self.value.buf_mut_ptr()
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        self.value.as_mut_slice()
    }

    fn extend_from_slice(&mut self, source: &[u8]) -> Result<(), ReserveError> {
        self.value.extend_from_slice(source)
    }

    fn copy_within<R: RangeBounds<usize>>(&mut self, source: R, destination: usize) {
        self.value.copy_within(source, destination);
    }

    fn reserve(&mut self, len: usize) -> Result<(), ReserveError> {
        self.value.reserve(len)
    }

    fn reserve_exact(&mut self, len: usize) -> Result<(), ReserveExactError> {
        self.value.reserve_exact(len)
    }

    fn is_filled(&mut self) -> bool {
        self.value.is_filled()
    }
}

impl<T: IoVectoredBuf, P: 'static> IoVectoredBuf for Held<T, P> {
    fn iter_slice(&self) -> impl Iterator<Item = &[u8]> {
        self.value.iter_slice()
    }

    fn total_len(&self) -> usize {
        self.value.total_len()
    }
}

impl<T: IoVectoredBufMut, P: 'static> IoVectoredBufMut for Held<T, P> {
    fn iter_uninit_slice(&mut self) -> impl Iterator<Item = &mut [MaybeUninit<u8>]> {
        self.value.iter_uninit_slice()
    }

    fn total_capacity(&mut self) -> usize {
        self.value.total_capacity()
    }
}
