use std::future::Future;

use local_sync::semaphore::{AcquireError, Semaphore as Inner, SemaphorePermit};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

pub struct Semaphore(Inner);

impl Candidate for Semaphore {
    type Output<'a> = Result<SemaphorePermit<'a>, AcquireError>;
    type Permit<'a> = SemaphorePermit<'a>;

    const INFO: Info = Info {
        name: "local-sync",
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
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}

once_cell!(
    OnceCell,
    local_sync::OnceCell<u64>,
    Info::peer("local-sync", Fairness::Strict),
    || async { 7 }
);
