//! One limit for all the runtimes, and a proof of its own that it holds.
//!
//! [`Limit`] is a [`Semaphore`] with two things beside it. The first is a plain atomic count of the
//! slots that are out, with its peak. It knows nothing of the semaphore and is only ever read for
//! the summary, so that a peak above the limit would show.
//!
//! The second is how to shrink. Entries that meet "too many open files" come in waves: with a
//! thousand in flight and fifty descriptors, hundreds fail within a millisecond, and all of them
//! say the same thing about the same limit. Each slot therefore remembers how often the limit had
//! been lowered when it was handed out. Only a failure under the *present* limit lowers it, to half
//! of what is in flight; a failure that began under an earlier one just gives its slot back and
//! tries again. Since `reduce_permits` also withholds permits that are out, the second try begins
//! when enough of what was in flight has ended, and nobody has to sleep or spin until then.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use compio_sync::{Closed, OwnedSemaphorePermit, Semaphore};

pub struct Limit {
    permits: Arc<Semaphore>,
    first: usize,
    lowered: Mutex<usize>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
}

/// The right to have one entry in flight.
pub struct Slot {
    limit: Arc<Limit>,
    lowered_before: usize,
    // Declared last and thus released after `Drop` below has taken the slot off the count: the
    // count may be low for an instant, never high.
    _permit: OwnedSemaphorePermit,
}

impl Limit {
    pub fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(permits)),
            first: permits,
            lowered: Mutex::new(0),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        })
    }

    /// Waits for a slot. [`Closed`] means that the copy was interrupted.
    pub async fn enter(self: &Arc<Self>) -> Result<Slot, Closed> {
        let permit = Arc::clone(&self.permits).acquire_owned_or_closed().await?;
        let in_flight = self.in_flight.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(in_flight, Relaxed);
        Ok(Slot {
            limit: Arc::clone(self),
            lowered_before: self.lowered(),
            _permit: permit,
        })
    }

    /// Ends the copy: nothing new begins, what is in flight sees it and winds up.
    pub fn interrupt(&self) {
        self.permits.close();
    }

    pub fn interrupted(&self) -> bool {
        self.permits.is_closed()
    }

    pub fn first(&self) -> usize {
        self.first
    }

    pub fn now(&self) -> usize {
        self.permits.max_permits()
    }

    pub fn lowered(&self) -> usize {
        *self.lowered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }
}

impl Slot {
    /// Gives the slot back after a failure for want of descriptors, with a lower limit if this was
    /// the first such failure under the present one. Returns whether to try again: not if the entry
    /// failed with the last slot there is, for then there is nothing left to wait for.
    pub fn give_way(self) -> bool {
        let limit = &self.limit;
        let mut lowered = limit.lowered.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lowered_before < *lowered {
            return true;
        }
        let now = limit.now();
        if now <= 1 {
            return false;
        }
        let too_many = limit.permits.in_use().min(now);
        limit.permits.reduce_permits(now - (too_many / 2).max(1));
        *lowered += 1;
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.limit.in_flight.fetch_sub(1, Relaxed);
    }
}
