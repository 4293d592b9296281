//! One source, four candidates: the crate chooses thread safety by type and fairness by argument.

use std::future::Future;

use futures_intrusive::sync::{
    LocalSemaphore, LocalSemaphoreReleaser, Semaphore, SemaphoreReleaser,
};

use crate::candidate::{Candidate, Fairness, Info, Kind};

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
