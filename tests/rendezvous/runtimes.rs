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

use compio::{runtime::spawn, time::timeout};
use compio_sync::{Barrier, Latch, WaitGroup};

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{Watchdog, on_a_runtime, spin_until, turn};

#[test]
fn tasks_of_two_runtimes_and_threads_meet_round_after_round() {
    let _watchdog = Watchdog::start();
    const TASKS: usize = 8;
    const THREADS: usize = 2;
    const ROUNDS: usize = 200;
    let barrier = Arc::new(Barrier::new(2 * TASKS + THREADS));
    let leaders = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..TASKS)
                        .map(|_| {
                            let (barrier, leaders) = (barrier.clone(), leaders.clone());
                            spawn(async move {
                                for _ in 0..ROUNDS {
                                    let leads = barrier.wait().await.is_leader();
                                    leaders.fetch_add(usize::from(leads), Ordering::SeqCst);
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            });
        }
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let leads = barrier.blocking_wait().is_leader();
                    leaders.fetch_add(usize::from(leads), Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(leaders.load(Ordering::SeqCst), ROUNDS);
    assert_eq!(barrier.arrived(), 0);
}

/// Some give up, and come again until they have taken part often enough.
#[test]
fn tasks_time_out_at_a_barrier_then_each_round_has_a_leader() {
    let _watchdog = Watchdog::start();
    const PARTIES: usize = 4;
    let barrier = Arc::new(Barrier::new(PARTIES));
    let passed = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let stop = Arc::new(AtomicUsize::new(0));
    let threads = [1, 2].map(|runtime| {
        let (barrier, passed, stop) = (barrier.clone(), passed.clone(), stop.clone());
        thread::spawn(move || {
            on_a_runtime(async {
                let tasks: Vec<_> = (0..6_u64)
                    .map(|task| {
                        let (barrier, passed) = (barrier.clone(), passed.clone());
                        let stop = stop.clone();
                        spawn(async move {
                            let mut rng = fastrand::Rng::with_seed(runtime * 10 + task);
                            while stop.load(Ordering::SeqCst) < 300 {
                                let patience = Duration::from_micros(rng.u64(0..300));
                                if let Ok(result) = timeout(patience, barrier.wait()).await {
                                    let leads = usize::from(result.is_leader());
                                    passed[0].fetch_add(leads, Ordering::SeqCst);
                                    passed[1].fetch_add(1, Ordering::SeqCst);
                                    stop.fetch_add(1, Ordering::SeqCst);
                                }
                                turn().await;
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    let [leaders, passed] = passed.each_ref().map(|n| n.load(Ordering::SeqCst));
    // One whose round was complete may have timed out in the same turn, but a leader never waits.
    assert!(
        leaders > 0 && passed <= leaders * PARTIES,
        "{passed} with {leaders}"
    );
    assert_eq!(barrier.arrived(), 0);
}

#[test]
fn latch_opened_by_tasks_of_one_runtime_then_those_of_the_other_and_threads_go_on() {
    let _watchdog = Watchdog::start();
    const TASKS: usize = 20;
    for _ in 0..50 {
        let latch = Arc::new(Latch::new(2 * TASKS));
        let done = Arc::new(AtomicUsize::new(0));
        let threads = [(); 2].map(|()| {
            let (latch, done) = (latch.clone(), done.clone());
            thread::spawn(move || {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..TASKS)
                        .map(|_| {
                            let (latch, done) = (latch.clone(), done.clone());
                            spawn(async move {
                                done.fetch_add(1, Ordering::Relaxed);
                                latch.arrive_and_wait().await;
                                assert_eq!(done.load(Ordering::Relaxed), 2 * TASKS);
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            })
        });
        latch.blocking_wait();
        assert_eq!(done.load(Ordering::Relaxed), 2 * TASKS);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(latch.waiters(), 0);
    }
}

#[test]
fn wait_group_counts_tasks_of_two_runtimes_then_all_who_wait_see_their_work() {
    let _watchdog = Watchdog::start();
    const TASKS: usize = 20;
    for _ in 0..30 {
        let group = Arc::new(WaitGroup::new());
        let done = Arc::new(AtomicUsize::new(0));
        let held = group.enter();
        let runtimes = [(); 2].map(|()| {
            let (group, done) = (group.clone(), done.clone());
            // Counted before the thread begins.
            let guards: Vec<_> = (0..TASKS).map(|_| group.clone().enter_owned()).collect();
            thread::spawn(move || {
                on_a_runtime(async {
                    for guard in guards {
                        let done = done.clone();
                        spawn(async move {
                            turn().await;
                            done.fetch_add(1, Ordering::Relaxed);
                            drop(guard);
                        })
                        .detach();
                    }
                    group.wait().await;
                    assert_eq!(done.load(Ordering::Relaxed), 2 * TASKS);
                    // Given up, it takes nothing with it.
                    let _ = timeout(Duration::from_micros(1), group.wait()).await;
                });
            })
        });
        drop(held);
        group.blocking_wait();
        assert_eq!(done.load(Ordering::Relaxed), 2 * TASKS);
        for runtime in runtimes {
            runtime.join().unwrap();
        }
        assert_eq!((group.count(), group.waiters()), (0, 0));
    }
}

#[test]
fn runtime_sleeps_then_another_thread_is_done() {
    let _watchdog = Watchdog::start();
    let (latch, group) = (Arc::new(Latch::new(1)), Arc::new(WaitGroup::new()));
    let barrier = Arc::new(Barrier::new(2));
    group.add(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            on_a_runtime(async {
                latch.wait().await;
                group.wait().await;
                assert!(!barrier.wait().await.is_leader());
            });
        });
        spin_until(|| latch.waiters() == 1);
        thread::sleep(Duration::from_millis(10));
        latch.count_down();
        spin_until(|| group.waiters() == 1);
        thread::sleep(Duration::from_millis(10));
        group.done();
        spin_until(|| barrier.arrived() == 1);
        thread::sleep(Duration::from_millis(10));
        assert!(barrier.blocking_wait().is_leader());
    });
}

/// It is the thread that counts: also when there is nothing to wait for.
#[test]
#[cfg(feature = "compio")]
fn blocking_ones_on_a_runtimes_thread_panic_and_name_the_way_out() {
    let _watchdog = Watchdog::start();
    let (latch, group, barrier) = (Latch::new(0), WaitGroup::new(), Barrier::new(1));
    let texts = crate::common::runtime().block_on(async {
        [
            panic_of(|| latch.blocking_wait()),
            panic_of(|| group.blocking_wait()),
            panic_of(|| _ = barrier.blocking_wait()),
        ]
    });
    for text in texts {
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        assert!(text.contains("`blocking_wait`"), "{text}");
        assert!(text.contains("`wait().await`"), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    }
    // The runtime is over, and the thread a plain one again. Nobody has arrived in vain.
    latch.blocking_wait();
    group.blocking_wait();
    assert_eq!(barrier.arrived(), 0);
    assert!(barrier.blocking_wait().is_leader());
}
