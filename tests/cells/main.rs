//! The suite of `OnceCell` and `LazyCell`. Every test runs for the shared and the local form where
//! it makes sense; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod hand_over;
mod lazy;
mod model;
mod once;
mod recursion;
mod threads;
mod wakers;
