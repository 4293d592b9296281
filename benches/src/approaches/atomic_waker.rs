//! A place for one waiter, an `AtomicWaker`, and a queue of wakers under a `parking_lot::Mutex` for
//! the others.
//!
//! The place is taken by whoever waits while the queue is empty. Who has it can take the waker out
//! again, so that a lone waiter leaves nothing behind. In the queue it is as in
//! [`plain`](super::plain): wakers stay, and wakes are lost.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::atomic::{
        AtomicBool, AtomicUsize,
        Ordering::{Relaxed, SeqCst},
    },
    task::{Context, Poll, Waker},
};

use atomic_waker::AtomicWaker;
use parking_lot::Mutex;

use super::permits::{Permit, Permits, Release};
use crate::candidate::{self, Candidate, Fairness, Info, Kind};

pub struct Semaphore {
    permits: Permits,
    /// Whether somebody has the place. Set before the second look at the permits, and looked at
    /// after they were put back.
    is_taken: AtomicBool,
    place: AtomicWaker,
    /// Wakers in the queue, and whoever is about to add one: set and looked at as `is_taken`.
    queued: AtomicUsize,
    queue: Mutex<VecDeque<Waker>>,
}

impl Semaphore {
    fn wake_one(&self) {
        if self.is_taken.load(SeqCst)
            && let Some(waker) = self.place.take()
        {
            waker.wake();
        } else if self.queued.load(SeqCst) > 0
            && let Some(waker) = self.dequeue()
        {
            waker.wake();
        }
    }

    fn dequeue(&self) -> Option<Waker> {
        let mut queue = self.queue.lock();
        let waker = queue.pop_front();
        if waker.is_some() {
            self.queued.fetch_sub(1, Relaxed);
        }
        waker
    }

    fn try_take_place(&self) -> bool {
        self.queued.load(Relaxed) == 0
            && self
                .is_taken
                .compare_exchange(false, true, SeqCst, Relaxed)
                .is_ok()
    }

    fn take_or_enqueue(&self, waker: &Waker) -> bool {
        let mut queue = self.queue.lock();
        self.queued.fetch_add(1, SeqCst);
        let is_free = self.permits.try_take();
        if is_free {
            self.queued.fetch_sub(1, Relaxed);
        } else {
            queue.push_back(waker.clone());
        }
        is_free
    }

    /// Gives the place up, and passes a wake on that came meanwhile and has nobody to act on it.
    fn leave_place(&self) {
        let was_woken = self.place.take().is_none();
        self.is_taken.store(false, SeqCst);
        if was_woken && self.permits.are_free() {
            self.wake_one();
        }
    }
}

impl Release for Semaphore {
    #[inline]
    fn release(&self) {
        self.permits.put_back();
        self.wake_one();
    }
}

pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    has_place: bool,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a, Semaphore>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let semaphore = self.semaphore;
        if self.has_place {
            // Out with it before the permit is taken: a wake that came is this poll's, and none
            // can come for a permit that it does not take.
            semaphore.place.take();
        }
        if semaphore.permits.try_take() {
            if self.has_place {
                self.has_place = false;
                semaphore.is_taken.store(false, SeqCst);
            }
            return Poll::Ready(Permit::of(semaphore));
        }
        self.has_place = self.has_place || semaphore.try_take_place();
        let is_free = if self.has_place {
            semaphore.place.register(cx.waker());
            semaphore.permits.try_take()
        } else {
            semaphore.take_or_enqueue(cx.waker())
        };
        if !is_free {
            return Poll::Pending;
        }
        if self.has_place {
            self.has_place = false;
            semaphore.leave_place();
        }
        Poll::Ready(Permit::of(semaphore))
    }
}

impl Drop for Acquire<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.has_place {
            self.semaphore.leave_place();
        }
    }
}

impl Candidate for Semaphore {
    type Output<'a> = Permit<'a, Self>;
    type Permit<'a> = Permit<'a, Self>;

    const INFO: Info = Info {
        name: "AtomicWaker + VecDeque",
        kind: Kind::Design,
        fairness: Fairness::Barging,
    };

    fn new(permits: usize) -> Self {
        Self {
            permits: Permits::new(permits),
            is_taken: AtomicBool::new(false),
            place: AtomicWaker::new(),
            queued: AtomicUsize::new(0),
            queue: Mutex::new(VecDeque::new()),
        }
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        Acquire {
            semaphore: self,
            has_place: false,
        }
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.permits.try_take().then(|| Permit::of(self))
    }
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        (0..permits).for_each(|_| self.release());
    }
}
