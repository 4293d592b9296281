//! Random operations against a model that is too simple to be wrong: a line, and one bit.

use std::cell::Cell;

use compio_sync::generic::{Event, EventWait};

use crate::common::{Driver, Form, Seed, Stage, kept, seeds};

forms!(
    manual_agrees_with_the_model_after_every_step,
    auto_agrees_with_the_model_after_every_step,
);

type Waits<D> = Driver<EventWait<'static, D>>;

fn manual_agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(600) {
        let named = Seed(seed);
        let e = kept(Event::<D>::manual_reset());
        let mut driver: Waits<D> = Driver::new(seed);
        let mut set = false;
        for _ in 0..100 {
            match driver.rng.u32(0..20) {
                0..6 => driver.arrive(e.wait(), set),
                6..12 => drop(driver.poll_any(|_| set)),
                12..14 => drop(driver.cancel_any()),
                14..17 => {
                    driver.note("set");
                    e.set();
                    driver.release_all();
                    set = true;
                }
                _ => {
                    driver.note("reset");
                    e.reset();
                    set = false;
                }
            }
            assert_eq!((e.is_set(), e.try_wait()), (set, set), "{:?}", driver.log());
            driver.check(e.waiters());
        }
        drop(named);
    }
}

fn auto_agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(600) {
        let named = Seed(seed);
        let e = kept(Event::<D>::auto_reset());
        let mut driver: Waits<D> = Driver::new(seed);
        let set = Cell::new(false);
        let hand = |driver: &mut Waits<D>| {
            if !driver.release_first() {
                set.set(true);
            }
        };
        for _ in 0..100 {
            match driver.rng.u32(0..20) {
                0..5 => driver.arrive(e.wait(), false),
                5..12 => drop(driver.poll_any(|nobody| nobody && set.replace(false))),
                12..14 => {
                    if driver.cancel_any() == Some(Stage::Granted) {
                        hand(&mut driver);
                    }
                }
                14..18 => {
                    driver.note("set");
                    e.set();
                    hand(&mut driver);
                }
                18..19 => {
                    driver.note("reset");
                    e.reset();
                    set.set(false);
                }
                _ => {
                    driver.note("try");
                    assert_eq!(e.try_wait(), set.replace(false), "{:?}", driver.log());
                }
            }
            assert_eq!(e.is_set(), set.get(), "{:?}", driver.log());
            driver.check(e.waiters());
        }
        drop(named);
    }
}
