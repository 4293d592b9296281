//! What is `Send`, `Sync` and `Unpin`, for every public type; checked when this compiles.

#![cfg(not(loom))]

use std::{
    cell::Cell,
    ops::DerefMut,
    rc::Rc,
    sync::{Arc, MutexGuard},
};

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

/// `Send`, but not `Sync`.
type Sends = Cell<u8>;
/// `Sync`, but not `Send`.
type Shares = MutexGuard<'static, u8>;
/// Neither.
type Stays = Rc<u8>;

/// As [`table`], for types with a value `V`: a pair for each kind of value.
macro_rules! by_value {
    ($($type:ty: $unpin:literal, $both:tt $sends:tt $shares:tt $stays:tt;)+) => {
        $(
            const _: () = {
                type Of<V> = $type;
                by_value!(@ Of<u8> $both);
                by_value!(@ Of<Sends> $sends);
                by_value!(@ Of<Shares> $shares);
                by_value!(@ Of<Stays> $stays);
                assert!(implements!(Of<u8>: Unpin) == $unpin, stringify!($type));
            };
        )+
    };
    (@ $type:ty [$send:literal $sync:literal]) => {
        assert!(implements!($type: Send) == $send, stringify!($type));
        assert!(implements!($type: Sync) == $sync, stringify!($type));
    };
}

by_value! {
    //                        of a value that is   both            Send only     Sync only     neither
    //                                       Unpin [Send  Sync]
    compio_sync::Mutex<V>:                   true, [true  true]  [true  true]  [false false] [false false];
    compio_sync::MutexGuard<'static, V>:     true, [true  true]  [true  false] [false false] [false false];
    compio_sync::OwnedMutexGuard<V>:         true, [true  true]  [true  false] [false false] [false false];
    compio_sync::futures::Lock<'static, V>: false, [true  true]  [true  true]  [false false] [false false];
    compio_sync::futures::LockOwned<V>:     false, [true  true]  [true  true]  [false false] [false false];

    compio_sync::RwLock<V>:                              true, [true true] [true  false] [false false] [false false];
    compio_sync::RwLockReadGuard<'static, V>:            true, [true true] [false false] [false false] [false false];
    compio_sync::RwLockUpgradableReadGuard<'static, V>:  true, [true true] [false false] [false false] [false false];
    compio_sync::RwLockWriteGuard<'static, V>:           true, [true true] [false false] [false false] [false false];
    compio_sync::OwnedRwLockReadGuard<V>:                true, [true true] [false false] [false false] [false false];
    compio_sync::OwnedRwLockUpgradableReadGuard<V>:      true, [true true] [false false] [false false] [false false];
    compio_sync::OwnedRwLockWriteGuard<V>:               true, [true true] [false false] [false false] [false false];
    compio_sync::futures::Read<'static, V>:             false, [true true] [false false] [false false] [false false];
    compio_sync::futures::UpgradableRead<'static, V>:   false, [true true] [false false] [false false] [false false];
    compio_sync::futures::Write<'static, V>:            false, [true true] [false false] [false false] [false false];
    compio_sync::futures::Upgrade<'static, V>:          false, [true true] [false false] [false false] [false false];
    compio_sync::futures::ReadOwned<V>:                 false, [true true] [false false] [false false] [false false];
    compio_sync::futures::UpgradableReadOwned<V>:       false, [true true] [false false] [false false] [false false];
    compio_sync::futures::WriteOwned<V>:                false, [true true] [false false] [false false] [false false];
    compio_sync::futures::UpgradeOwned<V>:              false, [true true] [false false] [false false] [false false];

    // A mapped guard is like a reference to the part, `&mut` or `&`.
    compio_sync::MappedMutexGuard<'static, V>:       true, [true true] [true  false] [false true] [false false];
    compio_sync::MappedRwLockWriteGuard<'static, V>: true, [true true] [true  false] [false true] [false false];
    compio_sync::MappedRwLockReadGuard<'static, V>:  true, [true true] [false false] [true  true] [false false];

    // With the lock, which is held alive, on top: first by the part, then by the whole.
    compio_sync::OwnedMappedMutexGuard<u8, V>:       true, [true true] [true  false] [false true] [false false];
    compio_sync::OwnedMappedRwLockWriteGuard<u8, V>: true, [true true] [true  false] [false true] [false false];
    compio_sync::OwnedMappedRwLockReadGuard<u8, V>:  true, [true true] [false false] [true  true] [false false];
    compio_sync::OwnedMappedMutexGuard<V, u8>:       true, [true true] [true  true]  [false false] [false false];
    compio_sync::OwnedMappedRwLockWriteGuard<V, u8>: true, [true true] [false false] [false false] [false false];
    compio_sync::OwnedMappedRwLockReadGuard<V, u8>:  true, [true true] [false false] [false false] [false false];
}

