//! The relays of the process, and how a thread finds the one of its runtime.

#![allow(unsafe_code)] // The list of relays begins with a pointer.

use std::{cell::Cell, iter, ptr, task::RawWakerVTable};

use compio_runtime::{Runtime, SpawnMeta};

use super::{
    Doorbell, bell,
    drain::Drain,
    executor::{self, Task},
    mailbox::{Bell, Mail, Mailbox, Parcel},
    rope::Rope,
    sleeper::Way,
};
use crate::primitive::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering};

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
    /// The part that is written as mail is left.
    pub(super) inbox: Inbox,
}

/// On lines of their own, since the rest is only read while the relay is open.
#[repr(align(128))]
pub(super) struct Inbox {
    pub(super) mail: Mailbox<Task, Rope>,
    pub(super) bells: bell::Place,
}

/// All relays, the newest first.
static RELAYS: AtomicPtr<Relay> = AtomicPtr::new(ptr::null_mut());

/// The relay that a thread asked for last, while it is open: all that a wait and a wake of one
/// thread need to know, in one place.
struct Current {
    /// See [`identity`]. Zero while there is none.
    runtime: Cell<usize>,
    way: Cell<Option<Way>>,
    /// What the wakers of compio's tasks have, once there was a relay.
    tasks: Cell<Option<&'static RawWakerVTable>>,
}

impl Current {
    const fn none() -> Self {
        Self {
            runtime: Cell::new(0),
            way: Cell::new(None),
            tasks: Cell::new(None),
        }
    }

    fn set(&self, runtime: usize, way: Option<Way>) {
        self.runtime.set(runtime);
        self.way.set(way);
        self.tasks.set(Some(executor::vtable()));
    }
}

thread_local! {
    static CURRENT: Current = const { Current::none() };

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
#[inline(always)]
fn identity(runtime: &Runtime) -> usize {
    use std::os::fd::AsRawFd;

    (runtime.as_raw_fd().cast_unsigned() as usize).wrapping_add(1)
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

    /// The way to the runtime that this thread is running; its relay is set up if need be.
    #[inline(always)]
    pub(super) fn current() -> Option<Way> {
        let runtime = Runtime::try_with_current(identity).ok()?;
        CURRENT.with(|current| {
            if current.runtime.get() == runtime {
                current.way.get()
            } else {
                Some(Self::find(runtime))
            }
        })
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
    fn find(runtime: usize) -> Way {
        let way = Way::to(Self::of(runtime).unwrap_or_else(|| Self::set_up(runtime)));
        CURRENT.with(|current| current.set(runtime, Some(way)));
        way
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
        CURRENT.with(|current| {
            if current.way.get() == Some(Way::to(self)) {
                current.set(0, None);
            }
        });
        self.runtime.store(0, Ordering::Relaxed);
        self.thread.store(0, Ordering::Relaxed);
        let left = self.inbox.mail.close();
        self.taken.store(false, Ordering::Release);
        left
    }

    /// The vtable of compio's tasks, if this is the way to the relay that this thread asked for
    /// last. Others may be here, too: see [`is_here`](Self::is_here).
    #[inline(always)]
    pub(super) fn tasks_here(way: Way) -> Option<&'static RawWakerVTable> {
        CURRENT.with(|current| {
            if current.way.get() == Some(way) {
                current.tasks.get()
            } else {
                None
            }
        })
    }

    /// Whether its runtime is this thread's.
    pub(super) fn is_here(&'static self) -> bool {
        Self::tasks_here(Way::to(self)).is_some()
            || self.thread.load(Ordering::Relaxed) == this_thread()
    }

    pub(super) fn send(&'static self, task: Task) {
        match self.inbox.mail.push(task) {
            Ok(bell) => self.ring(bell),
            // The runtime has ended.
            Err(task) => task.wake(),
        }
    }

    pub(super) fn send_parcel(&'static self, parcel: Box<Parcel<Task>>) {
        match self.inbox.mail.push_parcel(parcel) {
            Ok(bell) => self.ring(bell),
            // As above.
            Err(mut parcel) => parcel.by_ref().for_each(Task::wake),
        }
    }

    fn ring(&'static self, bell: Option<Bell<Rope>>) {
        match bell {
            None => {}
            Some(Bell::Number(number)) => {
                if let Some(doorbell) = Doorbell::from_bits(number) {
                    self.inbox.bells.ring(doorbell);
                }
            }
            Some(Bell::Task(rope)) => rope.ring(),
        }
    }
}
