//! The suite of `Notify`. Every test runs for the shared and the local form where it makes sense; a
//! test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod all;
mod basics;
mod cancel;
mod enable;
mod model;
mod panics;
mod runtimes;
mod wakers;
