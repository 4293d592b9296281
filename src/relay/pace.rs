//! How many tasks the drain wakes before others have their turn.

use std::time::{Duration, Instant};

/// compio polls up to 61 of the tasks that are ready, then looks at its driver. Where more are
/// ready, it does so with a wait that has no time to wait, and io_uring goes through all that
/// belongs to one: a timer is set and fires at once, which takes as long as dozens of tasks. But
/// compio does not wait when a task has been woken since it looked last. So the drain wakes no more
/// tasks than can run, with itself, between two looks, and again some before the next.
///
/// Where rounds take long, others are running, or these have much to do, and the wait is not what
/// matters; then the mail is handed out in greater steps.
pub(super) struct Pace {
    step: usize,
    /// When a step ended that was not the last of its mail.
    paused: Option<Instant>,
}

/// Fewer than compio polls between two looks, by the drain and some others.
const STEP: usize = 56;

const LONGEST_STEP: usize = 1024;

/// What a step takes where nobody else runs, many times over; to it a wait adds next to nothing.
const LONG: Duration = Duration::from_micros(500);

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            step: STEP,
            paused: None,
        }
    }

    /// How many to wake now.
    pub(super) fn step(&mut self) -> usize {
        self.step = match self.paused.take() {
            Some(then) if then.elapsed() > LONG => LONGEST_STEP.min(self.step * 2),
            _ => STEP,
        };
        self.step
    }

    /// There is more to be woken after the others' turn.
    pub(super) fn pause(&mut self) {
        self.paused = Some(Instant::now());
    }
}
