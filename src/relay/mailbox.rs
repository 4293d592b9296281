//! The mailbox of a runtime: parcels from any thread, taken by one.
//!
//! One word, so that whoever leaves something learns in the same step whether somebody has to be
//! told of it:
//!
//! | head | who empties the box | who leaves something |
//! |---|---|---|
//! | null | is awake, and looks again before it sleeps | tells nobody |
//! | a parcel | has been told | tells nobody |
//! | an item, `ITEM` | has been told | tells nobody |
//! | a number, `NUMBER` | sleeps | rings the bell of that number |
//! | a task, `TASK` | sleeps | has got the task, and wakes it |
//! | zero, `NUMBER` | is gone | keeps it |
//!
//! An item that comes alone into an empty box needs no parcel, which is most of what a runtime gets
//! that is woken for one task at a time.
//!
//! # Invariants
//!
//! * **P1, a parcel has one owner.** Until the exchange that puts it into the box it is the
//!   sender's, then the box's, and with the exchange that takes it out the taker's; so is the chain
//!   that hangs on it, which may end in an item. In the box nobody but the one who empties it looks
//!   at it. The chain is one of addresses: whoever puts a parcel on top knows what is below by an
//!   exchange that compares addresses, and that may have been taken, freed and made anew since it
//!   was loaded.
//! * **P2, an item or a task in the head is owned by the head.** Whoever takes it out owns it.
//! * **P3, asleep is told once.** Only the one who empties the box puts it to sleep, and only from
//!   null; the first who leaves something after that finds it asleep, and nobody else does.

#![allow(unsafe_code)] // Owns parcels, items and tasks by the pointers in one word.

use std::{
    marker::PhantomData,
    mem::{self, MaybeUninit},
    ptr,
};

use crate::primitive::{AtomicPtr, Ordering};

/// What is owned by a pointer, which leaves two bits free: it is tagged only after a look at them.
///
/// # Safety
///
/// `into_raw` gives a pointer that is not null, and whose owner is whoever has it.
pub(super) unsafe trait Pointer: Sized {
    fn into_raw(self) -> *mut ();

    /// # Safety
    ///
    /// The pointer is from `into_raw`, and is used once.
    unsafe fn from_raw(pointer: *mut ()) -> Self;
}

/// How the one who sleeps is woken.
pub(super) enum Bell<B> {
    /// By ringing the one of this number.
    Number(u8),
    /// By waking this task.
    Task(B),
}

/// How many a parcel has room for.
const ROOM: usize = if cfg!(loom) { 2 } else { 32 };

/// Some tasks to be woken, in the order in which they came.
///
/// The items from `taken` to `len` are there. In the box it is touched by the one who empties the
/// box and by nobody else (P1).
#[repr(align(8))]
pub(super) struct Parcel<T> {
    /// What came into the box before: the address of a parcel, or of an item with `ITEM`, or zero.
    next: usize,
    /// Whether they have been woken in the box.
    woken: bool,
    taken: usize,
    len: usize,
    items: [MaybeUninit<T>; ROOM],
}

// SAFETY: the chain is owned (P1).
unsafe impl<T: Send> Send for Parcel<T> {}

impl<T> Parcel<T> {
    /// With a single item.
    pub(super) fn of(item: T) -> Box<Self> {
        let mut parcel = Self::new();
        parcel.put(item);
        parcel
    }

    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            next: 0,
            woken: false,
            taken: 0,
            len: 0,
            items: [const { MaybeUninit::uninit() }; ROOM],
        })
    }

    /// The parcel that is at an address, or null for zero.
    fn at(address: usize) -> *mut Self {
        ptr::with_exposed_provenance_mut(address)
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == ROOM
    }

    /// # Panics
    ///
    /// When it is full.
    pub(super) fn put(&mut self, item: T) {
        self.items[self.len].write(item);
        self.len += 1;
    }
}

impl<T> Iterator for Parcel<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.taken == self.len {
            return None;
        }
        let index = self.taken;
        self.taken += 1;
        // SAFETY: there, and given away once.
        Some(unsafe { self.items[index].assume_init_read() })
    }
}

