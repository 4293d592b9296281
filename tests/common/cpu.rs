//! What a thread that waits costs.

use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use super::slowness;

/// The share of one CPU that `wait` takes on this thread, which should block for a while.
#[cfg(unix)]
pub fn share_of_cpu<R>(wait: impl FnOnce() -> R) -> (R, f64) {
    let (start, used) = (Instant::now(), cpu_time());
    let result = wait();
    let used = cpu_time() - used;
    (result, used.as_secs_f64() / start.elapsed().as_secs_f64())
}

/// Not asked for here.
#[cfg(not(unix))]
pub fn share_of_cpu<R>(wait: impl FnOnce() -> R) -> (R, f64) {
    (wait(), 0.0)
}

/// How long a blocked thread is left alone. A thread that spins uses all of it, a parked one only
/// the time to get in line and out again.
pub fn a_while() -> Duration {
    Duration::from_millis(200) * slowness()
}

#[cfg(unix)]
fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to the place that it is given.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}
