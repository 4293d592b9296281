//! The list of what is measured: every candidate with its rows, compiled for its type.

use crate::{
    candidate::{Candidate, Form, Info},
    footprint::{self, Footprint},
    rows::{self, Row, Run, floor},
    verify,
};

/// One row, ready to run for one candidate.
pub struct Case {
    pub row: &'static Row,
    pub run: Run,
}

/// One candidate in one form.
pub struct Entry {
    pub info: Info,
    pub form: Form,
    pub cases: Vec<Case>,
    /// Panics if the candidate does not do what the rows take for granted.
    pub verify: fn(),
    /// A floor has no semaphore to weigh.
    pub footprint: Option<fn() -> Footprint>,
}

#[derive(Default)]
pub struct Registry {
    pub entries: Vec<Entry>,
}

impl Registry {
    /// Adds a semaphore that several threads may share.
    pub fn shared<S: Candidate + Send + Sync>(&mut self) {
        self.entries.push(Entry {
            info: S::INFO,
            form: Form::Shared,
            cases: rows::shared::<S>(),
            verify: verify::shared::<S>,
            footprint: Some(footprint::of::<S>),
        });
    }

    /// Adds a semaphore for a single thread.
    pub fn local<S: Candidate>(&mut self) {
        self.entries.push(Entry {
            info: S::INFO,
            form: Form::Local,
            cases: rows::local::<S>(),
            verify: verify::local::<S>,
            footprint: Some(footprint::of::<S>),
        });
    }

    /// Adds the floors, which every other figure of their rows is compared with.
    pub fn floors(&mut self) {
        for floor in &floor::ALL {
            self.entries.push(Entry {
                info: floor.info,
                form: floor.form,
                cases: floor
                    .cases
                    .iter()
                    .map(|&(row, run)| Case { row, run })
                    .collect(),
                verify: floor.verify,
                footprint: None,
            });
        }
    }
}
