//! Runtimes that wake many tasks of each other at the same moment, with compio's own settings: its
//! executors have room for 64 wakes from other threads, and whoever brings one more has to wait.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc, Barrier as Rendezvous,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use compio::runtime::spawn;
use compio_sync::{Barrier, CancellationToken, Event, Notify, Semaphore};

use crate::common::{Gate, Watchdog, fewer, is_quick, on_a_runtime, polls_of, turn};

fn sizes() -> &'static [usize] {
    let all = &[10, 200, 10_000, 100_000];
    if is_quick() { &all[..3] } else { all }
}

/// Each of two runtimes opens the gate of the other.
fn storm<G: Gate>() {
    let _watchdog = Watchdog::start();
    for &n in sizes() {
        let gates = [(); 2].map(|()| Arc::new(G::for_many(n)));
        let start = Rendezvous::new(2);
        let took: Vec<Duration> = thread::scope(|scope| {
            let threads = [0, 1].map(|this| {
                let (own, other) = (gates[this].clone(), gates[1 - this].clone());
                let start = &start;
                scope.spawn(move || on_a_runtime(wait_and_open(own, other, n, start)))
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        println!("{}, {n} tasks: opening took {took:?}", G::NAME);
    }
}

async fn wait_and_open<G: Gate>(
    own: Arc<G>,
    other: Arc<G>,
    n: usize,
    start: &Rendezvous,
) -> Duration {
    let waiting = Rc::new(Cell::new(0));
    let tasks: Vec<_> = (0..n)
        .map(|_| spawn(polls_of(own.clone().pass(), waiting.clone())))
        .collect();
    while waiting.get() < n {
        turn().await;
    }
    start.wait();
    let begin = Instant::now();
    other.open(n);
    let took = begin.elapsed();
    for task in tasks {
        // Once to get in line, and once since it was woken.
        assert_eq!(task.await.unwrap(), 2);
    }
    took
}

#[test]
fn two_runtimes_add_permits_for_all_tasks_of_each_other_then_all_finish() {
    storm::<Semaphore>();
}

#[test]
fn two_runtimes_notify_all_tasks_of_each_other_then_all_finish() {
    storm::<Notify>();
}

#[test]
fn two_runtimes_set_the_event_of_all_tasks_of_each_other_then_all_finish() {
    storm::<Event>();
}

#[test]
fn two_runtimes_complete_the_barrier_of_all_tasks_of_each_other_then_all_finish() {
    storm::<Barrier>();
}

#[test]
fn two_runtimes_cancel_all_tasks_of_each_other_then_all_finish() {
    storm::<CancellationToken>();
}

const RING: usize = 4;
const TASKS: usize = 200;

/// Each round, a runtime lets all tasks of the next one go, at the same moment as the others do so.
#[test]
fn four_runtimes_in_a_ring_release_all_tasks_of_the_next_again_and_again() {
    let _watchdog = Watchdog::start();
    let gates = [(); RING].map(|()| Arc::new(Semaphore::new(0)));
    let last = AtomicUsize::new(usize::MAX);
    let start = Rendezvous::new(RING);
    thread::scope(|scope| {
        for this in 0..RING {
            let (own, next) = (gates[this].clone(), gates[(this + 1) % RING].clone());
            let (last, start) = (&last, &start);
            scope.spawn(move || {
                let (rounds, longest) = on_a_runtime(go_around(own, next, last, start));
                println!("runtime {this}: {rounds} rounds, the longest release took {longest:?}");
                assert!(rounds >= fewer(10), "{rounds} rounds");
            });
        }
    });
    for gate in gates {
        assert_eq!((gate.waiters(), gate.available_permits()), (0, 0));
    }
}

async fn go_around(
    own: Arc<Semaphore>,
    next: Arc<Semaphore>,
    last: &AtomicUsize,
    start: &Rendezvous,
) -> (usize, Duration) {
    let time = Duration::from_secs(if is_quick() { 2 } else { 10 });
    let begin = Instant::now();
    let (mut rounds, mut longest) = (0, Duration::ZERO);
    while rounds < last.load(Ordering::SeqCst) {
        if begin.elapsed() > time {
            // Nobody has got there: they meet in each round.
            last.fetch_min(rounds + 2, Ordering::SeqCst);
        }
        let waiting = Rc::new(Cell::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| spawn(polls_of(own.clone().pass(), waiting.clone())))
            .collect();
        while waiting.get() < TASKS {
            turn().await;
        }
        start.wait();
        let release = Instant::now();
        next.add_permits(TASKS);
        longest = longest.max(release.elapsed());
        for task in tasks {
            assert_eq!(task.await.unwrap(), 2);
        }
        rounds += 1;
    }
    (rounds, longest)
}
