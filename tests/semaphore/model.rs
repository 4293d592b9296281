//! Random operations against a model that is too simple to be wrong.

mod driver;
mod reference;

use compio_sync::Fairness;

use self::driver::Driver;
use crate::common::{Form, Seed, seeds};

suite! {
    both: agrees_with_the_reference_after_every_step;
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
