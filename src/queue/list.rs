//! The list, seen by the thread that holds its lock.

#![allow(unsafe_code)] // Follows pointers to waiters, by the invariants of the queue's essay.

use std::{mem, ptr};

use super::{
    sleeper::Sleeper,
    wait_queue::{Marks, Snapshot, WaitQueue},
    waiter::{Stage, Waiter},
    wake_batch::{CAPACITY, WakeBatch},
};
use crate::domain::Domain;

/// The right to work on the list of a [`WaitQueue`]; dropping it unlocks.
///
/// Whoever had one looks for published work afterwards, see the [module](super). No method runs
/// user code: wakers are moved into a [`WakeBatch`] or returned.
pub(crate) struct List<'a, D: Domain> {
    queue: &'a WaitQueue<D>,
    /// The word as this holder last saw it; registrations may have changed it since.
    seen: Snapshot<D>,
    /// The marks that the word gets with the unlock.
    pub(crate) marks: Marks,
}

impl<'a, D: Domain> List<'a, D> {
    /// The caller has just set LOCKED, giving `seen`.
    #[inline(always)]
    pub(super) fn enter(queue: &'a WaitQueue<D>, seen: Snapshot<D>) -> Self {
        let list = Self::enter_bare(queue, seen);
        list.link();
        list
    }

    /// [`enter`](Self::enter) without the links. What is right of the head of the list as a holder
    /// leaves (I6) is so when the next one comes.
    #[inline(always)]
    pub(super) fn enter_bare(queue: &'a WaitQueue<D>, seen: Snapshot<D>) -> Self {
        Self {
            queue,
            seen,
            marks: seen.marks(),
        }
    }

    pub(super) fn is_of(&self, queue: &WaitQueue<D>) -> bool {
        ptr::eq(self.queue, queue)
    }

    /// Completes the links of those that registered since the last holder, and finds the oldest.
    #[inline]
    fn link(&self) {
        let mut node = self.seen.newest();
        if !D::SHARED {
            // SAFETY: the lock is held. All links are there; the oldest is not where it is alone
            // (I6).
            unsafe {
                if self.queue.oldest().is_null() {
                    self.queue.set_oldest(node);
                }
            }
            return;
        }
        // SAFETY: the waiters are alive by I1 and their links guarded by the lock (I2), which is
        // held.
        while let Some(this) = unsafe { node.as_ref() } {
            let older = this.older();
            // SAFETY: as above.
            let Some(behind) = (unsafe { older.as_ref() }) else {
                // SAFETY: the lock is held.
                return unsafe { self.queue.set_oldest(node) };
            };
            // SAFETY: as above.
            if unsafe { behind.newer() } == node {
                return;
            }
            // SAFETY: as above.
            unsafe { behind.set_newer(node) };
            node = older;
        }
    }

    fn front(&self) -> Option<&Waiter<D>> {
        // SAFETY: the lock is held, and the oldest is alive by I1 for as long as it is linked,
        // which only a method with `&mut self` changes.
        unsafe { self.queue.oldest().as_ref() }
    }

    pub(super) fn is_front(&self, waiter: &Waiter<D>) -> bool {
        // SAFETY: the lock is held.
        ptr::eq(unsafe { self.queue.oldest() }, waiter)
    }

    /// What the first in line asks for.
    #[inline]
    pub(crate) fn front_need(&self) -> Option<usize> {
        self.front().map(Waiter::need)
    }

    /// What the last in line asks for, as far as this holder knows.
    pub(crate) fn back_need(&self) -> Option<usize> {
        // SAFETY: the lock is held, and who is linked is alive (I1).
        unsafe { self.seen.newest().as_ref() }.map(Waiter::need)
    }

    /// Whether the first in line was woken to compete, and has not come yet.
    pub(crate) fn front_is_woken(&self) -> bool {
        self.front()
            .is_some_and(|waiter| waiter.stage() == Stage::Woken)
    }

    /// An empty batch for those at the front.
    ///
    /// If the first of them sleeps where another thread has to wake up, it is to be woken alone:
    /// the rest are taken off while that thread does so. For those to whom it makes no difference
    /// what others do in between.
    #[inline]
    pub(crate) fn new_batch(&self) -> WakeBatch<D> {
        let queued = |front: &&Waiter<D>| front.stage() == Stage::Queued;
        let goes_ahead = D::SHARED
            && self.front().filter(queued).is_some_and(|front| {
                // SAFETY: `Queued`, and the lock is held.
                unsafe { front.sleeps_afar() }
            });
        WakeBatch::with_room(if goes_ahead { 1 } else { CAPACITY })
    }

    /// Counts a pass against the first in line; the count so far.
    pub(crate) fn pass_over_front(&mut self) -> usize {
        self.front().map_or(0, Waiter::pass_over)
    }

