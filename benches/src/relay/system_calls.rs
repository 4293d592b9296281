//! How many system calls a wake takes.
//!
//! Whoever wakes is a thread without a runtime, which sees that it was heard by looking at a
//! number: so all the calls that it makes are those of the wake.

use std::{
    hint::spin_loop,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use compio::runtime::spawn;

use super::{
    candidate::{Candidate, Signal},
    counter::Counter,
    round_trip::{forever, in_a_task},
    threads,
};

/// Whether the runtime that is woken sleeps, and how soon it is woken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Sleeps before each wake.
    Asleep,
    /// Never sleeps, and is woken again as soon as it was heard to run.
    Busy,
    /// Never sleeps, and is left alone for a while before each wake.
    BusyWithPauses,
}

/// How many a wake takes of whoever wakes, and how many from there to the next one of whoever is
/// woken. Nothing where they cannot be counted.
pub fn sample(candidate: Candidate, wakes: usize, target: Target) -> Vec<f64> {
    match candidate {
        Candidate::Ours(_) => of::<compio_sync::Notify>(candidate, wakes, target),
        Candidate::Tokio => of::<tokio::sync::Notify>(candidate, wakes, target),
        Candidate::Direct => unreachable!("a vector of wakers has no notification to keep"),
    }
}

/// Wakes for practice: a relay looks at its runtime's habits now and then only.
const PRACTICE: usize = 100;

fn of<S: Signal>(candidate: Candidate, wakes: usize, target: Target) -> Vec<f64> {
    candidate.force();
    let [here, there] = threads::cpus();
    let signal = Arc::new(S::unset());
    let heard = Arc::new(AtomicUsize::new(0));
    let woken = threads::runtime_on(there, {
        let (signal, heard) = (signal.clone(), heard.clone());
        move || async move {
            let mut counter = Counter::new();
            if target != Target::Asleep {
                spawn(forever()).detach();
            }
            in_a_task(async move {
                let mut before = None;
                for wake in 0..PRACTICE + wakes {
                    if wake == PRACTICE {
                        before = counter.as_mut().map(Counter::calls);
                    }
                    signal.notified().await;
                    heard.store(wake + 1, Ordering::Release);
                }
                Some(counter?.calls() - before?)
            })
            .await
        }
    });
    let waking = threads::on(here, move || {
        let mut counter = Counter::new();
        let mut before = None;
        for wake in 0..PRACTICE + wakes {
            if wake == PRACTICE {
                before = counter.as_mut().map(Counter::calls);
            }
            if target != Target::Busy {
                pause();
            }
            signal.notify();
            while heard.load(Ordering::Acquire) <= wake {
                spin_loop();
            }
        }
        Some(counter?.calls() - before?)
    });
    let waking = waking.join().expect("nobody panics");
    let woken = woken.join().expect("nobody panics");
    // What a runtime calls that goes round and round has nothing to do with being woken.
    let woken = woken.filter(|_| target == Target::Asleep);
    [waking, woken]
        .into_iter()
        .flatten()
        .map(|calls| calls as f64 / wakes as f64)
        .collect()
}

/// Longer than it takes to fall asleep, and without a system call, as a clock may be one.
fn pause() {
    (0..5_000).for_each(|_| spin_loop());
}
