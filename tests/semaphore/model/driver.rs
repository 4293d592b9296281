//! Does the same to a semaphore and to the reference, and compares.

use std::task::Poll;

use compio_sync::{
    Fairness,
    generic::{AcquireOrClosed, Semaphore, SemaphorePermit},
};
use fastrand::Rng;

use super::reference::{Reference, Waits};
use crate::common::{Form, Spy, Task, assert_numbers, fixed};

/// One wait. Its task is polled with the `current` waker.
struct Wait<D: Form> {
    id: usize,
    need: usize,
    task: Task<AcquireOrClosed<'static, D>>,
    current: Spy,
    /// Wakes of the current waker when it was polled last.
    seen: usize,
    stage: Stage,
    /// How often it was the front, was woken, and came in vain.
    in_vain: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Unpolled,
    InLine,
    Told,
}

impl<D: Form> Wait<D> {
    fn is_woken(&self) -> bool {
        self.current.wakes() > self.seen
    }
}

pub struct Driver<D: Form> {
    s: &'static Semaphore<D>,
    reference: Reference,
    fairness: Fairness,
    rng: Rng,
    waits: Vec<Wait<D>>,
    permits: Vec<SemaphorePermit<'static, D>>,
    spies: Vec<Spy>,
    next_id: usize,
    log: Vec<String>,
}

const MOST: usize = 5;

impl<D: Form> Driver<D> {
    pub fn new(fairness: Fairness, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let max = rng.usize(0..=MOST);
        Self {
            s: fixed(max, fairness),
            reference: Reference::new(max),
            fairness,
            rng,
            waits: Vec::new(),
            permits: Vec::new(),
            spies: Vec::new(),
            next_id: 0,
            log: vec![format!("max {max}")],
        }
    }

    pub fn step(&mut self) {
        let n = self.rng.usize(0..=MOST);
        match self.rng.u32(0..1000) {
            0..250 => self.arrive(n),
            250..550 => self.poll_any(),
            550..630 => self.cancel_any(),
            630..780 => self.release_any(),
            780..850 => self.try_acquire(n),
            850..880 => self.split_any(n),
            880..900 => self.merge_any(),
            900..915 => self.forget_any(),
            915..940 => {
                self.note(|| format!("add {n}"));
                self.reference.max += n;
                self.s.add_permits(n);
            }
            940..960 => {
                self.note(|| format!("reduce {n}"));
                let taken = self.reference.reduce(n);
                assert_eq!(self.s.reduce_permits(n), taken, "{:?}", self.log);
            }
            960..975 => {
                self.note(|| format!("forget free {n}"));
                let taken = self.reference.forget_free(n);
                assert_eq!(self.s.forget_permits(n), taken, "{:?}", self.log);
            }
            975..998 => {
                self.note(|| format!("resize {n}"));
                self.reference.max = n;
                self.s.resize(n);
            }
            _ => self.close(),
        }
        self.check();
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        self.log.push(what());
    }

    fn arrive(&mut self, need: usize) {
        let id = self.next_id;
        self.next_id += 1;
        self.note(|| format!("new #{id} for {need}"));
        let spy = Spy::new();
        self.spies.push(spy.clone());
        self.waits.push(Wait {
            id,
            need,
            task: Task::watched(self.s.acquire_many_or_closed(need), spy.clone()),
            current: spy,
            seen: 0,
            stage: Stage::Unpolled,
            in_vain: 0,
        });
        if self.rng.u32(0..10) > 0 {
            self.poll(self.waits.len() - 1);
        }
    }

    fn poll_any(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        // Mostly as an executor does, which polls those that were woken.
        let woken: Vec<usize> = (0..self.waits.len())
            .filter(|at| self.waits[*at].is_woken())
            .collect();
        let at = match self.rng.choice(woken) {
            Some(at) if self.rng.u32(0..4) > 0 => at,
            _ => self.rng.usize(0..self.waits.len()),
        };
        if self.rng.u32(0..4) == 0 {
            let spy = Spy::new();
            self.spies.push(spy.clone());
            self.waits[at].current = spy;
            self.note(|| "moved".into());
        }
        self.poll(at);
    }

