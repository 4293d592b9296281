//! One call that wakes all tasks of a runtime that sleeps.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use compio::runtime::{Runtime, spawn};

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

/// What the two threads tell each other: once for a whole wave, so that they are not slowed by it.
struct Place<G> {
    gate: G,
    /// In how many waves all have got in line.
    waiting: AtomicUsize,
    /// When the last of this wave passed.
    passed: Mutex<Option<Instant>>,
    /// Wakes the runtime itself.
    runtime: OnceLock<Waker>,
}

/// Nobody takes so long, unless a wake was lost.
const LOST: Duration = Duration::from_secs(2);

/// The median of some waves of the same tasks. A first one is not counted: it finds cold caches,
/// and sets up what is set up once.
fn crowd<G: Gate>(candidate: Candidate, n: usize, waves: usize) -> Vec<f64> {
    candidate.force();
    let [here, there] = threads::cpus();
    let place = Arc::new(Place {
        gate: G::closed(),
        waiting: AtomicUsize::new(0),
        passed: Mutex::new(None),
        runtime: OnceLock::new(),
    });
    let crowd = threads::runtime_on(there, {
        let place = place.clone();
        move || pass_all(place, n, waves + 1)
    });
    let opener = threads::on(here, move || {
        let (mut calls, mut ends) = (Vec::new(), Vec::new());
        for wave in 0..=waves {
            let (call, all) = open(&place, n, wave);
            if wave > 0 {
                calls.push(call.as_secs_f64() * 1e6);
                ends.push(all.as_secs_f64() * 1e6);
            }
        }
        [calls, ends]
    });
    let seen = opener.join().expect("the opener does not panic");
    crowd.join().expect("no task panics");
    seen.iter().map(|seen| quantile(seen, 0.5)).collect()
}

async fn pass_all<G: Gate>(place: Arc<Place<G>>, n: usize, waves: usize) {
    place
        .runtime
        .get_or_init(|| Runtime::with_current(Runtime::waker));
    let waiting = Rc::new(Count::new(n));
    let passed = Rc::new(Count::new(n));
    let tasks: Vec<_> = (0..n)
        .map(|_| {
            let (place, waiting, passed) = (place.clone(), waiting.clone(), passed.clone());
            spawn(async move {
                for _ in 0..waves {
                    let wait = announced(place.gate.pass(), || {
                        if waiting.is_last() {
                            place.waiting.fetch_add(1, Ordering::Release);
                        }
                    });
                    wait.await;
                    if passed.is_last() {
                        *place.passed.lock().expect("nobody panics") = Some(Instant::now());
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
}

/// Counts the tasks of one thread, round after round.
struct Count {
    of: usize,
    so_far: Cell<usize>,
}

impl Count {
    fn new(of: usize) -> Self {
        let so_far = Cell::new(0);
        Self { of, so_far }
    }

    fn is_last(&self) -> bool {
        let so_far = (self.so_far.get() + 1) % self.of;
        self.so_far.set(so_far);
        so_far == 0
    }
}

/// Tells when it has been polled for the first time.
pub async fn announced(wait: impl Future<Output = ()>, tell: impl Fn()) {
    let mut wait = pin!(wait);
    let mut is_told = false;
    poll_fn(|cx| {
        let poll = wait.as_mut().poll(cx);
        if !is_told {
            is_told = true;
            assert_eq!(poll, Poll::Pending);
            tell();
        }
        poll
    })
    .await;
}

fn open<G: Gate>(place: &Place<G>, n: usize, wave: usize) -> (Duration, Duration) {
    while place.waiting.load(Ordering::Acquire) <= wave {
        thread::sleep(Duration::from_micros(100));
    }
    // Then it has gone to sleep.
    thread::sleep(Duration::from_millis(3));
    let start = Instant::now();
    place.gate.open(n);
    let call = start.elapsed();
    let last = loop {
        if let Some(last) = place.passed.lock().expect("nobody panics").take() {
            break last;
        }
        // See the example `lost_wakes`.
        if start.elapsed() > LOST
            && let Some(runtime) = place.runtime.get()
        {
            eprintln!("a wake of {n} was lost");
            runtime.wake_by_ref();
        }
        thread::sleep(Duration::from_micros(100));
    };
    (call, last - start)
}
