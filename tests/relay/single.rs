//! One task of another runtime is woken at a time, or one of each of several.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use compio::runtime::spawn;
use compio_sync::Notify;

use crate::{
    common::{Watchdog, fewer, on_a_runtime, spin_until},
    heap,
};

/// A task in each of so many runtimes waits, again and again, for a notification of all. To wake is
/// to be as cheap as it can, and an allocation may wait for another thread.
fn hardly_an_allocation(runtimes: usize) {
    let _watchdog = Watchdog::start();
    let rounds = fewer(2_000);
    let (notify, waits) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let others = Vec::from_iter((0..runtimes).map(|_| {
        let (notify, waits) = (notify.clone(), waits.clone());
        thread::spawn(move || {
            on_a_runtime(async move {
                let task = spawn(async move {
                    for _ in 0..=rounds {
                        waits.fetch_add(1, Ordering::Relaxed);
                        notify.notified().await;
                    }
                });
                task.await.unwrap();
            });
        })
    }));
    let wake = |round| {
        // All have begun, and are in line.
        let begun = || waits.load(Ordering::Relaxed) == round * runtimes;
        spin_until(|| begun() && notify.waiters() == runtimes);
        // And their polls have ended, nearly always.
        thread::sleep(Duration::from_micros(50));
        notify.notify_waiters();
    };
    // What is set up once.
    wake(1);
    let before = heap::made();
    for round in 2..=rounds + 1 {
        wake(round);
    }
    // Who is found in line before its poll has ended goes on by itself, and its wake may still lie
    // there when the next one comes: that takes a parcel.
    let made = heap::made() - before;
    assert!(made < rounds / 2, "{made} in {rounds} rounds");
    for other in others {
        other.join().unwrap();
    }
}

#[test]
fn one_is_woken_again_and_again_then_who_wakes_hardly_ever_allocates() {
    hardly_an_allocation(1);
}

#[test]
fn one_of_each_runtime_is_woken_again_and_again_then_who_wakes_hardly_ever_allocates() {
    hardly_an_allocation(3);
}
