//! Tasks of compio, on one runtime and on two that share a lock.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{cell::Cell, rc::Rc, sync::Arc, thread, time::Duration};

use compio::{
    runtime::{JoinHandle, spawn},
    time::{sleep, timeout},
};
use compio_sync::{
    OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockUpgradableReadGuard, local,
};

use crate::common::{POLICIES, Watchdog, assert_at_rest, assert_lets, on_a_runtime, turn, until};

const TASKS: u64 = 20;

/// Two halves that are equal whenever nobody writes.
type Halves = [u64; 2];

async fn write(guard: &mut Halves, rng: &mut fastrand::Rng) {
    assert_eq!(guard[0], guard[1], "somebody else is inside");
    guard[0] += 1;
    stay(rng).await;
    guard[1] += 1;
}

async fn read(guard: &Halves, rng: &mut fastrand::Rng) {
    let seen = *guard;
    assert_eq!(seen[0], seen[1], "a writer is inside");
    stay(rng).await;
    assert_eq!(*guard, seen, "a writer was inside");
}

async fn stay(rng: &mut fastrand::Rng) {
    for _ in 0..rng.u32(0..3) {
        turn().await;
    }
    if rng.u32(0..20) == 0 {
        sleep(Duration::from_micros(100)).await;
    }
}

/// Waits with or without patience.
async fn perhaps<F: Future>(future: F, rng: &mut fastrand::Rng) -> Option<F::Output> {
    if rng.bool() {
        return Some(future.await);
    }
    let patience = Duration::from_micros(rng.u64(0..300));
    timeout(patience, future).await.ok()
}

/// One task of the stress: reads, writes and upgrades, and gives up now and then. Gives how often
/// it wrote.
async fn work(l: Arc<RwLock<Halves>>, seed: u64) -> u64 {
    let rng = &mut fastrand::Rng::with_seed(seed);
    let mut writes = 0;
    for _ in 0..60 {
        match rng.u32(0..8) {
            0..4 => {
                if let Some(guard) = perhaps(l.read(), rng).await {
                    read(&guard, rng).await;
                }
            }
            4 => {
                if let Some(mut guard) = perhaps(l.clone().write_owned(), rng).await {
                    write(&mut guard, rng).await;
                    writes += 1;
                    read(&OwnedRwLockWriteGuard::downgrade(guard), rng).await;
                }
            }
            5 => {
                if let Some(guard) = l.try_read() {
                    read(&guard, rng).await;
                }
            }
            _ => {
                let Some(guard) = perhaps(l.clone().upgradable_read_owned(), rng).await else {
                    continue;
                };
                read(&guard, rng).await;
                let upgrade = OwnedRwLockUpgradableReadGuard::upgrade(guard);
                if let Some(mut guard) = perhaps(upgrade, rng).await {
                    write(&mut guard, rng).await;
                    writes += 1;
                    let guard = OwnedRwLockWriteGuard::downgrade_to_upgradable(guard);
                    read(&guard, rng).await;
                }
            }
        }
    }
    writes
}

fn run_tasks(l: &Arc<RwLock<Halves>>, seed: u64) -> u64 {
    on_a_runtime(async {
        let tasks: Vec<JoinHandle<u64>> = (0..TASKS)
            .map(|task| spawn(work(l.clone(), seed + task)))
            .collect();
        let mut writes = 0;
        for task in tasks {
            writes += task.await.unwrap();
        }
        writes
    })
}

#[test]
fn tasks_of_two_runtimes_and_threads_lock_and_time_out_then_no_write_is_lost() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = Arc::new(RwLock::with_fairness([0, 0], fairness));
        let writes = thread::scope(|scope| {
            let mut threads = Vec::new();
            for runtime in [1, 2] {
                let l = &l;
                threads.push(scope.spawn(move || run_tasks(l, 1000 * runtime)));
            }
            threads.push(scope.spawn(|| {
                for _ in 0..200 {
                    let mut guard = l.blocking_write();
                    guard[0] += 1;
                    thread::yield_now();
                    guard[1] += 1;
                    assert_eq!(guard[0], guard[1]);
                }
                200
            }));
            threads.push(scope.spawn(|| {
                for _ in 0..200 {
                    let guard = l.blocking_read();
                    thread::yield_now();
                    assert_eq!(guard[0], guard[1]);
                }
                0
            }));
            threads.into_iter().map(|t| t.join().unwrap()).sum::<u64>()
        });
        assert!(writes > 300, "{writes}");
        assert_at_rest(&l);
        assert_eq!(*l.try_read().unwrap(), [writes; 2]);
    }
}

