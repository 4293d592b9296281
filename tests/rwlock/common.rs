//! What the lock's tests share: both forms behind one trait.

use std::{rc::Rc, sync::Arc};

use compio_sync::{
    Fairness,
    generic::{
        Local, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
        ReadOwned, RwLock, Shared, UpgradableReadOwned, WriteOwned,
    },
};

pub use crate::tools::{
    Event, Pointer, Seed, Spy, Task, Watchdog, a_while, fewer, kept, on_a_runtime, panic_of,
    run_woken, runtime, seeds, share_of_cpu, spin_until, turn, until,
};

pub const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

type Ref<D, T> = <D as compio_sync::generic::Domain>::Ref<RwLock<D, T>>;

/// What the two forms have in common but cannot say in one `impl`: the methods that take the
/// pointer.
pub trait Form: Pointer {
    fn read_owned<T>(l: &Ref<Self, T>) -> ReadOwned<Self, T>;
    fn upgradable_read_owned<T>(l: &Ref<Self, T>) -> UpgradableReadOwned<Self, T>;
    fn write_owned<T>(l: &Ref<Self, T>) -> WriteOwned<Self, T>;
    fn try_read_owned<T>(l: &Ref<Self, T>) -> Option<OwnedRwLockReadGuard<Self, T>>;
    fn try_upgradable_read_owned<T>(
        l: &Ref<Self, T>,
    ) -> Option<OwnedRwLockUpgradableReadGuard<Self, T>>;
    fn try_write_owned<T>(l: &Ref<Self, T>) -> Option<OwnedRwLockWriteGuard<Self, T>>;
}

macro_rules! form {
    ($form:ty, $pointer:ident, $($name:ident: $result:ty;)+) => {
        impl Form for $form {
            $(
                fn $name<T>(l: &$pointer<RwLock<Self, T>>) -> $result {
                    l.clone().$name()
                }
            )+
        }
    };
    ($form:ty, $pointer:ident) => {
        form! {
            $form, $pointer,
            read_owned: ReadOwned<Self, T>;
            upgradable_read_owned: UpgradableReadOwned<Self, T>;
            write_owned: WriteOwned<Self, T>;
            try_read_owned: Option<OwnedRwLockReadGuard<Self, T>>;
            try_upgradable_read_owned: Option<OwnedRwLockUpgradableReadGuard<Self, T>>;
            try_write_owned: Option<OwnedRwLockWriteGuard<Self, T>>;
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

/// A lock that lives for ever, so that guards and futures may go into wakers' hooks.
pub fn fixed<D: Form>(fairness: Fairness) -> &'static RwLock<D, u32> {
    kept(RwLock::with_fairness(0, fairness))
}

/// Nobody is in line, and nothing is held: there is room for everything.
#[track_caller]
pub fn assert_at_rest<D: Form, T: ?Sized>(lock: &RwLock<D, T>) {
    assert_lets(lock, Some("write"), 0);
    // More than once: what was given back too often would show as well.
    assert_lets(lock, Some("write"), 0);
    let upgradable = lock.try_upgradable_read().expect("an upgradable reader");
    assert!(lock.try_upgradable_read().is_none() && lock.try_write().is_none());
    drop((lock.try_read().expect("a reader beside it"), upgradable));
    drop(lock.try_write().expect("a writer"));
}

/// The most that gets in now, `read`, `upgradable`, `write`, or nothing; and how many are in line.
#[track_caller]
pub fn assert_lets<D: Form, T: ?Sized>(lock: &RwLock<D, T>, most: Option<&str>, waiters: usize) {
    let now = if let Some(guard) = lock.try_write() {
        assert!(lock.try_read().is_none(), "a reader beside a writer");
        drop(guard);
        Some("write")
    } else if lock.try_upgradable_read().is_some() {
        assert!(
            lock.try_read().is_some(),
            "no reader beside an upgradable one"
        );
        Some("upgradable")
    } else {
        lock.try_read().map(|_| "read")
    };
    assert_eq!((now, lock.waiters()), (most, waiters), "(lets, waiters)");
}
