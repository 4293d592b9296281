//! A buffer that is counted as long as it exists, which is as long as the driver needs it.

use std::{mem::MaybeUninit, sync::Arc};

use compio::buf::{IoBuf, IoBufMut, SetLen};

use crate::world::{HELD, World};

pub struct Counted {
    bytes: Vec<u8>,
    world: Arc<World>,
}

impl Counted {
    /// # Panics
    ///
    /// When there are more than are allowed.
    pub fn new(world: &Arc<World>) -> Self {
        world.held.in_use.add(1, HELD, "operations");
        Self {
            bytes: Vec::with_capacity(8),
            world: world.clone(),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.world.held.in_use.sub(1);
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
