//! The relays of the process, and how a thread finds the one of its runtime.

#![allow(unsafe_code)] // The list of relays begins with a pointer.

use std::{cell::Cell, iter, ptr, task::Waker};

use compio_runtime::{Runtime, SpawnMeta};

use super::{
    Doorbell, bell,
    drain::Drain,
    executor::{self, Task},
    mailbox::{Bell, Mail, Mailbox, Parcel},
};
use crate::{
    primitive::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering},
    queue::Home,
};

/// What others need to reach a runtime.
///
/// Never freed: whoever waits holds a reference to the relay of its runtime, and whoever wakes uses
/// it, perhaps later than the runtime ends. When it has ended, its relay serves another one; mail
/// that comes too late for the first is delivered by the second, since a task may be woken from
/// anywhere. So there are as many as there were runtimes at the same time.
pub(super) struct Relay {
    /// The one that was made before.
    older: Option<&'static Self>,
    taken: AtomicBool,
    /// Whose it is, see [`this_thread`].
    thread: AtomicUsize,
    /// See [`identity`]. Zero while it is nobody's.
    runtime: AtomicUsize,
    /// The doorbell that was hung up last.
    pub(super) bell: AtomicU8,
    /// The part that is written for each parcel.
    pub(super) inbox: Inbox,
}

/// On lines of their own, since the rest is only read while the relay is open.
#[repr(align(128))]
pub(super) struct Inbox {
    pub(super) mail: Mailbox<Task>,
    pub(super) bells: bell::Place,
}

/// All relays, the newest first.
static RELAYS: AtomicPtr<Relay> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// The relay that this thread asked for last, while it is open.
    static CURRENT: Cell<Option<&'static Relay>> = const { Cell::new(None) };

    /// See [`this_thread`].
    static THREAD: Cell<usize> = const { Cell::new(0) };
}

/// A number that no other thread has or will have, and that is not zero. (An address would come
/// again, while a relay may be left behind by a thread whose runtime could not end.)
#[inline(always)]
fn this_thread() -> usize {
    #[cold]
    fn number() -> usize {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        THREAD.set(number);
        number
    }

    match THREAD.get() {
        0 => number(),
        number => number,
    }
}

/// Tells runtimes that live at the same time apart, and is not zero.
///
/// A runtime moves, and so do its clones; its driver does not, and its descriptor is its alone.
#[cfg(unix)]
fn identity(runtime: &Runtime) -> usize {
    use std::os::fd::AsRawFd;

    usize::try_from(runtime.as_raw_fd()).map_or(0, |fd| fd + 1)
}

/// Here several may share a completion port, but not what wakes them. A relay keeps that alive, so
/// that the address is not used again.
#[cfg(not(unix))]
fn identity(runtime: &Runtime) -> usize {
    runtime.waker().data().addr()
}

