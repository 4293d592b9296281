//! Random operations against a model that is too simple to be wrong: a line, and one bit.

use std::cell::Cell;

use compio_sync::generic::{Notified, Notify};

use crate::common::{Driver, Form, Seed, Stage, kept, seeds};

forms!(agrees_with_the_model_after_every_step);

fn agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(1000) {
        let named = Seed(seed);
        let notify = kept(Notify::<D>::new());
        let stored = Cell::new(false);
        let mut driver = Driver::new(seed);
        for _ in 0..100 {
            step(notify, &stored, &mut driver);
            driver.check(notify.waiters());
        }
        while driver.len() > 0 {
            cancel(&stored, &mut driver);
            driver.check(notify.waiters());
        }
        crate::common::assert_at_rest(notify, stored.get());
        drop(named);
    }
}

fn one<F: Future>(stored: &Cell<bool>, driver: &mut Driver<F>) {
    if !driver.release_first() {
        stored.set(true);
    }
}

fn cancel<F: Future>(stored: &Cell<bool>, driver: &mut Driver<F>) {
    if driver.cancel_any() == Some(Stage::Granted) {
        one(stored, driver);
    }
}

fn step<D: Form>(
    n: &'static Notify<D>,
    stored: &Cell<bool>,
    driver: &mut Driver<Notified<'static, D>>,
) {
    // What is stored while others wait is not a newcomer's: but then nothing is stored.
    let now = |nobody: bool| nobody && stored.replace(false);
    match driver.rng.u32(0..100) {
        0..25 => driver.arrive(n.notified(), false),
        25..60 => drop(driver.poll_any(now)),
        60..67 => drop(driver.enable_any(|future| future.enable(), now)),
        67..77 => cancel(stored, driver),
        77..88 => {
            driver.note("one");
            n.notify_one();
            one(stored, driver);
        }
        88..95 => {
            driver.note("last");
            n.notify_last();
            if !driver.release_last() {
                stored.set(true);
            }
        }
        _ => {
            driver.note("all");
            n.notify_waiters();
            driver.release_all();
        }
    }
}
