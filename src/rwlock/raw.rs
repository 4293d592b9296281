//! How the three kinds of access share one number of permits.
//!
//! | access | permits | so that |
//! |---|---|---|
//! | read | 1 | many fit beside each other |
//! | upgradable read | more than half | one fits, and many readers beside it |
//! | write | all | nothing fits beside it |
//!
//! Taking, waiting, and who is next are then the [semaphore's](crate::raw_semaphore) affair, in one
//! line for all three, and a reader that comes takes one atomic step. More readers than there are
//! permits would have to wait, so their number cannot overflow.
//!
//! # Upgrading
//!
//! An upgrade needs the rest of the permits ahead of everybody in line: a writer in line waits for
//! the upgradable reader to leave, so to wait behind it would be to wait for ever. It *withholds*
//! the rest: takes it off the count whether it is there or not, so that the count is below zero by
//! as many readers as are still in. Nobody gets in any more, and each reader that leaves pays one
//! back. When the count is at zero, all permits are the upgrader's.
//!
//! It waits for that in a queue of its own. There is at most one in it, since upgradable readers
//! exclude each other. A reader that leaves publishes its permit first and then looks there; the
//! upgrader gets in line first and then looks at the count; so one of them sees the other, as in
//! the [queue's essay](crate::queue). A permit that is handed on directly is not published: then
//! the reader that got it is the one to look.

use std::task::{Context, Poll};

use crate::{
    domain::{Domain, Shared},
    fairness::Fairness,
    primitive::{Ordering, store_load_barrier},
    queue::{Place, Sleeper, Stage, WaitQueue, wake_last},
    raw_semaphore::RawSemaphore,
};

pub(super) const READ: usize = 1;
pub(super) const UPGRADABLE: usize = WRITE / 2 + 1;
pub(super) const WRITE: usize = RawSemaphore::<Shared>::MAX;
/// What an upgrade takes in addition.
const REST: usize = WRITE - UPGRADABLE;

/// A reader-writer lock without a value.
pub struct RawRwLock<D: Domain> {
    pub(super) permits: RawSemaphore<D>,
    /// For the one who upgrades.
    pub(super) upgrade: WaitQueue<D>,
}

impl<D: Domain> RawRwLock<D> {
    const_fn! {
        pub(super) fn new(fairness: Fairness) -> Self {
            Self {
                permits: RawSemaphore::new(WRITE, fairness),
                upgrade: WaitQueue::new(),
            }
        }
    }

    #[inline(always)]
    pub(super) fn take_now(&self, permits: usize) -> bool {
        if permits == WRITE {
            self.permits.take_whole_now(permits)
        } else {
            self.permits.take_now(permits)
        }
    }

    /// Gives permits back; those of a reader may be what an upgrade waits for.
    #[inline(always)]
    pub(super) fn release(&self, permits: usize) {
        if permits == WRITE {
            return self.permits.release_whole(permits);
        }
        if permits != READ {
            return self.permits.release(permits);
        }
        // Also when a waker of somebody else panics.
        let _then = LookAfterUpgrade(self);
        self.permits.release(permits);
    }

    /// Permits were given back by the semaphore itself, for a request that was dropped.
    #[inline(always)]
    pub(super) fn gave_back(&self, permits: usize) {
        if permits == READ {
            drop(LookAfterUpgrade(self));
        }
    }

    /// Takes what an upgrade needs in addition, if no reader is in.
    #[inline]
    pub(super) fn try_upgrade(&self) -> bool {
        self.permits.permits.try_take(REST).is_ok()
    }

    /// Whether the last reader has left after an upgrade has withheld the rest.
    fn is_drained(&self) -> bool {
        self.permits.permits.load(Ordering::SeqCst).count() >= 0
    }

    /// Withholds the rest, and gets in line.
    pub(super) fn start_upgrade(&self, place: Place<'_, D>, sleeper: Sleeper<D>) -> Poll<()> {
        self.permits.permits.withhold(REST);
        place.enqueue(sleeper);
        store_load_barrier();
        self.serve_upgrade();
        Self::outcome(place)
    }

    pub(super) fn poll_upgrade(&self, place: Place<'_, D>, cx: &mut Context<'_>) -> Poll<()> {
        // `Queued` if linked, as nobody is woken to compete here.
        if !place.stage().is_linked() || place.will_wake(cx.waker()) {
            return Self::outcome(place);
        }
        let waker = Sleeper::of(cx);
        let mut list = self.upgrade.lock();
        let unused = place.renew_if_linked(&mut list, waker);
        drop(list);
        store_load_barrier();
        self.serve_upgrade();
        drop(unused);
        Self::outcome(place)
    }

    fn outcome(place: Place<'_, D>) -> Poll<()> {
        match place.stage() {
            Stage::Granted => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    /// Leaves the line, granted or not.
    pub(super) fn abandon_upgrade(&self, place: Place<'_, D>) {
        if place.stage().is_linked() {
            let mut list = self.upgrade.lock();
            let old = place.stage().is_linked().then(|| place.leave(&mut list));
            drop(list);
            drop(old);
        }
    }

    /// Gives back what an upgrade had withheld.
    pub(super) fn give_up_upgrade(&self) {
        self.permits.release(REST);
    }

    /// Lets the upgrade through, if one waits and the readers have left. Where another thread is in
    /// its queue, that one looks again when it leaves.
    #[cold]
    fn serve_upgrade(&self) {
        while self.is_drained()
            && let Some(mut list) = self.upgrade.try_lock()
        {
            // Once more: the upgrade that was drained may be over, and this one the next.
            let waker = self
                .is_drained()
                .then(|| list.finish_front(Stage::Granted))
                .flatten();
            drop(list);
            store_load_barrier();
            if let Some(waker) = waker {
                return wake_last(waker);
            }
        }
    }
}

struct LookAfterUpgrade<'a, D: Domain>(&'a RawRwLock<D>);

impl<D: Domain> Drop for LookAfterUpgrade<'_, D> {
    #[inline(always)]
    fn drop(&mut self) {
        store_load_barrier();
        if !self.0.upgrade.peek(Ordering::SeqCst).is_idle() {
            self.0.serve_upgrade();
        }
    }
}
