//! State words: atomic in the shared form, plain loads and stores in the local one.
//!
//! One concrete type serves both, since the branch on `D::SHARED` is decided at compile time: the
//! local read-modify-writes below become the instructions that a `Cell` would give, and `const fn
//! new` works in statics for either form.

#![allow(clippy::disallowed_types)] // This is what the others use instead.

use std::{fmt, marker::PhantomData};

use crate::{
    domain::Domain,
    primitive::{AtomicUsize, Ordering},
};

/// A number that threads share, or not.
pub(crate) struct Word<D> {
    value: AtomicUsize,
    domain: PhantomData<D>,
}

impl<D> Word<D> {
    const_fn! {
        pub(crate) fn new(value: usize) -> Self {
            Self {
                value: AtomicUsize::new(value),
                domain: PhantomData,
            }
        }
    }
}

/// In the local form there is nothing to order, and relaxed loads and stores are plain ones.
#[inline(always)]
fn order<D: Domain>(order: Ordering) -> Ordering {
    if D::SHARED { order } else { Ordering::Relaxed }
}

macro_rules! fetch {
    ($($name:ident: $plain:expr),+ $(,)?) => {
        $(
            /// One step; gives the value from before.
            #[inline(always)]
            pub(crate) fn $name(&self, operand: usize, order: Ordering) -> usize {
                if D::SHARED {
                    return self.value.$name(operand, order);
                }
                let found = self.value.load(Ordering::Relaxed);
                let plain: fn(usize, usize) -> usize = $plain;
                self.value.store(plain(found, operand), Ordering::Relaxed);
                found
            }
        )+
    };
}

impl<D: Domain> Word<D> {
    fetch! {
        fetch_add: usize::wrapping_add,
        fetch_sub: usize::wrapping_sub,
        fetch_or: |found, operand| found | operand,
        swap: |_, operand| operand,
    }

    #[inline(always)]
    pub(crate) fn load(&self, ordering: Ordering) -> usize {
        self.value.load(order::<D>(ordering))
    }

    #[inline(always)]
    pub(crate) fn store(&self, value: usize, ordering: Ordering) {
        self.value.store(value, order::<D>(ordering));
    }

    /// Exchanges what the caller has found here by `new`, unless it has changed since. The weak
    /// form: it may fail for no reason, so it belongs into a loop.
    ///
    /// On one thread nothing changes between a look and a step, provided that no user code runs in
    /// between, and the crate runs none there: so the local form does not look again.
    #[inline(always)]
    pub(crate) fn compare_exchange(
        &self,
        found: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        if D::SHARED {
            return self
                .value
                .compare_exchange_weak(found, new, success, failure);
        }
        debug_assert_eq!(self.value.load(Ordering::Relaxed), found);
        self.value.store(new, Ordering::Relaxed);
        Ok(found)
    }
}

impl<D: Domain> Word<D> {
    /// Exchanges what is here by what `change` makes of it, in one step, unless it says none. Gives
    /// what was there before the step, or what there was nothing to be made of.
    #[inline(always)]
    pub(crate) fn update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut change: impl FnMut(usize) -> Option<usize>,
    ) -> Result<usize, usize> {
        let mut seen = self.load(failure);
        while let Some(new) = change(seen) {
            match self.compare_exchange(seen, new, success, failure) {
                Ok(_) => return Ok(seen),
                Err(now) => seen = now,
            }
        }
        Err(seen)
    }
}

impl<D: Domain> fmt::Debug for Word<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
    }
}
