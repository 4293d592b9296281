//! The suite of `Event`. Every test runs for the shared and the local form where it makes sense; a
//! test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod auto;
mod basics;
mod manual;
mod model;
mod threads;
mod wakers;
