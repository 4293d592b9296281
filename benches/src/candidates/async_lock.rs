use std::future::Future;

use async_lock::{Semaphore as Inner, SemaphoreGuard};

use crate::candidate::{Candidate, Fairness, Info, Kind};

pub struct Semaphore(Inner);

impl Candidate for Semaphore {
    type Output<'a> = SemaphoreGuard<'a>;
    type Permit<'a> = SemaphoreGuard<'a>;

    const INFO: Info = Info {
        name: "async-lock",
        kind: Kind::Peer,
        fairness: Fairness::Barging,
    };

    fn new(permits: usize) -> Self {
        Self(Inner::new(permits))
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.acquire()
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_acquire()
    }

    fn add_permits(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}
