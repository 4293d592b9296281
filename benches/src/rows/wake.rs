//! Many waiters are served at once.
//!
//! Some rows time the calls that serve them alone; those named `wave` time the calls and what
//! follows, until every waiter has been polled ready and its future is gone. Some grant in the
//! call, some only notify, and some semaphores wake one waiter per call and the next when that one
//! is polled: these have no row for the call, and the wave is where all can be compared.
//!
//! Whatever the number that wait together, one iteration has the same number of waiters in all,
//! divided among as many objects as it takes. So the caches are as cold for ten waiters as for a
//! hundred thousand, and a figure that grows with the size is the fault of the algorithm.

use std::{
    future::Future,
    mem,
    task::{Context, Poll},
    time::Duration,
};

use super::{Family, Row, Sample, Statistic, once};
use crate::{
    candidate::{NotifyAll, NotifyOne, Primitive, Semaphore, Token},
    clock::Stopwatch,
    pinned::Pinned,
    registry::Case,
    wakers::WakeCounter,
};

/// Waiters of one iteration, of all its objects.
pub(crate) const WAITERS: usize = 100_000;

macro_rules! family {
    ($name:ident[$count:literal], $primitive:ident, $family:literal, $title:literal, $($size:literal)+) => {
        pub static $name: [Row; $count] = [$(Row {
            primitive: Primitive::$primitive,
            id: concat!($family, "-", $size),
            title: $title,
            statistic: Statistic::Best,
            family: Some(Family {
                id: $family,
                title: $title,
                size: $size,
                units: ("n", "waiter"),
            }),
        }),+];
    };
}

family!(WAKE[5], Semaphore, "wake", "the call that wakes n waiters", 10 100 1000 10000 100000);
family!(
    WAVE[5], Semaphore, "wave",
    "one call gives n waiters their permits, each is polled, ready, and dropped",
    10 100 1000 10000 100000
);
family!(ONE[6], Notify, "notify-one", "n calls that wake one of n waiters each", 1 10 100 1000 10000 100000);
family!(
    ONE_WAVE[6], Notify, "notify-one-wave",
    "n calls wake one of n waiters each, each is polled, ready, and dropped",
    1 10 100 1000 10000 100000
);
family!(ALL[6], Notify, "notify-all", "the call that wakes all n waiters", 1 10 100 1000 10000 100000);
family!(
    ALL_WAVE[6], Notify, "notify-all-wave",
    "one call wakes all n waiters, each is polled, ready, and dropped",
    1 10 100 1000 10000 100000
);

family!(
    CANCEL[6], CancellationToken, "cancel", "the call that cancels a token with n waiting tasks",
    1 10 100 1000 10000 100000
);
family!(
    CANCEL_WAVE[6], CancellationToken, "cancel-wave",
    "one call cancels a token with n waiting tasks, each is polled, ready, and dropped",
    1 10 100 1000 10000 100000
);

/// Something that many wait for, and how they are served.
pub trait Awaited: 'static {
    type Output<'a>;

    fn new() -> Self;

    fn wait(&self) -> impl Future<Output = Self::Output<'_>>;

    /// Serves all that wait, of whom there are so many.
    fn serve(&self, waiters: usize);

    /// Disposes of what a waiter was given, so that it serves nobody else.
    fn keep(output: Self::Output<'_>);
}

struct Permits<S>(S);

impl<S: Semaphore> Awaited for Permits<S> {
    type Output<'a> = S::Output<'a>;

    fn new() -> Self {
        Self(S::new(0))
    }

    fn wait(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.acquire()
    }

    fn serve(&self, waiters: usize) {
        self.0.add_permits(waiters);
    }

    fn keep(output: Self::Output<'_>) {
        mem::forget(S::permit(output));
    }
}

pub struct One<N>(N);

impl<N: NotifyOne> Awaited for One<N> {
    type Output<'a> = ();

    fn new() -> Self {
        Self(N::new())
    }

    fn wait(&self) -> impl Future<Output = ()> {
        self.0.wait()
    }

    fn serve(&self, waiters: usize) {
        for _ in 0..waiters {
            self.0.notify_one();
        }
    }

    fn keep((): ()) {}
}

pub struct All<N>(N);

impl<N: NotifyAll> Awaited for All<N> {
    type Output<'a> = ();

    fn new() -> Self {
        Self(N::new())
    }

    fn wait(&self) -> impl Future<Output = ()> {
        self.0.wait()
    }

    fn serve(&self, _: usize) {
        self.0.notify_all();
    }

    fn keep((): ()) {}
}

pub struct Cancel<T>(T);

