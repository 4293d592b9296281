//! Whose turn it is to complete the links of a list. See the
//! [module](super#who-completes-the-links).

use std::cell::Cell;

use crate::{
    domain::Domain,
    primitive::{LocalKey, thread_local},
};

/// A thread takes a turn with one registration in so many. Not a power of two, as waiters often
/// come to a number of queues one after the other, and one of these would have all the turns.
const TURN: u8 = if cfg!(any(loom, shuttle)) { 2 } else { 31 };

/// No turns.
const PAUSED: u8 = 0;

/// How many registrations it is to the thread's next turn, or `PAUSED`.
fn to_go() -> &'static LocalKey<Cell<u8>> {
    // loom knows no constants there.
    #[cfg(not(loom))]
    thread_local! {
        static TO_GO: Cell<u8> = const { Cell::new(TURN) };
    }
    #[cfg(loom)]
    thread_local! {
        static TO_GO: Cell<u8> = Cell::new(TURN);
    }
    &TO_GO
}

/// Counts a registration of this thread. Whether it is its turn; in the local form never, since
/// there are no links to complete there.
#[inline(always)]
pub(super) fn is_turn<D: Domain>() -> bool {
    D::SHARED
        && to_go().with(|to_go| match to_go.get() {
            PAUSED => false,
            1 => {
                to_go.set(TURN);
                true
            }
            left => {
                to_go.set(left - 1);
                false
            }
        })
}

/// Until this is dropped, the thread has no turns.
///
/// That is for when it wakes. Whoever takes a turn enters the list, and then has to do what there
/// is to do; a waker that registers somebody would so wake others, whose wakers register somebody,
/// and the stack has an end.
pub(super) struct Pause(u8);

impl Pause {
    #[inline]
    pub(super) fn new() -> Self {
        Self(to_go().with(|to_go| to_go.replace(PAUSED)))
    }
}

impl Drop for Pause {
    #[inline]
    fn drop(&mut self) {
        to_go().with(|to_go| to_go.set(self.0));
    }
}
