use std::future::Future;

use asyncband::semaphore::{Semaphore as Inner, SemaphorePermit};

use crate::candidate::{Candidate, Fairness, Info, Kind};

pub struct Semaphore(Inner);

impl Candidate for Semaphore {
    type Output<'a> = SemaphorePermit<'a>;
    type Permit<'a> = SemaphorePermit<'a>;

    const INFO: Info = Info {
        name: "asyncband",
        kind: Kind::Peer,
        fairness: Fairness::Strict,
    };

    fn new(permits: usize) -> Self {
        Self(Inner::new(permits))
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.acquire(1)
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_acquire(1)
    }

    fn add_permits(&self, permits: usize) {
        self.0.release(permits);
    }
}
