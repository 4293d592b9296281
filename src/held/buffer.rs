//! A held buffer is a buffer.
//!
//! What a buffer has to answer itself is passed on; a default would, for one, refuse to grow a
//! vector. The rest is left to the defaults: it is made of what is passed on, or wraps the whole of
//! it, so that the permit stays inside. (In compio 0.20 that is what no buffer can answer itself.)

#![allow(unsafe_code)] // Passes unsafe methods on, contracts included.

use std::mem::MaybeUninit;

use compio_buf::{
    IoBuf, IoBufMut, IoVectoredBuf, IoVectoredBufMut, ReserveError, ReserveExactError, SetLen,
};

use super::Held;

impl<T: IoBuf, P: 'static> IoBuf for Held<T, P> {
    fn as_init(&self) -> &[u8] {
        self.value.as_init()
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

    fn reserve(&mut self, len: usize) -> Result<(), ReserveError> {
        self.value.reserve(len)
    }

    fn reserve_exact(&mut self, len: usize) -> Result<(), ReserveExactError> {
        self.value.reserve_exact(len)
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