/// The local forms, which never leave their thread.
macro_rules! stay {
    ($($type:ty: $unpin:literal;)+) => {
        by_value! {
            $($type: $unpin, [false false] [false false] [false false] [false false];)+
        }
    };
}

stay! {
    local::Mutex<V>:                                 true;
    local::MutexGuard<'static, V>:                   true;
    local::OwnedMutexGuard<V>:                       true;
    local::MappedMutexGuard<'static, V>:             true;
    local::OwnedMappedMutexGuard<V, V>:              true;
    local::futures::Lock<'static, V>:                false;
    local::futures::LockOwned<V>:                    false;

    local::RwLock<V>:                                true;
    local::RwLockReadGuard<'static, V>:              true;
    local::RwLockUpgradableReadGuard<'static, V>:    true;
    local::RwLockWriteGuard<'static, V>:             true;
    local::OwnedRwLockReadGuard<V>:                  true;
    local::OwnedRwLockUpgradableReadGuard<V>:        true;
    local::OwnedRwLockWriteGuard<V>:                 true;
    local::MappedRwLockReadGuard<'static, V>:        true;
    local::MappedRwLockWriteGuard<'static, V>:       true;
    local::OwnedMappedRwLockReadGuard<V, V>:         true;
    local::OwnedMappedRwLockWriteGuard<V, V>:        true;
    local::futures::Read<'static, V>:                false;
    local::futures::UpgradableRead<'static, V>:      false;
    local::futures::Write<'static, V>:               false;
    local::futures::Upgrade<'static, V>:             false;
    local::futures::ReadOwned<V>:                    false;
    local::futures::UpgradableReadOwned<V>:          false;
    local::futures::WriteOwned<V>:                   false;
    local::futures::UpgradeOwned<V>:                 false;
}

table! {
    //                                           Send  Sync  Unpin
    compio_sync::Condvar:                        true  true  true;
    local::Condvar:                              false false true;
}

// As the value is, where the permit lets it.
#[cfg(feature = "compio")]
table! {
    //                                                                     Send  Sync  Unpin
    compio_sync::Held<u8, compio_sync::OwnedSemaphorePermit>:              true  true  true;
    compio_sync::Held<u8, compio_sync::SemaphorePermit<'static>>:          true  true  true;
    compio_sync::Held<Sends, compio_sync::OwnedSemaphorePermit>:           true  false true;
    compio_sync::Held<Shares, compio_sync::OwnedSemaphorePermit>:          false true  true;
    compio_sync::Held<Stays, compio_sync::OwnedSemaphorePermit>:           false false true;
    compio_sync::Held<u8, local::OwnedSemaphorePermit>:                    false false true;
    compio_sync::Held<u8, local::SemaphorePermit<'static>>:                false false true;
}