impl Relay {
    fn all() -> impl Iterator<Item = &'static Self> {
        let newest = RELAYS.load(Ordering::Acquire);
        // SAFETY: null, or a relay, which is never freed nor changed but by its atomics.
        iter::successors(unsafe { newest.as_ref() }, |relay| relay.older)
    }

    /// The relay of the runtime that this thread is running, set up if need be.
    #[inline(always)]
    fn current() -> Option<&'static Self> {
        let runtime = Runtime::try_with_current(identity).ok()?;
        match CURRENT.get() {
            Some(relay) if relay.runtime.load(Ordering::Relaxed) == runtime => Some(relay),
            _ => Some(Self::find(runtime)),
        }
    }

    /// The relay that is open for the runtime of this thread, if there is one.
    pub(super) fn existing() -> Option<&'static Self> {
        let runtime = Runtime::try_with_current(identity).ok()?;
        Self::of(runtime)
    }

    fn of(runtime: usize) -> Option<&'static Self> {
        Self::all().find(|relay| {
            relay.runtime.load(Ordering::Relaxed) == runtime
                && relay.thread.load(Ordering::Relaxed) == this_thread()
        })
    }

    #[cold]
    fn find(runtime: usize) -> &'static Self {
        let relay = Self::of(runtime).unwrap_or_else(|| Self::set_up(runtime));
        CURRENT.set(Some(relay));
        relay
    }

    fn set_up(runtime: usize) -> &'static Self {
        let relay = Self::all()
            .find(|relay| {
                !relay.taken.load(Ordering::Relaxed) && !relay.taken.swap(true, Ordering::Acquire)
            })
            .unwrap_or_else(Self::add);
        relay.thread.store(this_thread(), Ordering::Relaxed);
        relay.runtime.store(runtime, Ordering::Relaxed);
        relay.inbox.mail.open();
        Runtime::with_current(|runtime| {
            let drain = Drain::new(relay, runtime);
            runtime.spawn_at(drain, SpawnMeta::untracked()).detach();
        });
        relay
    }

    /// One more, which is taken.
    fn add() -> &'static Self {
        let relay = Box::leak(Box::new(Self {
            older: None,
            taken: AtomicBool::new(true),
            thread: AtomicUsize::new(0),
            runtime: AtomicUsize::new(0),
            bell: AtomicU8::new(0),
            inbox: Inbox {
                mail: Mailbox::new(),
                bells: bell::Place::new(),
            },
        }));
        let mut newest = RELAYS.load(Ordering::Acquire);
        loop {
            // SAFETY: as in `all`.
            relay.older = unsafe { newest.as_ref() };
            match RELAYS.compare_exchange_weak(newest, relay, Ordering::Release, Ordering::Acquire)
            {
                Ok(_) => return relay,
                Err(now) => newest = now,
            }
        }
    }

    /// The runtime has ended. Gives what is left in the box.
    pub(super) fn close(&'static self) -> Mail<Task> {
        if CURRENT.get().is_some_and(|current| ptr::eq(current, self)) {
            CURRENT.set(None);
        }
        self.runtime.store(0, Ordering::Relaxed);
        self.thread.store(0, Ordering::Relaxed);
        let left = self.inbox.mail.close();
        self.taken.store(false, Ordering::Release);
        left
    }

    /// Whether its runtime is this thread's.
    #[inline(always)]
    pub(super) fn is_here(&'static self) -> bool {
        CURRENT.get().is_some_and(|current| ptr::eq(current, self))
            || self.thread.load(Ordering::Relaxed) == this_thread()
    }

    fn send(&'static self, parcel: Box<Parcel<Task>>) {
        match self.inbox.mail.push(parcel) {
            Ok(None) => {}
            Ok(Some(Bell::Number(number))) => {
                if let Some(doorbell) = Doorbell::from_bits(number) {
                    self.inbox.bells.ring(doorbell);
                }
            }
            Ok(Some(Bell::Task(drain))) => drain.wake(),
            // The runtime has ended.
            Err(mut parcel) => parcel.by_ref().for_each(Task::wake),
        }
    }
}

/// The relay of the runtime that a waiting task is in, if that is what has to wake it.
#[derive(Clone, Copy)]
pub struct RuntimeHome(Option<&'static Relay>);

impl Home for RuntimeHome {
    type Post = Post;

    #[inline(always)]
    fn of(waker: &Waker) -> Self {
        // Any other waker may be of somebody who sleeps without running its runtime.
        if executor::is_task(waker) {
            Self(Relay::current())
        } else {
            Self(None)
        }
    }

    #[inline(always)]
    fn wake(self, waker: Waker) {
        match self.0 {
            Some(relay) if !relay.is_here() => send_one(relay, waker),
            _ => waker.wake(),
        }
    }

    #[inline]
    fn post(self, waker: Waker, post: &mut Post) {
        match self.0 {
            Some(relay) if !relay.is_here() => post.add(relay, waker),
            Some(_) => waker.wake(),
            None => {
                // That may take its time, and what is packed does not depend on it.
                if !post.is_empty() {
                    post.send();
                }
                waker.wake();
            }
        }
    }
}

/// Wakes a task from the mail, unless it was woken in the box.
pub(super) fn wake((task, woken): (Task, bool)) {
    if !woken {
        task.wake();
    }
}

#[inline(never)]
fn send_one(relay: &'static Relay, waker: Waker) {
    let mut parcel = Parcel::new();
    parcel.put(Task::of(waker));
    relay.send(parcel);
}

/// Parcels that are being packed, and where they go.
#[derive(Default)]
pub struct Post([Packed; DESTINATIONS]);

/// A parcel and where it goes, if there is one.
type Packed = Option<(&'static Relay, Box<Parcel<Task>>)>;

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
    fn add(&mut self, relay: &'static Relay, waker: Waker) {
        let slots = &mut self.0;
        let at = slots
            .iter()
            .position(|slot| slot.as_ref().is_none_or(|(to, _)| ptr::eq(*to, relay)));
        // The one that was begun last may go: the others have had more time to fill.
        let slot = &mut slots[at.unwrap_or(DESTINATIONS - 1)];
        if slot
            .as_ref()
            .is_some_and(|(to, parcel)| !ptr::eq(*to, relay) || parcel.is_full())
        {
            send(slot);
        }
        let (_, parcel) = slot.get_or_insert_with(|| (relay, Parcel::new()));
        parcel.put(Task::of(waker));
    }

    #[cold]
    fn send(&mut self) {
        self.0.iter_mut().for_each(send);
    }
}

fn send(slot: &mut Packed) {
    if let Some((relay, parcel)) = slot.take() {
        relay.send(parcel);
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