#[test]
fn local_tasks_read_together_and_write_alone() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = Rc::new(local::RwLock::with_fairness(0, fairness));
        let most = Rc::new(Cell::new(0));
        on_a_runtime(async {
            let readers = Rc::new(Cell::new(0));
            let tasks: Vec<_> = (0..48)
                .map(|at| {
                    let (l, most, readers) = (l.clone(), most.clone(), readers.clone());
                    spawn(async move {
                        if at % 8 == 0 {
                            let mut guard = l.write().await;
                            let seen = *guard;
                            turn().await;
                            assert_eq!(readers.get(), 0);
                            *guard = seen + 1;
                            return;
                        }
                        let guard = l.read().await;
                        readers.set(readers.get() + 1);
                        most.set(readers.get().max(most.get()));
                        let seen = *guard;
                        turn().await;
                        assert_eq!(*guard, seen);
                        readers.set(readers.get() - 1);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert!(most.get() > 1, "readers were never together");
        assert_eq!(*l.try_read().unwrap(), 6);
        assert_at_rest(&l);
    }
}

/// The runtime sleeps in its driver, without a timer, when another thread releases.
#[test]
fn runtime_sleeps_then_a_release_on_another_thread_wakes_readers_and_the_upgrade() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = Arc::new(RwLock::with_fairness(0, fairness));
        let mut held = l.try_write().unwrap();
        let runtime = thread::spawn({
            let l = l.clone();
            move || {
                on_a_runtime(async {
                    let other = l.clone();
                    let task = spawn(async move { *other.read().await });
                    let guard = l.upgradable_read().await;
                    let seen = task.await.unwrap();
                    *RwLockUpgradableReadGuard::upgrade(guard).await += 1;
                    seen
                })
            }
        });
        while l.waiters() < 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(20));
        *held = 4;
        let reader = compio_sync::RwLockWriteGuard::downgrade(held);
        // Until the upgrade keeps readers out.
        while l.try_read().is_some() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(20));
        assert_lets(&l, None, 0);
        drop(reader);
        assert_eq!(runtime.join().unwrap(), 4);
        assert_eq!(*l.try_read().unwrap(), 5);
        assert_at_rest(&l);
    }
}

#[test]
fn runtime_dropped_with_tasks_that_wait_and_upgrade_then_others_get_in() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = Arc::new(RwLock::with_fairness(0, fairness));
        let reader = l.try_read().unwrap();
        let ended = crate::common::runtime();
        ended.block_on(async {
            let upgrading = l.clone();
            spawn(async move {
                let guard = upgrading.upgradable_read().await;
                drop(RwLockUpgradableReadGuard::upgrade(guard).await);
            })
            .detach();
            until(|| l.try_read().is_none()).await;
            for _ in 0..3 {
                let l = l.clone();
                spawn(async move { drop(l.write().await) }).detach();
            }
            until(|| l.waiters() == 3).await;
        });
        thread::scope(|scope| {
            let next = scope.spawn(|| *l.blocking_read());
            while l.waiters() < 4 {
                thread::yield_now();
            }
            drop(ended);
            assert_eq!(next.join().unwrap(), 0);
        });
        drop(reader);
        assert_at_rest(&l);
    }
}

#[test]
fn timed_out_upgrade_has_left_then_readers_get_in() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = Rc::new(local::RwLock::with_fairness(0, fairness));
        on_a_runtime(async {
            let reader = l.read().await;
            for _ in 0..20 {
                let guard = l.upgradable_read().await;
                let other = l.clone();
                let late = spawn(async move { *other.read().await });
                let upgrade = local::RwLockUpgradableReadGuard::upgrade(guard);
                assert!(timeout(Duration::from_millis(1), upgrade).await.is_err());
                assert_eq!(late.await.unwrap(), 0);
                assert_lets(&l, Some("upgradable"), 0);
            }
            drop(reader);
        });
        assert_at_rest(&l);
    }
}
