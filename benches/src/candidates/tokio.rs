use std::future::Future;

use tokio::sync::{self, AcquireError, Semaphore as Inner, SemaphorePermit};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

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
}

impl candidate::Semaphore for Semaphore {
    fn add_permits(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}

const INFO: Info = Info::peer("tokio", Fairness::Strict);

mutex!(
    Mutex,
    sync::Mutex<u64>,
    sync::MutexGuard<'a, u64>,
    INFO,
    sync::Mutex::new(0),
    |tried| tried.ok()
);
rwlock!(
    RwLock,
    sync::RwLock<u64>,
    sync::RwLockReadGuard<'a, u64>,
    sync::RwLockWriteGuard<'a, u64>,
    INFO,
    sync::RwLock::new(0),
    |tried| tried.ok()
);

notify! {
    Notify: sync::Notify = sync::Notify::new(), INFO,
    wait |notify| notify.notified(),
    one |notify| notify.notify_one(),
    all |notify| notify.notify_waiters(),
}
once_cell!(OnceCell, sync::OnceCell<u64>, INFO, || async { 7 });
token!(
    Token,
    tokio_util::sync::CancellationToken,
    Info::peer("tokio-util", Fairness::Strict)
);
