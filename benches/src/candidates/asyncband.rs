use std::future::Future;

use asyncband::{
    event::{AutoResetEvent, ManualResetEvent},
    mutex, once, rwlock,
    semaphore::{Semaphore as Inner, SemaphorePermit},
};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

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
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        self.0.release(permits);
    }
}

const INFO: Info = Info::peer("asyncband", Fairness::Strict);

mutex!(
    Mutex,
    mutex::Mutex<u64>,
    mutex::MutexGuard<'a, u64>,
    INFO,
    mutex::Mutex::new(0)
);
rwlock!(
    RwLock,
    rwlock::RwLock<u64>,
    rwlock::RwLockReadGuard<'a, u64>,
    rwlock::RwLockWriteGuard<'a, u64>,
    INFO,
    rwlock::RwLock::new(0)
);

notify! {
    AutoReset: AutoResetEvent = AutoResetEvent::new(), INFO,
    wait |event| event.wait(),
    one |event| event.set(),
}
notify! {
    ManualReset: ManualResetEvent = ManualResetEvent::new(), INFO,
    wait |event| event.wait(),
    all |event| {
        event.set();
        event.reset();
    },
}
once_cell!(OnceCell, once::OnceCell<u64>, INFO, async || 7);
