//! Random operations against a model that is too simple to be wrong.

use std::{collections::VecDeque, pin::Pin, task::Poll};

use compio_sync::Fairness;
use fastrand::Rng;

use crate::common::{Form, Guard, Pair, Seed, Spy, Task, seeds};

suite! {
    strict: agrees_with_the_reference_after_every_step;
}

fn agrees_with_the_reference_after_every_step<D: Form>(fairness: Fairness) {
    for seed in seeds(300) {
        let named = Seed(seed);
        let mut driver = Driver::<D>::new(fairness, seed);
        for _ in 0..150 {
            driver.step();
        }
        driver.finish();
        drop(named);
    }
}

/// So many lock or wait at a time.
const MOST: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not polled yet: with the guard, if it is a wait.
    New,
    /// Waits for a notification.
    Waits,
    /// Notified, and not polled since.
    Notified,
    /// In line for the mutex, or handed it.
    Locks,
}

/// A task that locks, or that waits and locks again.
struct Actor<D: Form> {
    id: usize,
    task: Task<Pin<Box<dyn Future<Output = Guard<D>>>>>,
    current: Spy,
    /// Wakes of the current waker when it was polled last.
    seen: usize,
    is_wait: bool,
    stage: Stage,
    /// It has used up a notification for one, and has not got the mutex yet.
    alone: bool,
}

impl<D: Form> Actor<D> {
    fn is_woken(&self) -> bool {
        self.current.wakes() > self.seen
    }
}

struct Driver<D: Form> {
    p: Pair<D>,
    rng: Rng,
    actors: Vec<Actor<D>>,
    spies: Vec<Spy>,
    guard: Option<Guard<D>>,
    /// Those who wait for a notification, in order.
    waits: VecDeque<usize>,
    /// Those in line for the mutex, in order. The first has been handed it if `handed`.
    locks: VecDeque<usize>,
    handed: bool,
    /// A wait that was not polled yet has the guard.
    lent: bool,
    next_id: usize,
    log: Vec<String>,
}

impl<D: Form> Driver<D> {
    fn new(fairness: Fairness, seed: u64) -> Self {
        Self {
            p: Pair::new(fairness),
            rng: Rng::with_seed(seed),
            actors: Vec::new(),
            spies: Vec::new(),
            guard: None,
            waits: VecDeque::new(),
            locks: VecDeque::new(),
            handed: false,
            lent: false,
            next_id: 0,
            log: Vec::new(),
        }
    }

    fn is_free(&self) -> bool {
        self.guard.is_none() && !self.lent && !self.handed
    }

    fn step(&mut self) {
        match self.rng.u32(0..100) {
            // Few at a time, so that they meet in many ways.
            0..12 if self.actors.len() < MOST => {
                let m = self.p.m;
                self.arrive(false, Box::pin(m.lock()));
            }
            12..35 if self.actors.len() < MOST => {
                if let Some(guard) = self.guard.take() {
                    self.lent = true;
                    self.arrive(true, Box::pin(self.p.c.wait(guard)));
                }
            }
            0..65 => self.poll_any(),
            65..75 => self.cancel_any(),
            75..83 => self.unlock(),
            83..95 => self.notify_one(),
            _ => self.notify_all(),
        }
        self.check();
    }

    fn arrive(&mut self, is_wait: bool, future: Pin<Box<dyn Future<Output = Guard<D>>>>) {
        let spy = Spy::new();
        self.spies.push(spy.clone());
        self.log.push(format!("new #{}: {is_wait}", self.next_id));
        self.actors.push(Actor {
            id: self.next_id,
            task: Task::watched(future, spy.clone()),
            current: spy,
            seen: 0,
            is_wait,
            stage: Stage::New,
            alone: false,
        });
        self.next_id += 1;
        if self.rng.u32(0..10) > 0 {
            self.poll(self.actors.len() - 1);
        }
    }

    fn poll_any(&mut self) {
        if self.actors.is_empty() {
            return;
        }
        // Mostly as an executor does, which polls those that were woken.
        let woken: Vec<usize> = (0..self.actors.len())
            .filter(|at| self.actors[*at].is_woken())
            .collect();
        let at = match self.rng.choice(woken) {
            Some(at) if self.rng.u32(0..4) > 0 => at,
            _ => self.rng.usize(0..self.actors.len()),
        };
        if self.rng.u32(0..4) == 0 {
            let spy = Spy::new();
            self.spies.push(spy.clone());
            self.actors[at].current = spy;
            self.log.push("moved".into());
        }
        self.poll(at);
    }

