//! Where there are no operations to wait with.

use std::task::Waker;

use compio_runtime::Runtime;

use super::Doorbell;

pub(in crate::relay) struct Bells;

pub(in crate::relay) struct Place;

impl Place {
    pub(in crate::relay) fn new() -> Self {
        Self
    }

    /// Never hung up.
    pub(in crate::relay) fn ring(&'static self, _: Doorbell) {}
}

impl Bells {
    pub(in crate::relay) fn new(_: &'static Place, _: &Runtime) -> Self {
        Self
    }

    pub(in crate::relay) fn look(&mut self, _: &Waker) {}

    pub(in crate::relay) fn hang_up(&mut self, _: Doorbell, _: &Waker) -> bool {
        false
    }
}

/// Not known here: a runtime counts as asleep.
pub(in crate::relay) fn slept() -> Option<u64> {
    None
}
