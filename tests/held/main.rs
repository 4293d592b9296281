//! The suite of permits that are held by a buffer or an operation. Every test runs on each driver
//! that there is, and for both forms where it makes sense; a test's name says the sequence of
//! events.

#![cfg(all(feature = "compio", not(loom)))]

#[macro_use]
#[path = "../common/mod.rs"]
mod tools;

mod common;
mod counted;
mod pipe;

mod buffer;
mod cancel;
mod end;
mod limit;
mod managed;
mod op;
mod parts;
mod passed_on;
