//! What threads see of a reader-writer lock could have happened one after the other.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use fastrand::Rng;

use crate::{
    common::{POLICIES, Watchdog},
    tools::history::{Call, History, Recorder, Spec, check_histories, is_explained},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Read,
    Upgradable,
    Write,
}

/// What each thread has, whether it waits for something else, and what is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    has: [Option<Kind>; 4],
    waits: [Option<Kind>; 4],
    value: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Gets in line.
    Arrive(Kind),
    /// Leaves the line with what it waited for, and sees the value.
    Get(u32),
    /// Leaves the line with what it waited for or stays, and has not seen anything.
    MayGet,
    /// Leaves the line, and gives up what it had and what it had been handed.
    GiveUp,
    Try(Kind, Option<u32>),
    /// Gives back what it has, or a part of it.
    Keep(Option<Kind>),
    /// What it has is exclusive, and it writes.
    Put(u32),
    /// It sees this value, whatever it has.
    See(u32),
}

use Kind::{Read, Upgradable, Write};
use Step::{Arrive, Get, GiveUp, Keep, MayGet, Put, See, Try};

impl State {
    /// Whether `thread` could have `kind` beside what the others have.
    fn fits(&self, thread: usize, kind: Kind) -> bool {
        let mut others = (0..4).filter(|t| *t != thread).filter_map(|t| self.has[t]);
        others.all(|other| match (kind, other) {
            (Write, _) | (_, Write) => false,
            (Upgradable, Upgradable) => false,
            (Read | Upgradable, Read | Upgradable) => true,
        })
    }
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
        let (has, waits) = (state.has[thread], state.waits[thread]);
        let possible = match step {
            Arrive(kind) => {
                next.waits[thread] = Some(*kind);
                // Either anew, or from upgradable to exclusive.
                has.is_none() || (has, *kind) == (Some(Upgradable), Write)
            }
            Get(value) => {
                next.has[thread] = waits.or(has);
                next.waits[thread] = None;
                state.value == *value && waits.is_some_and(|kind| state.fits(thread, kind))
            }
            MayGet => {
                let mut all = vec![next];
                all.extend(Self::apply(state, thread, &Get(state.value)));
                return all;
            }
            GiveUp => {
                next.has[thread] = None;
                next.waits[thread] = None;
                true
            }
            Try(kind, Some(value)) => {
                next.has[thread] = Some(*kind);
                state.value == *value && state.fits(thread, *kind)
            }
            // Others may be in the way by waiting, but for one who upgrades.
            Try(Write, None) if has == Some(Upgradable) => !state.fits(thread, Write),
            Try(kind, None) => {
                !state.fits(thread, *kind) || state.waits.iter().any(Option::is_some)
            }
            Keep(kind) => {
                next.has[thread] = *kind;
                has.is_some()
            }
            Put(value) => {
                next.value = *value;
                has == Some(Write)
            }
            See(value) => has.is_some() && state.value == *value,
        };
        possible.then_some(next).into_iter().collect()
    }
}

type Record<'a> = Recorder<'a, Step>;

/// Polls a few times, and records that it got in or gave up.
fn attempt<G: std::ops::Deref<Target = u32>>(
    recorder: &mut Record<'_>,
    polls: u32,
    kind: Kind,
    future: impl Future<Output = G>,
) -> Option<G> {
    recorder.record(move || {
        // It is dropped within the call.
        let mut future = pin!(future);
        match poll_some(future.as_mut(), polls) {
            Some(guard) => {
                let seen = *guard;
                (Some(guard), vec![Arrive(kind), Get(seen)])
            }
            None => (None, vec![Arrive(kind), MayGet, GiveUp]),
        }
    })
}

