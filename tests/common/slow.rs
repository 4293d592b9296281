//! Machines that are emulated.

use std::sync::OnceLock;

/// Set it to how many times slower than a real one the machine is. What a test only repeats, it
/// repeats so many times less often, and it waits as much longer for what takes its time.
const SLOW: &str = "COMPIO_SYNC_SLOW";

pub fn slowness() -> u32 {
    static SLOWNESS: OnceLock<u32> = OnceLock::new();
    *SLOWNESS.get_or_init(|| match std::env::var(SLOW) {
        Ok(slowness) => slowness.parse().expect("a number"),
        Err(_) => 1,
    })
}

/// How often to repeat something here that is to be repeated `count` times.
pub fn fewer(count: usize) -> usize {
    count.div_ceil(slowness() as usize)
}