impl<T> Drop for Parcel<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// What was in the box, first come first.
pub(super) struct Mail<T> {
    /// An item that was taken out and woken before.
    woken: Option<T>,
    /// What came alone, before the parcels.
    first: Option<T>,
    parcels: *mut Parcel<T>,
}

// SAFETY: the chain is owned (P1).
unsafe impl<T: Send> Send for Mail<T> {}

impl<T> Mail<T> {
    pub(super) const fn none() -> Self {
        Self {
            woken: None,
            first: None,
            parcels: ptr::null_mut(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.woken.is_none() && self.first.is_none() && self.parcels.is_null()
    }
}

impl<T: Pointer> Mail<T> {
    /// Turns the chain around, which begins with who came last.
    ///
    /// # Safety
    ///
    /// The chain is the caller's.
    unsafe fn of(mut newest: usize) -> Self {
        let mut mail = Self::none();
        while newest & TAGS == 0 {
            let at = Parcel::at(newest);
            // SAFETY: owned, by the contract.
            let Some(parcel) = (unsafe { at.as_mut() }) else {
                return mail;
            };
            newest = mem::replace(&mut parcel.next, mail.parcels.addr());
            mail.parcels = at;
        }
        // SAFETY: an item, owned by the contract.
        mail.first = Some(unsafe { item_at(newest) });
        mail
    }
}

/// # Safety
///
/// It is the tagged address of an item that is the caller's.
unsafe fn item_at<T: Pointer>(address: usize) -> T {
    // SAFETY: the contract.
    unsafe { T::from_raw(ptr::with_exposed_provenance_mut(address & !TAGS)) }
}

/// With each item, whether it has been woken in the box.
impl<T> Iterator for Mail<T> {
    type Item = (T, bool);

    fn next(&mut self) -> Option<(T, bool)> {
        if let Some(item) = self.woken.take() {
            return Some((item, true));
        }
        if let Some(item) = self.first.take() {
            return Some((item, false));
        }
        loop {
            // SAFETY: owned (P1).
            let parcel = unsafe { self.parcels.as_mut() }?;
            if let Some(item) = parcel.next() {
                return Some((item, parcel.woken));
            }
            self.parcels = Parcel::at(parcel.next);
            // SAFETY: from a box (P1), and out of the chain.
            drop(unsafe { Box::from_raw(parcel) });
        }
    }
}

impl<T> Drop for Mail<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// See the module. `T` is what is in the parcels, `B` the task that empties the box.
pub(super) struct Mailbox<T: Pointer, B: Pointer = T> {
    head: AtomicPtr<()>,
    /// An item that was woken in the box, or null. Of the one who empties the box, who also owns
    /// the item.
    woken: AtomicPtr<()>,
    _items: PhantomData<(Parcel<T>, B)>,
}

// SAFETY: what is in the box goes from one thread to another, and no reference to it is given.
unsafe impl<T: Pointer + Send, B: Pointer + Send> Sync for Mailbox<T, B> {}

const TAGS: usize = 0b11;
const NUMBER: usize = 0b01;
const ITEM: usize = 0b10;
const TASK: usize = 0b11;

/// The head of a box that is closed. No bell has this number.
const CLOSED: usize = NUMBER;

fn tag(head: *mut ()) -> usize {
    head.addr() & TAGS
}

/// What a head was, with what it owned.
enum Head<B> {
    /// A chain, which may be empty.
    Mail(usize),
    Asleep(Bell<B>),
    Closed,
}

impl<T: Pointer, B: Pointer> Mailbox<T, B> {
    /// A closed one.
    pub(super) fn new() -> Self {
        Self {
            head: AtomicPtr::new(ptr::without_provenance_mut(CLOSED)),
            woken: AtomicPtr::new(ptr::null_mut()),
            _items: PhantomData,
        }
    }

    /// # Safety
    ///
    /// The caller has taken it out, or is about to.
    unsafe fn read(head: *mut ()) -> Head<B> {
        match tag(head) {
            NUMBER if head.addr() == CLOSED => Head::Closed,
            NUMBER => Head::Asleep(Bell::Number((head.addr() >> TAGS.count_ones()) as u8)),
            // SAFETY: owned by the head (P2), which the caller has taken out.
            TASK => Head::Asleep(Bell::Task(unsafe {
                B::from_raw(head.map_addr(|address| address & !TAGS))
            })),
            _ => Head::Mail(head.addr()),
        }
    }

    /// Opens it, for one who is awake and takes what is in it from now on. Nobody else may do that.
    pub(super) fn open(&self) {
        self.head.store(ptr::null_mut(), Ordering::Release);
    }

    /// Leaves an item. Gives the bell, where the caller has to ring it, or the item, if the box is
    /// closed. Never waits for another thread.
    pub(super) fn push(&self, item: T) -> Result<Option<Bell<B>>, T> {
        let raw = item.into_raw();
        let alone = raw.map_addr(|address| address | ITEM);
        alone.expose_provenance();
        let mut seen = self.head.load(Ordering::Relaxed);
        loop {
            if seen.addr() == CLOSED {
                // SAFETY: not in the box, so it is ours.
                return Err(unsafe { T::from_raw(raw) });
            }
            let others = !seen.is_null() && matches!(tag(seen), 0 | ITEM);
            // What had no room for a tag would go in a parcel, too.
            if others || tag(raw) != 0 {
                // SAFETY: as above.
                let parcel = Parcel::of(unsafe { T::from_raw(raw) });
                return self.push_parcel(parcel).map_err(|mut parcel| {
                    let item = parcel.next();
                    item.expect("it came back as it was")
                });
            }
            match self.exchange(seen, alone) {
                Ok(bell) => return Ok(bell),
                Err(now) => seen = now,
            }
        }
    }

    /// As [`push`](Self::push), for a parcel.
    pub(super) fn push_parcel(
        &self,
        parcel: Box<Parcel<T>>,
    ) -> Result<Option<Bell<B>>, Box<Parcel<T>>> {
        let parcel = Box::into_raw(parcel);
        parcel.expose_provenance();
        let mut seen = self.head.load(Ordering::Relaxed);
        loop {
            if seen.addr() == CLOSED {
                // SAFETY: not in the box, so it is ours (P1).
                return Err(unsafe { Box::from_raw(parcel) });
            }
            let older = match tag(seen) {
                0 | ITEM => seen.addr(),
                _ => 0,
            };
            // SAFETY: as above.
            unsafe { (*parcel).next = older };
            match self.exchange(seen, parcel.cast()) {
                Ok(bell) => return Ok(bell),
                Err(now) => seen = now,
            }
        }
    }

    /// Puts mail into the head, if that is still what was seen. Gives the bell that was there, or
    /// what there is now.
    fn exchange(&self, seen: *mut (), mail: *mut ()) -> Result<Option<Bell<B>>, *mut ()> {
        // Release, for the mail; Acquire, for the task that may have been there.
        let old =
            self.head
                .compare_exchange_weak(seen, mail, Ordering::AcqRel, Ordering::Relaxed)?;
        // SAFETY: taken out.
        Ok(match unsafe { Self::read(old) } {
            Head::Asleep(bell) => Some(bell),
            Head::Mail(_) | Head::Closed => None,
        })
    }

    /// Whether somebody who leaves something has to ring, as far as can be seen.
    pub(super) fn is_asleep(&self) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        matches!(tag(head), NUMBER | TASK) && head.addr() != CLOSED
    }

    /// Wakes what is in the box, if that is an item, or a parcel, or an item that came before a
    /// parcel: these are easily kept in order. By the one who empties the box, as all below.
    pub(super) fn wake_inside(&self, mut wake: impl FnMut(&T)) {
        let head = self.head.load(Ordering::Acquire);
        if head.is_null() {
            return;
        }
        match tag(head) {
            0 => {
                // SAFETY: only the caller takes it out, and nobody else touches it in the box (P1).
                let parcel = unsafe { &mut *head.cast::<Parcel<T>>() };
                if !parcel.woken && self.wake_before(parcel, &mut wake) {
                    parcel.woken = true;
                    parcel.items[parcel.taken..parcel.len]
                        .iter()
                        // SAFETY: these are there.
                        .map(|item| unsafe { item.assume_init_ref() })
                        .for_each(wake);
                }
            }
            ITEM if !self.has_woken_one() => {
                let null = ptr::null_mut();
                let alone =
                    self.head
                        .compare_exchange(head, null, Ordering::Acquire, Ordering::Relaxed);
                if alone.is_ok() {
                    // SAFETY: taken out (P2).
                    unsafe { self.wake_one(head.addr(), wake) };
                }
            }
            _ => {}
        }
    }

    /// Wakes what came before a parcel, as [`wake_inside`](Self::wake_inside) does; the parcel is
    /// the one in the head. False if that is left to the drain.
    fn wake_before(&self, parcel: &mut Parcel<T>, wake: impl FnMut(&T)) -> bool {
        match parcel.next & TAGS {
            0 => parcel.next == 0,
            _ if self.has_woken_one() => false,
            _ => {
                let item = mem::take(&mut parcel.next);
                // SAFETY: an item, which was the parcel's (P1).
                unsafe { self.wake_one(item, wake) };
                true
            }
        }
    }

    fn has_woken_one(&self) -> bool {
        !self.woken.load(Ordering::Relaxed).is_null()
    }

    /// Wakes an item and keeps it for `take`, since it must not be dropped here.
    ///
    /// # Safety
    ///
    /// It is the tagged address of an item that is the caller's.
    unsafe fn wake_one(&self, address: usize, mut wake: impl FnMut(&T)) {
        // SAFETY: the contract.
        let item = unsafe { item_at::<T>(address) };
        wake(&item);
        self.woken.store(item.into_raw(), Ordering::Relaxed);
    }

    /// Takes what is there, and is awake.
    pub(super) fn take(&self) -> Mail<T> {
        self.replace(ptr::null_mut())
    }

    /// Takes what is there, for the last time.
    pub(super) fn close(&self) -> Mail<T> {
        self.replace(ptr::without_provenance_mut(CLOSED))
    }

    fn replace(&self, new: *mut ()) -> Mail<T> {
        let old = self.head.swap(new, Ordering::Acquire);
        // SAFETY: taken out.
        let mut mail = match unsafe { Self::read(old) } {
            // SAFETY: taken out, so it is ours (P1).
            Head::Mail(newest) => unsafe { Mail::of(newest) },
            // A task that would have been woken is dropped.
            Head::Asleep(_) | Head::Closed => Mail::none(),
        };
        let woken = self.woken.load(Ordering::Relaxed);
        if !woken.is_null() {
            self.woken.store(ptr::null_mut(), Ordering::Relaxed);
            // SAFETY: from `into_raw`, and the caller's from here on.
            mail.woken = Some(unsafe { T::from_raw(woken) });
        }
        mail
    }

    /// Goes to sleep, if there is nothing. False when there is something; what was woken in the box
    /// since it was emptied does not count, and whoever did that has to see to it that it is
    /// emptied once more.
    pub(super) fn sleep(&self, bell: Bell<B>) -> bool {
        let asleep = match bell {
            Bell::Number(number) => {
                assert!(number != 0, "that is a closed box");
                ptr::without_provenance_mut(usize::from(number) << TAGS.count_ones() | NUMBER)
            }
            Bell::Task(task) => {
                let task = task.into_raw();
                assert!(task.addr() & TAGS == 0, "a task has no room for a tag");
                task.map_addr(|address| address | TASK)
            }
        };
        // Release, for the task.
        let slept = self
            .head
            .compare_exchange(
                ptr::null_mut(),
                asleep,
                Ordering::Release,
                Ordering::Relaxed,
            )
            .is_ok();
        if !slept {
            // SAFETY: it has not got into the head.
            drop(unsafe { Self::read(asleep) });
        }
        slept
    }
}

impl<T: Pointer, B: Pointer> Drop for Mailbox<T, B> {
    fn drop(&mut self) {
        drop(self.close());
    }
}
