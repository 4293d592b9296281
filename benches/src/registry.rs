//! The list of what is measured: every candidate with its rows, compiled for its type.

use crate::{
    candidate::{
        Candidate, Form, Info, NotifyAll, NotifyOne, OnceCell, Parent, Primitive, RwLock,
        Semaphore, Token, Writing,
    },
    footprint::{self, Footprint},
    rows::{
        self, Row, Run,
        floor::{self, Floor},
        wake::{self, All, Cancel, One},
    },
    verify,
};

/// One row, ready to run for one candidate.
pub struct Case {
    pub row: &'static Row,
    pub run: Run,
}

/// One candidate in one form.
pub struct Entry {
    pub primitive: Primitive,
    pub info: Info,
    pub form: Form,
    pub cases: Vec<Case>,
    /// Panics if the candidate does not do what the rows take for granted.
    pub verify: fn(),
    /// A floor has nothing to weigh.
    pub footprint: Option<fn() -> Footprint>,
}

#[derive(Default)]
pub struct Registry {
    pub entries: Vec<Entry>,
}

impl Registry {
    /// Adds a semaphore that several threads may share.
    pub fn shared<S: Semaphore + Send + Sync>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Semaphore,
            info: S::INFO,
            form: Form::Shared,
            cases: rows::shared_semaphore::<S>(),
            verify: verify::shared_semaphore::<S>,
            footprint: Some(footprint::of::<S>),
        });
    }

    /// Adds a semaphore for a single thread.
    pub fn local<S: Semaphore>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Semaphore,
            info: S::INFO,
            form: Form::Local,
            cases: rows::semaphore::<S>(),
            verify: verify::semaphore::<S>,
            footprint: Some(footprint::of::<S>),
        });
    }

    pub fn shared_mutex<M: Candidate + Send + Sync>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Mutex,
            info: M::INFO,
            form: Form::Shared,
            cases: rows::shared_mutex::<M>(),
            verify: verify::shared_mutex::<M>,
            footprint: Some(footprint::of::<M>),
        });
    }

    pub fn local_mutex<M: Candidate>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Mutex,
            info: M::INFO,
            form: Form::Local,
            cases: rows::mutex::<M>(),
            verify: verify::mutex::<M>,
            footprint: Some(footprint::of::<M>),
        });
    }

    pub fn shared_rwlock<L: RwLock + Send + Sync>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Rwlock,
            info: L::INFO,
            form: Form::Shared,
            cases: rows::shared_rwlock::<L>(),
            verify: verify::shared_rwlock::<L>,
            footprint: Some(footprint::of::<Writing<L>>),
        });
    }

    pub fn local_rwlock<L: RwLock>(&mut self) {
        self.entries.push(Entry {
            primitive: Primitive::Rwlock,
            info: L::INFO,
            form: Form::Local,
            cases: rows::rwlock::<L>(),
            verify: verify::rwlock::<L>,
            footprint: Some(footprint::of::<Writing<L>>),
        });
    }

    /// Adds what wakes one or all, as it is asked. The rows are the same in both forms, as they run
    /// on one thread.
    pub fn notify<N: NotifyOne + NotifyAll>(&mut self, form: Form) {
        self.notify_one::<N>(form);
        self.notify_all::<N>(form);
    }

    /// Adds what wakes one at a time only.
    pub fn notify_one<N: NotifyOne>(&mut self, form: Form) {
        self.entries.push(Entry {
            primitive: Primitive::Notify,
            info: N::INFO,
            form,
            cases: wake::notify_one::<N>(),
            verify: verify::notify_one::<N>,
            footprint: Some(footprint::of_notify::<One<N>>),
        });
    }

    /// Adds what wakes all at once only.
    pub fn notify_all<N: NotifyAll>(&mut self, form: Form) {
        self.entries.push(Entry {
            primitive: Primitive::Notify,
            info: N::INFO,
            form,
            cases: wake::notify_all::<N>(),
            verify: verify::notify_all::<N>,
            footprint: Some(footprint::of_notify::<All<N>>),
        });
    }

    pub fn once_cell<C: OnceCell>(&mut self, form: Form) {
        self.entries.push(Entry {
            primitive: Primitive::OnceCell,
            info: C::INFO,
            form,
            cases: rows::once_cell::<C>(),
            verify: verify::once_cell::<C>,
            footprint: Some(footprint::of_once_cell::<C>),
        });
    }

    /// Adds a token without children.
    pub fn token<T: Token>(&mut self, form: Form) {
        self.entries.push(Entry {
            primitive: Primitive::CancellationToken,
            info: T::INFO,
            form,
            cases: rows::token::<T>(),
            verify: verify::token::<T>,
            footprint: Some(footprint::of_token::<Cancel<T>>),
        });
    }

    /// Adds a token with children.
    pub fn parent<T: Parent>(&mut self, form: Form) {
        self.entries.push(Entry {
            primitive: Primitive::CancellationToken,
            info: T::INFO,
            form,
            cases: rows::parent::<T>(),
            verify: verify::parent::<T>,
            footprint: Some(footprint::of_token::<Cancel<T>>),
        });
    }

    /// Adds the floors, which every other figure of their rows is compared with.
    pub fn floors(&mut self) {
        floor::all().into_iter().for_each(|it| self.floor(it));
    }

    pub fn floor(&mut self, floor: Floor) {
        self.entries.push(Entry {
            primitive: floor.primitive,
            info: floor.info,
            form: floor.form,
            cases: floor.cases,
            verify: floor.verify,
            footprint: None,
        });
    }
}
