//! The reference: who is in, who is in line, and the rules in their plainest form.

use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Upgradable,
    Write,
}

/// Who waits: its name, and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    pub id: usize,
    pub kind: Kind,
}

/// A lock as the documentation describes it.
#[derive(Debug, Default)]
pub struct Reference {
    /// What somebody has a guard of.
    pub held: Vec<Kind>,
    /// The upgradable one has asked for more. It is among `held`.
    pub upgrading: bool,
    /// In order of arrival. The first `granted` have been let in, and have not been polled since.
    pub line: VecDeque<Waits>,
    pub granted: usize,
}

impl Reference {
    pub fn inside(&self) -> impl Iterator<Item = Kind> {
        let granted = self.line.iter().take(self.granted);
        self.held.iter().copied().chain(granted.map(|w| w.kind))
    }

    /// Whether there is room beside those who are inside.
    pub fn fits(&self, kind: Kind) -> bool {
        !self.upgrading
            && self.inside().all(|other| {
                kind != Kind::Write
                    && other != Kind::Write
                    && (kind == Kind::Read || other == Kind::Read)
            })
    }

    /// Whether the upgradable one is alone.
    pub fn is_drained(&self) -> bool {
        self.inside().all(|kind| kind != Kind::Read)
    }

    pub fn front(&self) -> Option<Waits> {
        self.line.get(self.granted).copied()
    }

    pub fn place(&self, id: usize) -> Option<usize> {
        self.line.iter().position(|w| w.id == id)
    }

    /// Strict: the front is let in, for as long as there is room.
    pub fn serve(&mut self) {
        while self.front().is_some_and(|front| self.fits(front.kind)) {
            self.granted += 1;
        }
    }

    /// Takes somebody out of line.
    pub fn leave(&mut self, place: usize) {
        self.line.remove(place);
        self.granted -= usize::from(place < self.granted);
    }

    /// One of `kind` leaves, or becomes another.
    pub fn change(&mut self, kind: Kind, to: Option<Kind>) {
        let at = self.held.iter().position(|held| *held == kind).unwrap();
        self.held.swap_remove(at);
        self.held.extend(to);
    }
}
