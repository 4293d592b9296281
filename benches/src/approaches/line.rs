//! Queues that something can be put into and taken from in order, but not removed from.

use std::{collections::VecDeque, sync::Mutex};

use crossbeam_queue::SegQueue;

pub trait Line: Default + 'static {
    type Item;

    /// What the two semaphores that are made of it are called.
    const PLAIN: &'static str;
    const PASSING_ON: &'static str;

    fn push(&self, item: Self::Item);

    fn pop(&self) -> Option<Self::Item>;
}

impl<T: 'static> Line for Mutex<VecDeque<T>> {
    type Item = T;

    const PASSING_ON: &'static str = "VecDeque passing on";
    const PLAIN: &'static str = "VecDeque";

    fn push(&self, item: T) {
        self.lock().expect("never poisoned").push_back(item);
    }

    fn pop(&self) -> Option<T> {
        self.lock().expect("never poisoned").pop_front()
    }
}

/// Both of its operations are `SeqCst` where they meet (crossbeam-queue 0.3), which those who look
/// at a word before or after them rely on.
impl<T: 'static> Line for SegQueue<T> {
    type Item = T;

    const PASSING_ON: &'static str = "SegQueue passing on";
    const PLAIN: &'static str = "SegQueue";

    fn push(&self, item: T) {
        SegQueue::push(self, item);
    }

    fn pop(&self) -> Option<T> {
        SegQueue::pop(self)
    }
}
