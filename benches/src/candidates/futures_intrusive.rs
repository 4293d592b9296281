//! One source, four candidates: the crate chooses thread safety by type and fairness by argument.

use std::future::Future;

use futures_intrusive::sync::{
    self, LocalSemaphore, LocalSemaphoreReleaser, Semaphore, SemaphoreReleaser,
};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

macro_rules! candidate {
    ($candidate:ident, $inner:ident, $permit:ident, $name:literal, $fairness:ident) => {
        pub struct $candidate($inner);

        impl Candidate for $candidate {
            type Output<'a> = $permit<'a>;
            type Permit<'a> = $permit<'a>;

            const INFO: Info = Info {
                name: $name,
                kind: Kind::Peer,
                fairness: Fairness::$fairness,
            };

            fn new(permits: usize) -> Self {
                let fair = matches!(Fairness::$fairness, Fairness::Strict);
                Self($inner::new(fair, permits))
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

        impl candidate::Semaphore for $candidate {
            fn add_permits(&self, permits: usize) {
                self.0.release(permits);
            }
        }
    };
}

candidate!(
    Fair,
    Semaphore,
    SemaphoreReleaser,
    "futures-intrusive fair",
    Strict
);
candidate!(
    Unfair,
    Semaphore,
    SemaphoreReleaser,
    "futures-intrusive unfair",
    Barging
);
candidate!(
    LocalFair,
    LocalSemaphore,
    LocalSemaphoreReleaser,
    "futures-intrusive local fair",
    Strict
);
candidate!(
    LocalUnfair,
    LocalSemaphore,
    LocalSemaphoreReleaser,
    "futures-intrusive local unfair",
    Barging
);

mutex!(
    FairMutex,
    sync::Mutex<u64>,
    sync::MutexGuard<'a, u64>,
    Info::peer("futures-intrusive fair", Fairness::Strict),
    sync::Mutex::new(0, true)
);
mutex!(
    UnfairMutex,
    sync::Mutex<u64>,
    sync::MutexGuard<'a, u64>,
    Info::peer("futures-intrusive unfair", Fairness::Barging),
    sync::Mutex::new(0, false)
);
mutex!(
    LocalFairMutex,
    sync::LocalMutex<u64>,
    sync::LocalMutexGuard<'a, u64>,
    Info::peer("futures-intrusive local fair", Fairness::Strict),
    sync::LocalMutex::new(0, true)
);
mutex!(
    LocalUnfairMutex,
    sync::LocalMutex<u64>,
    sync::LocalMutexGuard<'a, u64>,
    Info::peer("futures-intrusive local unfair", Fairness::Barging),
    sync::LocalMutex::new(0, false)
);

notify! {
    Event: sync::ManualResetEvent = sync::ManualResetEvent::new(false),
    Info::peer("futures-intrusive", Fairness::Strict),
    wait |event| event.wait(),
    all |event| {
        event.set();
        event.reset();
    },
}

notify! {
    LocalEvent: sync::LocalManualResetEvent = sync::LocalManualResetEvent::new(false),
    Info::peer("futures-intrusive local", Fairness::Strict),
    wait |event| event.wait(),
    all |event| {
        event.set();
        event.reset();
    },
}
