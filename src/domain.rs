//! The two forms of every primitive.
//!
//! A primitive is written once, generic over a [`Domain`]. Nothing else differs between the forms:
//! the state words ask `D::SHARED`, which is a constant, and `Send` and `Sync` fall out of the
//! `PhantomData<D>` that each of them carries.

use std::{fmt::Debug, marker::PhantomData, ops::Deref, rc::Rc, sync::Arc};

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

    /// The reference-counted pointer of this form: [`Arc`] or [`Rc`].
    type Ref<T>: Deref<Target = T> + Clone;
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

impl Domain for Shared {
    type Ref<T> = Arc<T>;

    const SHARED: bool = true;
}

impl Domain for Local {
    type Ref<T> = Rc<T>;

    const SHARED: bool = false;
}