/// Who may write, and that nobody has access twice.
macro_rules! access {
    ($($type:ty: $writes:literal;)+) => {
        $(
            const _: () = assert!(implements!($type: DerefMut) == $writes, stringify!($type));
            const _: () = assert!(!implements!($type: Clone), stringify!($type));
        )+
    };
}

access! {
    compio_sync::MutexGuard<'static, u8>:                 true;
    compio_sync::OwnedMutexGuard<u8>:                     true;
    compio_sync::MappedMutexGuard<'static, u8>:           true;
    compio_sync::OwnedMappedMutexGuard<u8, u8>:           true;
    compio_sync::RwLockReadGuard<'static, u8>:            false;
    compio_sync::RwLockUpgradableReadGuard<'static, u8>:  false;
    compio_sync::RwLockWriteGuard<'static, u8>:           true;
    compio_sync::OwnedRwLockReadGuard<u8>:                false;
    compio_sync::OwnedRwLockUpgradableReadGuard<u8>:      false;
    compio_sync::OwnedRwLockWriteGuard<u8>:               true;
    compio_sync::MappedRwLockReadGuard<'static, u8>:      false;
    compio_sync::MappedRwLockWriteGuard<'static, u8>:     true;
    compio_sync::OwnedMappedRwLockReadGuard<u8, u8>:      false;
    compio_sync::OwnedMappedRwLockWriteGuard<u8, u8>:     true;
}

/// The futures of a condition variable have no names, so only what they are can be asked.
#[test]
fn waits_for_a_condition_move_where_their_guards_do() {
    fn moves<T: Send>(_: T) {}

    let c = compio_sync::Condvar::new();
    let m = Arc::new(compio_sync::Mutex::new(Cell::new(1)));
    let guard = || m.try_lock().unwrap();
    moves(c.wait(guard()));
    moves(c.wait_while(guard(), |_| true));
    moves(c.wait(m.clone().try_lock_owned().unwrap()));
    moves(c.wait_while(m.clone().try_lock_owned().unwrap(), |_| true));
}

/// The question itself can be answered both ways.
#[test]
fn asking_tells_the_two_apart() {
    assert!(implements!(u8: Send));
    assert!(!implements!(std::rc::Rc<u8>: Send));
    assert!(!implements!(std::marker::PhantomPinned: Unpin));
    assert!(implements!(std::marker::PhantomPinned: Sync));
    assert!(implements!(Sends: Send) && !implements!(Sends: Sync));
    assert!(!implements!(Shares: Send) && implements!(Shares: Sync));
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

    gives::<compio_sync::futures::Lock<'static, u8>, compio_sync::MutexGuard<'static, u8>>();
    gives::<compio_sync::futures::LockOwned<u8>, compio_sync::OwnedMutexGuard<u8>>();
    gives::<local::futures::Lock<'static, u8>, local::MutexGuard<'static, u8>>();
    gives::<local::futures::LockOwned<u8>, local::OwnedMutexGuard<u8>>();
    gives::<compio_sync::futures::Read<'static, u8>, compio_sync::RwLockReadGuard<'static, u8>>();
    gives::<local::futures::ReadOwned<u8>, local::OwnedRwLockReadGuard<u8>>();
    gives::<local::futures::Write<'static, u8>, local::RwLockWriteGuard<'static, u8>>();
    gives::<compio_sync::futures::WriteOwned<u8>, compio_sync::OwnedRwLockWriteGuard<u8>>();
    gives::<
        local::futures::UpgradableRead<'static, u8>,
        local::RwLockUpgradableReadGuard<'static, u8>,
    >();
    gives::<
        compio_sync::futures::UpgradableReadOwned<u8>,
        compio_sync::OwnedRwLockUpgradableReadGuard<u8>,
    >();
    gives::<compio_sync::futures::Upgrade<'static, u8>, compio_sync::RwLockWriteGuard<'static, u8>>(
    );
    gives::<local::futures::UpgradeOwned<u8>, local::OwnedRwLockWriteGuard<u8>>();
}
