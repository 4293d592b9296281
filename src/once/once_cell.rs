//! A value that is made once, by whoever asks first.

#![allow(unsafe_code)] // Holds the value, and hands out references to it once it is there.

use std::{convert::Infallible, error::Error, fmt};

use super::recursion;
#[cfg(not(loom))]
use crate::{blocking::block_on, domain::Shared};
use crate::{
    domain::Domain,
    fairness::Fairness,
    primitive::{Ordering, ValueCell},
    queue::{FirstPanic, Wait, WaitQueue},
    raw_semaphore::{Handle, OrClosed, Permits, RawSemaphore},
    signal::{self, Released, Signal, Until, Watch},
};

/// A value that is made once, by whoever asks first.
///
/// Use it through [`compio_sync::OnceCell`](crate::OnceCell), usable from any thread, or
/// [`compio_sync::local::OnceCell`](crate::local::OnceCell), bound to one.
///
/// Of those who call [`get_or_init`](Self::get_or_init) one makes the value, and the others wait
/// for it. Should that one be cancelled, panic, or fail, the next in line makes it. Once the value
/// is there, [`get`](Self::get) is one look at one word.
///
/// # Fairness
///
/// Those who would make the value do so in the order in which they came.
///
/// # Cancel safety
///
/// Dropping the future of an initialisation drops the initialiser; the next in line runs its own.
/// Nothing of a value that was not finished stays.
///
/// # Memory ordering
///
/// What was done before the value was set, by its initialiser too, *happens before* what is done
/// after it was seen.
///
/// # When not to use it
///
/// Where the way to make it is known beforehand there is [`LazyCell`](crate::generic::LazyCell);
/// where making it waits for nothing, [`std::sync::OnceLock`] and [`std::cell::OnceCell`].
pub struct OnceCell<D: Domain, T> {
    /// One permit: to make the value. Closed once that is there.
    init: RawSemaphore<D>,
    /// Those who wait for the value and do not make it.
    watchers: WaitQueue<D>,
    /// Written by whoever has the permit; from then on only read.
    value: ValueCell<Option<T>>,
}

// SAFETY: the value is written by one thread, which may not be the one that drops it, and read by
// any: so it has to be fit to be sent and to be shared.
unsafe impl<D: Domain + Sync, T: Send + Sync> Sync for OnceCell<D, T> {}

// SAFETY: the queue is a field.
unsafe impl<D: Domain, T> Signal for OnceCell<D, T> {
    type Domain = D;

    fn queue(&self) -> &WaitQueue<D> {
        &self.watchers
    }

    fn is_over(&self, _: usize) -> bool {
        self.init.permits.load(Ordering::SeqCst).is_closed()
    }
}

/// The future of [`OnceCell::wait`].
pub type OnceCellWait<'a, D, T> = Wait<Until<Value<'a, D, T>>>;

/// The handle of a wait that ends with the value.
pub struct Value<'a, D: Domain, T>(&'a OnceCell<D, T>);

// SAFETY: a reference leads to the same cell wherever it moves.
unsafe impl<'a, D: Domain, T> Watch for Value<'a, D, T> {
    type Output = &'a T;
    type Signal = OnceCell<D, T>;

    fn signal(&self) -> &OnceCell<D, T> {
        self.0
    }

    fn released(self, _: Released) -> &'a T {
        self.0.get().expect("a wait that is over has its value")
    }
}

/// The handle of a wait for the permit to make the value.
struct Initialise<'a, D: Domain, T>(&'a OnceCell<D, T>);

// SAFETY: a reference leads to the same cell wherever it moves.
unsafe impl<'a, D: Domain, T> Handle for Initialise<'a, D, T> {
    type Domain = D;
    type Permit = InitPermit<'a, D, T>;

    fn raw(&self) -> &RawSemaphore<D> {
        &self.0.init
    }

    fn permit(self, _: usize) -> InitPermit<'a, D, T> {
        InitPermit(self.0)
    }
}

/// The permit to make the value. Goes to the next in line when it is dropped unused.
struct InitPermit<'a, D: Domain, T>(&'a OnceCell<D, T>);

impl<'a, D: Domain, T> InitPermit<'a, D, T> {
    fn set(self, value: T) -> &'a T {
        let cell = self.0;
        // SAFETY: the permit excludes everybody else who would write, and nobody reads before the
        // cell is closed, below.
        unsafe { *cell.value.get() = Some(value) };
        // Never given back: there is nothing more to make.
        std::mem::forget(self);
        let mut panic = FirstPanic::new();
        panic.catch(|| cell.init.close());
        panic.catch(|| signal::notify_all(cell));
        panic.resume();
        cell.get().expect("just set")
    }
}

impl<D: Domain, T> Drop for InitPermit<'_, D, T> {
    fn drop(&mut self) {
        self.0.init.release(1);
    }
}

