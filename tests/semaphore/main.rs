//! The semaphore's suite. Every test runs for the shared and the local form, and for both policies
//! where it makes sense; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod basics;
mod cancel;
mod close;
mod crowd;
mod foreign;
mod futurelock;
mod model;
mod order;
mod panics;
mod permits;
mod runtimes;
mod threads;
mod throughput;
mod totals;
mod wakers;
