//! The kinds of access, and the futures that wait for them.

#![allow(unsafe_code)] // `unsafe impl`s, whose promises are stated on `Handle` and `Request`.

use std::{
    marker::PhantomData,
    task::{Context, Poll},
};

use super::{
    OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    raw::{self, RawRwLock},
};
use crate::{
    domain::Domain,
    guard::{Hold, Release},
    queue::{Place, Request, Sleeper, Wait, WaitQueue},
    raw_semaphore::{Handle, NeverCloses, Permits, RawSemaphore},
};

/// The future of [`RwLock::read`].
pub type Read<'a, D, T> = Wait<Permits<Access<&'a RwLock<D, T>, Reading>, NeverCloses>>;
/// The future of [`RwLock::upgradable_read`].
pub type UpgradableRead<'a, D, T> =
    Wait<Permits<Access<&'a RwLock<D, T>, Upgradable>, NeverCloses>>;
/// The future of [`RwLock::write`].
pub type Write<'a, D, T> = Wait<Permits<Access<&'a RwLock<D, T>, Writing>, NeverCloses>>;
/// The future of [`RwLockUpgradableReadGuard::upgrade`].
pub type Upgrade<'a, D, T> = Wait<Upgrading<&'a RwLock<D, T>>>;

/// The future of `read_owned`. Holds the lock alive.
pub type ReadOwned<D, T> = Wait<Permits<Access<Owner<D, T>, Reading>, NeverCloses>>;
/// The future of `upgradable_read_owned`. Holds the lock alive.
pub type UpgradableReadOwned<D, T> = Wait<Permits<Access<Owner<D, T>, Upgradable>, NeverCloses>>;
/// The future of `write_owned`. Holds the lock alive.
pub type WriteOwned<D, T> = Wait<Permits<Access<Owner<D, T>, Writing>, NeverCloses>>;
/// The future of [`OwnedRwLockUpgradableReadGuard::upgrade`]. Holds the lock alive.
pub type UpgradeOwned<D, T> = Wait<Upgrading<Owner<D, T>>>;

/// A kind of access, with the number of permits that it takes.
pub trait Kind {
    #[doc(hidden)]
    const PERMITS: usize;
}

/// Beside others.
pub enum Reading {}
/// Beside readers.
pub enum Upgradable {}
/// Alone.
pub enum Writing {}

impl Kind for Reading {
    const PERMITS: usize = raw::READ;
}

impl Kind for Upgradable {
    const PERMITS: usize = raw::UPGRADABLE;
}

impl Kind for Writing {
    const PERMITS: usize = raw::WRITE;
}

/// A counted pointer to a lock.
pub struct Owner<D: Domain, T: ?Sized>(pub(super) D::Ref<RwLock<D, T>>);

/// A way to reach a lock.
///
/// # Safety
///
/// As for [`Handle`].
pub unsafe trait Reach {
    type Domain: Domain;
    type Value: ?Sized;

    #[doc(hidden)]
    fn lock(&self) -> &RwLock<Self::Domain, Self::Value>;
}

// SAFETY: a reference leads to the same lock wherever it moves.
unsafe impl<D: Domain, T: ?Sized> Reach for &RwLock<D, T> {
    type Domain = D;
    type Value = T;

    #[inline(always)]
    fn lock(&self) -> &RwLock<D, T> {
        self
    }
}

// SAFETY: a counted pointer leads to the same lock wherever it moves, and keeps it alive.
unsafe impl<D: Domain, T: ?Sized> Reach for Owner<D, T> {
    type Domain = D;
    type Value = T;

    #[inline(always)]
    fn lock(&self) -> &RwLock<D, T> {
        &self.0
    }
}

/// A way to reach a lock, and what for.
pub struct Access<H, K>(pub(super) H, PhantomData<K>);

impl<H, K> Access<H, K> {
    #[inline(always)]
    pub(super) fn new(reach: H) -> Self {
        Self(reach, PhantomData)
    }
}

impl<H: Reach, K: Kind> Release for Access<H, K> {
    #[inline(always)]
    fn release(&self) {
        self.0.lock().raw.release(K::PERMITS);
    }
}

