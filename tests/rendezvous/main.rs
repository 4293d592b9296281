//! The suite of `Barrier`, `Latch` and `WaitGroup`. Every test runs for the shared and the local
//! form where it makes sense; a test's name says the sequence of events.

#![cfg(not(loom))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;

mod barrier;
mod latch;
mod models;
mod runtimes;
mod threads;
mod wait_group;
mod wakers;
