//! compio-sync: both forms, both policies.

use std::future::Future;

use compio_sync::{self as shared, Fairness as Policy, Semaphore, SemaphorePermit, local};

use crate::candidate::{self, Candidate, Fairness, Info, Kind};

macro_rules! candidate {
    ($candidate:ident, $inner:ty, $permit:ty, $name:literal, $policy:ident, $fairness:ident) => {
        pub struct $candidate($inner);

        impl Candidate for $candidate {
            type Output<'a> = $permit;
            type Permit<'a> = $permit;

            const INFO: Info = Info {
                name: $name,
                kind: Kind::Ours,
                fairness: Fairness::$fairness,
            };

            fn new(permits: usize) -> Self {
                Self(<$inner>::with_fairness(permits, Policy::$policy))
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

        impl candidate::Semaphore for $candidate {
            fn add_permits(&self, permits: usize) {
                self.0.add_permits(permits);
            }
        }
    };
}

candidate!(
    Strict,
    Semaphore,
    SemaphorePermit<'a>,
    "compio-sync strict",
    Strict,
    Strict
);
candidate!(
    Throughput,
    Semaphore,
    SemaphorePermit<'a>,
    "compio-sync throughput",
    Throughput,
    Barging
);
candidate!(
    LocalStrict,
    local::Semaphore,
    local::SemaphorePermit<'a>,
    "compio-sync local strict",
    Strict,
    Strict
);
candidate!(
    LocalThroughput,
    local::Semaphore,
    local::SemaphorePermit<'a>,
    "compio-sync local throughput",
    Throughput,
    Barging
);

/// Names for both policies, and the two other locks under each.
macro_rules! locks {
    ($form:ident, $mutex:ident, $rwlock:ident, $name:literal, $policy:ident, $fairness:ident) => {
        mutex!(
            $mutex,
            $form::Mutex<u64>,
            $form::MutexGuard<'a, u64>,
            Info::ours($name, Fairness::$fairness),
            $form::Mutex::with_fairness(0, Policy::$policy)
        );
        rwlock!(
            $rwlock,
            $form::RwLock<u64>,
            $form::RwLockReadGuard<'a, u64>,
            $form::RwLockWriteGuard<'a, u64>,
            Info::ours($name, Fairness::$fairness),
            $form::RwLock::with_fairness(0, Policy::$policy)
        );
    };
}

locks!(
    shared,
    StrictMutex,
    StrictRwLock,
    "compio-sync strict",
    Strict,
    Strict
);
locks!(
    shared,
    ThroughputMutex,
    ThroughputRwLock,
    "compio-sync throughput",
    Throughput,
    Barging
);
locks!(
    local,
    LocalStrictMutex,
    LocalStrictRwLock,
    "compio-sync local strict",
    Strict,
    Strict
);
locks!(
    local,
    LocalThroughputMutex,
    LocalThroughputRwLock,
    "compio-sync local throughput",
    Throughput,
    Barging
);

/// What has no policy.
macro_rules! others {
    (
        $form:ident,
        $notify:ident,
        $auto:ident,
        $manual:ident,
        $cell:ident,
        $token:ident,
        $name:literal
    ) => {
        notify! {
            $notify: $form::Notify = $form::Notify::new(),
            Info::ours(concat!($name, " Notify"), Fairness::Strict),
            wait |notify| notify.notified(),
            one |notify| notify.notify_one(),
            all |notify| notify.notify_waiters(),
        }
        notify! {
            $auto: $form::Event = $form::Event::auto_reset(),
            Info::ours(concat!($name, " Event"), Fairness::Strict),
            wait |event| event.wait(),
            one |event| event.set(),
        }
        notify! {
            $manual: $form::Event = $form::Event::manual_reset(),
            Info::ours(concat!($name, " Event"), Fairness::Strict),
            wait |event| event.wait(),
            all |event| {
                event.set();
                event.reset();
            },
        }
        once_cell!(
            $cell,
            $form::OnceCell<u64>,
            Info::ours($name, Fairness::Strict),
            async || 7
        );
        token!(
            $token,
            $form::CancellationToken,
            Info::ours($name, Fairness::Strict)
        );
    };
}

others!(
    shared,
    Notify,
    AutoReset,
    ManualReset,
    OnceCell,
    Token,
    "compio-sync"
);
others!(
    local,
    LocalNotify,
    LocalAutoReset,
    LocalManualReset,
    LocalOnceCell,
    LocalToken,
    "compio-sync local"
);
