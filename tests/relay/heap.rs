//! The heap of this program, which counts what is there, and has a place for those who may not ask
//! the kernel for anything.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, UnsafeCell},
    sync::atomic::{AtomicIsize, AtomicUsize, Ordering},
};

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

static LIVE: AtomicIsize = AtomicIsize::new(0);

/// How many bytes are allocated now.
pub fn live() -> isize {
    LIVE.load(Ordering::Relaxed)
}

/// How often this thread has allocated.
pub fn made() -> usize {
    MADE.get()
}

const ROOM: usize = 64 << 20;

/// Taken from the front, never given back. Its pages come when they are touched.
#[repr(align(4096))]
struct Reserve(UnsafeCell<[u8; ROOM]>);

// SAFETY: what is taken from it is the taker's.
unsafe impl Sync for Reserve {}

static RESERVE: Reserve = Reserve(UnsafeCell::new([0; ROOM]));
static TAKEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// From here on this thread's memory comes from a reserve: the lock of the heap proper is a futex.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub fn use_the_reserve() {
    QUIET.set(true);
}

fn is_of_the_reserve(place: *mut u8) -> bool {
    let start = RESERVE.0.get().addr();
    (start..start + ROOM).contains(&place.addr())
}

// SAFETY: the system's, but for the reserve, of which nothing is given twice.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if QUIET.get() {
            let size = layout.size() + layout.align();
            let taken = TAKEN.fetch_add(size, Ordering::Relaxed);
            assert!(taken + size <= ROOM, "the reserve is used up");
            let place = RESERVE.0.get().cast::<u8>().wrapping_add(taken);
            return place.wrapping_add(place.align_offset(layout.align()));
        }
        MADE.set(MADE.get() + 1);
        LIVE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: by the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if !is_of_the_reserve(place) {
            LIVE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
            // SAFETY: by the caller's contract, and not from the reserve.
            unsafe { System.dealloc(place, layout) }
        }
    }
}
