//! Random operations against a model that is too simple to be wrong.

use std::{collections::VecDeque, task::Poll};

use compio_sync::{
    Fairness,
    generic::{Lock, Mutex, MutexGuard},
};
use fastrand::Rng;

use crate::common::{Form, Seed, Spy, Task, fixed, seeds};

suite! {
    both: agrees_with_the_reference_after_every_step;
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

/// So many wait at a time.
const MOST: usize = 6;

struct Wait<D: Form> {
    id: usize,
    task: Task<Lock<'static, D, u32>>,
    current: Spy,
    /// Wakes of the current waker when it was polled last.
    seen: usize,
    in_line: bool,
    /// How often it was the front, was woken, and came in vain.
    in_vain: usize,
}

impl<D: Form> Wait<D> {
    fn is_woken(&self) -> bool {
        self.current.wakes() > self.seen
    }
}

/// Under `Strict` the model knows what has to happen. Under `Throughput` it asks how many are in
/// line, and checks that this is a legal outcome.
struct Driver<D: Form> {
    m: &'static Mutex<D, u32>,
    fairness: Fairness,
    rng: Rng,
    waits: Vec<Wait<D>>,
    spies: Vec<Spy>,
    guard: Option<MutexGuard<'static, D, u32>>,
    /// Those in line, in order of arrival. The first has been handed the lock if `granted`.
    line: VecDeque<usize>,
    granted: bool,
    value: u32,
    next_id: usize,
    log: Vec<String>,
}

impl<D: Form> Driver<D> {
    fn new(fairness: Fairness, seed: u64) -> Self {
        Self {
            m: fixed(fairness),
            fairness,
            rng: Rng::with_seed(seed),
            waits: Vec::new(),
            spies: Vec::new(),
            guard: None,
            line: VecDeque::new(),
            granted: false,
            value: 0,
            next_id: 0,
            log: Vec::new(),
        }
    }

    fn is_free(&self) -> bool {
        self.guard.is_none() && !self.granted
    }

    fn step(&mut self) {
        match self.rng.u32(0..100) {
            // Few at a time, so that they meet in many ways.
            0..30 if self.waits.len() < MOST => self.arrive(),
            0..65 => self.poll_any(),
            65..77 => self.cancel_any(),
            77..92 => self.unlock(),
            92..98 => self.try_lock(),
            _ => {
                let shown = format!("{:?}", self.m).contains("<locked>");
                let may_be = self.line.is_empty() || self.fairness == Fairness::Throughput;
                assert!(shown || self.is_free() && may_be, "{:?}", self.log);
            }
        }
        self.check();
    }

    fn arrive(&mut self) {
        let spy = Spy::new();
        self.spies.push(spy.clone());
        self.log.push(format!("new #{}", self.next_id));
        self.waits.push(Wait {
            id: self.next_id,
            task: Task::watched(self.m.lock(), spy.clone()),
            current: spy,
            seen: 0,
            in_line: false,
            in_vain: 0,
        });
        self.next_id += 1;
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
            self.log.push("moved".into());
        }
        self.poll(at);
    }

    fn poll(&mut self, at: usize) {
        let wait = &mut self.waits[at];
        let (id, in_line, was_woken) = (wait.id, wait.in_line, wait.is_woken());
        let spy = wait.current.clone();
        wait.seen = spy.wakes();
        let result = wait.task.poll_as(&spy);
        self.log.push(format!("poll #{id}: {}", result.is_ready()));
        let is_front = self.line.front() == Some(&id);
        let granted = is_front && self.granted;
        match result {
            Poll::Ready(guard) => {
                assert!(granted || self.is_free(), "{:?}", self.log);
                if in_line {
                    assert!(
                        granted || self.fairness == Fairness::Throughput,
                        "{:?}",
                        self.log
                    );
                    self.line.retain(|other| *other != id);
                    self.granted &= !granted;
                } else {
                    self.may_pass();
                }
                self.waits.swap_remove(at);
                self.hold(guard);
            }
            Poll::Pending => {
                assert!(!granted, "{:?}", self.log);
                let first = is_front || self.line.is_empty();
                assert!(!(first && self.is_free()), "{:?}", self.log);
                if is_front && was_woken {
                    self.waits[at].in_vain += 1;
                }
                if !in_line {
                    self.line.push_back(id);
                    self.waits[at].in_line = true;
                }
            }
        }
    }

    fn hold(&mut self, mut guard: MutexGuard<'static, D, u32>) {
        assert_eq!(*guard, self.value, "{:?}", self.log);
        self.value += 1;
        *guard = self.value;
        assert!(self.guard.replace(guard).is_none(), "{:?}", self.log);
    }

    /// A newcomer got it: was nobody in line who should have had it first?
    fn may_pass(&self) {
        if let Some(front) = self.line.front() {
            assert_eq!(self.fairness, Fairness::Throughput, "{:?}", self.log);
            let front = self.waits.iter().find(|wait| wait.id == *front).unwrap();
            assert!(front.in_vain < Fairness::MAX_PASSES, "{:?}", self.log);
        }
    }

    fn cancel_any(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.waits.len());
        let mut wait = self.waits.swap_remove(at);
        self.log.push(format!("drop #{}", wait.id));
        self.granted &= self.line.front() != Some(&wait.id);
        self.line.retain(|other| *other != wait.id);
        wait.task.cancel();
        assert_eq!(wait.current.alive(), 0, "{:?}", self.log);
    }

    fn unlock(&mut self) {
        self.log.push("unlock".into());
        self.guard = None;
    }

    fn try_lock(&mut self) {
        let guard = self.m.try_lock();
        self.log.push(format!("try: {}", guard.is_some()));
        match guard {
            Some(guard) => {
                assert!(self.is_free(), "{:?}", self.log);
                self.may_pass();
                self.hold(guard);
            }
            None => assert!(!self.is_free() || !self.line.is_empty(), "{:?}", self.log),
        }
    }

    /// Compares all that can be seen.
    fn check(&mut self) {
        let waiters = self.m.waiters();
        match self.fairness {
            Fairness::Strict => {
                self.granted |= self.guard.is_none() && !self.line.is_empty();
            }
            Fairness::Throughput => {
                assert!(waiters <= self.line.len(), "{:?}", self.log);
                let granted = waiters < self.line.len();
                assert!(granted || !self.granted, "{:?}", self.log);
                assert!(!granted || self.guard.is_none(), "{:?}", self.log);
                self.granted = granted;
            }
        }
        let queued = self.line.len() - usize::from(self.granted);
        assert_eq!(
            (self.m.is_locked(), waiters),
            (!self.is_free(), queued),
            "{:?}",
            self.log
        );
        for wait in &self.waits {
            self.check_waker(wait);
        }
    }

    fn check_waker(&self, wait: &Wait<D>) {
        // Polled with none, or woken and the waker used up, or in line with one.
        let (idle, woken, waiting) = ((false, 0), (true, 0), (false, 1));
        let state = (wait.is_woken(), wait.current.alive());
        let is_front = self.line.front() == Some(&wait.id);
        let expected = if !wait.in_line {
            idle
        } else if is_front && (self.granted || self.is_free()) {
            woken
        } else if is_front && self.fairness == Fairness::Throughput && state == woken {
            // It was free, and is on its way.
            woken
        } else {
            waiting
        };
        assert_eq!(state, expected, "#{} {:?}", wait.id, self.log);
    }

    /// All that wait are served, each after a wake.
    fn finish(mut self) {
        self.unlock();
        self.check();
        while let Some(at) = self
            .waits
            .iter()
            .position(|wait| wait.is_woken() || !wait.in_line)
        {
            self.poll(at);
            self.check();
            self.unlock();
            self.check();
        }
        assert!(self.waits.is_empty(), "starved: {:?}", self.log);
        assert_eq!((self.m.is_locked(), self.m.waiters()), (false, 0));
        assert!(self.spies.iter().all(|spy| spy.alive() == 0));
    }
}
