//! compio's thread pool is full of threads that wait, and for some time there is none for anybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use compio::{
    driver::{AsyncifyPool, ProactorBuilder},
    runtime::{Runtime, RuntimeBuilder, spawn, spawn_blocking},
    time::sleep,
};
use compio_sync::{Mutex, Semaphore};

use crate::common::{DOORBELLS, MANY, Watchdog, alone, on_a_runtime, spin_until, storm, until};

fn with_pool(pool: &AsyncifyPool) -> Runtime {
    let mut proactor = ProactorBuilder::new();
    proactor.reuse_thread_pool(pool.clone());
    RuntimeBuilder::new()
        .with_proactor(proactor)
        .build()
        .unwrap()
}

const THREADS: usize = 2;

/// All threads of the pool wait for permits. Neither waits nor wakes of tasks need one; a call that
/// does has to wait for one, and compio holds up its whole runtime for that.
#[test]
fn pool_is_full_of_blocked_threads_while_two_runtimes_release_each_other_then_one_frees_it() {
    const TEST: &str = "pool::pool_is_full_of_blocked_threads_while_two_runtimes_release_each_other_then_one_frees_it";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            // Asks for the doorbell.
            drop(crate::common::runtime());
            let pool = AsyncifyPool::new(THREADS, Duration::from_secs(60));
            let s = Arc::new(Semaphore::new(0));
            let done = Arc::new(AtomicUsize::new(0));
            let start = || {
                let (s, done) = (s.clone(), done.clone());
                spawn_blocking(move || {
                    s.blocking_acquire().forget();
                    done.fetch_add(1, Ordering::SeqCst);
                })
            };
            storm(
                || with_pool(&pool),
                MANY,
                15,
                async |this, round| match (this, round) {
                    (0, 0) => {
                        (0..THREADS).for_each(|_| start().detach());
                        until(|| s.waiters() == THREADS).await;
                    }
                    (0, 10) => {
                        assert_eq!(done.load(Ordering::SeqCst), 0);
                        start().await.unwrap();
                    }
                    (1, 10) => {
                        until(|| s.waiters() == THREADS).await;
                        sleep(Duration::from_millis(20)).await;
                        s.add_permits(THREADS + 1);
                    }
                    _ => {}
                },
            );
            spin_until(|| done.load(Ordering::SeqCst) == THREADS + 1);
            assert_eq!((s.waiters(), s.available_permits()), (0, 0));
        });
    }
}

/// One thread for a hundred calls, each of which waits in line with tasks of another runtime and
/// with plain threads.
#[test]
fn pool_has_one_thread_for_many_that_block_then_all_get_their_turn() {
    const CALLS: usize = 100;
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(1));
    let total = Arc::new(Mutex::new(0_usize));
    let held = Arc::new(AtomicBool::new(false));
    let enter = {
        let held = held.clone();
        move || assert!(!held.swap(true, Ordering::SeqCst), "two hold it")
    };
    let leave = move || held.store(false, Ordering::SeqCst);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..CALLS {
                    let _permit = s.blocking_acquire();
                    enter();
                    *total.blocking_lock() += 1;
                    leave();
                }
            });
        }
        scope.spawn(|| {
            on_a_runtime(async {
                let tasks: Vec<_> = (0..CALLS)
                    .map(|_| {
                        let (s, total) = (s.clone(), total.clone());
                        let (enter, leave) = (enter.clone(), leave.clone());
                        spawn(async move {
                            let _permit = s.acquire().await;
                            enter();
                            *total.lock().await += 1;
                            leave();
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        });
        let pool = AsyncifyPool::new(1, Duration::from_secs(60));
        with_pool(&pool).block_on(async {
            let calls: Vec<_> = (0..CALLS)
                .map(|_| {
                    let (s, total) = (s.clone(), total.clone());
                    let (enter, leave) = (enter.clone(), leave.clone());
                    spawn_blocking(move || {
                        let _permit = s.blocking_acquire();
                        enter();
                        *total.blocking_lock() += 1;
                        leave();
                    })
                })
                .collect();
            for call in calls {
                call.await.unwrap();
            }
        });
    });
    assert_eq!(*total.blocking_lock(), 4 * CALLS);
    assert_eq!((s.waiters(), s.available_permits()), (0, 1));
}
