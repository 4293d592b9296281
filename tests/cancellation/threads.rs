//! The shared form over two runtimes and plain threads.
//!
//! Few enough tasks a runtime that two which wake each other do not fill each other's inboxes.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use compio::{
    runtime::spawn,
    time::{sleep, timeout},
};
use compio_sync::CancellationToken;

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{Counter, Watchdog, fewer, on_a_runtime, spin_until, turn};

/// Children are made by one thread while another cancels: each is woken, or was cancelled from the
/// start.
#[test]
fn children_made_while_another_thread_cancels_then_none_is_missed() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(1500);
    let mut pending = 0;
    for round in 0..rounds {
        let root = CancellationToken::new();
        let (start, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let made = thread::scope(|scope| {
            scope.spawn(|| {
                start.fetch_add(1, Ordering::SeqCst);
                spin_until(|| start.load(Ordering::SeqCst) == 2);
                // Now and then not too early, however slow the other one is.
                spin_until(|| round % 4 != 0 || waiting.load(Ordering::SeqCst) > 0);
                (0..round % 256).for_each(|_| std::hint::spin_loop());
                root.cancel();
            });
            start.fetch_add(1, Ordering::SeqCst);
            spin_until(|| start.load(Ordering::SeqCst) == 2);
            let mut made = Vec::new();
            let mut above = root.clone();
            for at in 0..24 {
                let child = above.child_token();
                let counter = Counter::default();
                let waker = counter.waker();
                let mut wait = Box::pin(child.clone().cancelled_owned());
                let poll = wait.as_mut().poll(&mut Context::from_waker(&waker));
                if poll.is_pending() {
                    waiting.fetch_add(1, Ordering::SeqCst);
                    made.push((wait, counter));
                }
                // Some below each other.
                above = if at % 3 == 0 { child } else { root.clone() };
            }
            made
        });
        // The one that cancelled has returned.
        pending += made.len();
        for (mut wait, counter) in made {
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(counter.wakes(), 1, "round {round}");
            assert!(wait.as_mut().poll(&mut cx).is_ready(), "round {round}");
        }
    }
    assert!(pending > 0);
}

#[test]
fn children_dropped_and_cancelled_while_another_thread_cancels() {
    let _watchdog = Watchdog::start();
    for round in 0..1500 {
        let root = CancellationToken::new();
        let children: Vec<_> = (0..40).map(|_| root.child_token().child_token()).collect();
        let keeps = root.child_token();
        let counter = Counter::default();
        let waker = counter.waker();
        let mut cx = Context::from_waker(&waker);
        let mut wait = pin!(keeps.cancelled());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        let start = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.fetch_add(1, Ordering::SeqCst);
                spin_until(|| start.load(Ordering::SeqCst) == 2);
                root.cancel();
            });
            start.fetch_add(1, Ordering::SeqCst);
            spin_until(|| start.load(Ordering::SeqCst) == 2);
            for (at, child) in children.into_iter().enumerate() {
                if (at + round) % 4 == 0 {
                    child.cancel();
                }
                drop(child);
            }
        });
        assert_eq!(counter.wakes(), 1, "round {round}");
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    }
}

/// The node of a token is made by whoever needs it first.
#[test]
fn waited_for_cloned_and_cancelled_for_the_first_time_by_several_threads() {
    let _watchdog = Watchdog::start();
    for round in 0..1500 {
        let token = CancellationToken::new();
        let start = AtomicUsize::new(0);
        let go = || {
            start.fetch_add(1, Ordering::SeqCst);
            spin_until(|| start.load(Ordering::SeqCst) == 3);
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                go();
                token.cancel();
            });
            let clone = scope.spawn(|| {
                go();
                (token.clone(), token.child_token())
            });
            go();
            token.blocking_cancelled();
            let (clone, child) = clone.join().unwrap();
            assert!(clone.is_cancelled() && child.is_cancelled(), "{round}");
        });
    }
}

