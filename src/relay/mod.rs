//! How wakes get from one runtime to another.
//!
//! (essay)

// There is no local form of a relay, and its mailbox is modelled by itself.
#![allow(clippy::disallowed_types)]

mod bell;
mod drain;
mod executor;
mod habit;
mod mailbox;
mod station;

use self::station::Relay;
pub(crate) use self::station::RuntimeHome;
use crate::primitive::{AtomicU8, Ordering};

/// How a runtime that sleeps learns that there is something for its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Doorbell {
    /// A poll operation in the runtime's own ring, at an eventfd that belongs to the relay (Linux,
    /// with io_uring).
    Eventfd = 1,
    /// A futex operation in the runtime's own ring (Linux 6.7 and later).
    Futex   = 2,
    /// The waker of a task of the runtime. Works everywhere.
    Waker   = 3,
}

impl Doorbell {
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

/// Forces.
pub fn force(doorbell: Option<Doorbell>) {
    FORCED.store(doorbell.map_or(0, |it| it as u8), Ordering::Relaxed);
}

/// The one in use.
pub fn doorbell() -> Option<Doorbell> {
    Doorbell::from_bits(Relay::existing()?.bell.load(Ordering::Relaxed))
}
