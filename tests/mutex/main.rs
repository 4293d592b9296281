//! The mutex's suite. Every test runs for the shared and the local form, and for both policies
//! where it makes sense; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod basics;
mod cancel;
mod futurelock;
mod linearizable;
mod mapped;
mod model;
mod order;
mod panics;
mod runtimes;
mod threads;
mod wakers;
