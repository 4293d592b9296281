//! A runtime that never sleeps is woken without a system call.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use compio::runtime::spawn;
use compio_sync::{
    Semaphore,
    relay::{Doorbell, force},
};

use crate::{
    common::{WELL, on_a_runtime, spin_until, status_alone, turn},
    filter::{Rule, Scope, install},
    heap,
};

const WAKES: usize = 10_000;

/// `futex_wake`, which has this number everywhere.
const FUTEX_WAKE: libc::c_long = 454;

/// Releases what a task of a busy runtime waits for, again and again; the last times without a way
/// into the kernel.
fn wake_a_busy_runtime() {
    let s = Arc::new(Semaphore::new(0));
    let is_busy = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let (s, is_busy) = (s.clone(), is_busy.clone());
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
    heap::use_the_reserve();
    let wake = || {
        while s.waiters() == 0 {
            std::hint::spin_loop();
        }
        s.add_permits(1);
    };
    for _ in 0..WAKES / 10 {
        wake();
    }
    let calls = [
        libc::SYS_futex,
        FUTEX_WAKE,
        libc::SYS_write,
        libc::SYS_io_uring_enter,
    ];
    install(&calls.map(Rule::kill), Scope::Thread);
    for _ in 0..WAKES {
        wake();
    }
    // SAFETY: ends the process.
    unsafe { libc::_exit(WELL) }
}

#[test]
fn busy_runtime_is_woken_from_another_thread_then_no_system_call_was_made() {
    const TEST: &str =
        "busy::busy_runtime_is_woken_from_another_thread_then_no_system_call_was_made";
    for forced in [None, Some(Doorbell::Waker)] {
        let name = format!("{forced:?}");
        let status = status_alone(TEST, &[("COMPIO_SYNC_CASE", &name)], || {
            force(forced);
            wake_a_busy_runtime();
        });
        eprintln!("{forced:?} {status}");
    }
}
