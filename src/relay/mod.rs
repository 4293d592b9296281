//! How wakes get from one runtime to another, and how to choose what rings.
//!
//! A compio task that is woken from another thread goes through its executor's inbox. In compio
//! 0.19 that has room for 64: when it is full, whoever wakes spins until the other runtime has
//! emptied it, and two runtimes that wake 200 tasks of each other at the same time never come to an
//! end. So the shared primitives of this crate do it in another way. The first wait in a runtime
//! sets up its *relay*:
//!
//! ```text
//!   any thread                            the runtime
//!
//!   release ──► parcel of up to 32 ──►  mailbox ──► drain: a hidden task that wakes the tasks
//!                     │                                    locally, which costs no system call
//!                     └── the first one rings ─► doorbell ──►┘         and cannot block
//! ```
//!
//! * **Leaving a parcel is one compare-exchange**, and waits for nobody. There is room for any
//!   number of them; each is one allocation, for up to 32 wakes. A single wake, for a mailbox that
//!   is empty, is left without a parcel, and allocates nothing.
//! * **One ring**, however many parcels come before the drain has its turn.
//! * **Nothing of it on the same thread.** A task that is woken from a task of its own runtime is
//!   woken as ever. The [local](crate::local) forms know nothing of relays.
//! * **Only wakers of compio's tasks travel.** Any other may be of somebody who does not run the
//!   runtime while it sleeps: the future given to `block_on`, a nested `block_on`, a
//!   `FuturesUnordered`, another executor, a plain thread, compio's own `with_cancel`. These are
//!   woken directly.
//! * **A relay ends with its runtime**, as do the tasks that what is left in it is for. Wakes that
//!   come later are direct ones.
//! * **An idle relay costs nothing:** no wakeups, no polling, one operation in flight at most.
//!
//! # Doorbells
//!
//! | [`Doorbell`] | a runtime that sleeps | needs |
//! |---|---|---|
//! | `Eventfd` | one `write`; a poll operation in the runtime's ring completes | Linux, io_uring |
//! | `Futex` | one `futex`; a futex operation in the runtime's ring completes, and is armed again | Linux 6.7, io_uring |
//! | `Waker` | what compio does: a `write`, and a `read` there; on Windows, a packet posted to the IOCP | nothing |
//!
//! Nothing has to be chosen: it is the first of these that the runtime can have. While a runtime is
//! busy anyway, the drain stays awake for some rounds after it has emptied the mailbox; until it
//! goes to sleep, nobody rings, and a wake costs no system call.
//!
//! With `Waker`, and with it alone, a ring goes through the executor's inbox. It takes one place
//! there, so relays never fill it; but where others do, it may have to wait like any other wake.
//!
//! `docs/relay.md` in the repository has the figures.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "compio")]
//! # compio::runtime::Runtime::new().unwrap().block_on(async {
//! use std::{sync::Arc, thread};
//!
//! use compio_sync::{Notify, relay};
//!
//! let notify = Arc::new(Notify::new());
//! let task = compio::runtime::spawn({
//!     let notify = notify.clone();
//!     async move {
//!         notify.notified().await;
//!         relay::doorbell()
//!     }
//! });
//! thread::spawn(move || notify.notify_one());
//! println!("rung by {:?}", task.await.unwrap());
//! # });
//! ```
//!
//! # Limits
//!
//! * compio does not tell whose a waker is, so it is taken for one of the runtime in which the
//!   future is polled. Whoever lends the waker of a task to another runtime, and polls a wait with
//!   it there, is woken by way of that other runtime: not before it runs, and that stays so when
//!   the task polls the wait at home again. The same goes for tasks of a runtime that is run by
//!   hand, without being entered, inside of another.
//! * compio 0.19 ends the process when one of its tasks is woken from a thread that unwinds. A
//!   doorbell in the ring is no such wake, and a guard that a panic drops rings it safely; a
//!   [`Waker`](Doorbell::Waker) is.
//! * A runtime that is dropped while its thread unwinds (not by a panic out of `block_on`, which
//!   compio sees to) never lets go of its driver, and its relay with it. The same where a
//!   destructor that runs while the thread unwinds has a panic come out of `block_on`; such a
//!   runtime must not be used again, as nobody empties its mailbox.
//! * While a runtime ends, compio does not bear that a destructor of one of its tasks spawns
//!   another. A wait that such a destructor polls with the waker of its task does, as it sets up a
//!   relay.

// How it is built, bottom up:
//
// * `mailbox`: the word that parcels are left in, with its states and invariants; modelled by
//   itself in `tests/loom/relay.rs`
// * `bell/`: the doorbells, a file each, and the operations that they are in the ring
// * `habit`: how long the drain stays awake
// * `pace`: how many it wakes at a time
// * `rope`: how the drain is rung by its own waker
// * `executor`: which wakers are of compio's tasks, and such a waker in one word
// * `station`: the relays of the process, and how a thread finds its own
// * `sleeper`: who waits, with its relay, and how wakes are packed and sent
// * `drain`: the task

// There is no local form of a relay, and its mailbox is modelled by itself.
#![allow(clippy::disallowed_types)]

mod bell;
mod drain;
mod executor;
mod habit;
mod mailbox;
mod pace;
mod rope;
mod sleeper;
mod station;

pub(crate) use self::sleeper::Sleeper;
use self::station::Relay;
use crate::primitive::{AtomicU8, Ordering};

/// How a runtime that sleeps learns that there is something for its tasks. See the
/// [module](self#doorbells).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Doorbell {
    /// A poll operation in the runtime's own ring, at an eventfd that belongs to the relay (Linux,
    /// with io_uring).
    Eventfd,
    /// A futex operation in the runtime's own ring (Linux 6.7 and later).
    Futex,
    /// The waker of a task of the runtime. Works everywhere.
    Waker,
}

impl Doorbell {
    /// Not zero, which stands for none.
    const fn bits(self) -> u8 {
        self as u8 + 1
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            1 => Some(Self::Eventfd),
            2 => Some(Self::Futex),
            3 => Some(Self::Waker),
            _ => None,
        }
    }

    fn forced() -> Option<Self> {
        Self::from_bits(FORCED.load(Ordering::Relaxed))
    }
}

static FORCED: AtomicU8 = AtomicU8::new(0);

/// Has all relays of the process use this doorbell, where it can be had, and
/// [`Waker`](Doorbell::Waker) elsewhere; `None` leaves it to them again.
///
/// That is for tests and for measurements. It holds from the next time that a relay goes to sleep,
/// and one that is forced does not stay awake while its runtime is busy.
pub fn force(doorbell: Option<Doorbell>) {
    FORCED.store(doorbell.map_or(0, Doorbell::bits), Ordering::Relaxed);
}

/// What the relay of the runtime that this thread is running has gone to sleep with last.
///
/// `None` outside of a runtime, and before anybody has waited in it for one of the shared
/// primitives.
pub fn doorbell() -> Option<Doorbell> {
    Doorbell::from_bits(Relay::existing()?.bell.load(Ordering::Relaxed))
}
