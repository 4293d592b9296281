//! Which doorbell suits a runtime, judged by what it was doing when the last ones rang.

use super::{
    Doorbell,
    bell::{Sleeps, slept},
};

/// The futex is the cheaper one for a runtime that sleeps; the waker costs no system call while it
/// is busy. Which of the two it is cannot be seen from another thread, but afterwards from its own:
/// one that has not gone to sleep in the kernel since it hung up the bell was busy all along.
///
/// That takes a system call, so it is looked at now and then.
pub(super) struct Habit {
    doorbell: Doorbell,
    /// How many rings there will be until the next look.
    skip: u8,
    /// How often the thread had slept when the bell was hung up, if this ring is looked at.
    before: Option<Sleeps>,
}

/// How many rings there are to a look.
const PERIOD: u8 = 16;

impl Habit {
    pub(super) fn new() -> Self {
        Self {
            doorbell: Doorbell::Futex,
            skip: 0,
            before: None,
        }
    }

    pub(super) fn doorbell(&self) -> Doorbell {
        self.doorbell
    }

    /// The bell is about to be hung up.
    pub(super) fn sleeps(&mut self) {
        if self.before.is_some() {
            // Mail came first.
            return;
        }
        match self.skip.checked_sub(1) {
            Some(left) => self.skip = left,
            None => {
                self.skip = PERIOD;
                self.before = Some(slept());
            }
        }
    }

    /// The drain was woken.
    pub(super) fn woken(&mut self) {
        if let Some(before) = self.before.take() {
            self.doorbell = if slept() == before {
                Doorbell::Waker
            } else {
                Doorbell::Futex
            };
        }
    }
}
