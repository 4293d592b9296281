//! The suite of `CancellationToken`. Every test runs for the shared and the local form where it
//! makes sense; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod basics;
mod deep;
mod guards;
mod memory;
mod model;
mod run;
mod threads;
mod tree;
mod wakers;
