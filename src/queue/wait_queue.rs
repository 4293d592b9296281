//! The word that registrations, releases and holders of the list meet at.

#![allow(unsafe_code)] // Follows pointers to waiters, by the invariants of the queue's essay.

use std::{fmt, marker::PhantomData, ptr};

use super::{
    list::List,
    turn::is_turn,
    waiter::{Stage, Waiter},
    word::Word,
};
use crate::{
    domain::Domain,
    primitive::{Backoff, Ordering, UnsafeCell, store_load_barrier},
};

const LOCKED: usize = 0b001;
const TAGS: usize = 0b111;

/// Two bits of the queue's word that a primitive may give a meaning. Changed under the lock only,
/// and gone when the queue is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(usize);

impl Marks {
    pub(crate) const FIRST: Self = Self(0b010);
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SECOND: Self = Self(0b100);

    pub(crate) const fn bits(self) -> usize {
        self.0
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn set(&mut self, mark: Self, on: bool) {
        if on {
            self.0 |= mark.0;
        } else {
            self.0 &= !mark.0;
        }
    }
}

/// What the queue's word held at one moment: the address of the newest waiter, and tags.
///
/// | waiters | LOCKED | marks | meaning |
/// |---|---|---|---|
/// | none | 0 | 0 | nobody waits |
/// | none | 1 | 0 | nobody waits, and a thread is in the list, which it may have emptied |
/// | some | 0 | any | waiting |
/// | some | 1 | any | waiting, and a thread is in the list |
pub struct Snapshot<D: Domain>(usize, PhantomData<D>);

impl<D: Domain> Clone for Snapshot<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Domain> Copy for Snapshot<D> {}

impl<D: Domain> Snapshot<D> {
    #[inline(always)]
    fn of(word: usize) -> Self {
        Self(word, PhantomData)
    }

    #[inline(always)]
    fn unlocked(newest: usize, marks: Marks) -> Self {
        let marks = if newest == 0 { 0 } else { marks.0 };
        Self::of(newest | marks)
    }

    #[inline(always)]
    fn address(self) -> usize {
        self.0 & !TAGS
    }

    #[inline(always)]
    pub(super) fn newest(self) -> *mut Waiter<D> {
        Waiter::at(self.address())
    }

    #[inline(always)]
    fn locked(self) -> Self {
        Self::of(self.0 | LOCKED)
    }

    /// The same tags on another waiter.
    #[inline(always)]
    fn with_newest(self, newest: usize) -> Self {
        Self::of(newest | self.0 & TAGS)
    }

    /// Nobody waits, and nobody is in the list.
    #[inline(always)]
    pub(crate) fn is_idle(self) -> bool {
        self.0 == 0
    }

    /// Whether a newcomer may pass a `gate`: the bits of the word that keep it out.
    #[inline(always)]
    pub(crate) fn lets_through(self, gate: usize) -> bool {
        self.0 & gate == 0
    }

    /// Nobody waits.
    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.address() == 0
    }

    #[inline(always)]
    pub(crate) fn is_locked(self) -> bool {
        self.0 & LOCKED != 0
    }

    #[inline(always)]
    pub(crate) fn marks(self) -> Marks {
        Marks(self.0 & TAGS & !LOCKED)
    }
}

impl<D: Domain> fmt::Debug for Snapshot<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("newest", &self.newest())
            .field("locked", &self.is_locked())
            .field("marks", &self.marks())
            .finish()
    }
}

/// A queue of [`Waiter`]s. See the [module](super) for how it works.
pub struct WaitQueue<D: Domain> {
    /// A [`Snapshot`].
    word: Word<D>,
    /// The head of the list, where it is known (I6). Guarded by LOCKED.
    oldest: UnsafeCell<*mut Waiter<D>>,
}

// SAFETY: the word is atomic, and `oldest` is accessed by the holder of its LOCKED bit only (I2).
// What travels between threads are the waiters' wakers, which are `Send` and `Sync`.
unsafe impl<D: Domain + Send> Send for WaitQueue<D> {}
// SAFETY: as above.
unsafe impl<D: Domain + Sync> Sync for WaitQueue<D> {}

impl<D: Domain> WaitQueue<D> {
    /// The bits of the word of which one is set while anybody waits.
    pub(crate) const WAITERS: usize = !TAGS;

