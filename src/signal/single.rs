//! Notifications for one, that have not found theirs.

use std::fmt;

use crate::{domain::Domain, primitive::Ordering, queue::Word};

const STORED: usize = 1;
const PENDING: usize = 2;

/// What was published for one.
///
/// | bits | meaning |
/// |---|---|
/// | STORED | a notification that came when nobody waited; there is at most one |
/// | PENDING, a count | notifications that came when somebody waited and the list was busy |
///
/// They are kept apart since a newcomer may take what is stored, and what is pending belongs to
/// those in line. The count goes down under the lock of the list only, so whoever has that and
/// finds the count as it was knows that it is the same notifications.
pub struct Single<D: Domain>(Word<D>);

impl<D: Domain> Single<D> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self(Word::new(0))
        }
    }

    /// Whether there is anything.
    #[inline(always)]
    pub(crate) fn is_any(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }

    #[inline(always)]
    pub(crate) fn is_stored(&self) -> bool {
        self.0.load(Ordering::Acquire) & STORED != 0
    }

    /// Publishes one for those in line.
    pub(super) fn put_pending(&self) {
        self.0.fetch_add(PENDING, Ordering::SeqCst);
    }

    /// Publishes one for whoever comes. A write also where there is one already, so that whoever
    /// takes it sees what both did before.
    #[inline(always)]
    pub(super) fn store(&self) {
        self.0.fetch_or(STORED, Ordering::SeqCst);
    }

    /// Takes what is stored.
    #[inline(always)]
    pub(crate) fn take_stored(&self) -> bool {
        self.change(|word| (word & STORED != 0).then_some(word & !STORED))
    }

    /// Whether something is there for those in line.
    pub(super) fn is_pending(&self) -> bool {
        self.0.load(Ordering::SeqCst) >= PENDING
    }

    /// Takes one of either kind. Under the lock.
    pub(super) fn take(&self) -> bool {
        self.change(|word| match word {
            0 => None,
            STORED => Some(0),
            _ => Some(word - PENDING),
        })
    }

    /// Where nobody waits, what is pending becomes what is stored, or is lost. Under the lock.
    pub(super) fn collapse(&self, stores: bool, nobody_waits: impl Fn() -> bool) {
        // In this order: what is published after somebody got in line must not go.
        self.change(|word| {
            (word >= PENDING && nobody_waits()).then_some(if stores { STORED } else { 0 })
        });
    }

    /// True when there was something to change, and it was changed.
    ///
    /// Acquire, also where it is only a look: what `change` looks at next must not be older.
    #[inline(always)]
    fn change(&self, change: impl Fn(usize) -> Option<usize>) -> bool {
        self.0
            .update(Ordering::AcqRel, Ordering::Acquire, change)
            .is_ok()
    }
}

impl<D: Domain> fmt::Debug for Single<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0.load(Ordering::Relaxed);
        f.debug_struct("Single")
            .field("stored", &(word & STORED != 0))
            .field("pending", &(word / PENDING))
            .finish()
    }
}
