//! One task of another runtime is woken at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use compio::runtime::spawn;
use compio_sync::Notify;

use crate::{
    common::{Watchdog, fewer, on_a_runtime, spin_until},
    heap,
};

/// To wake is to be as cheap as it can, and an allocation may wait for another thread.
#[test]
fn one_is_woken_again_and_again_then_who_wakes_allocates_nothing() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(2_000);
    let (notify, waits) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let other = thread::spawn({
        let (notify, waits) = (notify.clone(), waits.clone());
        move || {
            on_a_runtime(async move {
                let task = spawn(async move {
                    for _ in 0..=rounds {
                        waits.fetch_add(1, Ordering::Relaxed);
                        notify.notified().await;
                    }
                });
                task.await.unwrap();
            });
        }
    });
    let wake = |round| {
        // Begun, and in line.
        spin_until(|| waits.load(Ordering::Relaxed) == round && notify.waiters() == 1);
        notify.notify_one();
    };
    // What is set up once.
    wake(1);
    let before = heap::made();
    for round in 2..=rounds + 1 {
        wake(round);
    }
    assert_eq!(heap::made(), before);
    other.join().unwrap();
}
