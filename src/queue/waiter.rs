//! The node: one waiting future's place in a queue.

#![allow(unsafe_code)] // Holds the waker's cell that threads hand to each other by the stage (I3).

use std::{fmt, marker::PhantomPinned, mem::MaybeUninit, ptr, task::Waker};

use super::{sleeper::Sleeper, word::Word};
use crate::{
    domain::Domain,
    fairness::Fairness,
    primitive::{Backoff, Ordering, UnsafeCell},
};

/// How far a wait has come. The stage says what dropping the future owes.
///
/// ```text
///             enqueue            wake_front
///     Idle ───────────► Queued ────────────► Woken
///                        │  ▲     re-arm       │
///                        │  └──────────────────┤
///                        ▼                     ▼
///              Granted or Closed, by the holder of the lock (by way
///              of Leaving where it has left the list already)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Stage {
    /// Not in the queue. A drop owes nothing.
    Idle,
    /// In the queue, with a waker. A drop has to unlink it.
    Queued,
    /// In the queue and woken to compete; the waker is gone. A drop has to unlink it and wake the
    /// next.
    Woken,
    /// Out of the queue, and about to be `Granted` or `Closed` by the thread that took it out. A
    /// drop has to wait for that.
    Leaving,
    /// Out of the queue with what it asked for. A drop has to pass that on.
    Granted,
    /// Out of the queue for good. A drop owes nothing.
    Closed,
}

impl Stage {
    /// The bits of a waiter's word that hold it.
    const MASK: usize = 0b111;

    #[inline(always)]
    fn of(word: usize) -> Self {
        match word & Self::MASK {
            0 => Self::Idle,
            1 => Self::Queued,
            2 => Self::Woken,
            3 => Self::Leaving,
            4 => Self::Granted,
            _ => Self::Closed,
        }
    }

    /// Whether the waiter is in the list (I4).
    pub(crate) fn is_linked(self) -> bool {
        matches!(self, Self::Queued | Self::Woken)
    }
}

/// A place in a queue, kept in the pinned future that waits.
///
/// Aligned so that a pointer to it leaves three bits of the queue's word free.
#[repr(align(8))]
pub(crate) struct Waiter<D: Domain> {
    /// The address of who registered before, or zero. Written before the push, later under the
    /// lock (I2). Atomic since the owner reads it to learn whether it may be alone.
    older: Word<D>,
    /// Who registered after, as far as holders of the lock have linked it (I2).
    newer: UnsafeCell<*mut Self>,
    /// A [`Stage`] in the low bits; above it how often this waiter was passed over.
    stage: Word<D>,
    /// What is asked for; the primitive gives it its meaning.
    need: usize,
    /// Initialised in stage `Queued` (I3).
    sleeper: UnsafeCell<MaybeUninit<Sleeper<D>>>,
    _pin: PhantomPinned,
}

// SAFETY: all that `&Waiter` gives away is atomic or guarded by the queue's lock (I2), but for the
// waker's cell, which `&Waiter` reaches through `Place` alone, and a `Place` needs the pinned
// future (I3).
unsafe impl<D: Domain + Sync> Sync for Waiter<D> {}

// SAFETY: the pointers lead to waiters of the same queue, and are followed under its lock only
// (I2); a waiter that is linked does not move, so only its owner's handle travels.
unsafe impl<D: Domain + Send> Send for Waiter<D> {}

/// In the need of a waiter of which nothing else is there.
const BLANK: usize = !(usize::MAX >> 1);

const PASSES_SHIFT: u32 = Stage::MASK.count_ones();

impl<D: Domain> Waiter<D> {
    /// A place for a waiter, of which only the need is there: a wait that ends with its first poll
    /// looks at nothing else.
    #[inline(always)]
    pub(super) fn blank(need: usize) -> MaybeUninit<Self> {
        debug_assert!(
            need & BLANK == 0,
            "the highest bit of a need is the queue's"
        );
        let mut blank = MaybeUninit::<Self>::uninit();
        // SAFETY: within the bounds of the place.
        unsafe { (&raw mut (*blank.as_mut_ptr()).need).write(need | BLANK) };
        blank
    }

