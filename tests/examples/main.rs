//! Drives the examples as their users would: arguments in, exit status and summary out, and for the
//! server, clients on plain sockets. (`copy_tree` has a test of its own.) `cargo test` builds the
//! examples; to run this alone, `cargo build --examples` first.

#![cfg(not(loom))]

mod connection_pool;
mod graceful_shutdown;
mod run;
mod shared_cache;
#[cfg(feature = "compio")]
mod two_hazards;
