//! Who waits, and by way of which relay it is woken: in two words, as a waker is.

#![allow(unsafe_code)] // Takes a waker apart and puts it together again.

use std::{
    mem::ManuallyDrop,
    ptr::{self, NonNull},
    task::{RawWakerVTable, Waker},
};

use super::{
    executor::{self, Task},
    mailbox::Parcel,
    station::Relay,
};
use crate::queue::Asleep;

/// A waker.
///
/// Of most it is the two words that they consist of. Of a task of compio's that waits in its
/// runtime the vtable is known, and the second word is the runtime's relay instead.
pub struct Sleeper {
    data: *const (),
    way: Way,
}

/// What becomes of a wake: a vtable, or a relay with [`RELAY`] added.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Way(NonNull<()>);

impl Way {
    fn by(vtable: &'static RawWakerVTable) -> Self {
        Self(NonNull::from(vtable).cast())
    }

    #[inline(always)]
    pub(super) fn to(relay: &'static Relay) -> Self {
        Self(
            NonNull::from(relay)
                .cast::<()>()
                .map_addr(|address| address | RELAY),
        )
    }

    #[inline(always)]
    fn is_to_relay(self) -> bool {
        self.0.addr().get() & RELAY != 0
    }
}

// SAFETY: it is a waker, and a reference to a relay, both of which are `Send`.
unsafe impl Send for Sleeper {}
// SAFETY: as above, and both are `Sync`.
unsafe impl Sync for Sleeper {}

/// In the address of neither.
const RELAY: usize = 1;

const _: () = assert!(align_of::<RawWakerVTable>() > RELAY && align_of::<Relay>() > RELAY);

impl From<Waker> for Sleeper {
    #[inline(always)]
    fn from(waker: Waker) -> Self {
        // Any other waker may be of somebody who sleeps without running its runtime.
        let relay = executor::is_task(&waker).then(Relay::current).flatten();
        let way = relay.unwrap_or_else(|| Way::by(waker.vtable()));
        let data = ManuallyDrop::new(waker).data();
        Self { data, way }
    }
}

impl Sleeper {
    #[inline(always)]
    fn is_task(&self) -> bool {
        self.way.is_to_relay()
    }

    #[inline(always)]
    fn relay(&self) -> Option<&'static Relay> {
        let relay = self.way.0.as_ptr().map_addr(|address| address & !RELAY);
        // SAFETY: from a reference to a relay, as the address tells.
        self.is_task().then(|| unsafe { &*relay.cast() })
    }

    /// The relay by way of which a wake has to go, since its runtime is another thread's.
    #[inline(always)]
    fn elsewhere(&self) -> Option<&'static Relay> {
        self.relay().filter(|relay| !relay.is_here())
    }

    #[inline(never)]
    fn wake_from_afar(self) {
        let Some(relay) = self.elsewhere() else {
            return self.into_waker().wake();
        };
        // SAFETY: it has a relay.
        relay.send(unsafe { self.into_task() });
    }

    #[inline(always)]
    fn into_waker(self) -> Waker {
        let this = ManuallyDrop::new(self);
        let vtable = if this.is_task() {
            executor::vtable()
        } else {
            // SAFETY: from a reference to a vtable, as the address tells.
            unsafe { this.way.0.cast().as_ref() }
        };
        // SAFETY: `from` has taken apart a waker with this vtable, or an equal one; and this is
        // not dropped.
        unsafe { Waker::new(this.data, vtable) }
    }

    /// # Safety
    ///
    /// It has a relay.
    #[inline(always)]
    unsafe fn into_task(self) -> Task {
        // SAFETY: only the tasks of compio have relays, by the contract; and this is not dropped.
        unsafe { Task::from_data(ManuallyDrop::new(self).data) }
    }
}

impl Drop for Sleeper {
    #[inline]
    fn drop(&mut self) {
        let this = Self { ..*self };
        drop(this.into_waker());
    }
}

impl Asleep for Sleeper {
    type Post = Post;

    #[inline(always)]
    fn is(&self, waker: &Waker) -> bool {
        let same_kind = if self.is_task() {
            executor::is_task(waker)
        } else {
            Way::by(waker.vtable()) == self.way
        };
        same_kind && waker.data() == self.data
    }

    #[inline]
    fn sleeps_afar(&self) -> bool {
        self.elsewhere()
            .is_some_and(|relay| relay.inbox.mail.is_asleep())
    }

    #[inline(always)]
    fn wake(self) {
        if let Some(tasks) = Relay::tasks_here(self.way) {
            let data = ManuallyDrop::new(self).data;
            // SAFETY: of a task, whose waker `from` has taken apart; and the sleeper is not
            // dropped.
            unsafe { Waker::new(data, tasks) }.wake();
        } else if self.is_task() {
            self.wake_from_afar();
        } else {
            self.into_waker().wake();
        }
    }

    #[inline]
    fn post(self, post: &mut Post) {
        if let Some(relay) = self.elsewhere() {
            // SAFETY: it has one.
            post.add(relay, unsafe { self.into_task() });
        } else {
            if !self.is_task() && !post.is_empty() {
                // This may take its time, and what is packed does not depend on it.
                post.send();
            }
            self.into_waker().wake();
        }
    }
}

/// What is being packed, and where it goes.
#[derive(Default)]
pub struct Post([Packed; DESTINATIONS]);

/// A pack and where it goes, if there is one.
type Packed = Option<(&'static Relay, Pack)>;

enum Pack {
    /// That may need no parcel.
    One(Task),
    Several(Box<Parcel<Task>>),
}

impl Pack {
    fn is_full(&self) -> bool {
        matches!(self, Self::Several(parcel) if parcel.is_full())
    }

    fn with(self, task: Task) -> Self {
        let mut parcel = match self {
            Self::One(first) => Parcel::of(first),
            Self::Several(parcel) => parcel,
        };
        parcel.put(task);
        Self::Several(parcel)
    }
}

/// How many runtimes are packed for at the same time. Waiters of one primitive are often of several
/// runtimes in turns.
const DESTINATIONS: usize = 4;

impl Post {
    /// The first one is filled first, and emptied with all others or to be filled again.
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    #[inline(never)]
    fn add(&mut self, relay: &'static Relay, task: Task) {
        let slots = &mut self.0;
        let at = slots
            .iter()
            .position(|slot| slot.as_ref().is_none_or(|(to, _)| ptr::eq(*to, relay)));
        // The one that was begun last may go: the others have had more time to fill.
        let slot = &mut slots[at.unwrap_or(DESTINATIONS - 1)];
        if slot
            .as_ref()
            .is_some_and(|(to, pack)| !ptr::eq(*to, relay) || pack.is_full())
        {
            send(slot);
        }
        let pack = match slot.take() {
            None => Pack::One(task),
            Some((_, pack)) => pack.with(task),
        };
        *slot = Some((relay, pack));
    }

    #[cold]
    fn send(&mut self) {
        self.0.iter_mut().for_each(send);
    }
}

fn send(slot: &mut Packed) {
    match slot.take() {
        None => {}
        Some((relay, Pack::One(task))) => relay.send(task),
        Some((relay, Pack::Several(parcel))) => relay.send_parcel(parcel),
    }
}

impl Drop for Post {
    #[inline]
    fn drop(&mut self) {
        if !self.is_empty() {
            self.send();
        }
    }
}
