//! What a row needs of a semaphore, so that one row is compiled once for each of them, with
//! nothing boxed and nothing dynamic inside the timed loop.

use std::future::Future;

use serde::Serialize;

/// What a candidate is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The least that the machine or the runtime asks for the same step; not a semaphore.
    Floor,
    /// compio-sync.
    Ours,
    /// A published crate: what we are compared with.
    Peer,
    /// A semaphore by another design, measured for the record.
    Design,
}

/// Who gets a permit that comes back while somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fairness {
    /// Whoever waits longest; a newcomer may not pass the queue.
    Strict,
    /// Whoever asks first, also a newcomer.
    Barging,
}

/// Which threads may use the semaphore. Candidates are compared within one form.
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

/// A semaphore under measurement.
///
/// Implement it on a newtype, forward each method, and register the newtype where the list of its
/// family is (`candidates::register` for crates, `designs::register` for other designs).
pub trait Candidate: 'static {
    const INFO: Info;

    /// What the acquire future gives: the permit, or a result of it.
    type Output<'a>;
    /// Gives its permit back when it is dropped.
    type Permit<'a>;

    fn new(permits: usize) -> Self;

    /// The crate's own future. An `async` block around it would add a state machine that the
    /// crate's users do not pay for.
    fn acquire(&self) -> impl Future<Output = Self::Output<'_>>;

    /// Takes the permit out of what the future gave, as a user would: with `unwrap` where the
    /// crate returns a result.
    fn permit(output: Self::Output<'_>) -> Self::Permit<'_>;

    fn try_acquire(&self) -> Option<Self::Permit<'_>>;

    /// Adds permits in one call.
    fn add_permits(&self, permits: usize);
}
