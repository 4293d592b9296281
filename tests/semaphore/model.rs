//! Random operations against a model that is too simple to be wrong.

mod driver;
mod reference;

use compio_sync::Fairness;

use self::driver::Driver;
use crate::common::Form;

suite! {
    both: agrees_with_the_reference_after_every_step;
}

/// Set it to the number that a failure names to run that sequence alone.
const SEED: &str = "COMPIO_SYNC_SEED";

fn seeds(count: u64) -> Vec<u64> {
    match std::env::var(SEED) {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (0..count).collect(),
    }
}

/// Names the seed when a test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("reproduce with {SEED}={}", self.0);
        }
    }
}

/// Under `Strict` the reference knows what has to happen. Under `Throughput` it asks how many are
/// in line, and checks that this is a legal outcome.
fn agrees_with_the_reference_after_every_step<D: Form>(fairness: Fairness) {
    for seed in seeds(1000) {
        let named = Seed(seed);
        let mut driver = Driver::<D>::new(fairness, seed);
        for _ in 0..150 {
            driver.step();
        }
        driver.finish();
        drop(named);
    }
}
