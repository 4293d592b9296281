//! What threads did to a lock, and whether doing it one after the other could have given the same.
//!
//! The search is that of Wing and Gong: of the calls that may have come first, try each, and go on
//! with the rest. A call is a chain of steps, each of which happens at one moment between the
//! call's start and its end, so that waiting and getting can be told apart.

use std::{
    collections::HashSet,
    fmt::Debug,
    hash::Hash,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::fewer;

/// What an operation does when nothing else happens.
pub trait Spec {
    type State: Clone + Eq + Hash + Debug;
    type Step: Clone + Debug + Send;

    fn start() -> Self::State;

    /// The states that the step may lead to; none if it cannot have had this outcome.
    fn apply(state: &Self::State, thread: usize, step: &Self::Step) -> Vec<Self::State>;
}

/// A call of one thread, from `from` to `to` on a clock that all threads share.
#[derive(Clone, Debug)]
pub struct Call<S> {
    pub from: usize,
    pub to: usize,
    pub steps: Vec<S>,
}

/// What each thread did, in its order.
pub type History<S> = Vec<Vec<Call<S>>>;

/// Whether some order of the steps explains the history.
pub fn is_explained<S: Spec>(history: &History<S::Step>) -> bool {
    let begin = (vec![(0, 0); history.len()], S::start());
    let mut seen = HashSet::from([begin.clone()]);
    let mut open = vec![begin];
    while let Some((places, state)) = open.pop() {
        let current = |thread: usize| history[thread].get(places[thread].0);
        let threads = 0..history.len();
        // Nothing happens before its call, and a call that has ended has happened.
        let Some(first_end) = threads.clone().filter_map(|t| Some(current(t)?.to)).min() else {
            return true;
        };
        for thread in threads {
            let Some(call) = current(thread).filter(|call| call.from < first_end) else {
                continue;
            };
            let (at, step) = places[thread];
            let last = step + 1 == call.steps.len();
            for next in S::apply(&state, thread, &call.steps[step]) {
                let mut places = places.clone();
                places[thread] = if last { (at + 1, 0) } else { (at, step + 1) };
                let next = (places, next);
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
    }
    false
}

/// One thread's part of a history in the making.
pub struct Recorder<'a, S> {
    clock: &'a AtomicUsize,
    pub calls: Vec<Call<S>>,
}

impl<S> Recorder<'_, S> {
    /// Runs `call`, which gives its result and the steps that it was.
    pub fn record<R>(&mut self, call: impl FnOnce() -> (R, Vec<S>)) -> R {
        let from = self.clock.fetch_add(1, Ordering::SeqCst);
        let (result, steps) = call();
        let to = self.clock.fetch_add(1, Ordering::SeqCst);
        self.calls.push(Call { from, to, steps });
        result
    }
}

/// Lets `threads` threads do `work` on a new lock each round, at the same time, and checks what
/// they saw. `work` is told the round and its thread.
pub fn check_histories<S: Spec, L: Sync>(
    threads: usize,
    rounds: usize,
    locks: impl Fn(usize) -> L,
    work: impl Fn(&L, &mut Recorder<'_, S::Step>, usize, usize) + Sync,
) {
    let rounds = fewer(rounds);
    let locks: Vec<L> = (0..rounds).map(locks).collect();
    let (barrier, clock) = (Barrier::new(threads), AtomicUsize::new(0));
    let parts: Vec<Vec<Vec<Call<S::Step>>>> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let (locks, work, barrier, clock) = (&locks, &work, &barrier, &clock);
                scope.spawn(move || {
                    let mut rounds = Vec::new();
                    for (round, lock) in locks.iter().enumerate() {
                        let calls = Vec::new();
                        let mut recorder = Recorder { clock, calls };
                        barrier.wait();
                        work(lock, &mut recorder, round, thread);
                        rounds.push(recorder.calls);
                    }
                    rounds
                })
            })
            .collect();
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    });
    let mut overlaps = 0;
    for round in 0..rounds {
        let history: History<S::Step> = parts.iter().map(|part| part[round].clone()).collect();
        overlaps += usize::from(has_overlap(&history));
        assert!(
            is_explained::<S>(&history),
            "no order explains round {round}: {history:#?}"
        );
    }
    assert!(overlaps > 0, "the threads never met");
}

fn has_overlap<S>(history: &History<S>) -> bool {
    let calls = || {
        let threads = history.iter().enumerate();
        threads.flat_map(|(thread, calls)| calls.iter().map(move |call| (thread, call)))
    };
    calls().any(|(one, a)| calls().any(|(other, b)| one < other && a.from < b.to && b.from < a.to))
}
