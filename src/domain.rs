//! The two forms of every primitive.
//!
//! A primitive is written once, generic over a [`Domain`]. Nothing else differs between the forms:
//! the state words ask `D::SHARED`, which is a constant, and `Send` and `Sync` fall out of the
//! `PhantomData<D>` that each of them carries.

#![allow(unsafe_code)] // Forwards the raw side of `Arc` and `Rc`, contracts included.

use std::{
    fmt::Debug,
    marker::PhantomData,
    ops::Deref,
    rc::{self, Rc},
    sync::{self, Arc},
    task::Waker,
};

use crate::{
    cancellation::Turns,
    primitive::{LocalKey, thread_local},
    queue::Asleep,
};

mod sealed {
    pub trait Sealed {}
}

/// Where a primitive may be used: [`Shared`] between threads, or [`Local`] to one.
///
/// Sealed: these two are all there is. Generic code bounds `D: Domain` and uses the types of
/// [`generic`](crate::generic).
pub trait Domain: sealed::Sealed + Debug + Sized + 'static {
    /// Whether other threads may reach the primitive.
    const SHARED: bool;

    /// A waker of this form, for whoever wakes.
    #[doc(hidden)]
    type Asleep: Asleep;

    /// The reference-counted pointer of this form: [`Arc`] or [`Rc`].
    type Ref<T: ?Sized>: Deref<Target = T> + Clone;

    /// The weak pointer that goes with it.
    #[doc(hidden)]
    type Weak<T>: Clone;

    #[doc(hidden)]
    fn counted<T>(value: T) -> Self::Ref<T>;

    #[doc(hidden)]
    fn as_ptr<T>(pointer: &Self::Ref<T>) -> *const T;

    #[doc(hidden)]
    fn into_raw<T>(pointer: Self::Ref<T>) -> *const T;

    /// # Safety
    ///
    /// That of [`Arc::from_raw`] or [`Rc::from_raw`].
    #[doc(hidden)]
    unsafe fn from_raw<T>(pointer: *const T) -> Self::Ref<T>;

    /// Whether there are other pointers than this one.
    #[doc(hidden)]
    fn is_one_of_many<T>(pointer: &Self::Ref<T>) -> bool;

    #[doc(hidden)]
    fn downgrade<T>(pointer: &Self::Ref<T>) -> Self::Weak<T>;

    #[doc(hidden)]
    fn upgrade<T>(weak: &Self::Weak<T>) -> Option<Self::Ref<T>>;

    #[doc(hidden)]
    fn weak_into_raw<T>(weak: Self::Weak<T>) -> *const T;

    /// # Safety
    ///
    /// That of [`Weak::from_raw`](sync::Weak::from_raw).
    #[doc(hidden)]
    unsafe fn weak_from_raw<T>(pointer: *const T) -> Self::Weak<T>;

    /// This thread's cancellations under way.
    #[doc(hidden)]
    fn cancels() -> &'static LocalKey<Turns<Self>>;

    /// This thread's drops of tokens under way.
    #[doc(hidden)]
    fn drops() -> &'static LocalKey<Turns<Self>>;
}

/// Usable from any thread: atomic state, and wakers may be woken from anywhere.
#[derive(Debug)]
pub enum Shared {}

/// Bound to the thread it was made on: plain state, no atomic instruction, neither `Send` nor
/// `Sync`.
#[derive(Debug)]
pub struct Local(PhantomData<*mut ()>);

impl sealed::Sealed for Shared {}
impl sealed::Sealed for Local {}

/// A [`Turns`] of each thread. loom knows no constants there.
macro_rules! turns {
    ($domain:ident) => {{
        #[cfg(not(loom))]
        thread_local! {
            static TURNS: Turns<$domain> = const { Turns::new() };
        }
        #[cfg(loom)]
        thread_local! {
            static TURNS: Turns<$domain> = Turns::new();
        }
        &TURNS
    }};
}

macro_rules! domain {
    ($domain:ident, $shared:literal, $asleep:ty, $pointer:ident, $module:ident) => {
        impl Domain for $domain {
            type Asleep = $asleep;
            type Ref<T: ?Sized> = $pointer<T>;
            type Weak<T> = $module::Weak<T>;

            const SHARED: bool = $shared;

            fn counted<T>(value: T) -> $pointer<T> {
                $pointer::new(value)
            }

            fn as_ptr<T>(pointer: &$pointer<T>) -> *const T {
                $pointer::as_ptr(pointer)
            }

            fn into_raw<T>(pointer: $pointer<T>) -> *const T {
                $pointer::into_raw(pointer)
            }

            unsafe fn from_raw<T>(pointer: *const T) -> $pointer<T> {
                // SAFETY: the caller's contract.
                unsafe { $pointer::from_raw(pointer) }
            }

            fn is_one_of_many<T>(pointer: &$pointer<T>) -> bool {
                $pointer::strong_count(pointer) > 1
            }

            fn downgrade<T>(pointer: &$pointer<T>) -> $module::Weak<T> {
                $pointer::downgrade(pointer)
            }

            fn upgrade<T>(weak: &$module::Weak<T>) -> Option<$pointer<T>> {
                weak.upgrade()
            }

            fn weak_into_raw<T>(weak: $module::Weak<T>) -> *const T {
                weak.into_raw()
            }

            unsafe fn weak_from_raw<T>(pointer: *const T) -> $module::Weak<T> {
                // SAFETY: the caller's contract.
                unsafe { $module::Weak::from_raw(pointer) }
            }

            fn cancels() -> &'static LocalKey<Turns<Self>> {
                turns!($domain)
            }

            fn drops() -> &'static LocalKey<Turns<Self>> {
                turns!($domain)
            }
        }
    };
}

#[cfg(not(all(feature = "compio", not(loom))))]
use Waker as SharedAsleep;

#[cfg(all(feature = "compio", not(loom)))]
use crate::relay::Sleeper as SharedAsleep;

domain!(Shared, true, SharedAsleep, Arc, sync);
// Whoever wakes is on the same thread.
domain!(Local, false, Waker, Rc, rc);
