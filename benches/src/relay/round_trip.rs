//! One wake each way between tasks of two runtimes.

use std::{future::Future, sync::Arc, time::Instant};

use compio::runtime::spawn;
use compio_sync::relay::{self, Doorbell};

use super::{
    candidate::{Candidate, Signal},
    threads,
};
use crate::yield_now::yield_now;

/// What came of it.
pub struct Trips {
    pub nanoseconds_each: f64,
    /// What the runtime that answers uses, as it says.
    pub doorbell: Option<Doorbell>,
}

/// Nanoseconds for a round trip.
pub fn sample(candidate: Candidate, cpus: [usize; 2], trips: usize, is_busy: bool) -> Vec<f64> {
    let trips = match candidate {
        Candidate::Ours(_) => between::<compio_sync::Notify>(candidate, cpus, trips, is_busy),
        Candidate::Tokio => between::<tokio::sync::Notify>(candidate, cpus, trips, is_busy),
        Candidate::Direct => unreachable!("a vector of wakers has no notification to keep"),
    };
    vec![trips.nanoseconds_each]
}

/// There and back, so often, after a few for practice. The runtime that answers runs a task that
/// never rests, if that is asked for.
pub fn between<S: Signal>(
    candidate: Candidate,
    [here, there]: [usize; 2],
    trips: usize,
    is_busy: bool,
) -> Trips {
    candidate.force();
    let practice = trips / 10;
    let (call, answer) = (Arc::new(S::unset()), Arc::new(S::unset()));
    let answering = threads::runtime_on(there, {
        let (call, answer) = (call.clone(), answer.clone());
        move || async move {
            if is_busy {
                spawn(forever()).detach();
            }
            in_a_task(async move {
                for _ in 0..practice + trips {
                    call.notified().await;
                    answer.notify();
                }
                relay::doorbell()
            })
            .await
        }
    });
    let calling = threads::runtime_on(here, move || {
        in_a_task(async move {
            let mut start = Instant::now();
            for trip in 0..practice + trips {
                if trip == practice {
                    start = Instant::now();
                }
                call.notify();
                answer.notified().await;
            }
            start.elapsed()
        })
    });
    let took = calling.join().expect("nobody panics");
    Trips {
        nanoseconds_each: took.as_nanos() as f64 / trips as f64,
        doorbell: answering.join().expect("nobody panics"),
    }
}

/// What is not of a task has no part in any relay.
pub async fn in_a_task<R: 'static>(body: impl Future<Output = R> + 'static) -> R {
    spawn(body).await.expect("it does not panic")
}

/// Keeps its runtime from going to sleep. Ends with it.
pub async fn forever() {
    loop {
        yield_now().await;
    }
}