fn poll_some<F: Future>(mut future: Pin<&mut F>, polls: u32) -> Option<F::Output> {
    for _ in 0..polls {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

fn tried<G: std::ops::Deref<Target = u32>>(
    recorder: &mut Record<'_>,
    kind: Kind,
    attempt: impl FnOnce() -> Option<G>,
) -> Option<G> {
    recorder.record(|| {
        let guard = attempt();
        let seen = guard.as_deref().copied();
        (guard, vec![Try(kind, seen)])
    })
}

fn blocking<G: std::ops::Deref<Target = u32>>(
    recorder: &mut Record<'_>,
    kind: Kind,
    wait: impl FnOnce() -> G,
) -> G {
    recorder.record(|| {
        let guard = wait();
        let seen = *guard;
        (guard, vec![Arrive(kind), Get(seen)])
    })
}

/// One thing that a thread does, from getting in to leaving.
fn act(l: &RwLock<u32>, recorder: &mut Record<'_>, rng: &mut Rng, new: u32) {
    let polls = rng.u32(1..4);
    match (rng.u32(0..3), rng.u32(0..3)) {
        (0, way) => {
            let guard = match way {
                0 => Some(blocking(recorder, Read, || l.blocking_read())),
                1 => tried(recorder, Read, || l.try_read()),
                _ => attempt(recorder, polls, Read, l.read()),
            };
            if let Some(guard) = guard {
                recorder.record(|| (thread::yield_now(), vec![See(*guard)]));
                recorder.record(|| (drop(guard), vec![Keep(None)]));
            }
        }
        (1, way) => {
            let guard = match way {
                0 => Some(blocking(recorder, Write, || l.blocking_write())),
                1 => tried(recorder, Write, || l.try_write()),
                _ => attempt(recorder, polls, Write, l.write()),
            };
            if let Some(guard) = guard {
                write(guard, recorder, rng, new);
            }
        }
        (_, way) => {
            let guard = match way {
                0 => Some(blocking(recorder, Upgradable, || {
                    l.blocking_upgradable_read()
                })),
                1 => tried(recorder, Upgradable, || l.try_upgradable_read()),
                _ => attempt(recorder, polls, Upgradable, l.upgradable_read()),
            };
            if let Some(guard) = guard {
                recorder.record(|| (thread::yield_now(), vec![See(*guard)]));
                upgrade(guard, recorder, rng, new);
            }
        }
    }
}

fn upgrade(
    guard: RwLockUpgradableReadGuard<'_, u32>,
    recorder: &mut Record<'_>,
    rng: &mut Rng,
    new: u32,
) {
    let writer = if rng.bool() {
        let polls = rng.u32(1..200);
        let upgrade = RwLockUpgradableReadGuard::upgrade(guard);
        attempt(recorder, polls, Write, upgrade)
    } else {
        let result = recorder.record(|| match RwLockUpgradableReadGuard::try_upgrade(guard) {
            Ok(writer) => {
                let seen = *writer;
                (Ok(writer), vec![Try(Write, Some(seen))])
            }
            Err(guard) => (Err(guard), vec![Try(Write, None)]),
        });
        match result {
            Ok(writer) => Some(writer),
            Err(guard) => {
                recorder.record(|| (drop(guard), vec![Keep(None)]));
                None
            }
        }
    };
    if let Some(writer) = writer {
        write(writer, recorder, rng, new);
    }
}

fn write(mut guard: RwLockWriteGuard<'_, u32>, recorder: &mut Record<'_>, rng: &mut Rng, new: u32) {
    recorder.record(|| (*guard = new, vec![Put(new)]));
    match rng.u32(0..3) {
        0 => recorder.record(|| (drop(guard), vec![Keep(None)])),
        1 => {
            let guard = recorder.record(|| {
                let guard = RwLockWriteGuard::downgrade(guard);
                (guard, vec![Keep(Some(Read))])
            });
            recorder.record(|| (thread::yield_now(), vec![See(*guard)]));
            recorder.record(|| (drop(guard), vec![Keep(None)]));
        }
        _ => {
            let guard = recorder.record(|| {
                let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
                (guard, vec![Keep(Some(Upgradable))])
            });
            recorder.record(|| (thread::yield_now(), vec![See(*guard)]));
            let guard = recorder.record(|| {
                let guard = RwLockUpgradableReadGuard::downgrade(guard);
                (guard, vec![Keep(Some(Read))])
            });
            recorder.record(|| (drop(guard), vec![Keep(None)]));
        }
    }
}

#[test]
fn histories_of_three_threads_are_linearizable() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        check_histories::<Locking, _>(
            3,
            1_500,
            |_| RwLock::with_fairness(0, fairness),
            |l, recorder, round, thread| {
                let mut rng = Rng::with_seed((round * 8 + thread) as u64);
                for turn in 0..3 {
                    let new = (thread * 10 + turn + 1) as u32;
                    act(l, recorder, &mut rng, new);
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
    let right: History<Step> = vec![
        vec![
            call(0, 3, &[Arrive(Upgradable), Get(0)]),
            call(6, 12, &[Arrive(Write), Get(0)]),
            call(13, 14, &[Put(7)]),
            call(15, 16, &[Keep(Some(Read))]),
            call(19, 20, &[Keep(None)]),
        ],
        vec![
            call(1, 4, &[Arrive(Read), Get(0)]),
            call(8, 9, &[See(0)]),
            call(10, 11, &[Keep(None)]),
        ],
        vec![
            call(7, 18, &[Arrive(Read), Get(7)]),
            call(21, 22, &[Keep(None)]),
        ],
    ];
    assert!(is_explained::<Locking>(&right));
    let changed = |change: fn(&mut History<Step>)| {
        let mut history = right.clone();
        change(&mut history);
        is_explained::<Locking>(&history)
    };
    assert!(!changed(|h| h[0][1].to = 9), "upgraded beside a reader");
    assert!(!changed(|h| h[1][1].steps = vec![See(7)]), "read too early");
    assert!(!changed(|h| h[2][0].steps[1] = Get(3)), "never written");
    assert!(!changed(|h| h[0][3].steps = vec![Keep(Some(Write))]));
    assert!(!changed(|h| h[1][0].steps = vec![Arrive(Write), Get(0)]));
    assert!(!changed(
        |h| h[1][0].steps = vec![Arrive(Upgradable), Get(0)]
    ));
    assert!(!changed(|h| h[2][0].steps = vec![Try(Write, Some(7))]));
    // A try that fails has to have a reason.
    assert!(changed(
        |h| h[2] = vec![call(21, 23, &[Try(Write, Some(7))])]
    ));
    assert!(!changed(|h| h[2] = vec![call(21, 23, &[Try(Read, None)])]));
    // An upgrade that gives up gives up what it had, too.
    let given_up: fn(&mut History<Step>) = |h| {
        h[0].truncate(2);
        h[0][1].steps = vec![Arrive(Write), MayGet, GiveUp];
        h[2] = vec![call(13, 14, &[Try(Write, Some(0))])];
    };
    assert!(changed(given_up));
    assert!(!changed(|h| {
        h[0].truncate(1);
        h[2] = vec![call(13, 14, &[Try(Write, Some(0))])];
    }));
}
