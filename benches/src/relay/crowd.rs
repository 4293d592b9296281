//! One call that wakes all tasks of a runtime that sleeps.

use std::{
    future::{Future, poll_fn},
    hint::spin_loop,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use compio::runtime::spawn;

use super::{
    candidate::{Candidate, Gate, Wakers},
    threads,
};
use crate::results::quantile;

/// What was seen of one crowd, in microseconds: how long the call took, and how long it was until
/// all had run.
pub fn sample(candidate: Candidate, n: usize, waves: usize) -> Vec<f64> {
    match candidate {
        Candidate::Ours(_) => crowd::<compio_sync::Semaphore>(candidate, n, waves),
        Candidate::Tokio => crowd::<tokio::sync::Semaphore>(candidate, n, waves),
        Candidate::Direct => crowd::<Wakers>(candidate, n, waves),
    }
}

/// What the two threads tell each other.
struct Place<G> {
    gate: G,
    /// How many have got in line so far, and how many have passed.
    waiting: AtomicUsize,
    passed: AtomicUsize,
}

/// The median of some waves of the same tasks. A first one is not counted: it finds cold caches,
/// and sets up what is set up once.
fn crowd<G: Gate>(candidate: Candidate, n: usize, waves: usize) -> Vec<f64> {
    candidate.force();
    let [here, there] = threads::cpus();
    let place = Arc::new(Place {
        gate: G::closed(),
        waiting: AtomicUsize::new(0),
        passed: AtomicUsize::new(0),
    });
    let crowd = threads::runtime_on(there, {
        let place = place.clone();
        move || pass_all(place, n, waves + 1)
    });
    let opener = threads::on(here, move || {
        let (mut calls, mut alls) = (Vec::new(), Vec::new());
        for wave in 0..=waves {
            let (call, all) = open(&place, n, wave);
            if wave > 0 {
                calls.push(call.as_secs_f64() * 1e6);
                alls.push(all.as_secs_f64() * 1e6);
            }
        }
        [calls, alls]
    });
    let seen = opener.join().expect("the opener does not panic");
    crowd.join().expect("no task panics");
    seen.iter().map(|seen| quantile(seen, 0.5)).collect()
}

async fn pass_all<G: Gate>(place: Arc<Place<G>>, n: usize, waves: usize) {
    let tasks: Vec<_> = (0..n)
        .map(|_| {
            let place = place.clone();
            spawn(async move {
                for _ in 0..waves {
                    announced(place.gate.pass(), &place.waiting).await;
                    place.passed.fetch_add(1, Ordering::Release);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
}

/// Counts it when it has been polled for the first time.
async fn announced(wait: impl Future<Output = ()>, waiting: &AtomicUsize) {
    let mut wait = pin!(wait);
    let mut is_counted = false;
    poll_fn(|cx| {
        let poll = wait.as_mut().poll(cx);
        if !is_counted {
            is_counted = true;
            assert_eq!(poll, Poll::Pending);
            waiting.fetch_add(1, Ordering::Release);
        }
        poll
    })
    .await;
}

fn open<G: Gate>(place: &Place<G>, n: usize, wave: usize) -> (Duration, Duration) {
    while place.waiting.load(Ordering::Acquire) < n * (wave + 1) {
        thread::sleep(Duration::from_micros(100));
    }
    // Then it has gone to sleep.
    thread::sleep(Duration::from_millis(3));
    let start = Instant::now();
    place.gate.open(n);
    let call = start.elapsed();
    while place.passed.load(Ordering::Acquire) < n * (wave + 1) {
        spin_loop();
    }
    (call, start.elapsed())
}
