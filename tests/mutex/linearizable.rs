//! What threads see of a mutex could have happened one after the other.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{Mutex, MutexGuard};
use fastrand::Rng;

use crate::{
    common::{POLICIES, Watchdog},
    tools::history::{Call, History, Recorder, Spec, check_histories, is_explained},
};

/// Who has the lock, who is in line, and what is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    holder: Option<usize>,
    waiting: Vec<usize>,
    value: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Gets in line.
    Arrive,
    /// Leaves the line with the lock, and sees the value.
    Get(u32),
    /// Leaves the line with the lock or stays, and has not seen anything.
    MayGet,
    /// Leaves the line, or gives up the lock that it had been handed.
    GiveUp,
    TryGet(Option<u32>),
    /// Unlocks and leaves this value.
    Put(u32),
}

struct Locking;

impl Spec for Locking {
    type State = State;
    type Step = Step;

    fn start() -> State {
        State::default()
    }

    fn apply(state: &State, thread: usize, step: &Step) -> Vec<State> {
        let mut next = state.clone();
        let waits = state.waiting.iter().position(|t| *t == thread);
        match step {
            Step::Arrive => next.waiting.push(thread),
            Step::Get(value) => {
                let Some(at) = waits.filter(|_| state.holder.is_none() && state.value == *value)
                else {
                    return Vec::new();
                };
                next.waiting.remove(at);
                next.holder = Some(thread);
            }
            Step::MayGet => {
                let mut all = vec![next];
                all.extend(Self::apply(state, thread, &Step::Get(state.value)));
                return all;
            }
            Step::GiveUp => match waits {
                Some(at) => {
                    next.waiting.remove(at);
                }
                None => next.holder = None,
            },
            Step::TryGet(None) => {
                if state.holder.is_none() && state.waiting.is_empty() {
                    return Vec::new();
                }
            }
            Step::TryGet(Some(value)) => {
                if state.holder.is_some() || state.value != *value {
                    return Vec::new();
                }
                next.holder = Some(thread);
            }
            Step::Put(value) => {
                if state.holder != Some(thread) {
                    return Vec::new();
                }
                next.holder = None;
                next.value = *value;
            }
        }
        vec![next]
    }
}

fn get<'m>(
    m: &'m Mutex<u32>,
    recorder: &mut Recorder<'_, Step>,
    rng: &mut Rng,
) -> Option<MutexGuard<'m, u32>> {
    match rng.u32(0..3) {
        0 => Some(recorder.record(|| {
            let guard = m.blocking_lock();
            let seen = *guard;
            (guard, vec![Step::Arrive, Step::Get(seen)])
        })),
        1 => recorder.record(|| {
            let guard = m.try_lock();
            let seen = guard.as_deref().copied();
            (guard, vec![Step::TryGet(seen)])
        }),
        _ => recorder.record(|| {
            let mut lock = pin!(m.lock());
            for _ in 0..rng.u32(1..4) {
                let mut cx = Context::from_waker(Waker::noop());
                if let Poll::Ready(guard) = lock.as_mut().poll(&mut cx) {
                    let seen = *guard;
                    return (Some(guard), vec![Step::Arrive, Step::Get(seen)]);
                }
                thread::yield_now();
            }
            (None, vec![Step::Arrive, Step::MayGet, Step::GiveUp])
        }),
    }
}

#[test]
fn histories_of_three_threads_are_linearizable() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        check_histories::<Locking, _>(
            3,
            2_000,
            |_| Mutex::with_fairness(0, fairness),
            |m, recorder, round, thread| {
                let mut rng = Rng::with_seed((round * 8 + thread) as u64);
                for turn in 0..4 {
                    let Some(mut guard) = get(m, recorder, &mut rng) else {
                        continue;
                    };
                    if rng.u32(0..4) == 0 {
                        thread::yield_now();
                    }
                    let new = (thread * 10 + turn + 1) as u32;
                    *guard = new;
                    recorder.record(|| (drop(guard), vec![Step::Put(new)]));
                }
            },
        );
    }
}

fn call(from: usize, to: usize, steps: &[Step]) -> Call<Step> {
    Call {
        from,
        to,
        steps: steps.to_vec(),
    }
}

/// The check can fail.
#[test]
fn wrong_histories_are_rejected() {
    use Step::{Arrive, Get, GiveUp, MayGet, Put, TryGet};
    let right: History<Step> = vec![
        vec![call(0, 2, &[Arrive, Get(0)]), call(4, 6, &[Put(7)])],
        vec![call(1, 5, &[Arrive, Get(7)]), call(7, 8, &[Put(9)])],
    ];
    assert!(is_explained::<Locking>(&right));
    let changed = |change: fn(&mut History<Step>)| {
        let mut history = right.clone();
        change(&mut history);
        is_explained::<Locking>(&history)
    };
    assert!(!changed(|h| h[1][0].to = 3), "both had it");
    assert!(!changed(|h| h[1][0].steps[1] = Get(0)), "a lost write");
    assert!(!changed(|h| h[0][0].steps[1] = Get(7)), "seen beforehand");
    assert!(!changed(|h| h[1][0].steps = vec![TryGet(Some(0))]));
    // A try that fails has to have a reason.
    assert!(changed(|h| h[1] = vec![call(1, 5, &[TryGet(None)])]));
    assert!(!changed(|h| h[1] = vec![call(7, 8, &[TryGet(None)])]));
    // One that gives up is a reason, and changes nothing.
    let given_up: fn(&mut History<Step>) = |h| {
        h[1] = vec![call(7, 10, &[Arrive, MayGet, GiveUp])];
        h.push(vec![
            call(8, 9, &[TryGet(None)]),
            call(11, 12, &[TryGet(Some(7))]),
        ]);
    };
    assert!(changed(given_up));
    assert!(!is_explained::<Locking>(&vec![
        vec![call(0, 1, &[TryGet(Some(0))])],
        vec![call(2, 3, &[TryGet(Some(0))])],
    ]));
}
