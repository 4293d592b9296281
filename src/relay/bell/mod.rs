//! Doorbells: how a runtime that sleeps learns that there is mail.

#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod eventfd;
#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod futex;
#[cfg(not(all(target_os = "linux", feature = "io-uring")))]
mod none;
#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod operation;
#[cfg(all(target_os = "linux", feature = "io-uring"))]
mod ring;

#[cfg(not(all(target_os = "linux", feature = "io-uring")))]
pub(super) use self::none::{Bells, Place, slept};
#[cfg(all(target_os = "linux", feature = "io-uring"))]
pub(super) use self::ring::{Bells, Place, slept};
use super::Doorbell;