    /// How many are in line. Walks all of them.
    pub(crate) fn len(&self) -> usize {
        let mut node = self.seen.newest();
        let mut len = 0;
        // SAFETY: the lock is held, and who is reachable is alive by I1.
        while let Some(waiter) = unsafe { node.as_ref() } {
            len += 1;
            node = waiter.older();
        }
        len
    }

    /// Has the first in line compete; it stays there. Gives the waker to wake, unless it was woken
    /// before.
    #[inline]
    pub(crate) fn rouse_front(&mut self) -> Option<Sleeper<D>> {
        let front = self
            .front()
            .filter(|front| front.stage() == Stage::Queued)?;
        // SAFETY: `Queued`, with the lock held, and the stage is left, as I3 asks.
        let waker = unsafe { front.take_sleeper() };
        front.set_stage(Stage::Woken);
        Some(waker)
    }

    /// Takes the first in line off with a result, `Granted` or `Closed`; gives its waker, if it has
    /// one.
    #[inline]
    pub(crate) fn finish_front(&mut self, result: Stage) -> Option<Sleeper<D>> {
        // SAFETY: the lock is held, and the oldest is null or linked here.
        unsafe { self.finish_one(self.queue.oldest(), result) }
    }

    /// Takes the last in line off, as far as this holder knows, as
    /// [`finish_front`](Self::finish_front) does the first.
    pub(crate) fn finish_back(&mut self, result: Stage) -> Option<Sleeper<D>> {
        // SAFETY: the newest is null or linked here.
        unsafe { self.finish_one(self.seen.newest(), result) }
    }

    /// # Safety
    ///
    /// The waiter is null or linked here.
    #[inline]
    unsafe fn finish_one(&mut self, waiter: *mut Waiter<D>, result: Stage) -> Option<Sleeper<D>> {
        if waiter.is_null() {
            return None;
        }
        // SAFETY: linked here, thus alive (I1); then it is not, and no reference to it is left.
        unsafe {
            self.unlink(&*waiter);
            if (*waiter).stage() == Stage::Queued {
                Some(Waiter::finish_queued(waiter, result))
            } else {
                Waiter::end(waiter, result);
                None
            }
        }
    }

    /// [`finish_front`](Self::finish_front) and leaving in one step, where the first in line is the
    /// only one, and has not been woken. Otherwise the list is given back as it was.
    #[inline]
    pub(crate) fn finish_only(mut self, result: Stage) -> Result<Sleeper<D>, Self> {
        // SAFETY: the lock is held.
        let front = unsafe { self.queue.oldest() };
        if front.is_null() || front != self.seen.newest() {
            return Err(self);
        }
        // SAFETY: linked, thus alive (I1).
        debug_assert_eq!(unsafe { (*front).stage() }, Stage::Queued);
        // SAFETY: as above, and `Leaving` keeps it so after it was unlinked; and the lock is held.
        unsafe {
            if D::SHARED {
                (*front).set_stage(Stage::Leaving);
            }
            self.queue.set_oldest(ptr::null_mut());
        }
        if let Err(now) = self.queue.try_leave_empty(self.seen) {
            self.seen = now;
            // SAFETY: still linked, and the lock still held.
            unsafe {
                (*front).set_stage(Stage::Queued);
                self.queue.set_oldest(front);
            }
            self.link();
            return Err(self);
        }
        mem::forget(self);
        // SAFETY: unlinked, and no reference to it is left.
        Ok(unsafe { Waiter::finish_queued(front, result) })
    }

    /// What the first in line ask for together: as many of them as one batch has room for, and
    /// `budget` suffices for. The third is what the next one asks for, if it has to stay for want
    /// of it.
    pub(crate) fn afford(&self, budget: usize, room: usize) -> (usize, usize, Option<usize>) {
        let (mut count, mut sum) = (0, 0);
        let mut next = self.front();
        while let Some(waiter) = next {
            if waiter.need() > budget - sum {
                return (count, sum, Some(waiter.need()));
            }
            if count == room {
                break;
            }
            count += 1;
            sum += waiter.need();
            // SAFETY: the lock is held, and who is linked is alive (I1).
            next = unsafe { waiter.newer().as_ref() };
        }
        (count, sum, None)
    }

    /// Takes the first `count` in line off with a result, or all that this holder knows of.
    pub(crate) fn finish_many(&mut self, count: usize, result: Stage, wakers: &mut WakeBatch<D>) {
        let mut left = count;
        if left > 0 && self.front_is_woken() {
            let waker = self.finish_front(result);
            debug_assert!(waker.is_none(), "it was woken with it");
            left -= 1;
        }
        let wanted = |_| match left.checked_sub(1) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        self.finish_while(wanted, result, wakers);
    }

