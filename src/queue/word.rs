//! State words: atomic in the shared form, plain loads and stores in the local one.
//!
//! One concrete type serves both, since the branch on `D::SHARED` is decided at compile time: the
//! local read-modify-writes below become the instructions that a `Cell` would give, and `const fn
//! new` works in statics for either form.

#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // This is what the others use instead.

use std::{fmt, marker::PhantomData};

use crate::{
    domain::Domain,
    primitive::{AtomicPtr, AtomicUsize, Ordering},
};

macro_rules! word {
    ($(#[$doc:meta])* $name:ident<$($param:ident),+>, $atomic:ty, $value:ty) => {
        $(#[$doc])*
        pub(crate) struct $name<$($param),+> {
            value: $atomic,
            domain: PhantomData<D>,
        }

        impl<$($param),+> $name<$($param),+> {
            #[cfg(not(loom))]
            pub(crate) const fn new(value: $value) -> Self {
                Self { value: <$atomic>::new(value), domain: PhantomData }
            }

            #[cfg(loom)]
            pub(crate) fn new(value: $value) -> Self {
                Self { value: <$atomic>::new(value), domain: PhantomData }
            }
        }

        impl<$($param),+> $name<$($param),+>
        where
            D: Domain,
        {
            #[inline(always)]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.value.load(if D::SHARED { order } else { Ordering::Relaxed })
            }

            #[inline(always)]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.value.store(value, if D::SHARED { order } else { Ordering::Relaxed });
            }

            /// The weak form: it may fail for no reason, so it belongs into a loop.
            #[inline(always)]
            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if D::SHARED {
                    return self.value.compare_exchange_weak(current, new, success, failure);
                }
                let found = self.value.load(Ordering::Relaxed);
                if found == current {
                    self.value.store(new, Ordering::Relaxed);
                    Ok(found)
                } else {
                    Err(found)
                }
            }
        }

        impl<$($param),+> fmt::Debug for $name<$($param),+>
        where
            D: Domain,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
            }
        }
    };
}

word! {
    /// A number.
    Word<D>, AtomicUsize, usize
}

word! {
    /// A pointer, with tag bits where its user says so.
    Link<T, D>, AtomicPtr<T>, *mut T
}

macro_rules! fetch {
    ($($name:ident: $plain:expr),+ $(,)?) => {
        impl<D: Domain> Word<D> {
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
        }
    };
}

fetch! {
    fetch_add: usize::wrapping_add,
    fetch_sub: usize::wrapping_sub,
    fetch_or: |found, operand| found | operand,
    swap: |_, operand| operand,
}
