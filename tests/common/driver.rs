//! Waits for one primitive, together with what a plain model says of each.
//!
//! The model is a list of ids and a word for each wait. What a primitive's own operations do to it,
//! its suite says with [`Driver::release_all`] and the like; that everybody who was released was
//! woken once, by the waker that it had last, and nobody else, is checked here.

use std::{collections::VecDeque, pin::Pin, task::Poll};

use fastrand::Rng;

use super::{Spy, Task};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not in line yet.
    Unpolled,
    InLine,
    /// Released by what was for one.
    Granted,
    /// Released with others, or for good.
    Over,
}

struct Waiting<F: Future> {
    id: usize,
    stage: Stage,
    task: Task<F>,
    /// What it was polled with last, with the wakes that this should have seen.
    waker: Option<(Spy, usize)>,
}

impl<F: Future> Waiting<F> {
    fn release(&mut self, stage: Stage) {
        if let Some((_, wakes)) = &mut self.waker
            && self.stage == Stage::InLine
        {
            *wakes += 1;
        }
        self.stage = stage;
    }
}

pub struct Driver<F: Future> {
    pub rng: Rng,
    waits: Vec<Waiting<F>>,
    line: VecDeque<usize>,
    /// Wakers that were replaced, or whose waits are no more, with their wakes.
    old: Vec<(Spy, usize)>,
    next: usize,
    log: Vec<String>,
}

impl<F: Future> Driver<F> {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            waits: Vec::new(),
            line: VecDeque::new(),
            old: Vec::new(),
            next: 0,
            log: Vec::new(),
        }
    }

    pub fn note(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// How many are in line.
    pub fn in_line(&self) -> usize {
        self.line.len()
    }

    pub fn len(&self) -> usize {
        self.waits.len()
    }

    /// A new wait, which may be over from the start.
    pub fn arrive(&mut self, future: F, over: bool) {
        let id = self.next;
        self.next += 1;
        self.note(format!("new #{id}"));
        self.waits.push(Waiting {
            id,
            stage: if over { Stage::Over } else { Stage::Unpolled },
            task: Task::new(future),
            waker: None,
        });
    }

    fn any(&mut self) -> Option<usize> {
        (!self.waits.is_empty()).then(|| self.rng.usize(0..self.waits.len()))
    }

    /// Polls one of them, mostly with the waker that it had. One that is not in line yet is ready
    /// if `now` says so, which is told whether nobody is in line. Gives what it was and what it
    /// gave, if it was ready.
    pub fn poll_any(&mut self, now: impl FnOnce(bool) -> bool) -> Option<(Stage, F::Output)> {
        let at = self.any()?;
        let moved = self.rng.u32(0..4) == 0;
        let nobody = self.line.is_empty();
        let wait = &mut self.waits[at];
        let stage = wait.stage;
        let (id, before) = (wait.id, wait.waker.take());
        let (spy, wakes) = match &before {
            Some((spy, wakes)) if !moved => (spy.clone(), *wakes),
            _ => (Spy::new(), 0),
        };
        self.old.extend(before.filter(|_| moved));
        let expected = match stage {
            Stage::Unpolled => now(nobody),
            Stage::InLine => false,
            Stage::Granted | Stage::Over => true,
        };
        let poll = wait.task.poll_as(&spy);
        let wait = &mut self.waits[at];
        wait.waker = Some((spy, wakes));
        self.log
            .push(format!("poll #{id} {stage:?}: {}", poll.is_ready()));
        assert_eq!(poll.is_ready(), expected, "{:?}", self.log);
        match poll {
            Poll::Ready(output) => {
                let wait = self.waits.swap_remove(at);
                self.old.extend(wait.waker);
                Some((stage, output))
            }
            Poll::Pending => {
                self.get_in_line(at);
                None
            }
        }
    }

    /// Gets one of them in line without a waker, by `enable`; `now` is as for
    /// [`poll_any`](Self::poll_any). Gives what it was, if it is over.
    pub fn enable_any(
        &mut self,
        enable: impl FnOnce(Pin<&mut F>) -> bool,
        now: impl FnOnce(bool) -> bool,
    ) -> Option<Stage> {
        let at = self.any()?;
        let nobody = self.line.is_empty();
        let wait = &mut self.waits[at];
        let stage = wait.stage;
        let expected = match stage {
            Stage::Unpolled => now(nobody),
            Stage::InLine => false,
            Stage::Granted | Stage::Over => true,
        };
        let enabled = enable(wait.task.future());
        self.log
            .push(format!("enable #{} {stage:?}: {enabled}", wait.id));
        assert_eq!(enabled, expected, "{:?}", self.log);
        if enabled {
            self.waits[at].stage = Stage::Over;
            return Some(stage);
        }
        self.get_in_line(at);
        None
    }

    fn get_in_line(&mut self, at: usize) {
        let wait = &mut self.waits[at];
        if wait.stage == Stage::Unpolled {
            wait.stage = Stage::InLine;
            self.line.push_back(wait.id);
        }
    }

    /// Drops one of them. Gives what it was.
    pub fn cancel_any(&mut self) -> Option<Stage> {
        let at = self.any()?;
        let wait = self.waits.swap_remove(at);
        self.note(format!("drop #{} {:?}", wait.id, wait.stage));
        self.line.retain(|id| *id != wait.id);
        self.old.extend(wait.waker);
        drop(wait.task);
        Some(wait.stage)
    }

    /// All that exist are over.
    pub fn release_all(&mut self) {
        for wait in &mut self.waits {
            if matches!(wait.stage, Stage::Unpolled | Stage::InLine) {
                wait.release(Stage::Over);
            }
        }
        self.line.clear();
    }

    /// All that are in line are over.
    pub fn release_line(&mut self) {
        for wait in &mut self.waits {
            if wait.stage == Stage::InLine {
                wait.release(Stage::Over);
            }
        }
        self.line.clear();
    }

    /// The first in line is granted. False when nobody is in line.
    pub fn release_first(&mut self) -> bool {
        let first = self.line.pop_front();
        self.grant(first)
    }

    /// The last in line is granted. False when nobody is in line.
    pub fn release_last(&mut self) -> bool {
        let last = self.line.pop_back();
        self.grant(last)
    }

    fn grant(&mut self, id: Option<usize>) -> bool {
        let wait = self.waits.iter_mut().find(|wait| Some(wait.id) == id);
        wait.map(|wait| wait.release(Stage::Granted)).is_some()
    }

    /// Compares all that can be seen without a change.
    pub fn check(&self, waiters: usize) {
        assert_eq!(waiters, self.line.len(), "{:?}", self.log);
        for wait in &self.waits {
            if let Some((spy, wakes)) = &wait.waker {
                let alive = usize::from(wait.stage == Stage::InLine);
                assert_eq!(
                    (spy.wakes(), spy.alive()),
                    (*wakes, alive),
                    "(wakes, wakers) of #{}, {:?}",
                    wait.id,
                    self.log
                );
            }
        }
        for (spy, wakes) in &self.old {
            assert_eq!((spy.wakes(), spy.alive()), (*wakes, 0), "{:?}", self.log);
        }
    }
}