    /// Takes the first in line off with a result for as long as `wanted` says yes to what they ask
    /// for, and the batch has room; nobody where the first was woken to compete. The one that is
    /// said no to may be asked about twice.
    #[inline]
    pub(crate) fn finish_while(
        &mut self,
        mut wanted: impl FnMut(usize) -> bool,
        result: Stage,
        wakers: &mut WakeBatch<D>,
    ) {
        if self.front_is_woken() {
            return;
        }
        loop {
            self.finish_followed(&mut wanted, result, wakers);
            // The last that this holder knows of has to come off the word.
            if wakers.is_full() || !self.front_need().is_some_and(&mut wanted) {
                return;
            }
            if let Some(waker) = self.finish_front(result) {
                wakers.push(waker);
            }
        }
    }

    /// [`finish_while`](Self::finish_while), for those that have followers, as far as this holder
    /// knows. The first was not woken.
    ///
    /// Each is finished while its follower's link still points to it, perhaps to a new waiter at
    /// the same address: nobody but this holder follows that link, and it is mended before
    /// anything else is done with the list. (The follower looks whether it is null, to learn
    /// whether it is alone; until the mending it is not.)
    #[inline(always)]
    fn finish_followed(
        &mut self,
        mut wanted: impl FnMut(usize) -> bool,
        result: Stage,
        wakers: &mut WakeBatch<D>,
    ) {
        // SAFETY: the lock is held.
        let oldest = unsafe { self.queue.oldest() };
        if oldest.is_null() {
            return;
        }
        let mut node = oldest;
        wakers.fill(|| {
            // SAFETY: linked, thus alive (I1), and the lock is held.
            let newer = unsafe { (*node).newer() };
            // SAFETY: as above.
            if newer.is_null() || !wanted(unsafe { (*node).need() }) {
                return None;
            }
            // SAFETY: as above.
            debug_assert_eq!(unsafe { (*node).stage() }, Stage::Queued);
            // SAFETY: out of the list with `begin_with` below, which is all that holds it there,
            // and no reference to it is left. It is `Queued`, as whoever stands behind the first is
            // (I8), and the first itself.
            let waker = unsafe { Waiter::finish_queued(node, result) };
            node = newer;
            Some(waker)
        });
        if node != oldest {
            self.begin_with(node);
        }
    }

    /// Makes a linked waiter the oldest.
    fn begin_with(&mut self, node: *mut Waiter<D>) {
        // SAFETY: the lock is held, and the waiter is linked, thus alive (I1).
        unsafe {
            (*node).set_older(ptr::null_mut());
            self.queue.set_oldest(node);
        }
    }

    /// Takes a waiter off and gives its waker, if it has one. Says whether it was the first in
    /// line.
    ///
    /// # Safety
    ///
    /// The waiter is linked in this list, and the caller is its owner.
    pub(super) unsafe fn remove(&mut self, waiter: &Waiter<D>) -> (Option<Sleeper<D>>, bool) {
        let first = self.is_front(waiter);
        // SAFETY: linked here, by the contract.
        unsafe { self.unlink(waiter) };
        let queued = waiter.stage() == Stage::Queued;
        // SAFETY: `Queued`, with the lock held; the owner sets the stage next, as I3 asks.
        let waker = queued.then(|| unsafe { waiter.take_sleeper() });
        waiter.give_up();
        (waker, first)
    }

    /// # Safety
    ///
    /// The waiter is linked in this list.
    #[inline]
    unsafe fn unlink(&mut self, waiter: &Waiter<D>) {
        let node = ptr::from_ref(waiter).cast_mut();
        let older = waiter.older();
        // SAFETY: for all below, the lock is held (I2), and neighbours are linked, thus alive (I1).
        unsafe {
            if waiter.newer().is_null() && self.detach(node, older) {
                match older.as_ref() {
                    Some(behind) => behind.set_newer(ptr::null_mut()),
                    None => self.queue.set_oldest(ptr::null_mut()),
                }
                return;
            }
            let newer = waiter.newer();
            (*newer).set_older(older);
            match older.as_ref() {
                Some(behind) => behind.set_newer(newer),
                None => self.queue.set_oldest(newer),
            }
        }
    }

    /// Takes the newest waiter that this holder knows off the word. Where others have registered
    /// since, it links them instead and says no.
    unsafe fn detach(&mut self, newest: *mut Waiter<D>, older: *mut Waiter<D>) -> bool {
        // SAFETY: the lock is held.
        match unsafe { self.queue.try_detach(newest, older) } {
            Ok(seen) => {
                self.seen = seen;
                if seen.is_empty() {
                    // Who registers from here on inherits nothing.
                    self.marks = Marks::NONE;
                }
                true
            }
            Err(seen) => {
                self.seen = seen;
                self.link();
                false
            }
        }
    }
}

impl<D: Domain> Drop for List<'_, D> {
    #[inline]
    fn drop(&mut self) {
        loop {
            let newest = self.seen.newest();
            // SAFETY: the lock is held.
            unsafe {
                if self.queue.oldest() == newest {
                    // Alone, or nobody: keeps I6.
                    self.queue.set_oldest(ptr::null_mut());
                }
            }
            match self.queue.try_leave(self.seen, self.marks) {
                Ok(()) => return,
                Err(now) => self.seen = now,
            }
        }
    }
}
