//! A buffer that is counted.

use std::{
    mem::MaybeUninit,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use compio::buf::{IoBuf, IoBufMut, SetLen};

/// How many there are now, and the most that there ever were.
#[derive(Clone, Default)]
pub struct Gauge(Arc<Counts>);

#[derive(Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    pub fn now(&self) -> usize {
        self.0.now.load(Ordering::SeqCst)
    }

    pub fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }
}

/// A buffer that is counted as long as it exists, which is as long as the driver needs it.
pub struct Counted {
    bytes: Vec<u8>,
    gauge: Gauge,
}

impl Counted {
    pub fn new(gauge: &Gauge) -> Self {
        let now = gauge.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        gauge.0.most.fetch_max(now, Ordering::SeqCst);
        Self {
            bytes: Vec::with_capacity(16),
            gauge: gauge.clone(),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.gauge.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl IoBuf for Counted {
    fn as_init(&self) -> &[u8] {
        &self.bytes
    }
}

impl SetLen for Counted {
    unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.bytes.set_len(len) }
    }
}

impl IoBufMut for Counted {
    fn as_uninit(&mut self) -> &mut [MaybeUninit<u8>] {
        self.bytes.as_uninit()
    }
}
