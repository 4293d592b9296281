//! What the guards of all locks are made of.
//!
//! A guard has a [`Hold`], which releases the lock, and a way to the value: through the lock itself
//! for a guard of the whole, a [`Part`] for a mapped one. `Send` and `Sync` of the guards fall out
//! of these.

#![allow(unsafe_code)] // `Part` is a pointer that is as good as the reference it stands for.

use std::{mem::ManuallyDrop, ptr};

/// Something that is released once.
pub trait Release {
    #[doc(hidden)]
    fn release(&self);
}

/// A lock that is held; released when this is dropped.
pub(crate) struct Hold<R: Release>(R);

impl<R: Release> Hold<R> {
    #[inline(always)]
    pub(crate) fn new(held: R) -> Self {
        Self(held)
    }

    #[inline(always)]
    pub(crate) fn of(&self) -> &R {
        &self.0
    }

    /// Gives up the duty to release it.
    #[inline(always)]
    pub(crate) fn keep(self) -> R {
        let this = ManuallyDrop::new(self);
        // SAFETY: moved out once, of what is not dropped any more.
        unsafe { ptr::read(&this.0) }
    }
}

impl<R: Release> Drop for Hold<R> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A part of a locked value: `*const U` where the lock is shared, `*mut U` where it is exclusive.
///
/// A pointer and not a reference, since a reference that is an argument of a call has to be good
/// until the call ends, and dropping a guard unlocks before that.
pub(crate) struct Part<P>(pub(crate) P);

// SAFETY: as for the `&U` that it stands for.
unsafe impl<U: ?Sized + Sync> Send for Part<*const U> {}
// SAFETY: as above.
unsafe impl<U: ?Sized + Sync> Sync for Part<*const U> {}
// SAFETY: as for the `&mut U` that it stands for.
unsafe impl<U: ?Sized + Send> Send for Part<*mut U> {}
// SAFETY: as above.
unsafe impl<U: ?Sized + Sync> Sync for Part<*mut U> {}

/// The methods that narrow a guard to a part of what it protects. In an `impl` block of a guard
/// that has a method `mapped`, which takes the pointer.
macro_rules! map_methods {
    ($whole:ident => $mapped:ty, $from:ident $(, $mutable:tt)?) => {
        /// Narrows the guard to a part of what it protects.
        ///
        /// An associated function, so that it hides no method of the value. When `f` panics, the
        /// lock is released.
        pub fn map<U: ?Sized>(
            $($mutable)? guard: Self,
            f: impl FnOnce(&$($mutable)? $whole) -> &$($mutable)? U,
        ) -> $mapped {
            let part = std::ptr::$from(f(&$($mutable)? *guard));
            guard.mapped(part)
        }

        /// Narrows the guard to a part that may not be there.
        ///
        /// # Errors
        ///
        /// The guard, when `f` finds nothing.
        pub fn filter_map<U: ?Sized>(
            $($mutable)? guard: Self,
            f: impl FnOnce(&$($mutable)? $whole) -> Option<&$($mutable)? U>,
        ) -> Result<$mapped, Self> {
            match f(&$($mutable)? *guard).map(std::ptr::$from) {
                Some(part) => Ok(guard.mapped(part)),
                None => Err(guard),
            }
        }

        /// Narrows the guard to a part that may not be to be had, for a reason.
        ///
        /// # Errors
        ///
        /// The guard, and the reason that `f` gave.
        pub fn try_map<U: ?Sized, E>(
            $($mutable)? guard: Self,
            f: impl FnOnce(&$($mutable)? $whole) -> Result<&$($mutable)? U, E>,
        ) -> Result<$mapped, (Self, E)> {
            match f(&$($mutable)? *guard).map(std::ptr::$from) {
                Ok(part) => Ok(guard.mapped(part)),
                Err(reason) => Err((guard, reason)),
            }
        }
    };
}

/// Reaching the value through a guard, and showing a guard as what it protects. `value` is the
/// guard's pointer to it.
macro_rules! deref {
    (
        $guard:ident<$($lt:lifetime,)? $d:ident $(, $t:ident)+> => $value:ident,
        |$this:ident| $pointer:expr
    ) => {
        impl<$($lt,)? $d: Domain $(, $t: ?Sized)+> std::ops::Deref for $guard<$($lt,)? $d $(, $t)+> {
            type Target = $value;

            #[inline(always)]
            fn deref(&self) -> &$value {
                let $this = self;
                // SAFETY: the guard has the lock, and no `&mut` through it is alive with this.
                unsafe { &*$pointer }
            }
        }

        impl<$($lt,)? $d: Domain $(, $t: ?Sized)+> std::fmt::Debug for $guard<$($lt,)? $d $(, $t)+>
        where
            $value: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($lt,)? $d: Domain $(, $t: ?Sized)+> std::fmt::Display
            for $guard<$($lt,)? $d $(, $t)+>
        where
            $value: std::fmt::Display,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

/// Writing the value through a guard.
macro_rules! deref_mut {
    (
        $guard:ident<$($lt:lifetime,)? $d:ident $(, $t:ident)+> => $value:ident,
        |$this:ident| $pointer:expr
    ) => {
        impl<$($lt,)? $d: Domain $(, $t: ?Sized)+> std::ops::DerefMut
            for $guard<$($lt,)? $d $(, $t)+>
        {
            #[inline(always)]
            fn deref_mut(&mut self) -> &mut $value {
                let $this = self;
                // SAFETY: the guard has the lock for itself, and is borrowed for itself.
                unsafe { &mut *$pointer }
            }
        }
    };
}

pub(crate) use deref;
pub(crate) use deref_mut;
pub(crate) use map_methods;
