//! What is `Send`, `Sync` and `Unpin`, for every public type; checked when this compiles.

#![cfg(not(loom))]

use compio_sync::{Closed, Fairness, generic, local};

/// Asks for a trait in a place where a missing one is `false` and not an error: the method of the
/// inherent `impl` wins where its bound holds.
macro_rules! implements {
    ($type:ty : $trait:path) => {{
        #[allow(dead_code)]
        struct Ask<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for Ask<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Ask<T> {
            const ANSWER: bool = true;
        }
        Ask::<$type>::ANSWER
    }};
}

macro_rules! table {
    ($($type:ty: $send:literal $sync:literal $unpin:literal;)+) => {
        $(
            const _: () = assert!(implements!($type: Send) == $send, stringify!($type));
            const _: () = assert!(implements!($type: Sync) == $sync, stringify!($type));
            const _: () = assert!(implements!($type: Unpin) == $unpin, stringify!($type));
        )+
    };
}

table! {
    //                                           Send  Sync  Unpin
    compio_sync::Semaphore:                      true  true  true;
    compio_sync::SemaphorePermit<'static>:       true  true  true;
    compio_sync::OwnedSemaphorePermit:           true  true  true;
    compio_sync::futures::Acquire<'static>:               true  true  false;
    compio_sync::futures::AcquireOrClosed<'static>:       true  true  false;
    compio_sync::futures::AcquireOwned:                   true  true  false;
    compio_sync::futures::AcquireOwnedOrClosed:           true  true  false;

    local::Semaphore:                            false false true;
    local::SemaphorePermit<'static>:             false false true;
    local::OwnedSemaphorePermit:                 false false true;
    local::futures::Acquire<'static>:                     false false false;
    local::futures::AcquireOrClosed<'static>:             false false false;
    local::futures::AcquireOwned:                         false false false;
    local::futures::AcquireOwnedOrClosed:                 false false false;

    Closed:                                      true  true  true;
    Fairness:                                    true  true  true;
    generic::Shared:                             true  true  true;
    generic::Local:                              false false true;
}

/// The question itself can be answered both ways.
#[test]
fn asking_tells_the_two_apart() {
    assert!(implements!(u8: Send));
    assert!(!implements!(std::rc::Rc<u8>: Send));
    assert!(!implements!(std::marker::PhantomPinned: Unpin));
    assert!(implements!(std::marker::PhantomPinned: Sync));
}

/// The names at the root and in `local` are those of `generic`, and the futures are futures.
#[test]
fn aliases_name_the_generic_types() {
    fn gives<F: Future<Output = T>, T>() {}

    gives::<
        compio_sync::futures::Acquire<'static>,
        generic::SemaphorePermit<'static, generic::Shared>,
    >();
    gives::<local::futures::Acquire<'static>, generic::SemaphorePermit<'static, generic::Local>>();
    gives::<compio_sync::futures::AcquireOwned, compio_sync::OwnedSemaphorePermit>();
    gives::<local::futures::AcquireOwned, local::OwnedSemaphorePermit>();
    gives::<
        compio_sync::futures::AcquireOrClosed<'static>,
        Result<compio_sync::SemaphorePermit<'static>, Closed>,
    >();
    gives::<
        local::futures::AcquireOrClosed<'static>,
        Result<local::SemaphorePermit<'static>, Closed>,
    >();
    gives::<
        compio_sync::futures::AcquireOwnedOrClosed,
        Result<compio_sync::OwnedSemaphorePermit, Closed>,
    >();
    gives::<local::futures::AcquireOwnedOrClosed, Result<local::OwnedSemaphorePermit, Closed>>();
}
