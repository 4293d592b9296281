//! compio-sync: both forms, both policies.

use std::future::Future;

use compio_sync::{Fairness as Policy, Semaphore, SemaphorePermit, local};

use crate::candidate::{Candidate, Fairness, Info, Kind};

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
