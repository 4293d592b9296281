//! The engine under everything that is waited *for*: notifications, events, latches, tokens.
//!
//! Where a semaphore has permits, a [`Signal`] has a condition. Two things release those who wait:
//!
//! * **All together.** The condition comes true ([`is_over`](Signal::is_over)) by one step on a
//!   word of the primitive; that step is when everybody is released. Waking them is what remains to
//!   be done, by whoever gets into the list, 32 at a time. Who waits may find out by itself
//!   meanwhile.
//! * **One at a time**, where the primitive has a [`Single`]: the first in line is handed a
//!   notification, and passes it on should it be dropped with it.
//!
//! Neither waits for another thread: both publish first, in the condition's word or in the
//! [`Single`], and then look at the queue; who gets in line looks at both words after it has; and
//! whoever was in the list looks at both after it has left. See the [queue's essay](crate::queue).
//!
//! # Who is released by what
//!
//! A wait carries a number, `since`: what the primitive's generation was when the wait began, or
//! nothing. A wait is over if the condition says so of its number; so a condition that comes true
//! and goes again still releases everybody who waited, and nobody who came later. In line, those
//! whose wait is over stand in front of those whose wait is not, but for some that have registered
//! just now and find out by themselves.

#![allow(unsafe_code)] // Declares an unsafe trait, whose promise is about a field.

mod engine;
mod notifier;
mod request;
mod rounds;
mod single;

pub(crate) use self::{
    engine::{notify_all, notify_last, notify_one, waiters},
    notifier::Notifier,
    request::{Owned, Released, Until, Watch},
    rounds::{MAX_COUNT, Round, Rounds},
    single::Single,
};
use crate::{domain::Domain, queue::WaitQueue};

/// What those in line wait for.
///
/// # Safety
///
/// `queue` is a field: the same queue for as long as the primitive lives.
pub unsafe trait Signal {
    /// The form of the primitive.
    type Domain: Domain;

    /// Whether a notification for one is kept while nobody waits.
    #[doc(hidden)]
    const STORES: bool = true;

    #[doc(hidden)]
    fn queue(&self) -> &WaitQueue<Self::Domain>;

    /// Whether a wait with the number `since` is over. `SeqCst`, since looking comes after
    /// publishing; once true for a wait, it stays true for as long as that is in line.
    #[doc(hidden)]
    fn is_over(&self, since: usize) -> bool;

    /// Notifications for one, where there are such.
    #[doc(hidden)]
    fn single(&self) -> Option<&Single<Self::Domain>> {
        None
    }
}