macro_rules! handle {
    ($kind:ident => $guard:ident, $owned:ident) => {
        // SAFETY: as `Reach` promises.
        unsafe impl<'a, D: Domain, T: ?Sized> Handle for Access<&'a RwLock<D, T>, $kind> {
            type Domain = D;
            type Permit = $guard<'a, D, T>;

            #[inline(always)]
            fn raw(&self) -> &RawSemaphore<D> {
                &self.0.raw.permits
            }

            #[inline(always)]
            fn take_now(&self, _: usize) -> bool {
                self.0.raw.take_now($kind::PERMITS)
            }

            #[inline(always)]
            fn gave_back(&self) {
                self.0.raw.gave_back($kind::PERMITS);
            }

            #[inline(always)]
            fn permit(self, _: usize) -> $guard<'a, D, T> {
                $guard::new(self)
            }
        }

        // SAFETY: as `Reach` promises.
        unsafe impl<D: Domain, T: ?Sized> Handle for Access<Owner<D, T>, $kind> {
            type Domain = D;
            type Permit = $owned<D, T>;

            #[inline(always)]
            fn raw(&self) -> &RawSemaphore<D> {
                &self.0.lock().raw.permits
            }

            #[inline(always)]
            fn take_now(&self, _: usize) -> bool {
                self.0.lock().raw.take_now($kind::PERMITS)
            }

            #[inline(always)]
            fn gave_back(&self) {
                self.0.lock().raw.gave_back($kind::PERMITS);
            }

            #[inline(always)]
            fn permit(self, _: usize) -> $owned<D, T> {
                $owned::new(self)
            }
        }
    };
}

handle!(Reading => RwLockReadGuard, OwnedRwLockReadGuard);
handle!(Upgradable => RwLockUpgradableReadGuard, OwnedRwLockUpgradableReadGuard);
handle!(Writing => RwLockWriteGuard, OwnedRwLockWriteGuard);

/// The request of an upgrade. Its handle is the upgradable access, which it gives up when it is
/// dropped.
pub struct Upgrading<H>(PhantomData<H>);

/// What an upgrade turns its handle into.
pub trait Upgraded: Reach + Sized {
    #[doc(hidden)]
    type Guard;

    #[doc(hidden)]
    fn upgraded(access: Access<Self, Writing>) -> Self::Guard;
}

impl<'a, D: Domain, T: ?Sized> Upgraded for &'a RwLock<D, T> {
    type Guard = RwLockWriteGuard<'a, D, T>;

    #[inline(always)]
    fn upgraded(access: Access<Self, Writing>) -> Self::Guard {
        RwLockWriteGuard::new(access)
    }
}

impl<D: Domain, T: ?Sized> Upgraded for Owner<D, T> {
    type Guard = OwnedRwLockWriteGuard<D, T>;

    #[inline(always)]
    fn upgraded(access: Access<Self, Writing>) -> Self::Guard {
        OwnedRwLockWriteGuard::new(access)
    }
}

/// The upgradable access of an upgrade that is not through.
pub struct Base<H: Reach>(pub(super) Hold<Access<H, Upgradable>>);

impl<H: Reach> Base<H> {
    fn raw(&self) -> &RawRwLock<H::Domain> {
        &self.0.of().0.lock().raw
    }
}

/// Gives back what an upgrade has withheld.
struct GiveUp<'a, D: Domain>(&'a RawRwLock<D>);

impl<D: Domain> Drop for GiveUp<'_, D> {
    fn drop(&mut self) {
        self.0.give_up_upgrade();
    }
}

// SAFETY: the queue is a field of the lock, of which `Reach` promises what is asked for here.
unsafe impl<H: Upgraded> Request for Upgrading<H> {
    type Domain = H::Domain;
    type Handle = Base<H>;
    type Output = H::Guard;
    type Verdict = ();

    const GRANTED: () = ();
    const TAKEN: () = ();

    #[inline(always)]
    fn queue(base: &Base<H>) -> &WaitQueue<H::Domain> {
        &base.raw().upgrade
    }

    #[inline(always)]
    fn try_now(base: &Base<H>, _: usize) -> bool {
        base.raw().try_upgrade()
    }

    fn start(base: &Base<H>, place: Place<'_, H::Domain>, sleeper: Sleeper<H::Domain>) -> Poll<()> {
        base.raw().start_upgrade(place, sleeper)
    }

    fn poll(base: &Base<H>, place: Place<'_, H::Domain>, cx: &mut Context<'_>) -> Poll<()> {
        base.raw().poll_upgrade(place, cx)
    }

    fn abandon(base: &Base<H>, place: Place<'_, H::Domain>) {
        // Also when the waker that was left in the place panics.
        let _then = GiveUp(base.raw());
        base.raw().abandon_upgrade(place);
    }

    fn left(base: &Base<H>) {
        base.raw().give_up_upgrade();
    }

    fn complete(base: Base<H>, _: usize, (): ()) -> H::Guard {
        H::upgraded(Access::new(base.0.keep().0))
    }
}
