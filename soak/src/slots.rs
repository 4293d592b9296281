//! Who is doing what, and since when.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// What one actor, a task or a thread, shows of itself.
#[derive(Default)]
struct Slot {
    taken: AtomicBool,
    /// When its step began, in milliseconds; zero between two.
    since: AtomicU64,
    step: Mutex<&'static str>,
    who: Mutex<String>,
    done: AtomicU64,
}

/// All that there ever were at a time.
pub struct Slots {
    start: Instant,
    slots: Mutex<Vec<Arc<Slot>>>,
}

impl Slots {
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            slots: Mutex::default(),
        }
    }

    fn now(&self) -> u64 {
        // Not zero, which has a meaning.
        u64::try_from(self.start.elapsed().as_millis()).unwrap() + 1
    }

    pub fn enter(self: &Arc<Self>, who: String) -> Actor {
        let mut slots = self.slots.lock().unwrap();
        let free = slots.iter().find(|slot| !slot.taken.load(Ordering::SeqCst));
        let slot = free.cloned().unwrap_or_else(|| {
            slots.push(Arc::default());
            slots.last().unwrap().clone()
        });
        slot.taken.store(true, Ordering::SeqCst);
        *slot.who.lock().unwrap() = who;
        Actor {
            slots: self.clone(),
            slot,
        }
    }

    /// How many steps were done.
    pub fn done(&self) -> u64 {
        let slots = self.slots.lock().unwrap();
        slots
            .iter()
            .map(|slot| slot.done.load(Ordering::Relaxed))
            .sum()
    }

    /// How many are in the middle of a step.
    pub fn busy(&self) -> usize {
        let slots = self.slots.lock().unwrap();
        let busy = |slot: &&Arc<Slot>| slot.since.load(Ordering::Relaxed) != 0;
        slots.iter().filter(busy).count()
    }

    pub fn actors(&self) -> usize {
        let slots = self.slots.lock().unwrap();
        slots
            .iter()
            .filter(|slot| slot.taken.load(Ordering::Relaxed))
            .count()
    }

    /// Those whose step takes longer than that.
    pub fn stuck(&self, bound: Duration) -> Vec<String> {
        let now = self.now();
        let slots = self.slots.lock().unwrap();
        let describe = |slot: &Arc<Slot>| {
            let since = slot.since.load(Ordering::SeqCst);
            let for_ms = now.saturating_sub(since);
            let is_stuck = since != 0 && u128::from(for_ms) > bound.as_millis();
            is_stuck.then(|| {
                let (who, step) = (slot.who.lock().unwrap(), slot.step.lock().unwrap());
                format!("{who}: {step}, for {} s", for_ms / 1000)
            })
        };
        slots.iter().filter_map(describe).collect()
    }
}

/// One who does steps. Ends with the task that has it, also in the middle of one.
pub struct Actor {
    slots: Arc<Slots>,
    slot: Arc<Slot>,
}

impl Actor {
    pub fn begin(&self, step: &'static str) {
        *self.slot.step.lock().unwrap() = step;
        self.slot.since.store(self.slots.now(), Ordering::SeqCst);
    }

    pub fn end(&self) {
        self.slot.since.store(0, Ordering::SeqCst);
        self.slot.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.slot.since.store(0, Ordering::SeqCst);
        self.slot.taken.store(false, Ordering::SeqCst);
    }
}
