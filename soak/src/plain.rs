//! Plain threads: those who feed the others, and those who wait in the same lines as tasks do.

use std::{
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
    time::Duration,
};

use fastrand::Rng;

use crate::{
    plant::Plant,
    world::{InUse, ROOM, World},
};

fn start(
    world: &Arc<World>,
    name: &'static str,
    run: impl FnOnce(&Arc<World>) + Send + 'static,
) -> JoinHandle<()> {
    let world = world.clone();
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(move || run(&world)).unwrap()
}

/// What is waited for by those who wait for news: they live until nobody waits any more.
pub fn feeders(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    vec![
        start(world, "items", put_items),
        start(world, "news", spread_news),
    ]
}

fn put_items(world: &Arc<World>) {
    let mut number = 0;
    loop {
        let guard = world.queue.blocking_lock();
        let is_full = |queue: &mut crate::world::Queue| {
            queue.items.len() >= ROOM && !world.stop_feeding.load(Ordering::SeqCst)
        };
        let mut queue = world.not_full.blocking_wait_while(guard, is_full);
        if world.stop_feeding.load(Ordering::SeqCst) {
            return;
        }
        let room = ROOM - queue.items.len();
        for _ in 0..room {
            queue.items.push_back(number);
            number += 1;
        }
        queue.put += room as u64;
        drop(queue);
        if room == 1 {
            world.not_empty.notify_one();
        } else {
            world.not_empty.notify_all();
        }
    }
}

fn spread_news(world: &Arc<World>) {
    let mut rng = Rng::with_seed(world.options.seed);
    while !world.stop_feeding.load(Ordering::SeqCst) {
        for _ in 0..rng.u32(0..6) {
            world.notes.fetch_add(1, Ordering::SeqCst);
            if !world.errs(Plant::ForgetWake) {
                world.noted.notify_one();
            }
            world.events.fetch_add(1, Ordering::SeqCst);
            world.happened.set();
        }
        // So few that somebody always waits for the next.
        for tokens in [&world.notes, &world.events] {
            tokens.fetch_min(4, Ordering::SeqCst);
        }
        if rng.u32(0..4) == 0 {
            world.gate.set();
            world.gate.reset();
        }
        thread::sleep(Duration::from_micros(rng.u64(0..500)));
    }
}

/// Threads that use the blocking twins.
pub fn blockers(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    vec![
        start(world, "blocker 1", |world| block(world, 1)),
        start(world, "blocker 2", |world| block(world, 2)),
    ]
}

fn block(world: &Arc<World>, number: u64) {
    let mut rng = Rng::with_seed(world.options.seed.wrapping_add(number));
    let actor = world.slots.enter(format!("blocker {number}"));
    while !world.stops() {
        let which = rng.usize(0..2);
        match rng.u32(0..7) {
            0 => {
                actor.begin("blocking_acquire");
                let limit = &world.permits;
                let permit = limit.permits.blocking_acquire();
                let in_use = InUse::new(&limit.in_use, 1, limit.total, limit.what);
                drop(in_use);
                drop(permit);
            }
            1 => {
                actor.begin("blocking_acquire_many");
                let limit = &world.bytes;
                let n = rng.usize(1..=limit.total);
                let permit = limit.permits.blocking_acquire_many(n);
                let in_use = InUse::new(&limit.in_use, n, limit.total, limit.what);
                drop(in_use);
                drop(permit);
            }
            2 => {
                actor.begin("blocking_lock");
                let inside = world.mutexes[which].blocking_lock();
                drop(inside.enter());
            }
            3 => {
                actor.begin("blocking_read");
                world.locks[which].blocking_read().check();
            }
            4 => {
                actor.begin("blocking_write");
                let mut pair = world.locks[which].blocking_write();
                pair.check();
                pair.0 += 1;
                pair.1 += 1;
            }
            5 => {
                actor.begin("blocking_wait_while");
                let guard = world.queue.blocking_lock();
                let is_empty = |queue: &mut crate::world::Queue| queue.items.is_empty();
                let mut queue = world.not_empty.blocking_wait_while(guard, is_empty);
                queue.items.pop_front().unwrap();
                queue.taken += 1;
                drop(queue);
                world.not_full.notify_one();
            }
            _ => {
                actor.begin("blocking_wait");
                world.gate.blocking_wait();
            }
        }
        actor.end();
        if rng.u32(0..4) == 0 {
            thread::sleep(Duration::from_micros(rng.u64(0..200)));
        }
    }
}