    fn poll(&mut self, at: usize) {
        let actor = &mut self.actors[at];
        let (id, stage) = (actor.id, actor.stage);
        let spy = actor.current.clone();
        actor.seen = spy.wakes();
        let result = actor.task.poll_as(&spy);
        self.log
            .push(format!("poll #{id} {stage:?}: {}", result.is_ready()));
        // What has to come of it.
        let nobody = self.is_free() && self.locks.is_empty();
        let first = self.handed && self.locks.front() == Some(&id);
        let (ready, next) = match (stage, self.actors[at].is_wait) {
            (Stage::New, true) => (false, Stage::Waits),
            (Stage::New, false) | (Stage::Notified, _) => (nobody, Stage::Locks),
            (Stage::Waits, _) => (false, Stage::Waits),
            (Stage::Locks, _) => (first, Stage::Locks),
        };
        assert_eq!(result.is_ready(), ready, "{:?}", self.log);
        match result {
            Poll::Ready(mut guard) => {
                *guard += 1;
                if stage == Stage::Locks {
                    self.locks.pop_front();
                    self.handed = false;
                }
                assert!(self.guard.replace(guard).is_none(), "{:?}", self.log);
                self.actors.swap_remove(at);
            }
            Poll::Pending => {
                self.actors[at].stage = next;
                if stage != next {
                    match next {
                        Stage::Waits => {
                            self.lent = false;
                            self.waits.push_back(id);
                        }
                        _ => self.locks.push_back(id),
                    }
                }
            }
        }
    }

    fn cancel_any(&mut self) {
        if self.actors.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.actors.len());
        let mut actor = self.actors.swap_remove(at);
        self.log
            .push(format!("drop #{} {:?}", actor.id, actor.stage));
        self.lent &= !(actor.is_wait && actor.stage == Stage::New);
        self.handed &= self.locks.front() != Some(&actor.id);
        self.locks.retain(|id| *id != actor.id);
        self.waits.retain(|id| *id != actor.id);
        actor.task.cancel();
        assert_eq!(actor.current.alive(), 0, "{:?}", self.log);
        if actor.alone {
            self.expect_notified();
        }
    }

    fn unlock(&mut self) {
        self.log.push("unlock".into());
        self.guard = None;
    }

    fn notify_one(&mut self) {
        self.log.push("notify one".into());
        self.p.c.notify_one();
        self.expect_notified();
    }

    /// The first who waits has been notified.
    fn expect_notified(&mut self) {
        if let Some(id) = self.waits.pop_front() {
            let actor = self.actors.iter_mut().find(|a| a.id == id).unwrap();
            actor.stage = Stage::Notified;
            actor.alone = true;
        }
    }

    fn notify_all(&mut self) {
        self.log.push("notify all".into());
        self.p.c.notify_all();
        self.waits.clear();
        for actor in &mut self.actors {
            if actor.stage == Stage::Waits {
                actor.stage = Stage::Notified;
            }
        }
    }

    /// Compares all that can be seen.
    fn check(&mut self) {
        self.handed |= self.guard.is_none() && !self.lent && !self.locks.is_empty();
        let seen = (self.p.c.waiters(), self.p.m.waiters(), self.p.m.is_locked());
        let in_line = self.locks.len() - usize::from(self.handed);
        let expected = (self.waits.len(), in_line, !self.is_free());
        assert_eq!(seen, expected, "{:?}", self.log);
        for actor in &self.actors {
            let has_mutex = self.handed && self.locks.front() == Some(&actor.id);
            // Polled with none, or woken and the waker used up, or in line with one.
            let expected = match actor.stage {
                Stage::New => (false, 0),
                Stage::Notified => (true, 0),
                Stage::Locks if has_mutex => (true, 0),
                Stage::Waits | Stage::Locks => (false, 1),
            };
            let state = (actor.is_woken(), actor.current.alive());
            assert_eq!(state, expected, "#{} {:?}", actor.id, self.log);
        }
    }

    /// All that wait are served, each after a wake.
    fn finish(mut self) {
        loop {
            self.unlock();
            self.check();
            let next = |a: &Actor<D>| a.is_woken() || a.stage == Stage::New;
            match self.actors.iter().position(next) {
                Some(at) => self.poll(at),
                None if !self.waits.is_empty() => self.notify_one(),
                None => break,
            }
            self.check();
        }
        assert!(self.actors.is_empty(), "starved: {:?}", self.log);
        self.p.assert_at_rest();
        assert!(self.spies.iter().all(|spy| spy.alive() == 0));
    }
}
