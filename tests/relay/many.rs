//! Many runtimes, one after the other: nothing is left of them.

use std::{sync::Arc, thread};

use compio::runtime::spawn;
use compio_sync::Semaphore;

use crate::{
    common::{DOORBELLS, alone, is_quick, on_a_runtime, spin_until},
    heap,
};

fn runtimes() -> usize {
    if is_quick() { 400 } else { 2000 }
}

/// What one process has of what could leak.
struct Sizes {
    heap: isize,
    descriptors: usize,
    pages: usize,
}

impl Sizes {
    fn now() -> Self {
        Self {
            heap: heap::live(),
            descriptors: count("/proc/self/fd"),
            pages: std::fs::read_to_string("/proc/self/statm")
                .ok()
                .and_then(|text| text.split(' ').nth(1)?.parse().ok())
                .unwrap_or(0),
        }
    }
}

/// None where there is no such directory, or only that of an emulator.
fn count(directory: &str) -> usize {
    if cfg!(target_os = "linux") {
        std::fs::read_dir(directory).map_or(0, Iterator::count)
    } else {
        0
    }
}

/// A runtime on this thread, and one on a thread of its own, whose tasks release each other's.
fn two_more() {
    let [here, there] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let other = {
        let (here, there) = (here.clone(), there.clone());
        thread::spawn(move || on_a_runtime(take_turns(there, here)))
    };
    on_a_runtime(take_turns(here, there));
    other.join().unwrap();
}

async fn take_turns(own: Arc<Semaphore>, other: Arc<Semaphore>) {
    const TASKS: usize = 20;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let own = own.clone();
            spawn(async move { own.acquire().await.forget() })
        })
        .collect();
    spawn(async move {
        // They are in line before this task runs, here as well as there.
        spin_until(|| other.waiters() == TASKS);
        other.add_permits(TASKS);
    })
    .await
    .unwrap();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn runtimes_one_after_the_other_wake_each_other_then_nothing_has_grown() {
    const TEST: &str = "many::runtimes_one_after_the_other_wake_each_other_then_nothing_has_grown";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            for _ in 0..100 {
                two_more();
            }
            let before = Sizes::now();
            for _ in 0..runtimes() / 2 {
                two_more();
            }
            let after = Sizes::now();
            let grown = after.heap - before.heap;
            // Less than a few words for each of them.
            assert!(grown < 16 << 10, "{grown} bytes");
            let (before_fd, after_fd) = (before.descriptors, after.descriptors);
            assert!(after_fd <= before_fd + 4, "{before_fd}, {after_fd}");
            let pages = after.pages.saturating_sub(before.pages);
            assert!(pages < 4096, "{pages} pages");
        });
    }
}