    fn poll(&mut self, at: usize) {
        let was_woken = self.waits[at].is_woken();
        let wait = &mut self.waits[at];
        let (id, need, stage) = (wait.id, wait.need, wait.stage);
        let spy = wait.current.clone();
        wait.seen = spy.wakes();
        let result = wait.task.poll_as(&spy);
        self.log.push(format!("poll #{id}: {}", show(&result)));
        let place = self.reference.place(id);
        let granted = place.is_some_and(|place| place < self.reference.granted);
        let enough = self.reference.has(need);
        match result {
            Poll::Ready(Ok(permit)) => {
                assert_eq!(permit.num_permits(), need);
                assert_ne!(stage, Stage::Told, "{:?}", self.log);
                assert!(granted || enough, "{:?}", self.log);
                if stage == Stage::Unpolled {
                    self.may_pass(need);
                } else if self.fairness == Fairness::Strict {
                    assert!(granted, "{:?}", self.log);
                }
                if let Some(place) = place {
                    self.reference.leave(place);
                }
                self.reference.held += need;
                self.permits.push(permit);
                self.waits.swap_remove(at);
            }
            Poll::Ready(Err(_)) => {
                assert!(self.reference.closed && !granted, "{:?}", self.log);
                self.waits.swap_remove(at);
            }
            Poll::Pending => {
                assert!(!granted && stage != Stage::Told, "{:?}", self.log);
                let front = self.reference.front().is_none_or(|front| front.id == id);
                assert!(!(front && enough), "{:?}", self.log);
                if self.reference.front().is_some_and(|front| front.id == id) && was_woken {
                    self.waits[at].in_vain += 1;
                }
                if stage == Stage::Unpolled {
                    assert!(!self.reference.closed, "{:?}", self.log);
                    self.reference.line.push_back(Waits { id, need });
                }
                self.waits[at].stage = Stage::InLine;
            }
        }
    }

    /// A newcomer got something: was nobody in line who should have had it first?
    fn may_pass(&self, need: usize) {
        let Some(front) = self.reference.front() else {
            return;
        };
        if need > 0 {
            assert_eq!(self.fairness, Fairness::Throughput, "{:?}", self.log);
            let front = self.waits.iter().find(|wait| wait.id == front.id).unwrap();
            assert!(front.in_vain < Fairness::MAX_PASSES, "{:?}", self.log);
        }
    }

