//! Wakers in a queue, one taken out and woken for each release.
//!
//! Who gives up leaves the waker where it is. The release that takes it out has told nobody, and
//! whoever stands behind it sleeps on beside a free permit: `tests/approaches.rs` shows it.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use crossbeam_queue::SegQueue;

use super::{
    line::Line,
    permits::{Permit, Permits, Release},
};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

pub type Deque = Semaphore<Mutex<VecDeque<Waker>>>;
pub type Segments = Semaphore<SegQueue<Waker>>;

pub struct Semaphore<L> {
    permits: Permits,
    line: L,
}

impl<L: Line<Item = Waker>> Semaphore<L> {
    fn wake_one(&self) {
        if let Some(waker) = self.line.pop() {
            waker.wake();
        }
    }
}

impl<L: Line<Item = Waker>> Release for Semaphore<L> {
    #[inline]
    fn release(&self) {
        self.permits.put_back();
        self.wake_one();
    }
}

pub struct Acquire<'a, L>(&'a Semaphore<L>);

impl<'a, L: Line<Item = Waker>> Future for Acquire<'a, L> {
    type Output = Permit<'a, Semaphore<L>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let semaphore = self.0;
        if semaphore.permits.try_take() {
            return Poll::Ready(Permit::of(semaphore));
        }
        semaphore.line.push(cx.waker().clone());
        // A release between the two steps may have found nobody. To take its permit here would
        // leave the waker behind, so somebody is woken instead, and be it oneself.
        if semaphore.permits.are_free() {
            semaphore.wake_one();
        }
        Poll::Pending
    }
}

impl<L: Line<Item = Waker>> Candidate for Semaphore<L> {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: L::PLAIN,
        kind: Kind::Design,
        fairness: Fairness::Barging,
    };

    fn new(permits: usize) -> Self {
        Self {
            permits: Permits::new(permits),
            line: L::default(),
        }
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        Acquire(self)
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.permits.try_take().then(|| Permit::of(self))
    }
}

impl<L: Line<Item = Waker>> candidate::Semaphore for Semaphore<L> {
    fn add_permits(&self, permits: usize) {
        (0..permits).for_each(|_| self.release());
    }
}
