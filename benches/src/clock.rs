//! The clock of the rows that run on one thread: the time that this thread spent on a CPU.
//!
//! Real time would also count the slices that the scheduler gives to other programs, and on a busy
//! machine no batch is short enough to slip between them. None of these rows ever sleeps, so on an
//! idle machine both clocks agree. Where the system does not tell, it is real time.

use std::time::Duration;

/// Runs from its making.
pub struct Stopwatch(imp::Moment);

impl Stopwatch {
    pub fn start() -> Self {
        Self(imp::now())
    }

    pub fn elapsed(&self) -> Duration {
        imp::since(&self.0)
    }
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod imp {
    use std::time::Duration;

    use nix::time::{ClockId, clock_gettime};

    pub type Moment = Duration;

    pub fn now() -> Moment {
        clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
            .expect("every thread has this clock")
            .into()
    }

    pub fn since(start: &Moment) -> Duration {
        now().saturating_sub(*start)
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
mod imp {
    use std::time::{Duration, Instant};

    pub type Moment = Instant;

    pub fn now() -> Moment {
        Instant::now()
    }

    pub fn since(start: &Moment) -> Duration {
        start.elapsed()
    }
}
