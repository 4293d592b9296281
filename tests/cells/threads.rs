//! The shared forms over two runtimes and plain threads.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use compio::{
    runtime::spawn,
    time::{sleep, timeout},
};
use compio_sync::{LazyCell, OnceCell};

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{Watchdog, fewer, on_a_runtime, spin_until, turn};

/// On one runtime a thousand, so that no other has to be told of so many.
#[test]
fn a_thousand_tasks_race_then_initialised_once() {
    let _watchdog = Watchdog::start();
    let cell = Arc::new(OnceCell::new());
    let calls = Arc::new(AtomicUsize::new(0));
    on_a_runtime(async {
        let tasks: Vec<_> = (0..1000)
            .map(|at| {
                let (cell, calls) = (cell.clone(), calls.clone());
                spawn(async move {
                    *cell
                        .get_or_init(async || {
                            calls.fetch_add(1, Ordering::SeqCst);
                            sleep(Duration::from_millis(2)).await;
                            at
                        })
                        .await
                })
            })
            .collect();
        let mut values = Vec::new();
        for task in tasks {
            values.push(task.await.unwrap());
        }
        values.dedup();
        assert_eq!(values.len(), 1);
    });
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// Those who make it give up in every way; those who wait see the value, and it is one.
#[test]
fn tasks_of_two_runtimes_and_threads_race_and_give_up_then_one_value_is_seen_by_all() {
    let _watchdog = Watchdog::start();
    for round in 0..60 {
        let cell = Arc::new(OnceCell::<u64>::new());
        let made = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            let runtimes = [1, 2].map(|runtime| {
                let (cell, made) = (cell.clone(), made.clone());
                scope.spawn(move || {
                    on_a_runtime(async {
                        let tasks: Vec<_> = (0..16)
                            .map(|task| {
                                let seed = round * 1000 + runtime * 100 + task;
                                spawn(race(cell.clone(), made.clone(), seed))
                            })
                            .collect();
                        let mut values = Vec::new();
                        for task in tasks {
                            values.push(task.await.unwrap());
                        }
                        values
                    })
                })
            });
            let waits = [(); 2].map(|()| scope.spawn(|| *cell.blocking_wait()));
            let value = waits.map(|wait| wait.join().unwrap());
            let mut values: Vec<_> = value.into();
            for runtime in runtimes {
                values.extend(runtime.join().unwrap());
            }
            values.dedup();
            assert_eq!(values, [*cell.get().unwrap()]);
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}

async fn race(cell: Arc<OnceCell<u64>>, made: Arc<AtomicUsize>, seed: u64) -> u64 {
    let mut rng = fastrand::Rng::with_seed(seed);
    loop {
        let (fails, turns) = (rng.u32(0..6) > 0, rng.u32(0..3));
        let making = cell.get_or_try_init(async || {
            for _ in 0..turns {
                turn().await;
            }
            if fails {
                return Err(());
            }
            made.fetch_add(1, Ordering::SeqCst);
            Ok(seed)
        });
        let made = match rng.u32(0..3) {
            0 => timeout(Duration::from_micros(rng.u64(0..100)), making)
                .await
                .unwrap_or(Err(())),
            1 if seed.is_multiple_of(4) => return *cell.wait().await,
            _ => making.await,
        };
        if let Ok(value) = made {
            return *value;
        }
    }
}

/// Two threads set it at the same moment: one does.
#[test]
fn set_by_two_threads_then_one_succeeds_and_both_see_it() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(3000);
    let cells: Vec<_> = (0..rounds).map(|_| OnceCell::new()).collect();
    let ready = AtomicUsize::new(0);
    let set = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..2 {
            let (cells, ready, set) = (&cells, &ready, &set);
            scope.spawn(move || {
                for (round, cell) in cells.iter().enumerate() {
                    ready.fetch_add(1, Ordering::SeqCst);
                    spin_until(|| ready.load(Ordering::SeqCst) >= 2 * (round + 1));
                    match cell.set(vec![thread]) {
                        Ok(()) => drop(set.fetch_add(1, Ordering::SeqCst)),
                        Err(error) => assert_eq!(error.into_inner(), [thread]),
                    }
                    assert_eq!(cell.blocking_wait().len(), 1);
                }
            });
        }
    });
    assert_eq!(set.load(Ordering::SeqCst), rounds);
}

/// Each thread is in a poll of an initialiser of one cell and waits for the other's: no recursion.
#[test]
fn two_runtimes_wait_for_each_others_cells_then_nobody_panics() {
    let _watchdog = Watchdog::start();
    for _ in 0..50 {
        let cells = Arc::new([OnceCell::new(), OnceCell::new(), OnceCell::new()]);
        let threads = [0, 1].map(|own| {
            let cells = cells.clone();
            thread::spawn(move || {
                on_a_runtime(async {
                    let own = cells[own].get_or_init(async || {
                        turn().await;
                        // Both ask for the third, which one of them makes.
                        *cells[2].get_or_init(async || 5).await + 1
                    });
                    *own.await
                })
            })
        });
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 6);
        }
    }
}

#[test]
fn blocked_threads_are_released_by_a_runtime_that_makes_it() {
    let _watchdog = Watchdog::start();
    let cell = OnceCell::new();
    let lazy = LazyCell::<u32, _>::new(async || {
        sleep(Duration::from_millis(5)).await;
        8
    });
    thread::scope(|scope| {
        let blocked = [(); 2].map(|()| scope.spawn(|| *cell.blocking_wait()));
        thread::sleep(Duration::from_millis(5));
        on_a_runtime(async {
            let value = lazy.force().await;
            cell.get_or_init(async || *value).await;
        });
        for thread in blocked {
            assert_eq!(thread.join().unwrap(), 8);
        }
    });
}

/// The one whose turn it is belongs to a runtime that ends.
#[test]
fn runtime_dropped_with_the_initialiser_then_the_next_makes_it() {
    let _watchdog = Watchdog::start();
    let cell = Arc::new(OnceCell::new());
    let ended = crate::common::runtime();
    let other = cell.clone();
    ended.block_on(async {
        spawn(async move {
            other
                .get_or_init(async || {
                    std::future::pending::<()>().await;
                    1
                })
                .await;
        })
        .detach();
        turn().await;
        turn().await;
    });
    assert!(cell.set(2).is_err());
    thread::scope(|scope| {
        let next = scope.spawn(|| on_a_runtime(async { *cell.get_or_init(async || 3).await }));
        thread::sleep(Duration::from_millis(10));
        assert_eq!(cell.get(), None);
        drop(ended);
        assert_eq!(next.join().unwrap(), 3);
    });
}

/// It is the thread that counts: also when the value is there.
#[test]
#[cfg(feature = "compio")]
fn blocking_one_on_a_runtimes_thread_panics_and_names_the_way_out() {
    let _watchdog = Watchdog::start();
    let cell = OnceCell::from_value(1);
    let text = on_a_runtime(async { panic_of(|| _ = cell.blocking_wait()) });
    let text = text.expect("it should panic");
    assert!(text.contains("compio runtime"), "{text}");
    assert!(text.contains("`blocking_wait`"), "{text}");
    assert!(text.contains("`wait().await`"), "{text}");
    assert_eq!(cell.blocking_wait(), &1);
}
