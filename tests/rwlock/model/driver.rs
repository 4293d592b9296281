//! Does the same to a lock and to the reference, and compares.

use std::{pin::Pin, task::Poll};

use compio_sync::{
    Fairness,
    generic::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard, Upgrade},
};
use fastrand::Rng;

use super::reference::{Kind, Reference, Waits};
use crate::common::{Form, Spy, Task, assert_at_rest, fixed};

/// So many wait at a time.
const MOST: usize = 6;

enum Guard<D: Form> {
    Read(RwLockReadGuard<'static, D, u32>),
    Upgradable(RwLockUpgradableReadGuard<'static, D, u32>),
    Write(RwLockWriteGuard<'static, D, u32>),
}

impl<D: Form> Guard<D> {
    fn kind(&self) -> Kind {
        match self {
            Self::Read(_) => Kind::Read,
            Self::Upgradable(_) => Kind::Upgradable,
            Self::Write(_) => Kind::Write,
        }
    }

    fn value(&self) -> u32 {
        match self {
            Self::Read(guard) => **guard,
            Self::Upgradable(guard) => **guard,
            Self::Write(guard) => **guard,
        }
    }
}

type Waiting<D> = Task<Pin<Box<dyn Future<Output = Guard<D>>>>>;

/// One wait. Its task is polled with the `current` waker.
struct Wait<D: Form> {
    id: usize,
    kind: Kind,
    task: Waiting<D>,
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

pub struct Driver<D: Form> {
    l: &'static RwLock<D, u32>,
    reference: Reference,
    fairness: Fairness,
    rng: Rng,
    waits: Vec<Wait<D>>,
    guards: Vec<Guard<D>>,
    upgrade: Option<Task<Upgrade<'static, D, u32>>>,
    spies: Vec<Spy>,
    value: u32,
    next_id: usize,
    log: Vec<String>,
}

impl<D: Form> Driver<D> {
    pub fn new(fairness: Fairness, seed: u64) -> Self {
        Self {
            l: fixed(fairness),
            reference: Reference::default(),
            fairness,
            rng: Rng::with_seed(seed),
            waits: Vec::new(),
            guards: Vec::new(),
            upgrade: None,
            spies: Vec::new(),
            value: 0,
            next_id: 0,
            log: Vec::new(),
        }
    }

    pub fn step(&mut self) {
        match self.rng.u32(0..100) {
            // Few at a time, so that they meet in many ways.
            0..25 => {
                if self.waits.len() < MOST {
                    let kind = self.any_kind();
                    self.arrive(kind);
                }
            }
            25..52 => self.poll_any(),
            52..60 => self.cancel_any(),
            60..75 => self.release_any(),
            75..82 => self.downgrade_any(),
            82..88 => self.start_upgrade(),
            88..92 => self.poll_upgrade(),
            92..94 => self.cancel_upgrade(),
            _ => self.try_any(),
        }
        self.check();
    }

    fn note(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }

    fn any_kind(&mut self) -> Kind {
        match self.rng.u32(0..5) {
            0..3 => Kind::Read,
            3 => Kind::Upgradable,
            _ => Kind::Write,
        }
    }

    fn arrive(&mut self, kind: Kind) {
        let (id, l) = (self.next_id, self.l);
        self.next_id += 1;
        self.note(format!("new #{id} to {kind:?}"));
        let spy = Spy::new();
        self.spies.push(spy.clone());
        let future: Pin<Box<dyn Future<Output = Guard<D>>>> = match kind {
            Kind::Read => Box::pin(async move { Guard::Read(l.read().await) }),
            Kind::Upgradable => Box::pin(async { Guard::Upgradable(l.upgradable_read().await) }),
            Kind::Write => Box::pin(async move { Guard::Write(l.write().await) }),
        };
        self.waits.push(Wait {
            id,
            kind,
            task: Task::watched(future, spy.clone()),
            current: spy,
            seen: 0,
            in_line: false,
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
            self.note("moved");
        }
        self.poll(at);
    }

    fn poll(&mut self, at: usize) {
        let wait = &mut self.waits[at];
        let (id, kind, in_line, was_woken) = (wait.id, wait.kind, wait.in_line, wait.is_woken());
        let spy = wait.current.clone();
        wait.seen = spy.wakes();
        let result = wait.task.poll_as(&spy);
        self.note(format!("poll #{id}: {}", result.is_ready()));
        let place = self.reference.place(id);
        let granted = place.is_some_and(|place| place < self.reference.granted);
        let fits = self.reference.fits(kind);
        let front = self.reference.front();
        match result {
            Poll::Ready(guard) => {
                assert!(granted || fits, "{:?}", self.log);
                assert!(
                    granted || !in_line || self.fairness == Fairness::Throughput,
                    "{:?}",
                    self.log
                );
                if !in_line {
                    self.may_pass();
                }
                if let Some(place) = place {
                    self.reference.leave(place);
                }
                self.waits.swap_remove(at);
                self.hold(guard);
            }
            Poll::Pending => {
                assert!(!granted, "{:?}", self.log);
                let first = front.is_none_or(|front| front.id == id);
                assert!(!(first && fits), "{:?}", self.log);
                if front.is_some_and(|front| front.id == id) && was_woken {
                    self.waits[at].in_vain += 1;
                }
                if !in_line {
                    self.reference.line.push_back(Waits { id, kind });
                    self.waits[at].in_line = true;
                }
            }
        }
    }

    fn hold(&mut self, mut guard: Guard<D>) {
        assert_eq!(guard.value(), self.value, "{:?}", self.log);
        if let Guard::Write(guard) = &mut guard {
            self.value += 1;
            **guard = self.value;
        }
        self.reference.held.push(guard.kind());
        self.guards.push(guard);
    }

    /// A newcomer got in: was nobody in line who should have been let in first?
    fn may_pass(&self) {
        if let Some(front) = self.reference.front() {
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
        self.note(format!("drop #{}", wait.id));
        if let Some(place) = self.reference.place(wait.id) {
            self.reference.leave(place);
        }
        wait.task.cancel();
        assert_eq!(wait.current.alive(), 0, "{:?}", self.log);
    }

    fn any_guard(&mut self) -> Option<Guard<D>> {
        if self.guards.is_empty() {
            return None;
        }
        let at = self.rng.usize(0..self.guards.len());
        Some(self.guards.swap_remove(at))
    }

    fn release_any(&mut self) {
        if let Some(guard) = self.any_guard() {
            self.note(format!("leave {:?}", guard.kind()));
            self.reference.change(guard.kind(), None);
        }
    }

    fn downgrade_any(&mut self) {
        let Some(guard) = self.any_guard() else {
            return;
        };
        let kind = guard.kind();
        let lesser = match guard {
            Guard::Write(guard) if self.rng.bool() => {
                Guard::Upgradable(RwLockWriteGuard::downgrade_to_upgradable(guard))
            }
            Guard::Write(guard) => Guard::Read(RwLockWriteGuard::downgrade(guard)),
            Guard::Upgradable(guard) => Guard::Read(RwLockUpgradableReadGuard::downgrade(guard)),
            guard @ Guard::Read(_) => return self.guards.push(guard),
        };
        self.note(format!("{kind:?} to {:?}", lesser.kind()));
        assert_eq!(lesser.value(), self.value, "{:?}", self.log);
        self.reference.change(kind, Some(lesser.kind()));
        self.guards.push(lesser);
    }

    fn upgradable(&mut self) -> Option<RwLockUpgradableReadGuard<'static, D, u32>> {
        let is_it = |guard: &Guard<D>| matches!(guard, Guard::Upgradable(_));
        let at = self.guards.iter().position(is_it)?;
        match self.guards.swap_remove(at) {
            Guard::Upgradable(guard) => Some(guard),
            _ => None,
        }
    }

    fn start_upgrade(&mut self) {
        let Some(guard) = self.upgradable() else {
            return;
        };
        if self.rng.bool() {
            let drained = self.reference.is_drained();
            self.note(format!("try upgrade: {drained}"));
            match RwLockUpgradableReadGuard::try_upgrade(guard) {
                Ok(guard) => {
                    assert!(drained, "{:?}", self.log);
                    self.reference.change(Kind::Upgradable, None);
                    self.hold(Guard::Write(guard));
                }
                Err(guard) => {
                    assert!(!drained, "{:?}", self.log);
                    self.guards.push(Guard::Upgradable(guard));
                }
            }
            return;
        }
        self.note("new upgrade");
        let task = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
        self.spies.push(task.spy().clone());
        assert!(self.upgrade.replace(task).is_none(), "{:?}", self.log);
        if self.rng.u32(0..10) > 0 {
            self.poll_upgrade();
        }
    }

    fn poll_upgrade(&mut self) {
        let Some(task) = &mut self.upgrade else {
            return;
        };
        let drained = self.reference.is_drained();
        let result = task.poll();
        self.note(format!("poll upgrade: {}", result.is_ready()));
        assert_eq!(result.is_ready(), drained, "{:?}", self.log);
        self.reference.upgrading = !drained;
        if let Poll::Ready(guard) = result {
            self.upgrade = None;
            self.reference.change(Kind::Upgradable, None);
            self.hold(Guard::Write(guard));
        }
    }

    fn cancel_upgrade(&mut self) {
        if let Some(mut task) = self.upgrade.take() {
            self.note("drop upgrade");
            task.cancel();
            assert_eq!(task.spy().alive(), 0, "{:?}", self.log);
            self.reference.upgrading = false;
            self.reference.change(Kind::Upgradable, None);
        }
    }

    fn try_any(&mut self) {
        let kind = self.any_kind();
        let guard = match kind {
            Kind::Read => self.l.try_read().map(Guard::Read),
            Kind::Upgradable => self.l.try_upgradable_read().map(Guard::Upgradable),
            Kind::Write => self.l.try_write().map(Guard::Write),
        };
        self.note(format!("try {kind:?}: {}", guard.is_some()));
        let fits = self.reference.fits(kind);
        match guard {
            Some(guard) => {
                assert!(fits, "{:?}", self.log);
                self.may_pass();
                self.hold(guard);
            }
            None => assert!(!fits || self.reference.front().is_some(), "{:?}", self.log),
        }
    }

    /// Compares all that can be seen.
    fn check(&mut self) {
        let waiters = self.l.waiters();
        match self.fairness {
            Fairness::Strict => self.reference.serve(),
            Fairness::Throughput => {
                let before = self.reference.granted;
                assert!(waiters <= self.reference.line.len(), "{:?}", self.log);
                // One by one: each has to fit beside those before.
                while self.reference.line.len() - self.reference.granted > waiters {
                    let front = self.reference.front().unwrap();
                    assert!(self.reference.fits(front.kind), "{:?}", self.log);
                    self.reference.granted += 1;
                }
                assert!(self.reference.granted >= before, "{:?}", self.log);
            }
        }
        let queued = self.reference.line.len() - self.reference.granted;
        assert_eq!(waiters, queued, "{:?}", self.log);
        for guard in &self.guards {
            assert_eq!(guard.value(), self.value, "{:?}", self.log);
        }
        for wait in &self.waits {
            self.check_waker(wait);
        }
        if let Some(task) = &self.upgrade {
            let granted = self.reference.upgrading && self.reference.is_drained();
            let alive = self.reference.upgrading && !granted;
            assert_eq!(
                (task.wakes(), task.spy().alive()),
                (usize::from(granted), usize::from(alive)),
                "the upgrade: {:?}",
                self.log
            );
        }
    }

    fn check_waker(&self, wait: &Wait<D>) {
        let reference = &self.reference;
        // Polled with none, or woken and the waker used up, or in line with one.
        let (idle, woken, waiting) = ((false, 0), (true, 0), (false, 1));
        let state = (wait.is_woken(), wait.current.alive());
        let expected = if !wait.in_line {
            idle
        } else {
            let place = reference.place(wait.id).unwrap();
            if place < reference.granted {
                woken
            } else if self.fairness == Fairness::Throughput && place == reference.granted {
                // It has to be on its way when there is room, and may be when there was.
                if reference.fits(wait.kind) || state == woken {
                    woken
                } else {
                    waiting
                }
            } else {
                waiting
            }
        };
        assert_eq!(state, expected, "#{} {:?}", wait.id, self.log);
    }

    fn release_all(&mut self) {
        self.guards.clear();
        self.reference.held.clear();
        if self.upgrade.is_some() {
            self.reference.held.push(Kind::Upgradable);
        }
    }

    /// All that wait are let in, each after a wake.
    pub fn finish(mut self) {
        self.note("finish");
        loop {
            self.release_all();
            self.check();
            if self.upgrade.is_some() && self.reference.is_drained() {
                self.poll_upgrade();
                continue;
            }
            let next = |wait: &Wait<D>| wait.is_woken() || !wait.in_line;
            match self.waits.iter().position(next) {
                Some(at) => self.poll(at),
                None => break,
            }
        }
        assert!(self.waits.is_empty(), "starved: {:?}", self.log);
        assert!(self.upgrade.is_none(), "starved: {:?}", self.log);
        assert_at_rest(self.l);
        assert!(self.spies.iter().all(|spy| spy.alive() == 0));
    }
}