    const_fn! {
        pub(crate) fn new() -> Self {
            Self {
                word: Word::new(0),
                oldest: UnsafeCell::new(ptr::null_mut()),
            }
        }
    }

    /// The word now. With `SeqCst` it may follow a publication, see the essay.
    #[inline(always)]
    pub(crate) fn peek(&self, order: Ordering) -> Snapshot<D> {
        Snapshot::of(self.word.load(order))
    }

    /// The list, for a thread that has work for it. None when nobody waits, and none when another
    /// thread is in the list: that one looks for published work after it has left.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<List<'_, D>> {
        store_load_barrier();
        self.try_lock_from(self.peek(Ordering::SeqCst))
    }

    /// [`try_lock`](Self::try_lock), for a thread that has just looked, with `SeqCst`.
    #[inline]
    pub(crate) fn try_lock_from(&self, mut seen: Snapshot<D>) -> Option<List<'_, D>> {
        loop {
            if seen.is_empty() || seen.is_locked() {
                return None;
            }
            seen = match self.try_enter(seen) {
                Ok(list) => return Some(list),
                Err(now) => now,
            };
        }
    }

    /// The list, for a waiter that has just registered behind others, and whose turn it is to
    /// complete the links; see the [module](super#who-completes-the-links). None where it is not,
    /// and where another thread is in the list.
    #[inline(always)]
    pub(crate) fn try_lock_in_turn(&self) -> Option<List<'_, D>> {
        is_turn::<D>().then(|| self.try_lock()).flatten()
    }

    /// The list of a queue in which nobody waits. None when somebody does, or another thread is in
    /// the list.
    pub(crate) fn try_lock_empty(&self) -> Option<List<'_, D>> {
        let mut seen = self.peek(Ordering::Relaxed);
        while seen.is_idle() {
            seen = match self.try_enter(seen) {
                Ok(list) => return Some(list),
                Err(now) => now,
            };
        }
        None
    }

    /// The list, for a thread that cannot go on without it. Waits for another thread to leave it.
    pub(crate) fn lock(&self) -> List<'_, D> {
        let mut backoff = Backoff::new();
        let mut seen = self.peek(Ordering::Relaxed);
        loop {
            if seen.is_locked() {
                // No user code runs under the lock, so one thread cannot meet itself here.
                assert!(D::SHARED, "a single-threaded queue was entered twice");
                backoff.wait();
                seen = self.peek(Ordering::Relaxed);
                continue;
            }
            seen = match self.try_enter(seen) {
                Ok(list) => return list,
                Err(now) => now,
            };
        }
    }

    #[inline(always)]
    fn try_enter(&self, seen: Snapshot<D>) -> Result<List<'_, D>, Snapshot<D>> {
        self.try_set_locked(seen)
            .map(|seen| List::enter(self, seen))
    }

    /// The list, for a waiter that was woken and looks at nothing but its own place. None when the
    /// word is no longer `seen`, which nobody is in.
    #[inline(always)]
    pub(super) fn try_enter_bare(&self, seen: Snapshot<D>) -> Option<List<'_, D>> {
        let seen = self.try_set_locked(seen).ok()?;
        Some(List::enter_bare(self, seen))
    }

    #[inline(always)]
    fn try_set_locked(&self, seen: Snapshot<D>) -> Result<Snapshot<D>, Snapshot<D>> {
        let locked = seen.locked();
        match self
            .word
            .compare_exchange(seen.0, locked.0, Ordering::SeqCst, Ordering::SeqCst)
        {
            Ok(_) => Ok(locked),
            Err(now) => Err(Snapshot::of(now)),
        }
    }

    /// Leaves the list, unless the word is no longer `seen`: then it gives what it is now.
    #[inline(always)]
    pub(super) fn try_leave(&self, seen: Snapshot<D>, marks: Marks) -> Result<(), Snapshot<D>> {
        let open = Snapshot::<D>::unlocked(seen.address(), marks);
        match self
            .word
            .compare_exchange(seen.0, open.0, Ordering::SeqCst, Ordering::Acquire)
        {
            Ok(_) => Ok(()),
            Err(now) => Err(Snapshot::of(now)),
        }
    }

    /// Takes the only waiter off the word and leaves the list, unless the word is no longer `seen`:
    /// then it gives what it is now.
    #[inline(always)]
    pub(super) fn try_leave_empty(&self, seen: Snapshot<D>) -> Result<(), Snapshot<D>> {
        match self
            .word
            .compare_exchange(seen.0, 0, Ordering::SeqCst, Ordering::Acquire)
        {
            Ok(_) => Ok(()),
            Err(now) => Err(Snapshot::of(now)),
        }
    }

    /// Takes `newest` off the word, which then begins with `older`; fails when others have
    /// registered.
    ///
    /// # Safety
    ///
    /// The caller holds the lock.
    pub(super) unsafe fn try_detach(
        &self,
        newest: *mut Waiter<D>,
        older: *mut Waiter<D>,
    ) -> Result<Snapshot<D>, Snapshot<D>> {
        let mut seen = self.peek(Ordering::Acquire);
        while seen.newest() == newest {
            let rest = Snapshot::<D>::unlocked(older.addr(), seen.marks()).locked();
            match self
                .word
                .compare_exchange(seen.0, rest.0, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Ok(rest),
                Err(now) => seen = Snapshot::of(now),
            }
        }
        Err(seen)
    }

    /// Puts a waiter in front of the word. Says whether nobody was there.
    ///
    /// # Safety
    ///
    /// The waiter is pinned, its owner's alone, in stage `Queued` with a waker and without links,
    /// and its owner keeps I1.
    #[inline]
    pub(super) unsafe fn push(&self, waiter: &Waiter<D>) -> bool {
        debug_assert_eq!(waiter.stage(), Stage::Queued);
        let mut seen = self.peek(Ordering::Relaxed);
        loop {
            waiter.set_older(seen.newest());
            let next = seen.with_newest(waiter.address());
            match self
                .word
                .compare_exchange(seen.0, next.0, Ordering::SeqCst, Ordering::Relaxed)
            {
                Ok(_) => break,
                Err(now) => seen = Snapshot::of(now),
            }
        }
        if !D::SHARED {
            // SAFETY: nobody else can be in the list on this thread, so this is as good as the
            // lock.
            unsafe { self.link_newest(seen.newest(), waiter) };
        }
        seen.is_empty()
    }

    /// Links the newest waiter to the one before it: on one thread there is no reason to leave that
    /// to a holder of the lock.
    ///
    /// # Safety
    ///
    /// Nobody else is in the list; `older` is linked, or null.
    unsafe fn link_newest(&self, older: *mut Waiter<D>, newest: &Waiter<D>) {
        // SAFETY: alive by I1, and nobody else is in the list, by the contract.
        unsafe {
            if let Some(behind) = older.as_ref() {
                behind.set_newer(ptr::from_ref(newest).cast_mut());
                if self.oldest().is_null() {
                    // It was alone (I6).
                    self.set_oldest(older);
                }
            }
        }
    }

    /// Takes a waiter off that has the queue to itself, without the lock. True when it did.
    ///
    /// That the word is the waiter, unlocked, and nobody is behind it means that it is alone: once
    /// nobody is behind it, nobody comes there again. By I6 nothing else in the queue points to
    /// it.
    #[inline]
    pub(super) fn try_remove_only(&self, waiter: &Waiter<D>) -> bool {
        if !waiter.older().is_null() {
            return false;
        }
        let mut seen = self.peek(Ordering::Relaxed);
        while ptr::eq(seen.newest(), waiter) && !seen.is_locked() {
            // Acquire, for what holders of the lock did with the waiter.
            match self
                .word
                .compare_exchange(seen.0, 0, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(now) => seen = Snapshot::of(now),
            }
        }
        false
    }

    /// # Safety
    ///
    /// The caller holds the lock.
    pub(super) unsafe fn oldest(&self) -> *mut Waiter<D> {
        // SAFETY: guarded by the lock, by I2.
        self.oldest.with(|oldest| unsafe { *oldest })
    }

    /// # Safety
    ///
    /// The caller holds the lock.
    pub(super) unsafe fn set_oldest(&self, to: *mut Waiter<D>) {
        // SAFETY: guarded by the lock, by I2.
        self.oldest.with_mut(|oldest| unsafe { *oldest = to });
    }
}

impl<D: Domain> fmt::Debug for WaitQueue<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.peek(Ordering::Relaxed).fmt(f)
    }
}
