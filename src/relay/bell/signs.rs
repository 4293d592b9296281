//! What the driver tells of a drain's operations, so that the drain need not look at them each
//! time: that takes the driver.

use crate::primitive::{AtomicBool, Ordering};

/// Of one drain, and touched on its runtime's thread. Atomics only because a waker has to be
/// `Sync`.
#[derive(Default)]
pub(in crate::relay) struct Signs {
    /// There was a ring after which the operation goes on; next the courier is called for it.
    goes_on: AtomicBool,
    /// Something may have ended since the drain looked.
    ended: AtomicBool,
}

impl Signs {
    /// By an operation that was rung and goes on.
    pub(super) fn goes_on(&self) {
        self.goes_on.store(true, Ordering::Relaxed);
    }

    /// By the courier, each time that it is called.
    pub(in crate::relay) fn heard(&self) {
        if self.goes_on.load(Ordering::Relaxed) {
            self.goes_on.store(false, Ordering::Relaxed);
        } else {
            self.ended.store(true, Ordering::Relaxed);
        }
    }

    /// By the drain, which looks if so.
    pub(super) fn take_ended(&self) -> bool {
        let ended = self.ended.load(Ordering::Relaxed);
        self.ended.store(false, Ordering::Relaxed);
        ended
    }
}