impl<D: Domain, T> OnceCell<D, T> {
    const_fn! {
        /// Makes a cell without a value.
        pub fn new() -> Self {
            Self {
                init: RawSemaphore::new(1, Fairness::Strict),
                watchers: WaitQueue::new(),
                value: ValueCell::new(None),
            }
        }
    }

    const_fn! {
        /// Makes a cell that has its value.
        pub fn from_value(value: T) -> Self {
            Self {
                init: RawSemaphore::new_closed(),
                watchers: WaitQueue::new(),
                value: ValueCell::new(Some(value)),
            }
        }
    }

    /// The value, if it is there.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if !self.is_initialized() {
            return None;
        }
        // SAFETY: closed, so that there is a value, written before this, which is not written any
        // more.
        unsafe { Some((*self.value.get()).as_ref().unwrap_unchecked()) }
    }

    /// The value, if it is there, without looking for others, as there are none.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// Whether the value is there.
    #[inline]
    pub fn is_initialized(&self) -> bool {
        self.init.is_closed()
    }

    /// Sets the value, and lets all who wait for it have it.
    ///
    /// # Errors
    ///
    /// [`SetError`], with the value, when there is one already or somebody is making it.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        if self.init.take_now(1) {
            InitPermit(self).set(value);
            return Ok(());
        }
        Err(if self.is_initialized() {
            SetError::AlreadyInitialized(value)
        } else {
            SetError::Initializing(value)
        })
    }

    /// The value, which `init` makes if it is not there and nobody is making it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `init`. The next who waits runs its own.
    ///
    /// # Panics
    ///
    /// When `init` panics: the panic goes to the caller, and the next who waits runs its own. When
    /// `init` waits for this cell itself, where that can be seen: in a poll of `init`, on its
    /// thread.
    pub async fn get_or_init(&self, init: impl AsyncFnOnce() -> T) -> &T {
        // Here as well, since another future around this costs as much as the look.
        if let Some(value) = self.get() {
            return value;
        }
        let init = async || Ok::<_, Infallible>(init().await);
        let Ok(value) = self.get_or_try_init(init).await;
        value
    }

    /// The value, which `init` makes if it is not there and nobody is making it.
    ///
    /// # Errors
    ///
    /// What `init` fails with. The next who waits runs its own.
    ///
    /// # Cancel safety
    ///
    /// As for [`get_or_init`](Self::get_or_init).
    ///
    /// # Panics
    ///
    /// As for [`get_or_init`](Self::get_or_init).
    pub async fn get_or_try_init<E>(
        &self,
        init: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let address = std::ptr::from_ref(self).addr();
        let turn = Wait::<Permits<_, OrClosed>>::new(Initialise(self), 1);
        match recursion::unless_recursive(address, turn).await {
            Ok(permit) => {
                let value = recursion::watched(address, init()).await?;
                Ok(permit.set(value))
            }
            Err(_) => Ok(self.get().expect("closed means set")),
        }
    }

    /// Waits for a value that is made or set elsewhere.
    ///
    /// It makes none itself, so in the initialiser of this cell it waits for ever.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the wait.
    pub fn wait(&self) -> OnceCellWait<'_, D, T> {
        Wait::new(Value(self), 0)
    }

    /// The value, of a cell that nobody else can reach any more.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Takes the value out, and leaves the cell as a new one.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }
}

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl<T> OnceCell<Shared, T> {
    /// Waits for a value that is made or set elsewhere.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`wait`](OnceCell::wait) there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait(&self) -> &T {
        block_on("blocking_wait", "wait().await", self.wait())
    }
}

/// Why a [`OnceCell`] could not be set, with the value that it was to be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// There is a value already.
    AlreadyInitialized(T),
    /// Somebody is making the value.
    Initializing(T),
}

impl<T> SetError<T> {
    /// The value that the cell was to be set to.
    pub fn into_inner(self) -> T {
        match self {
            Self::AlreadyInitialized(value) | Self::Initializing(value) => value,
        }
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitialized(_) => "the cell has a value already: get it instead",
            Self::Initializing(_) => "the value of the cell is being made: wait for it instead",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}

impl<D: Domain, T> Default for OnceCell<D, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain, T> From<T> for OnceCell<D, T> {
    fn from(value: T) -> Self {
        Self::from_value(value)
    }
}

impl<D: Domain, T: Clone> Clone for OnceCell<D, T> {
    fn clone(&self) -> Self {
        self.get()
            .map_or_else(Self::new, |value| value.clone().into())
    }
}

impl<D: Domain, T: PartialEq> PartialEq for OnceCell<D, T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<D: Domain, T: Eq> Eq for OnceCell<D, T> {}

/// Does not wait: a value that is not there is shown as `None`.
impl<D: Domain, T: fmt::Debug> fmt::Debug for OnceCell<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceCell").field(&self.get()).finish()
    }
}
