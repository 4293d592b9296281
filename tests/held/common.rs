//! What these tests share: both forms behind one trait, all drivers, what is dropped with a word.

use std::{cell::Cell, pin::pin, rc::Rc, sync::Arc, time::Duration};

use compio::{
    driver::{DriverType, ProactorBuilder},
    runtime::{Runtime, RuntimeBuilder},
    time::sleep,
};
use compio_sync::generic::{AcquireOwned, Local, OwnedSemaphorePermit, Semaphore, Shared};
use futures_util::future::{Either, select};

pub use crate::{
    counted::{Counted, Gauge},
    tools::{Pointer, Watchdog, kept, panic_of, slowness, turn, until},
};

/// What the two forms have in common but cannot say in one `impl`: the methods that take the
/// pointer.
pub trait Form: Pointer {
    fn acquire(s: &Self::Ref<Semaphore<Self>>) -> AcquireOwned<Self>;
    fn take(s: &Self::Ref<Semaphore<Self>>, n: usize) -> OwnedSemaphorePermit<Self>;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn acquire(s: &$pointer<Semaphore<Self>>) -> AcquireOwned<Self> {
                s.clone().acquire_owned()
            }

            fn take(s: &$pointer<Semaphore<Self>>, n: usize) -> OwnedSemaphorePermit<Self> {
                s.clone().try_acquire_many_owned(n).expect("it is free")
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

pub fn semaphore<D: Form>(permits: usize) -> D::Ref<Semaphore<D>> {
    D::pointer(Semaphore::new(permits))
}

/// A runtime of each driver that was compiled in and works here.
pub fn runtimes() -> impl Iterator<Item = Runtime> {
    let mut seen = Vec::new();
    let wanted = [DriverType::IoUring, DriverType::Poll];
    wanted.into_iter().filter_map(move |driver| {
        let mut proactor = ProactorBuilder::new();
        // Where there is no choice, this is ignored.
        proactor.driver_type(driver);
        let runtime = RuntimeBuilder::new().with_proactor(proactor).build().ok()?;
        if seen.contains(&runtime.driver_type()) {
            return None;
        }
        seen.push(runtime.driver_type());
        Some(runtime)
    })
}

pub fn on_each_driver<F: Future<Output = ()>>(test: impl Fn() -> F) {
    let _watchdog = Watchdog::start();
    let mut drivers = 0;
    for runtime in runtimes() {
        runtime.block_on(test());
        drivers += 1;
    }
    assert!(drivers > 0, "no driver works here");
}

/// Starts it, and gives it up after a moment: compio's `timeout` may find its time over before it
/// has looked at the other.
pub async fn give_up(future: impl Future) {
    let (future, moment) = (pin!(future), pin!(sleep(Duration::from_millis(1))));
    let given_up = matches!(select(future, moment).await, Either::Right(_));
    assert!(given_up, "it ended");
}

/// Does something as it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A flag of one thread.
#[derive(Clone, Default)]
pub struct Flag(Rc<Cell<bool>>);

impl Flag {
    pub fn raise(&self) {
        self.0.set(true);
    }

    pub fn is_up(&self) -> bool {
        self.0.get()
    }
}
