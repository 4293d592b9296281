//! How permits move: taking, waiting, giving back, and what the holder of the list does.
//!
//! The state is two words. `permits` says what is free; the queue's word says who waits. A newcomer
//! may take only what the *gate* lets through: under `Strict` nobody may wait, under
//! `Throughput` only the mark `DUE` keeps it out.
//!
//! # Strict
//!
//! While anybody is queued, what is free belongs to the front of the queue. A release that finds a
//! queue enters the list with its permits in hand and gives them out from there; where the list is
//! busy it puts them into `permits`, and the holder finds them. A newcomer that read the empty
//! queue before somebody registered may still take what came free afterwards: it had arrived first.
//!
//! # Throughput
//!
//! A release puts its permit into `permits` and wakes the front, which stays in line, `Woken`, and
//! takes the permit when it is polled, if it is still there. The mark `WOKEN` says that the front
//! is on its way, so that further releases need not touch the list; it looks at `permits` when it
//! comes, and on its way out it wakes its follower if more is free. A front that came in vain
//! `MAX_PASSES` times sets `DUE`, and the semaphore is strict until it has been served. Several
//! permits released at once, or piled up before the front has come, are handed out directly:
//! waking them one by one would be slower than any overtaking is worth, and a writer that leaves a
//! reader-writer lock lets those that have piled up behind it through.

use std::{
    mem,
    ops::Range,
    task::{Context, Poll},
};

use super::RawSemaphore;
use crate::{
    closed::Closed,
    domain::Domain,
    fairness::Fairness,
    primitive::{Ordering, store_load_barrier},
    queue::{FirstPanic, List, Marks, Place, Sleeper, Stage, WakeBatch, wake_last},
};

/// The front was woken and has not come yet. Only under `Throughput`.
pub(super) const WOKEN: Marks = Marks::FIRST;
/// The front was passed over too often, and gets what comes next. Only under `Throughput`.
pub(super) const DUE: Marks = Marks::SECOND;

/// So many free permits are worth entering the list for while its front is on its way. Who comes
/// next would be woken by the front, one after the other, and that takes its time where they are
/// of different runtimes.
///
/// Not two: tasks that release and acquire again leave two for a moment all the time, and what is
/// handed out nobody can take again. Not nearly all that there can be, either: then it is a
/// reader-writer lock that a reader has left, and the front is a writer that wants all.
const PILE: Range<isize> = 3..isize::MAX >> 8;

/// When the list is worth entering again.
#[derive(Clone, Copy)]
enum Again {
    /// There is more to do: the batch of wakers was full, or a newcomer was faster.
    Now,
    /// When so many permits are free.
    When(usize),
    /// When the front comes by itself.
    Never,
}

/// Permits that were taken in the course of a poll, and are nobody's yet: they go back should user
/// code panic before they are kept.
struct Taken<'a, D: Domain>(&'a RawSemaphore<D>, usize);

impl<D: Domain> Taken<'_, D> {
    /// They are the future's now.
    fn keep(self) -> Poll<Result<(), Closed>> {
        mem::forget(self);
        Poll::Ready(Ok(()))
    }
}

impl<D: Domain> Drop for Taken<'_, D> {
    fn drop(&mut self) {
        self.0.release(self.1);
    }
}

impl<D: Domain> RawSemaphore<D> {
    /// Takes `n` permits if they are free and nobody has the first claim.
    #[inline(always)]
    pub(crate) fn take_now(&self, n: usize) -> bool {
        // Acquire: who registered before this call, as far as this thread can know, is seen.
        let line = self.queue.peek(Ordering::Acquire);
        (line.lets_through(self.gate) || n == 0) && self.permits.try_take(n).is_ok()
    }

    /// [`take_now`](Self::take_now) for a lock: all that there is.
    #[inline(always)]
    pub(crate) fn take_whole_now(&self, whole: usize) -> bool {
        let line = self.queue.peek(Ordering::Acquire);
        line.lets_through(self.gate) && self.permits.take_whole(whole)
    }

