use std::future::Future;

use async_lock::{self as sync, Semaphore as Inner, SemaphoreGuard};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

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
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}

const INFO: Info = Info::peer("async-lock", Fairness::Barging);

mutex!(
    Mutex,
    sync::Mutex<u64>,
    sync::MutexGuard<'a, u64>,
    INFO,
    sync::Mutex::new(0)
);
rwlock!(
    RwLock,
    sync::RwLock<u64>,
    sync::RwLockReadGuard<'a, u64>,
    sync::RwLockWriteGuard<'a, u64>,
    INFO,
    sync::RwLock::new(0)
);
once_cell!(OnceCell, sync::OnceCell<u64>, INFO, || async { 7 });
