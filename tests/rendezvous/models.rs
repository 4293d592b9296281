//! Random operations against models that are too simple to be wrong.

use std::cell::Cell;

use compio_sync::generic::{Barrier, Latch, WaitGroup};

use crate::common::{Driver, Form, Seed, Stage, kept, panic_of, seeds};

forms!(
    barrier_agrees_with_the_model_after_every_step,
    latch_agrees_with_the_model_after_every_step,
    wait_group_agrees_with_the_model_after_every_step,
);

fn barrier_agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(400) {
        let named = Seed(seed);
        let mut driver = Driver::new(seed);
        let parties = driver.rng.usize(0..6);
        let b = kept(Barrier::<D>::new(parties));
        for _ in 0..100 {
            match driver.rng.u32(0..10) {
                0..4 => driver.arrive(b.wait(), false),
                4..8 => {
                    let completes = Cell::new(false);
                    let arrived = driver.in_line();
                    let ready = driver.poll_any(|_| {
                        completes.set(arrived + 1 >= parties);
                        completes.get()
                    });
                    if let Some((stage, result)) = ready {
                        assert_eq!(result.is_leader(), stage == Stage::Unpolled);
                    }
                    if completes.get() {
                        driver.release_line();
                    }
                }
                _ => drop(driver.cancel_any()),
            }
            // In line and arrived are the same.
            driver.check(b.arrived());
        }
        drop((driver, named));
        assert_eq!(b.arrived(), 0);
    }
}

fn latch_agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(400) {
        let named = Seed(seed);
        let mut driver = Driver::new(seed);
        let mut count = driver.rng.usize(0..20);
        let l = kept(Latch::<D>::new(count));
        for _ in 0..60 {
            match driver.rng.u32(0..10) {
                0..3 => driver.arrive(l.wait(), false),
                3..7 => drop(driver.poll_any(|_| count == 0)),
                7..8 => drop(driver.cancel_any()),
                _ => {
                    let n = driver.rng.usize(0..4);
                    driver.note(format!("down by {n}"));
                    let panics = panic_of(|| l.count_down_by(n)).is_some();
                    assert_eq!(panics, n > count, "{:?}", driver.log());
                    if !panics {
                        count -= n;
                    }
                    if count == 0 {
                        driver.release_line();
                    }
                }
            }
            assert_eq!((l.count(), l.try_wait()), (count, count == 0));
            driver.check(l.waiters());
        }
        drop(named);
    }
}

fn wait_group_agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(400) {
        let named = Seed(seed);
        let mut driver = Driver::new(seed);
        let g = kept(WaitGroup::<D>::new());
        let mut count = 0;
        let mut guards = Vec::new();
        for _ in 0..100 {
            match driver.rng.u32(0..20) {
                0..5 => driver.arrive(g.wait(), count == 0),
                5..11 => drop(driver.poll_any(|_| count == 0)),
                11..13 => drop(driver.cancel_any()),
                13..14 => {
                    let n = driver.rng.usize(0..3);
                    driver.note(format!("add {n}"));
                    g.add(n);
                    count += n;
                }
                14..15 => {
                    driver.note("enter");
                    guards.push(g.enter());
                    count += 1;
                }
                _ => {
                    driver.note("done");
                    if guards.len() == count && driver.rng.bool() {
                        if let Some(guard) = guards.pop() {
                            drop(guard);
                            count -= 1;
                            if count == 0 {
                                driver.release_all();
                            }
                        }
                    } else if count > guards.len() {
                        g.done();
                        count -= 1;
                        if count == 0 {
                            driver.release_all();
                        }
                    }
                }
            }
            assert_eq!(g.count(), count, "{:?}", driver.log());
            driver.check(g.waiters());
        }
        drop(named);
    }
}