/// Both cancel; either way each task is told, and what was done before is seen.
#[test]
fn tasks_of_two_runtimes_stop_when_a_thread_cancels() {
    let _watchdog = Watchdog::start();
    const TASKS: usize = 24;
    for round in 0..30 {
        let root = CancellationToken::new();
        let stopped = Arc::new(AtomicUsize::new(0));
        let running = Arc::new(AtomicUsize::new(0));
        let runtimes = [1, 2].map(|_| {
            let (root, stopped) = (root.child_token(), stopped.clone());
            let running = running.clone();
            thread::spawn(move || {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..TASKS)
                        .map(|at| {
                            let token = root.child_token();
                            let (stopped, running) = (stopped.clone(), running.clone());
                            spawn(async move {
                                running.fetch_add(1, Ordering::SeqCst);
                                let result = match at % 3 {
                                    0 => token.run_until_cancelled_owned(pending()).await,
                                    1 => {
                                        let long = sleep(Duration::from_secs(3600));
                                        token.run_until_cancelled(long).await
                                    }
                                    _ => {
                                        // Given up and begun again.
                                        let brief = Duration::from_micros(50);
                                        while timeout(brief, token.cancelled()).await.is_err() {}
                                        None
                                    }
                                };
                                assert!(result.is_none());
                                stopped.fetch_add(1, Ordering::SeqCst);
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            })
        });
        spin_until(|| running.load(Ordering::SeqCst) == 2 * TASKS);
        assert_eq!(stopped.load(Ordering::SeqCst), 0);
        let blocked = thread::spawn({
            let token = root.child_token();
            move || token.blocking_cancelled()
        });
        if round % 2 == 0 {
            thread::sleep(Duration::from_millis(3));
        }
        root.cancel();
        for runtime in runtimes {
            runtime.join().unwrap();
        }
        blocked.join().unwrap();
        assert_eq!(stopped.load(Ordering::SeqCst), 2 * TASKS);
    }
}

#[test]
fn task_of_one_runtime_cancels_those_of_the_other() {
    let _watchdog = Watchdog::start();
    for _ in 0..30 {
        let tokens = Arc::new([CancellationToken::new(), CancellationToken::new()]);
        let runtimes = [0, 1].map(|own| {
            let tokens = tokens.clone();
            thread::spawn(move || {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..20)
                        .map(|_| spawn(tokens[own].child_token().cancelled_owned()))
                        .collect();
                    turn().await;
                    tokens[1 - own].cancel();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            })
        });
        for runtime in runtimes {
            runtime.join().unwrap();
        }
    }
}

#[test]
fn runtime_dropped_with_waits_then_the_others_are_told() {
    let _watchdog = Watchdog::start();
    let root = CancellationToken::new();
    let ended = crate::common::runtime();
    ended.block_on(async {
        for _ in 0..5 {
            spawn(root.child_token().cancelled_owned()).detach();
            spawn(root.clone().cancelled_owned()).detach();
        }
        turn().await;
    });
    let child = root.child_token();
    thread::scope(|scope| {
        let other = scope.spawn(|| on_a_runtime(child.cancelled()));
        thread::sleep(Duration::from_millis(5));
        drop(ended);
        root.cancel();
        other.join().unwrap();
    });
}

#[test]
fn cancelled_by_a_runtime_that_ends_with_the_guard() {
    let _watchdog = Watchdog::start();
    let root = CancellationToken::new();
    let token = root.clone();
    let ended = thread::spawn(move || {
        on_a_runtime(async {
            let guard = token.drop_guard();
            spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            })
            .detach();
            turn().await;
        });
    });
    root.blocking_cancelled();
    ended.join().unwrap();
}

/// It is the thread that counts: also when it is cancelled.
#[test]
#[cfg(feature = "compio")]
fn blocking_one_on_a_runtimes_thread_panics_and_names_the_way_out() {
    let _watchdog = Watchdog::start();
    let token = CancellationToken::new();
    token.cancel();
    let text = on_a_runtime(async { panic_of(|| token.blocking_cancelled()) });
    let text = text.expect("it should panic");
    assert!(text.contains("compio runtime"), "{text}");
    assert!(text.contains("`blocking_cancelled`"), "{text}");
    assert!(text.contains("`cancelled().await`"), "{text}");
    token.blocking_cancelled();
}
