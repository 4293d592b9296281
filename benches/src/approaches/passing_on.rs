//! The same queues, made right: what is in line tells whether somebody still waits.
//!
//! Each wait is an allocation that its future and the queue share. A release passes over those who
//! have gone; who goes with a wake in hand gives it to the next. What has gone keeps its memory,
//! waker included, until a release comes by.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{
            AtomicU8,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
    task::{Context, Poll, Waker},
};

use crossbeam_queue::SegQueue;

use super::{
    line::Line,
    permits::{Permit, Permits, Release},
};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

pub type Deque = Semaphore<Mutex<VecDeque<Arc<Waiter>>>>;
pub type Segments = Semaphore<SegQueue<Arc<Waiter>>>;

const WAITING: u8 = 0;
const WOKEN: u8 = 1;
const GONE: u8 = 2;

pub struct Waiter {
    stage: AtomicU8,
    waker: Waker,
}

impl Waiter {
    /// Whether it was there to be woken.
    fn wake(&self) -> bool {
        let woken = self
            .stage
            .compare_exchange(WAITING, WOKEN, AcqRel, Relaxed)
            .is_ok();
        if woken {
            self.waker.wake_by_ref();
        }
        woken
    }

    /// Whether it was woken before.
    fn leave(&self) -> bool {
        self.stage.swap(GONE, AcqRel) == WOKEN
    }
}

pub struct Semaphore<L> {
    permits: Permits,
    line: L,
}

impl<L: Line<Item = Arc<Waiter>>> Semaphore<L> {
    fn wake_one(&self) {
        while let Some(waiter) = self.line.pop() {
            if waiter.wake() {
                return;
            }
        }
    }

    /// For a wake that nobody will act on. Without a free permit there is nothing to tell: whoever
    /// took it will release it.
    fn pass_on(&self) {
        if self.permits.are_free() {
            self.wake_one();
        }
    }
}

impl<L: Line<Item = Arc<Waiter>>> Release for Semaphore<L> {
    #[inline]
    fn release(&self) {
        self.permits.put_back();
        self.wake_one();
    }
}

pub struct AcquirePermit<'a, L: Line<Item = Arc<Waiter>>> {
    semaphore: &'a Semaphore<L>,
    waiter: Option<Arc<Waiter>>,
}

impl<'a, L: Line<Item = Arc<Waiter>>> Future for AcquirePermit<'a, L> {
    type Output = Permit<'a, Semaphore<L>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let semaphore = self.semaphore;
        if let Some(waiter) = &self.waiter {
            let waits = waiter.stage.load(Acquire) == WAITING;
            if waits && waiter.waker.will_wake(cx.waker()) {
                return Poll::Pending;
            }
            // With another waker it has to line up anew. The wake it may have got is this poll's.
            waiter.leave();
            self.waiter = None;
        }
        if semaphore.permits.try_take() {
            return Poll::Ready(Permit::of(semaphore));
        }
        let waiter = Arc::new(Waiter {
            stage: AtomicU8::new(WAITING),
            waker: cx.waker().clone(),
        });
        semaphore.line.push(waiter.clone());
        self.waiter = Some(waiter);
        semaphore.pass_on();
        Poll::Pending
    }
}

impl<L: Line<Item = Arc<Waiter>>> Drop for AcquirePermit<'_, L> {
    #[inline]
    fn drop(&mut self) {
        if self.waiter.take().is_some_and(|waiter| waiter.leave()) {
            self.semaphore.pass_on();
        }
    }
}

impl<L: Line<Item = Arc<Waiter>>> Candidate for Semaphore<L> {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: L::PASSING_ON,
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
        AcquirePermit {
            semaphore: self,
            waiter: None,
        }
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.permits.try_take().then(|| Permit::of(self))
    }
}

impl<L: Line<Item = Arc<Waiter>>> candidate::Semaphore for Semaphore<L> {
    fn add_permits(&self, permits: usize) {
        (0..permits).for_each(|_| self.release());
    }
}
