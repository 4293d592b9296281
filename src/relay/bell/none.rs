//! Where there is no operation to wait with.

use std::task::Context;

use compio_runtime::Runtime;

use super::Word;

/// Never hung up.
pub(in crate::relay) struct Futex;

impl Futex {
    pub(in crate::relay) fn new(_: &'static Word, _: &Runtime) -> Self {
        Self
    }

    pub(in crate::relay) fn look(&mut self, _: &mut Context<'_>) {}

    pub(in crate::relay) fn hang_up(&mut self, _: &mut Context<'_>) -> bool {
        false
    }
}

/// Nobody sleeps at a word here.
pub(in crate::relay) fn ring(_: &'static Word) {}

pub(in crate::relay) type Sleeps = ();

/// Not asked for, where there is no choice.
pub(in crate::relay) fn slept() -> Sleeps {}