    /// Completes a [`blank`](Self::blank).
    #[inline(always)]
    pub(super) fn fill_in(blank: &mut MaybeUninit<Self>) {
        let this = blank.as_mut_ptr();
        // SAFETY: within the bounds of the place. With the need, which is there, and the waker's
        // cell, which begins uninitialised, these are all its fields.
        unsafe {
            (*this).need &= !BLANK;
            (&raw mut (*this).older).write(Word::new(0));
            (&raw mut (*this).newer).write(UnsafeCell::new(ptr::null_mut()));
            (&raw mut (*this).stage).write(Word::new(Stage::Idle as usize));
            #[cfg(loom)] // Its cells have something of their own to initialise.
            (&raw mut (*this).sleeper).write(UnsafeCell::new(MaybeUninit::uninit()));
        }
    }

    /// The need of a waiter, and whether it is [`blank`](Self::blank) otherwise.
    #[inline(always)]
    pub(super) fn need_of(blank: &MaybeUninit<Self>) -> (usize, bool) {
        // SAFETY: `blank` has written it.
        let need = unsafe { (&raw const (*blank.as_ptr()).need).read() };
        (need & !BLANK, need & BLANK != 0)
    }

    /// What the queue's word and `older` hold of this waiter.
    ///
    /// An address and not a pointer, since a compare-exchange compares addresses: a waiter may have
    /// been replaced by another at the same place between the load and the exchange, and then a
    /// pointer from the load would be to the one that is gone.
    #[inline(always)]
    pub(super) fn address(&self) -> usize {
        ptr::from_ref(self).expose_provenance()
    }

    /// The waiter that is alive at an address, or null for zero.
    #[inline(always)]
    pub(super) fn at(address: usize) -> *mut Self {
        ptr::with_exposed_provenance_mut(address)
    }

    #[inline(always)]
    pub(super) fn older(&self) -> *mut Self {
        Self::at(self.older.load(Ordering::Relaxed))
    }

    /// By the owner before the push, else under the lock (I2).
    #[inline(always)]
    pub(super) fn set_older(&self, to: *mut Self) {
        self.older.store(to.addr(), Ordering::Relaxed);
    }

    #[inline(always)]
    pub(super) fn need(&self) -> usize {
        self.need
    }

    /// The stage; whatever the thread that set it did before is visible after this.
    #[inline(always)]
    pub(super) fn stage(&self) -> Stage {
        Stage::of(self.stage.load(Ordering::Acquire))
    }

    /// The stage, when the thread that took this waiter out has said what it got: it will within a
    /// few instructions of its own. By the owner.
    #[inline(always)]
    pub(super) fn settled_stage(&self) -> Stage {
        match self.stage() {
            Stage::Leaving => self.wait_while_leaving(),
            stage => stage,
        }
    }

    #[cold]
    fn wait_while_leaving(&self) -> Stage {
        let mut backoff = Backoff::new();
        loop {
            backoff.wait();
            match self.stage() {
                Stage::Leaving => {}
                stage => return stage,
            }
        }
    }

    /// How often the waiter was passed over. Stable under the lock.
    pub(super) fn passes(&self) -> usize {
        self.stage.load(Ordering::Relaxed) >> PASSES_SHIFT
    }

    /// Counts one more pass, as far as anybody cares. Only with the lock.
    pub(super) fn pass_over(&self) -> usize {
        let passes = (self.passes() + 1).min(Fairness::MAX_PASSES);
        let stage = self.stage.load(Ordering::Relaxed) & Stage::MASK;
        self.stage
            .store(passes << PASSES_SHIFT | stage, Ordering::Relaxed);
        passes
    }

    /// Enters a stage, keeping the count of passes. Under the lock, or by the owner of a waiter
    /// that is not linked.
    pub(super) fn set_stage(&self, stage: Stage) {
        let passes = self.passes() << PASSES_SHIFT;
        self.stage.store(passes | stage as usize, Ordering::Release);
    }

    /// Enters `Queued` for the first time, before the push.
    #[inline(always)]
    pub(super) fn start(&self) {
        self.stage.store(Stage::Queued as usize, Ordering::Relaxed);
    }

    /// Back to `Queued` from `Woken`, with one more pass. Under the lock.
    #[inline(always)]
    pub(super) fn queue_again(&self) {
        let woken = self.stage.load(Ordering::Relaxed);
        let queued = woken - Stage::Woken as usize + Stage::Queued as usize;
        self.stage
            .store(queued + (1 << PASSES_SHIFT), Ordering::Release);
    }

