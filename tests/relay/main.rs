//! The suite of the relay: wakes between runtimes, what runtimes and processes do with their lives,
//! and what the kernel sees of it. A test's name says the sequence of events.
//!
//! The runtimes are as the environment asks for it, see `tests/common/kit.rs`. What needs a process
//! of its own starts this program once more.

#![cfg(all(feature = "compio", not(loom)))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;
#[cfg(target_os = "linux")]
mod filter;
mod heap;

#[cfg(target_os = "linux")]
mod busy;
#[cfg(target_os = "linux")]
mod fallback;
mod foreign;
#[cfg(target_os = "linux")]
mod idle;
mod inbox;
mod lives;
mod many;
mod pace;
mod panics;
mod process;
mod ring;
mod single;
mod storms;
#[cfg(target_os = "linux")]
mod unified;
mod which;
