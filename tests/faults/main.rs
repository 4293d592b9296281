//! Failures that a user meets, made on purpose: no descriptor is left, a ring is too small, signals
//! interrupt every wait, wakes come that nobody sent, the thread pool is full, wakers panic, clocks
//! jump. Nothing hangs, nothing is lost, and nobody is polled more often than he was woken.
//!
//! That io_uring, or a part of it, is denied is in `tests/relay/fallback.rs`; a waker that panics
//! at one primitive is in that primitive's suite.

#![cfg(all(feature = "compio", not(loom)))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod clocks;
mod common;
mod panics;
mod pool;
mod waves;

#[cfg(target_os = "linux")]
#[path = "../held/counted.rs"]
mod counted;
#[cfg(unix)]
mod descriptors;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(unix)]
mod signals;
#[cfg(target_os = "linux")]
mod spurious;
