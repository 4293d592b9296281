//! The driver of a runtime, for the models of loom and of shuttle, with the locks of either.

use super::{Condvar, Mutex};

/// Something that one sleeps in until it is told.
#[derive(Default)]
pub struct Driver {
    told: Mutex<bool>,
    changed: Condvar,
}

impl Driver {
    pub fn tell(&self) {
        *self.told.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub fn wait(&self) {
        let mut told = self.told.lock().unwrap();
        while !*told {
            told = self.changed.wait(told).unwrap();
        }
        *told = false;
    }
}
