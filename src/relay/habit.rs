//! How long a relay stays awake after it has emptied the box.

use super::bell::slept;

/// While the drain is awake nobody has to ring, which costs the others no system call; but as long
/// as it is, its runtime does not go to sleep either. So it stays awake for some rounds of a
/// runtime that is busy anyway, and not at all in one that would sleep.
///
/// Which of the two it is can be seen afterwards: a thread that has not gone to sleep in the kernel
/// between the hanging up of the bell and the ring was busy all along. To see that takes a system
/// call, so it is looked at now and then.
pub(super) struct Habit {
    is_busy: bool,
    /// How many more rounds it stays awake.
    rounds: u8,
    /// How many rings there will be until the next look.
    skip: u8,
    /// How often the thread had slept when the bell was hung up, if this ring is looked at.
    before: Option<u64>,
}

/// How many rings of a runtime that sleeps there are to a look.
const PERIOD: u8 = 32;

/// How many rounds without mail a busy one has to the next ring.
const ROUNDS: u8 = 32;

impl Habit {
    pub(super) fn new() -> Self {
        Self {
            is_busy: false,
            rounds: 0,
            skip: 0,
            before: None,
        }
    }

    /// There was mail.
    pub(super) fn mail(&mut self) {
        self.rounds = if self.is_busy { ROUNDS } else { 0 };
    }

    /// The box is empty. Whether to look again in the next round, without a bell.
    pub(super) fn stays_awake(&mut self) -> bool {
        match self.rounds.checked_sub(1) {
            Some(left) => {
                self.rounds = left;
                true
            }
            None => false,
        }
    }

    /// The bell is about to be hung up.
    pub(super) fn sleeps(&mut self) {
        if self.before.is_some() {
            // Mail came first.
            return;
        }
        match self.skip.checked_sub(1) {
            Some(left) if !self.is_busy => self.skip = left,
            _ => {
                self.skip = PERIOD;
                self.before = slept();
            }
        }
    }

    /// The drain was woken.
    pub(super) fn woken(&mut self) {
        if let Some(before) = self.before.take() {
            self.is_busy = slept() == Some(before);
        }
    }
}