    fn cancel_any(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.waits.len());
        let mut wait = self.waits.swap_remove(at);
        self.note(|| format!("drop #{}", wait.id));
        if let Some(place) = self.reference.place(wait.id) {
            self.reference.leave(place);
        }
        wait.task.cancel();
        assert_eq!(wait.current.alive(), 0, "{:?}", self.log);
    }

    fn any_permit(&mut self) -> Option<usize> {
        (!self.permits.is_empty()).then(|| self.rng.usize(0..self.permits.len()))
    }

    fn release_any(&mut self) {
        if let Some(at) = self.any_permit() {
            let permit = self.permits.swap_remove(at);
            self.note(|| format!("release {}", permit.num_permits()));
            self.reference.held -= permit.num_permits();
        }
    }

    fn try_acquire(&mut self, n: usize) {
        let permit = self.s.try_acquire_many(n);
        self.note(|| format!("try {n}: {}", permit.is_some()));
        let enough = self.reference.has(n);
        let alone = self.reference.queued() == 0;
        match permit {
            Some(permit) => {
                assert!(enough, "{:?}", self.log);
                self.may_pass(n);
                self.reference.held += n;
                self.permits.push(permit);
            }
            None => assert!(!enough || n > 0 && !alone, "{:?}", self.log),
        }
    }

    fn split_any(&mut self, n: usize) {
        if let Some(at) = self.any_permit() {
            self.note(|| format!("split {n}"));
            let had = self.permits[at].num_permits();
            let part = self.permits[at].split(n);
            assert_eq!(part.is_some(), n <= had);
            self.permits.extend(part);
        }
    }

    fn merge_any(&mut self) {
        if self.permits.len() > 1 {
            self.note(|| "merge".into());
            let other = self.permits.pop().unwrap();
            let at = self.rng.usize(0..self.permits.len());
            self.permits[at].merge(other);
        }
    }

    fn forget_any(&mut self) {
        if let Some(at) = self.any_permit() {
            let permit = self.permits.swap_remove(at);
            self.note(|| format!("forget held {}", permit.num_permits()));
            self.reference.forget_held(permit.num_permits());
            permit.forget();
        }
    }

    fn close(&mut self) {
        self.note(|| "close".into());
        self.s.close();
        let told = self.reference.close();
        for wait in &mut self.waits {
            if told.contains(&wait.id) {
                wait.stage = Stage::Told;
            }
        }
    }

    /// Compares all that can be seen.
    fn check(&mut self) {
        let before = self.reference.granted;
        match self.fairness {
            Fairness::Strict => self.reference.serve(),
            Fairness::Throughput => {
                let queued = self.s.waiters();
                assert!(queued <= self.reference.line.len(), "{:?}", self.log);
                self.reference.granted = self.reference.line.len() - queued;
                assert!(self.reference.granted >= before, "{:?}", self.log);
                if self.reference.granted > before {
                    assert!(self.reference.free() >= 0, "{:?}", self.log);
                }
            }
        }
        let reference = &self.reference;
        let seen = (
            self.s.available_permits(),
            self.s.max_permits(),
            self.s.in_use(),
            self.s.waiters(),
            self.s.is_closed(),
        );
        let expected = (
            reference.free().max(0).cast_unsigned(),
            reference.max,
            reference.in_use(),
            reference.queued(),
            reference.closed,
        );
        assert_eq!(seen, expected, "{:?}", self.log);
        for wait in &self.waits {
            self.check_wakers(wait);
        }
    }

    fn check_wakers(&self, wait: &Wait<D>) {
        let reference = &self.reference;
        let state = (wait.is_woken(), wait.current.alive());
        // Polled with none, or woken and the waker used up, or in line with one.
        let (idle, woken, waiting) = ((false, 0), (true, 0), (false, 1));
        let expected = match wait.stage {
            Stage::Unpolled => idle,
            Stage::Told => woken,
            Stage::InLine => {
                let place = reference.place(wait.id).unwrap();
                let at_front = place == reference.granted;
                if place < reference.granted {
                    woken
                } else if self.fairness == Fairness::Throughput && at_front {
                    // It has to be on its way when it can be served, and may be when it could.
                    if reference.has(wait.need) {
                        woken
                    } else if state == woken {
                        state
                    } else {
                        waiting
                    }
                } else {
                    waiting
                }
            }
        };
        assert_eq!(state, expected, "#{} {:?}", wait.id, self.log);
    }

    /// Enough for everybody: all that wait are served, or told, and nothing is left over.
    pub fn finish(mut self) {
        self.permits.clear();
        self.reference.held = 0;
        self.check();
        self.reference.max = MOST;
        self.s.resize(MOST);
        self.check();
        let rounds = 2 * self.waits.len() + 1;
        for _ in 0..rounds {
            while let Some(at) = self
                .waits
                .iter()
                .position(|wait| wait.is_woken() || wait.stage == Stage::Unpolled)
            {
                self.poll(at);
                self.check();
                self.permits.clear();
                self.reference.held = 0;
                self.check();
            }
        }
        assert!(self.waits.is_empty(), "starved: {:?}", self.log);
        assert_numbers(self.s, MOST, MOST, 0, 0);
        assert!(self.spies.iter().all(|spy| spy.alive() == 0));
    }
}

fn show<T, E>(result: &Poll<Result<T, E>>) -> &'static str {
    match result {
        Poll::Pending => "pending",
        Poll::Ready(Ok(_)) => "served",
        Poll::Ready(Err(_)) => "told",
    }
}
