//! The condition variable's suite. Every test runs for the shared and the local form, and with
//! mutexes of both policies; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod basics;
mod cancel;
mod model;
mod mutexes;
mod panics;
mod runtimes;
mod threads;
mod wakers;
