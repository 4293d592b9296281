//! A runtime that never sleeps is woken without a system call.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use compio::runtime::spawn;
use compio_sync::{Semaphore, relay::force};

use crate::{
    common::{WELL, alone, on_a_runtime, spin_until, turn},
    filter::{Rule, Scope, install},
    heap,
    tools::slowness,
};

const WAKES: usize = 10_000;
const BATCH: usize = 500;

/// `futex_wake`, which has this number everywhere.
const FUTEX_WAKE: libc::c_long = 454;

/// A task that waits, again and again, beside one that never does.
fn busy_runtime(s: &Arc<Semaphore>) {
    let s = s.clone();
    let is_busy = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let is_busy = is_busy.clone();
        move || {
            on_a_runtime(async {
                spawn(async move {
                    loop {
                        s.acquire().await.forget();
                    }
                })
                .detach();
                spawn(async move {
                    loop {
                        is_busy.store(true, Ordering::SeqCst);
                        turn().await;
                    }
                })
                .await
                .unwrap();
            });
        }
    });
    spin_until(|| is_busy.load(Ordering::SeqCst));
}

/// How often this thread has written anything.
fn writes() -> usize {
    let io = fs::read_to_string("/proc/thread-self/io").unwrap();
    let count = io.lines().find_map(|line| line.strip_prefix("syscw: "));
    count.expect("the count").parse().unwrap()
}

/// Now and then either thread is put aside for long enough that the other one goes to sleep: then
/// the next wake is a write. So the best of some batches counts.
#[test]
fn busy_runtime_is_woken_from_another_thread_then_hardly_a_system_call_was_made() {
    const TEST: &str =
        "busy::busy_runtime_is_woken_from_another_thread_then_hardly_a_system_call_was_made";
    if thread::available_parallelism().is_ok_and(|cpus| cpus.get() == 1) {
        // It cannot be busy while this thread runs.
        return;
    }
    alone(TEST, &[], || {
        let s = Arc::new(Semaphore::new(0));
        busy_runtime(&s);
        // Whoever forces a doorbell hears it ring.
        force(None);
        heap::use_the_reserve();
        let mut fewest = writes_of_a_batch(&s);
        let calls = [libc::SYS_futex, FUTEX_WAKE, libc::SYS_io_uring_enter];
        install(&calls.map(Rule::kill), Scope::Thread);
        for _ in 0..WAKES / BATCH {
            fewest = fewest.min(writes_of_a_batch(&s));
        }
        let few = BATCH / 50 * slowness() as usize;
        let ending = if fewest <= few { WELL } else { 1 };
        // Without a word, which would take a lock.
        // SAFETY: ends the process.
        unsafe { libc::_exit(ending) }
    });
}

/// Each wake is for a task that waits.
fn writes_of_a_batch(s: &Semaphore) -> usize {
    let before = writes();
    for _ in 0..BATCH {
        while s.waiters() == 0 {
            std::hint::spin_loop();
        }
        s.add_permits(1);
    }
    writes() - before
}
