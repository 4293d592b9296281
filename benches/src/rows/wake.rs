//! Many queued waiters get their permits from one call.
//!
//! `wake` times the call alone, `wave` the call and what follows, until every waiter has its permit
//! and its future is gone. Some peers wake one waiter per call and the next when that one is
//! polled: they have no `wake`, and `wave` is where they can be compared.
//!
//! Whatever the size of a queue, one iteration has the same number of waiters in all, divided
//! among as many semaphores as it takes. So the caches are as cold for ten waiters as for a hundred
//! thousand, and a figure that grows with the size is the fault of the algorithm.

use std::{
    mem,
    task::{Context, Poll},
    time::Duration,
};

use super::{Family, Row, Sample, Statistic};
use crate::{candidate::Candidate, clock::Stopwatch, pinned::Pinned, wakers::WakeCounter};

/// Waiters of one iteration, of all its semaphores.
const WAITERS: usize = 100_000;

macro_rules! row {
    ($name:ident, $size:literal,wake) => {
        row!(
            $name,
            concat!("wake-", $size),
            $size,
            "wake",
            "the call that wakes n waiters"
        );
    };
    ($name:ident, $size:literal,wave) => {
        row!(
            $name,
            concat!("wave-", $size),
            $size,
            "wave",
            "one call gives n waiters their permits, each is polled, ready, and dropped"
        );
    };
    ($name:ident, $id:expr, $size:literal, $family:literal, $title:literal) => {
        pub static $name: Row = Row {
            id: $id,
            title: $title,
            statistic: Statistic::Best,
            family: Some(Family {
                id: $family,
                title: $title,
                size: $size,
            }),
        };
    };
}

row!(WAKE_10, 10, wake);
row!(WAKE_100, 100, wake);
row!(WAKE_1K, 1000, wake);
row!(WAKE_10K, 10000, wake);
row!(WAKE_100K, 100000, wake);
row!(WAVE_10, 10, wave);
row!(WAVE_100, 100, wave);
row!(WAVE_1K, 1000, wave);
row!(WAVE_10K, 10000, wave);
row!(WAVE_100K, 100000, wave);

pub fn wake<S: Candidate, const N: usize>(iterations: u64) -> Sample {
    batch::<S, N>(iterations, |timed| timed.call)
}

pub fn wave<S: Candidate, const N: usize>(iterations: u64) -> Sample {
    batch::<S, N>(iterations, |timed| timed.call + timed.polls)
}

struct Timed {
    call: Duration,
    polls: Duration,
}

fn batch<S: Candidate, const N: usize>(iterations: u64, part: fn(Timed) -> Duration) -> Sample {
    let elapsed = (0..iterations)
        .map(|_| part(once::<S>(N, WAITERS / N)))
        .sum();
    Sample::new(elapsed, iterations * (WAITERS / N * N) as u64)
}

fn once<S: Candidate>(waiters: usize, semaphores: usize) -> Timed {
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphores: Vec<S> = (0..semaphores).map(|_| S::new(0)).collect();
    let mut waiting = Pinned::new(
        semaphores
            .iter()
            .flat_map(|semaphore| (0..waiters).map(|_| Some(semaphore.acquire()))),
    );
    for future in waiting.iter_mut().filter_map(Option::as_pin_mut) {
        assert!(future.poll(&mut cx).is_pending(), "there are no permits");
    }

    let start = Stopwatch::start();
    for semaphore in &semaphores {
        semaphore.add_permits(waiters);
    }
    let call = start.elapsed();

    let start = Stopwatch::start();
    for mut future in waiting.iter_mut() {
        let Some(Poll::Ready(output)) = future.as_mut().as_pin_mut().map(|it| it.poll(&mut cx))
        else {
            panic!("there is a permit for each");
        };
        // A permit that came back would change what those behind find.
        mem::forget(S::permit(output));
        // As `.await` does; some keep their waker until then.
        future.set(None);
    }
    let polls = start.elapsed();
    Timed { call, polls }
}

/// Whether one call wakes as many waiters as it adds permits.
pub fn one_call_wakes_all<S: Candidate>() -> bool {
    /// Beyond what an implementation may wake in one go.
    const PROBE: usize = 1_000;
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let semaphore = S::new(0);
    let mut waiting = Pinned::new((0..PROBE).map(|_| semaphore.acquire()));
    for future in waiting.iter_mut() {
        assert!(future.poll(&mut cx).is_pending(), "there are no permits");
    }
    semaphore.add_permits(PROBE);
    let woken = counter.wakes();
    for future in waiting.iter_mut() {
        assert!(
            future.poll(&mut cx).is_ready(),
            "there is a permit for each"
        );
    }
    woken == PROBE as u64
}
