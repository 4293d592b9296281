//! Many pinned futures side by side, without a box for each: the order in which an allocator hands
//! out boxes would be part of what the wake rows measure.

#![allow(unsafe_code)]

use std::pin::Pin;

/// Futures that stay where they are until all are dropped.
pub struct Pinned<F> {
    futures: Box<[F]>,
}

impl<F> Pinned<F> {
    pub fn new(futures: impl IntoIterator<Item = F>) -> Self {
        Self {
            futures: futures.into_iter().collect(),
        }
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = Pin<&mut F>> {
        // SAFETY: the slice lives on the heap and nothing here moves an element out of it or hands
        // out a bare `&mut F`; elements are dropped in place, with the slice.
        self.futures
            .iter_mut()
            .map(|future| unsafe { Pin::new_unchecked(future) })
    }
}
