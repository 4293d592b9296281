//! Counts heap allocations.
//!
//! The published counters do their bookkeeping at every allocation, which would be charged to the
//! candidates that allocate in the timed rows too. Here a timed row pays one load and a branch
//! that is never taken.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// What was allocated while a closure ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    pub calls: u64,
    pub bytes: u64,
    /// Bytes allocated and not freed when it returned.
    pub live: i64,
}

thread_local! {
    static COUNTED: Cell<Option<Allocations>> = const { Cell::new(None) };
}

struct Counter;

#[global_allocator]
static GLOBAL: Counter = Counter;

/// Runs `f` and tells what this thread allocated meanwhile.
pub fn during(f: impl FnOnce()) -> Allocations {
    let outer = COUNTED.replace(Some(Allocations::default()));
    f();
    COUNTED.replace(outer).unwrap_or_default()
}

fn count(calls: u64, allocated: usize, freed: usize) {
    if let Some(mut counted) = COUNTED.get() {
        counted.calls += calls;
        counted.bytes += allocated as u64;
        counted.live += allocated as i64 - freed as i64;
        COUNTED.set(Some(counted));
    }
}

// SAFETY: every call goes to the system's allocator with its arguments unchanged; counting
// neither allocates nor unwinds, as the cell needs no initialisation and no destructor.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, 0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}