    /// The first poll, which found nothing to take: gets in line.
    #[inline(always)]
    pub(crate) fn start(
        &self,
        place: Place<'_, D>,
        sleeper: Sleeper<D>,
    ) -> Poll<Result<(), Closed>> {
        let first = place.enqueue(sleeper);
        store_load_barrier();
        let permits = self.permits.load(Ordering::SeqCst);
        // Where somebody was in line before, looking after the front is their affair, not ours.
        if permits.is_closed() || first && permits.allows(place.need()) {
            return self.start_over(place);
        }
        if !first && let Some(list) = self.queue.try_lock_in_turn() {
            return self.only_looked(place, list);
        }
        Poll::Pending
    }

    /// Leaves a list that was only entered to complete its links.
    #[inline(never)]
    fn only_looked<'a>(
        &'a self,
        place: Place<'_, D>,
        list: List<'a, D>,
    ) -> Poll<Result<(), Closed>> {
        let again = list.front_need().map_or(Again::When(1), Again::When);
        drop(list);
        store_load_barrier();
        if self.is_worth(again) {
            self.serve(0, false);
        }
        Self::outcome(place)
    }

    /// Something was released while this waiter got in line; or it is closed, as it may have been
    /// before.
    #[cold]
    fn start_over(&self, place: Place<'_, D>) -> Poll<Result<(), Closed>> {
        if self.is_closed() {
            if let Ok(waker) = place.leave_alone() {
                drop(waker);
                return Poll::Ready(Err(Closed));
            }
        } else if self.fairness() == Fairness::Throughput {
            // Otherwise others were faster, and come by here when they are done.
            let Some(taken) = self.take(place.need()) else {
                return Poll::Pending;
            };
            self.leave_with_permits(place);
            return taken.keep();
        }
        self.serve(0, false);
        Self::outcome(place)
    }

    /// A later poll.
    #[inline(always)]
    pub(crate) fn poll_queued(
        &self,
        place: Place<'_, D>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Closed>> {
        let mut stage = place.stage_now();
        if stage == Stage::Leaving {
            if place.will_wake(cx.waker()) {
                // Whoever took it out of line is about to wake it.
                return Poll::Pending;
            }
            // Settled, it may be in line again, and then this waker has to get there.
            stage = place.stage();
        }
        if !stage.is_linked() {
            return Self::outcome(place);
        }
        if self.fairness() == Fairness::Throughput
            && !self.queue.peek(Ordering::Acquire).marks().contains(DUE)
            && let Some(taken) = self.take(place.need())
        {
            self.leave_with_permits(place);
            return taken.keep();
        }
        if stage == Stage::Queued && place.will_wake(cx.waker()) {
            return Poll::Pending;
        }
        match self.wait_on(place, Sleeper::of(cx)) {
            Ok(()) => Poll::Pending,
            Err(waker) => self.wait_again(place, waker),
        }
    }

    /// Takes permits past the line, and gives them back should user code panic before they are
    /// kept.
    fn take(&self, n: usize) -> Option<Taken<'_, D>> {
        self.permits.try_take(n).ok()?;
        Some(Taken(self, n))
    }

    fn outcome(place: Place<'_, D>) -> Poll<Result<(), Closed>> {
        match place.stage() {
            Stage::Granted => Poll::Ready(Ok(())),
            Stage::Closed => Poll::Ready(Err(Closed)),
            Stage::Idle | Stage::Queued | Stage::Woken | Stage::Leaving => Poll::Pending,
        }
    }

    /// The waiter took its permits past the line, and leaves it.
    fn leave_with_permits(&self, place: Place<'_, D>) {
        let Err(()) = place.leave_alone().map(drop) else {
            return;
        };
        let list = self.queue.lock();
        match place.stage() {
            // It has them twice.
            Stage::Granted => self.settle(list, place.need(), true),
            Stage::Idle | Stage::Leaving | Stage::Closed => self.settle(list, 0, false),
            Stage::Queued | Stage::Woken => self.leave_list(place, list),
        }
    }

    /// [`wait_again`](Self::wait_again), cut down to what it nearly always is under `Throughput`:
    /// others were faster than the front that was woken, and may be so again.
    #[inline(always)]
    fn wait_on(&self, place: Place<'_, D>, waker: Sleeper<D>) -> Result<(), Sleeper<D>> {
        let line = self.queue.peek(Ordering::Relaxed);
        if line.marks() != WOKEN || place.passes() + 1 >= Fairness::MAX_PASSES {
            return Err(waker);
        }
        place.wait_on(waker, line, Marks::NONE)?;
        store_load_barrier();
        if self.is_worth(Again::When(place.need())) {
            self.serve(0, false);
        }
        Ok(())
    }

    /// Still in line: with a new waker, or after a wake in vain.
    #[cold]
    fn wait_again(&self, place: Place<'_, D>, waker: Sleeper<D>) -> Poll<Result<(), Closed>> {
        let mut list = self.queue.lock();
        let stage = place.stage();
        if !stage.is_linked() {
            self.settle(list, 0, false);
            return Self::outcome(place);
        }
        if stage == Stage::Woken {
            // Once more, with the list in hand: what is free now would only wake us again.
            if let Some(taken) = self.take(place.need()) {
                self.leave_list(place, list);
                // User code, so it comes while the permits are in `taken`'s care.
                drop(waker);
                return taken.keep();
            }
            if list.pass_over_front() >= Fairness::MAX_PASSES {
                list.marks.set(DUE, true);
            }
        }
        let old = place.renew(&mut list, waker);
        self.settle(list, 0, false);
        drop(old);
        Self::outcome(place)
    }

    /// Gives up a wait.
    pub(crate) fn abandon(&self, place: Place<'_, D>) {
        if place.stage() == Stage::Closed {
            return;
        }
        if place.stage() == Stage::Granted {
            return self.release(place.need());
        }
        let list = self.queue.lock();
        match place.stage() {
            Stage::Queued | Stage::Woken => self.leave_list(place, list),
            Stage::Granted => self.settle(list, place.need(), true),
            Stage::Idle | Stage::Leaving | Stage::Closed => self.settle(list, 0, false),
        }
    }

    /// Takes a linked waiter out of line. Who stood behind the front may be served now.
    fn leave_list<'a>(&'a self, place: Place<'_, D>, mut list: List<'a, D>) {
        let (waker, was_front) = place.leave(&mut list);
        if was_front {
            list.marks.set(DUE, false);
        }
        self.settle(list, 0, false);
        drop(waker);
    }

    /// Gives `n` permits back, to whoever is next. Never waits for another thread.
    #[inline(always)]
    pub(crate) fn release(&self, n: usize) {
        self.release_by(n, || self.permits.put(n));
    }

    /// [`release`](Self::release) for a lock: all that there is.
    #[inline(always)]
    pub(crate) fn release_whole(&self, whole: usize) {
        self.release_by(whole, || self.permits.put_whole(whole));
    }

    #[inline(always)]
    fn release_by(&self, n: usize, put: impl FnOnce()) {
        if self.queue.peek(Ordering::Relaxed).is_idle() {
            put();
            store_load_barrier();
            if !D::SHARED || self.queue.peek(Ordering::SeqCst).is_idle() {
                return;
            }
            self.look_after(0);
        } else {
            self.look_after(n);
        }
    }

    /// A release of `n` permits, or of permits that are published already, has found that somebody
    /// is in line or in the list.
    #[inline(never)]
    fn look_after(&self, n: usize) {
        match self.fairness() {
            Fairness::Strict => self.hand_over(n),
            Fairness::Throughput => self.offer(n),
        }
    }

    /// [`serve`](Self::serve) under `Strict`, cut down to what it nearly always is: nothing is
    /// free, and the front asks for just what comes.
    #[inline(always)]
    fn hand_over(&self, n: usize) {
        let Some(list) = self.queue.try_lock() else {
            return self.serve(n, true);
        };
        let plain = self.permits.load(Ordering::Acquire).is_bare() && list.front_need() == Some(n);
        if !plain {
            return self.settle(list, n, true);
        }
        let (waker, again) = match list.finish_only(Stage::Granted) {
            Ok(waker) => (Some(waker), Again::When(1)),
            Err(mut list) => {
                let waker = list.finish_front(Stage::Granted);
                (waker, Again::When(list.front_need().unwrap_or(1)))
            }
        };
        self.wake_and_look(waker, again);
    }

    /// Out of the list, with one to wake at most: looks for what was published meanwhile, and
    /// wakes.
    #[inline(always)]
    fn wake_and_look(&self, waker: Option<Sleeper<D>>, again: Again) {
        store_load_barrier();
        // On one thread nothing was published since it entered the list.
        if D::SHARED && self.is_worth(again) {
            return self.wake_and_serve(waker);
        }
        if let Some(waker) = waker {
            wake_last(waker);
        }
    }

    #[cold]
    fn wake_and_serve(&self, waker: Option<Sleeper<D>>) {
        let mut panic = FirstPanic::new();
        panic.catch(|| self.serve(0, false));
        if let Some(waker) = waker {
            panic.catch(|| waker.wake());
        }
        panic.resume();
    }

    /// [`serve`](Self::serve) under `Throughput`, cut down to what it nearly always is: one permit
    /// comes, and the front can use it, or is on its way.
    #[inline(always)]
    fn offer(&self, n: usize) {
        if n > 1 {
            return self.serve(n, true);
        }
        self.put_hand(n);
        store_load_barrier();
        let line = self.queue.peek(Ordering::SeqCst);
        if line.marks().contains(WOKEN) && !line.marks().contains(DUE) {
            if PILE.contains(&self.permits.load(Ordering::Relaxed).count()) {
                self.share_out();
            }
            return;
        }
        let Some(mut list) = self.queue.try_lock_from(line) else {
            return;
        };
        let usable = |need| self.permits.load(Ordering::Acquire).allows(need);
        if list.marks.contains(DUE) || !list.front_need().is_some_and(usable) {
            return self.settle(list, 0, true);
        }
        let waker = list.rouse_front();
        list.marks.set(WOKEN, true);
        drop(list);
        self.wake_and_look(waker, Again::Never);
    }

    /// More has come together than the front will take, which is on its way: it is handed out, from
    /// the front on. Where another thread is in the list, it is left at that.
    #[inline(never)]
    fn share_out(&self) {
        let Some(list) = self.queue.try_lock() else {
            return;
        };
        let more = PILE.start.cast_unsigned() - 1;
        let free = self.permits.load(Ordering::Relaxed);
        let piled_up = list.front_need().is_some_and(|n| free.allows(n + more));
        self.settle_all(list, 0, piled_up, false);
    }

    /// Looks after the queue, with `hand` permits that are not in `permits` yet. Where another
    /// thread is in the list, that one looks after it when it leaves.
    pub(crate) fn serve(&self, hand: usize, released: bool) {
        if let Some(list) = self.queue.try_lock() {
            return self.settle(list, hand, released);
        }
        if hand == 0 {
            return;
        }
        self.permits.put(hand);
        if let Some(list) = self.queue.try_lock() {
            self.settle_all(list, 0, hand > 1, released);
        }
    }

    /// Does what there is to do in the list, leaves it, wakes, and looks for what was published
    /// meanwhile, until there is nothing. Whoever leaves the list by another way has left no more
    /// behind than it looks for itself.
    ///
    /// A waker that panics keeps nobody from being served; the first panic goes on when all is
    /// done.
    pub(crate) fn settle<'a>(&'a self, list: List<'a, D>, hand: usize, released: bool) {
        // What is released together is handed out together, also where it takes several rounds.
        self.settle_all(list, hand, hand > 1, released);
    }

    fn settle_all<'a>(
        &'a self,
        mut list: List<'a, D>,
        mut hand: usize,
        mut bulk: bool,
        mut released: bool,
    ) {
        let mut wakers = match self.fairness() {
            Fairness::Strict => list.new_batch(),
            // Between a first one and the rest newcomers would get what is handed out together.
            Fairness::Throughput => WakeBatch::new(),
        };
        let mut panic = FirstPanic::new();
        loop {
            let again = self.work(&mut list, mem::take(&mut hand), bulk, &mut wakers, released);
            released = false;
            bulk &= matches!(again, Again::Now);
            drop(list);
            store_load_barrier();
            let more = self.is_worth(again);
            if wakers.is_full() {
                wakers.wake_all(&mut panic);
            }
            list = match more.then(|| self.queue.try_lock()).flatten() {
                Some(list) => list,
                None => break,
            };
        }
        wakers.wake_all(&mut panic);
        panic.resume();
    }

    fn is_worth(&self, again: Again) -> bool {
        let permits = self.permits.load(Ordering::SeqCst);
        match again {
            Again::Now => true,
            Again::When(n) => permits.is_closed() || permits.allows(n),
            Again::Never => permits.is_closed(),
        }
    }

    /// One pass over the front of the list. `hand` is gone afterwards: granted, or in `permits`.
    fn work(
        &self,
        list: &mut List<'_, D>,
        hand: usize,
        bulk: bool,
        wakers: &mut WakeBatch<D>,
        released: bool,
    ) -> Again {
        if self.permits.load(Ordering::Acquire).is_closed() {
            self.put_hand(hand);
            list.finish_many(wakers.room(), Stage::Closed, wakers);
            if list.front_need().is_some() {
                return Again::Now;
            }
            // Who registers from now on finds it closed by itself, or we find them.
            return Again::Never;
        }
        if self.fairness() == Fairness::Strict || bulk || list.marks.contains(DUE) {
            let (again, granted) = self.hand_out(list, hand, wakers);
            if self.fairness() == Fairness::Strict || matches!(again, Again::Now) {
                return again;
            }
            return self.wake_front(list, wakers, released && !granted);
        }
        self.put_hand(hand);
        self.wake_front(list, wakers, released)
    }

    fn put_hand(&self, hand: usize) {
        if hand > 0 {
            self.permits.put(hand);
        }
    }

    /// Gives what is in hand and what is free to the front, for as long as it suffices. Says
    /// whether it gave anything.
    fn hand_out(
        &self,
        list: &mut List<'_, D>,
        mut hand: usize,
        wakers: &mut WakeBatch<D>,
    ) -> (Again, bool) {
        let free = self.permits.load(Ordering::Relaxed).count();
        if free != 0 {
            // What is owed is paid first; and what is free goes the same way as what is in hand.
            self.put_hand(mem::take(&mut hand));
        }
        let budget = hand
            + self
                .permits
                .load(Ordering::Relaxed)
                .count()
                .max(0)
                .cast_unsigned();
        let (count, sum, unpaid) = list.afford(budget, wakers.room());
        if sum > hand && self.permits.try_take(sum - hand).is_err() {
            // A newcomer was faster (under `Strict` one that had come before the line formed), or
            // it was closed.
            self.put_hand(hand);
            return (Again::Now, false);
        }
        self.put_hand(hand.saturating_sub(sum));
        list.finish_many(count, Stage::Granted, wakers);
        if count > 0 {
            // Who is first now has neither been woken nor passed over.
            list.marks = Marks::NONE;
        }
        let again = match unpaid {
            Some(need) => Again::When(need),
            None if list.front_need().is_some() => Again::Now,
            None => Again::When(1),
        };
        (again, count > 0)
    }

    /// Wakes the front to compete for what is free, unless it is on its way.
    fn wake_front(
        &self,
        list: &mut List<'_, D>,
        wakers: &mut WakeBatch<D>,
        released: bool,
    ) -> Again {
        let Some(need) = list.front_need() else {
            return Again::When(1);
        };
        if list.front_is_woken() {
            list.marks.set(WOKEN, true);
            return Again::Never;
        }
        list.marks.set(WOKEN, false);
        if self.permits.load(Ordering::SeqCst).allows(need) {
            if wakers.is_full() {
                return Again::Now;
            }
            if let Some(waker) = list.rouse_front() {
                wakers.push(waker);
            }
            list.marks.set(WOKEN, true);
            return Again::Never;
        }
        if released && list.pass_over_front() >= Fairness::MAX_PASSES {
            list.marks.set(DUE, true);
        }
        Again::When(need)
    }
}
