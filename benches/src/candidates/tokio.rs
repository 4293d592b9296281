use std::future::Future;

use tokio::sync::{AcquireError, Semaphore as Inner, SemaphorePermit};

use crate::candidate::{Candidate, Fairness, Info, Kind};

pub struct Semaphore(Inner);

impl Candidate for Semaphore {
    type Output<'a> = Result<SemaphorePermit<'a>, AcquireError>;
    type Permit<'a> = SemaphorePermit<'a>;

    const INFO: Info = Info {
        name: "tokio",
        kind: Kind::Peer,
        fairness: Fairness::Strict,
    };

    fn new(permits: usize) -> Self {
        Self(Inner::new(permits))
    }

    fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
        self.0.acquire()
    }

    fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
        output.expect("never closed")
    }

    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_acquire().ok()
    }

    fn add_permits(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}