impl<T: Token> Awaited for Cancel<T> {
    type Output<'a> = ();

    fn new() -> Self {
        Self(T::new())
    }

    fn wait(&self) -> impl Future<Output = ()> {
        self.0.cancelled()
    }

    fn serve(&self, _: usize) {
        self.0.cancel();
    }

    fn keep((): ()) {}
}

pub fn semaphore<S: Semaphore>() -> Vec<Case> {
    let [_, call @ ..] = calls::<Permits<S>>();
    let [_, wave @ ..] = waves::<Permits<S>>();
    let mut cases = Vec::new();
    // Whoever wakes the next waiter only when the last one has been polled has no such call.
    if one_call_wakes_all::<S>() {
        cases.extend(rows(&WAKE, call));
    }
    cases.extend(rows(&WAVE, wave));
    cases
}

pub fn notify_one<N: NotifyOne>() -> Vec<Case> {
    let calls = rows(&ONE, calls::<One<N>>());
    let both = calls.chain(rows(&ONE_WAVE, waves::<One<N>>()));
    both.filter(|case| fits(case, N::LONGEST)).collect()
}

pub fn notify_all<N: NotifyAll>() -> Vec<Case> {
    let calls = rows(&ALL, calls::<All<N>>());
    calls.chain(rows(&ALL_WAVE, waves::<All<N>>())).collect()
}

pub fn cancel<T: Token>() -> Vec<Case> {
    let calls = rows(&CANCEL, calls::<Cancel<T>>());
    let waves = rows(&CANCEL_WAVE, waves::<Cancel<T>>());
    let both = calls.chain(waves);
    both.filter(|case| fits(case, T::LONGEST)).collect()
}

fn fits(case: &Case, longest: usize) -> bool {
    case.row.family.is_none_or(|family| family.size <= longest)
}

fn rows<const N: usize>(
    family: &'static [Row; N],
    batches: [fn(u64) -> Sample; N],
) -> impl Iterator<Item = Case> {
    family
        .iter()
        .zip(batches)
        .map(|(row, batch)| once(row, batch))
}

fn calls<A: Awaited>() -> [fn(u64) -> Sample; 6] {
    [
        call::<A, 1>,
        call::<A, 10>,
        call::<A, 100>,
        call::<A, 1_000>,
        call::<A, 10_000>,
        call::<A, 100_000>,
    ]
}

pub(crate) fn waves<A: Awaited>() -> [fn(u64) -> Sample; 6] {
    [
        wave::<A, 1>,
        wave::<A, 10>,
        wave::<A, 100>,
        wave::<A, 1_000>,
        wave::<A, 10_000>,
        wave::<A, 100_000>,
    ]
}

fn call<A: Awaited, const N: usize>(iterations: u64) -> Sample {
    batch::<A, N>(iterations, |timed| timed.calls)
}

fn wave<A: Awaited, const N: usize>(iterations: u64) -> Sample {
    batch::<A, N>(iterations, |timed| timed.calls + timed.polls)
}

struct Timed {
    calls: Duration,
    polls: Duration,
}

fn batch<A: Awaited, const N: usize>(iterations: u64, part: fn(Timed) -> Duration) -> Sample {
    let elapsed = (0..iterations)
        .map(|_| part(serve_all::<A>(N, WAITERS / N)))
        .sum();
    Sample::new(elapsed, iterations * (WAITERS / N * N) as u64)
}

fn serve_all<A: Awaited>(waiters: usize, objects: usize) -> Timed {
    let (counter, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let objects: Vec<A> = (0..objects).map(|_| A::new()).collect();
    let mut waiting = Pinned::new(
        objects
            .iter()
            .flat_map(|object| (0..waiters).map(|_| Some(object.wait()))),
    );
    for future in waiting.iter_mut().filter_map(Option::as_pin_mut) {
        assert!(future.poll(&mut cx).is_pending(), "nobody is served yet");
    }

    let start = Stopwatch::start();
    for object in &objects {
        object.serve(waiters);
    }
    let calls = start.elapsed();
    assert!(counter.wakes() > 0, "somebody was woken");

    let start = Stopwatch::start();
    for mut future in waiting.iter_mut() {
        let Some(Poll::Ready(output)) = future.as_mut().as_pin_mut().map(|it| it.poll(&mut cx))
        else {
            panic!("each is served");
        };
        // What came back would change what those behind find.
        A::keep(output);
        // As `.await` does; some keep their waker until then.
        future.set(None);
    }
    let polls = start.elapsed();
    Timed { calls, polls }
}

/// Whether one call wakes as many waiters as it adds permits.
fn one_call_wakes_all<S: Semaphore>() -> bool {
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
