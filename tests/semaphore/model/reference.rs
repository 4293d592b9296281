//! The reference: a queue, three numbers, and the rules in their plainest form.

use std::collections::VecDeque;

/// Who waits: its name, and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    pub id: usize,
    pub need: usize,
}

/// A semaphore as the documentation describes it.
#[derive(Debug)]
pub struct Reference {
    pub max: usize,
    /// In permits that somebody has.
    pub held: usize,
    pub closed: bool,
    /// In order of arrival. The first `granted` have been handed what they asked for, and have not
    /// been polled since.
    pub line: VecDeque<Waits>,
    pub granted: usize,
}

impl Reference {
    pub fn new(max: usize) -> Self {
        Self {
            max,
            held: 0,
            closed: false,
            line: VecDeque::new(),
            granted: 0,
        }
    }

    pub fn in_use(&self) -> usize {
        let granted: usize = self.line.iter().take(self.granted).map(|w| w.need).sum();
        self.held + granted
    }

    /// Below zero is what is owed to a reduction.
    pub fn free(&self) -> isize {
        self.max.cast_signed() - self.in_use().cast_signed()
    }

    pub fn has(&self, n: usize) -> bool {
        !self.closed && (n == 0 || self.free() >= n.cast_signed())
    }

    pub fn queued(&self) -> usize {
        self.line.len() - self.granted
    }

    pub fn front(&self) -> Option<Waits> {
        self.line.get(self.granted).copied()
    }

    pub fn place(&self, id: usize) -> Option<usize> {
        self.line.iter().position(|w| w.id == id)
    }

    /// Strict: the front gets what is free, as long as it suffices.
    pub fn serve(&mut self) {
        while self.front().is_some_and(|front| self.has(front.need)) {
            self.granted += 1;
        }
    }

    /// Takes somebody out of line; whether it had been granted.
    pub fn leave(&mut self, place: usize) -> bool {
        self.line.remove(place);
        let granted = place < self.granted;
        self.granted -= usize::from(granted);
        granted
    }

    pub fn reduce(&mut self, n: usize) -> usize {
        let taken = n.min(self.max);
        self.max -= taken;
        taken
    }

    pub fn forget_free(&mut self, n: usize) -> usize {
        let taken = n.min(self.free().max(0).cast_unsigned());
        self.max -= taken;
        taken
    }

    pub fn forget_held(&mut self, n: usize) {
        self.held -= n;
        // What a reduction has taken away already is not taken away twice.
        self.max = self.max.saturating_sub(n);
    }

    /// Those in line who had not been granted, and are told.
    pub fn close(&mut self) -> Vec<usize> {
        self.closed = true;
        self.line.drain(self.granted..).map(|w| w.id).collect()
    }
}
