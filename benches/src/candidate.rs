//! What a row needs of a primitive, so that one row is compiled once for each of them, with
//! nothing boxed and nothing dynamic inside the timed loop.

use std::future::Future;

use serde::Serialize;

/// What a candidate is. Rows, and with them tables, are of one primitive each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Primitive {
    Semaphore,
    Mutex,
    Rwlock,
    Notify,
    OnceCell,
    CancellationToken,
}

impl Primitive {
    pub const ALL: [Self; 6] = [
        Self::Semaphore,
        Self::Mutex,
        Self::Rwlock,
        Self::Notify,
        Self::OnceCell,
        Self::CancellationToken,
    ];

    /// As `--primitives`, the JSON and the names of charts have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Semaphore => "semaphore",
            Self::Mutex => "mutex",
            Self::Rwlock => "rwlock",
            Self::Notify => "notify",
            Self::OnceCell => "once-cell",
            Self::CancellationToken => "cancellation-token",
        }
    }
}

/// What a candidate is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The least that the machine or the runtime asks for the same step; no primitive at all.
    Floor,
    /// compio-sync.
    Ours,
    /// A published crate: what we are compared with.
    Peer,
    /// Another design, measured for the record.
    Design,
}

/// Who gets what comes back while somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fairness {
    /// Whoever waits longest; a newcomer may not pass the queue.
    Strict,
    /// Whoever asks first, also a newcomer.
    Barging,
}

/// Which threads may use it. Candidates are compared within one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `Send + Sync`.
    Shared,
    /// One thread only.
    Local,
}

/// How a candidate is named and classed.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub name: &'static str,
    pub kind: Kind,
    pub fairness: Fairness,
}

impl Info {
    pub const fn ours(name: &'static str, fairness: Fairness) -> Self {
        Self {
            name,
            kind: Kind::Ours,
            fairness,
        }
    }

    pub const fn peer(name: &'static str, fairness: Fairness) -> Self {
        Self {
            name,
            kind: Kind::Peer,
            fairness,
        }
    }
}

/// Something that is taken and that a drop gives back: a permit of a semaphore, the lock of a
/// mutex.
///
/// Implement it on a newtype, forward each method, and register the newtype where the list of its
/// family is (`candidates::register` for crates, `designs::register` for other designs).
pub trait Candidate: 'static {
    const INFO: Info;
    /// How many can hold it at a time, whatever `new` is told.
    const HOLDERS: usize = usize::MAX;

    /// What the acquire future gives: the permit, or a result of it.
    type Output<'a>;
    /// Gives back what was taken when it is dropped: a permit, a guard.
    type Permit<'a>;

    /// A mutex has its one permit, whatever it is told.
    fn new(permits: usize) -> Self;

    /// The crate's own future. An `async` block around it would add a state machine that the
    /// crate's users do not pay for.
    fn acquire(&self) -> impl Future<Output = Self::Output<'_>>;

    /// Takes the permit out of what the future gave, as a user would: with `unwrap` where the
    /// crate returns a result.
    fn permit(output: Self::Output<'_>) -> Self::Permit<'_>;

    fn try_acquire(&self) -> Option<Self::Permit<'_>>;
}

/// A candidate that is told how many permits it has, and can be given more.
pub trait Semaphore: Candidate {
    /// Adds permits in one call.
    fn add_permits(&self, permits: usize);
}

/// A lock for many readers or one writer.
pub trait RwLock: 'static {
    const INFO: Info;

    type Read<'a>;
    type Write<'a>;

    fn new() -> Self;

    fn read(&self) -> impl Future<Output = Self::Read<'_>>;

    fn write(&self) -> impl Future<Output = Self::Write<'_>>;

    fn try_read(&self) -> Option<Self::Read<'_>>;

    fn try_write(&self) -> Option<Self::Write<'_>>;
}

/// The readers' side of a lock, as something to be taken.
pub struct Reading<L>(L);

impl<L: RwLock> Candidate for Reading<L> {
    type Output<'a> = L::Read<'a>;
    type Permit<'a> = L::Read<'a>;

    const INFO: Info = L::INFO;

    fn new(_: usize) -> Self {
        Self(L::new())
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.read()
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_read()
    }
}

/// The writers' side of a lock, which is a mutex.
pub struct Writing<L>(L);

impl<L: RwLock> Candidate for Writing<L> {
    type Output<'a> = L::Write<'a>;
    type Permit<'a> = L::Write<'a>;

    const HOLDERS: usize = 1;
    const INFO: Info = L::INFO;

    fn new(_: usize) -> Self {
        Self(L::new())
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.write()
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_write()
    }
}

/// Something to wait for until somebody tells. It is told by [`NotifyOne`], [`NotifyAll`] or both.
pub trait Notify: 'static {
    const INFO: Info;

    fn new() -> Self;

    /// Waits at the latest from its first poll on.
    fn wait(&self) -> impl Future<Output = ()>;
}

pub trait NotifyOne: Notify {
    /// The longest line that is measured. Where a call looks through the whole line, a long one
    /// would take longer than all other rows.
    const LONGEST: usize = usize::MAX;

    /// Wakes one more of those who wait.
    fn notify_one(&self);
}

pub trait NotifyAll: Notify {
    /// Wakes all who wait.
    fn notify_all(&self);
}

/// A place for a value that is made once, on demand. The value is 7.
pub trait OnceCell: 'static {
    const INFO: Info;

    fn new() -> Self;

    fn get(&self) -> Option<&u64>;

    fn get_or_init(&self) -> impl Future<Output = &u64>;
}

/// Something that tasks wait for until it is cancelled.
pub trait Token: 'static {
    const INFO: Info;
    /// As [`NotifyOne::LONGEST`].
    const LONGEST: usize = usize::MAX;

    fn new() -> Self;

    fn cancel(&self);

    fn is_cancelled(&self) -> bool;

    fn cancelled(&self) -> impl Future<Output = ()>;
}

/// A token that is cancelled with those it comes from.
pub trait Parent: Token {
    fn child(&self) -> Self;
}
