//! The engine under the semaphore, the mutex, the reader-writer lock and the once cell: a number of
//! permits, and a line of those who want some.
//!
//! * [`state`]: the state word
//! * [`engine`]: how permits move between it, the queue, and those who wait
//! * [`request`]: the future that waits for permits, for any primitive and any handle to it
//!
//! It knows nothing of permits as values: whoever took some owes a
//! [`release`](RawSemaphore::release).

mod engine;
mod request;
mod state;

use std::fmt;

pub(crate) use self::request::{Handle, NeverCloses, OrClosed, OrPanic, Permits};
use self::state::State;
use crate::{
    domain::Domain,
    fairness::Fairness,
    primitive::{Ordering, store_load_barrier},
    queue::WaitQueue,
};

/// A number of permits and a line. Four words.
pub struct RawSemaphore<D: Domain> {
    pub(crate) permits: State<D>,
    pub(crate) queue: WaitQueue<D>,
    /// The bits of the queue's word that keep a newcomer out; says the fairness, too.
    gate: usize,
}

impl<D: Domain> RawSemaphore<D> {
    /// A gate that keeps newcomers out while the first in line is due.
    const COMPETE: usize = engine::DUE.bits();
    /// The most permits that there can be.
    pub(crate) const MAX: usize = State::<D>::MAX;
    /// A gate that keeps newcomers out while anybody waits.
    const STRICT: usize = WaitQueue::<D>::WAITERS;

    const_fn! {
        pub(crate) fn new(permits: usize, fairness: Fairness) -> Self {
            let gate = match fairness {
                Fairness::Strict => Self::STRICT,
                Fairness::Throughput => Self::COMPETE,
            };
            Self {
                permits: State::new(permits),
                queue: WaitQueue::new(),
                gate,
            }
        }
    }

    const_fn! {
        /// Closed from the start, with nothing to give.
        pub(crate) fn new_closed() -> Self {
            Self {
                permits: State::new_closed(),
                queue: WaitQueue::new(),
                gate: Self::STRICT,
            }
        }
    }

    #[inline]
    pub(crate) fn fairness(&self) -> Fairness {
        if self.gate == Self::STRICT {
            Fairness::Strict
        } else {
            Fairness::Throughput
        }
    }

    /// How many are in line. Walks all of them.
    pub(crate) fn waiters(&self) -> usize {
        if self.queue.peek(Ordering::Relaxed).is_empty() {
            return 0;
        }
        let list = self.queue.lock();
        let len = list.len();
        self.settle(list, 0, false);
        len
    }

    /// Nobody gets a permit any more, and everybody in line is told.
    ///
    /// Whatever this thread did before *happens before* what those do who find it closed.
    pub(crate) fn close(&self) {
        self.permits.close();
        store_load_barrier();
        if !self.queue.peek(Ordering::SeqCst).is_empty() {
            self.serve(0, false);
        }
    }

    #[inline(always)]
    pub(crate) fn is_closed(&self) -> bool {
        self.permits.load(Ordering::Acquire).is_closed()
    }
}

impl<D: Domain> fmt::Debug for RawSemaphore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSemaphore")
            .field("permits", &self.permits)
            .field("fairness", &self.fairness())
            .field("queue", &self.queue)
            .finish()
    }
}
