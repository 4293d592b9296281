//! A value that is made when it is asked for first, in a way that is known beforehand.

use std::{fmt, pin::Pin};

use super::OnceCell;
use crate::domain::Domain;

/// An initialiser without captures: what a [`static`](LazyCell#in-a-static) can name.
///
/// Its future need not be `Send`, since compio's are not. Where the future of
/// [`force`](LazyCell::force) has to be, name a function pointer of your own that promises it.
pub type Init<T> = fn() -> Pin<Box<dyn Future<Output = T>>>;

/// A value that is made when it is asked for first.
///
/// Use it through [`compio_sync::LazyCell`](crate::LazyCell), usable from any thread, or
/// [`compio_sync::local::LazyCell`](crate::local::LazyCell), bound to one.
///
/// It is a [`OnceCell`] that knows how to make its value. Should the one who makes it be cancelled
/// or panic, the next in line starts anew, so the initialiser can be called several times; it
/// succeeds once.
///
/// # In a `static`
///
/// A closure's future has no name, and a `static` needs one, so there the initialiser boxes it.
/// That is one allocation in the life of the cell:
///
/// ```
/// use compio_sync::LazyCell;
///
/// static ANSWER: LazyCell<u32> = LazyCell::new(|| Box::pin(async { 42 }));
/// ```
///
/// # Fairness, cancel safety, memory ordering
///
/// Those of [`OnceCell`].
///
/// # When not to use it
///
/// Where making the value can fail: use [`OnceCell::get_or_try_init`]. Where it waits for nothing:
/// [`std::sync::LazyLock`] and [`std::cell::LazyCell`].
pub struct LazyCell<D: Domain, T, F> {
    cell: OnceCell<D, T>,
    init: F,
}

impl<D: Domain, T, F> LazyCell<D, T, F> {
    const_fn! {
        /// Makes a cell whose value `init` will make.
        pub fn new(init: F) -> Self {
            Self {
                cell: OnceCell::new(),
                init,
            }
        }
    }

    /// The value, if it has been made.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.cell.get()
    }

    /// The value, if it has been made, without looking for others, as there are none.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.cell.get_mut()
    }

    /// The value, of a cell that nobody else can reach any more, if it has been made.
    pub fn into_inner(self) -> Option<T> {
        self.cell.into_inner()
    }
}

impl<D: Domain, T, F: AsyncFn() -> T> LazyCell<D, T, F> {
    /// The value, which is made if it is not there and nobody is making it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops what the initialiser had begun. The next who waits begins anew.
    ///
    /// # Panics
    ///
    /// When the initialiser panics: the panic goes to the caller, and the next who waits begins
    /// anew. When the initialiser waits for this cell itself, where that can be seen.
    pub async fn force(&self) -> &T {
        self.cell.get_or_init(async || (self.init)().await).await
    }
}

/// Does not wait: a value that has not been made is shown as `None`.
impl<D: Domain, T: fmt::Debug, F> fmt::Debug for LazyCell<D, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyCell").field(&self.get()).finish()
    }
}
