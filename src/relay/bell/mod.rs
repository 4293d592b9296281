//! Doorbells: how a runtime that sleeps learns that there is mail.

#[cfg(not(all(target_os = "linux", feature = "io-uring")))]
mod none;
#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod ring;

#[cfg(not(all(target_os = "linux", feature = "io-uring")))]
pub(super) use none::{Futex, Sleeps, ring, slept};
#[cfg(all(target_os = "linux", feature = "io-uring"))]
pub(super) use ring::{Futex, Sleeps, ring, slept};

/// What a futex operation waits at.
pub(super) type Word = crate::primitive::AtomicU32;