    /// Back to `Idle`, by the owner of a waiter that has been unlinked.
    #[inline(always)]
    pub(super) fn give_up(&self) {
        self.stage.store(Stage::Idle as usize, Ordering::Relaxed);
    }

    /// Ends the wait of a waiter that was `Queued` and has been unlinked, and gives its waker.
    ///
    /// # Safety
    ///
    /// The caller has unlinked the waiter and either holds the lock still or has set `Leaving`.
    /// There is no reference to the waiter, not even as an argument of a running call: its life may
    /// be over when this returns, or before.
    #[inline(always)]
    pub(super) unsafe fn finish_queued(this: *const Self, result: Stage) -> Sleeper<D> {
        // SAFETY: the caller's contract; and alive until the store, by I1. The stage is left next
        // (I3).
        unsafe {
            let sleeper = (*this).take_sleeper();
            Self::end(this, result);
            sleeper
        }
    }

    /// The last touch.
    ///
    /// # Safety
    ///
    /// As for [`finish_queued`](Self::finish_queued), and the waker is taken out.
    #[inline(always)]
    pub(super) unsafe fn end(this: *const Self, result: Stage) {
        debug_assert!(matches!(result, Stage::Granted | Stage::Closed));
        // SAFETY: alive until the store. The reference that it is made through covers the word
        // alone, which may be gone while the call that stores still runs (I5).
        let stage = unsafe {
            let stage: *const Word<D> = &raw const (*this).stage;
            &*stage
        };
        stage.store(result as usize, Ordering::Release);
    }

    /// # Safety
    ///
    /// The caller holds the lock of the queue that the waiter is linked in, or the waiter is not
    /// linked and the caller is its owner (I2).
    pub(super) unsafe fn newer(&self) -> *mut Self {
        // SAFETY: no concurrent write, by the contract.
        self.newer.with(|newer| unsafe { *newer })
    }

    /// # Safety
    ///
    /// As for [`newer`](Self::newer).
    pub(super) unsafe fn set_newer(&self, to: *mut Self) {
        // SAFETY: no concurrent access, by the contract.
        self.newer.with_mut(|newer| unsafe { *newer = to });
    }

    /// # Safety
    ///
    /// The cell is uninitialised, and the caller is the owner before the push, or holds the lock
    /// (I3).
    pub(super) unsafe fn put_sleeper(&self, sleeper: Sleeper<D>) {
        // SAFETY: exclusive, by the contract.
        self.sleeper
            .with_mut(|cell| unsafe { (*cell).write(sleeper) });
    }

    /// Moves the waker out, leaving the bits in place for an owner that compares them right now.
    ///
    /// # Safety
    ///
    /// The stage is `Queued`, the caller holds the lock or has just unlinked the waiter, and goes
    /// on to leave the stage or to put another waker (I3).
    pub(super) unsafe fn take_sleeper(&self) -> Sleeper<D> {
        // SAFETY: initialised and moved out once, by the contract.
        self.sleeper
            .with(|cell| unsafe { (*cell).assume_init_read() })
    }

    /// # Safety
    ///
    /// The stage is `Queued`, and the caller holds the lock (I3).
    pub(super) unsafe fn sleeps_afar(&self) -> bool {
        // SAFETY: initialised, and nobody else writes to it, by the contract.
        self.sleeper
            .with(|cell| unsafe { (*cell).assume_init_ref().sleeps_afar() })
    }

    /// # Safety
    ///
    /// The caller is the owner and saw the stage `Queued` or `Leaving` (I3). A thread with the lock
    /// may be moving the waker out meanwhile; that leaves the bits, and this looks at nothing but
    /// the bits.
    pub(super) unsafe fn will_wake(&self, waker: &Waker) -> bool {
        // SAFETY: initialised, and not written while the owner is here, by the contract.
        self.sleeper
            .with(|cell| unsafe { (*cell).assume_init_ref().is(waker) })
    }
}

impl<D: Domain> fmt::Debug for Waiter<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("stage", &self.stage())
            .field("need", &self.need)
            .finish_non_exhaustive()
    }
}
