//! Runtimes that come and go.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use compio::{
    driver::{AsyncifyPool, ProactorBuilder},
    fs::pipe::anonymous,
    runtime::{JoinHandle, Runtime, RuntimeBuilder, spawn},
    time::sleep,
};
use compio_sync::local;
use fastrand::Rng;

use crate::{actor, plant::Plant, world::World};

/// What the tasks of one runtime share.
pub struct Home {
    pub world: Arc<World>,
    /// Each task ends with the step that it is in.
    pub closing: Cell<bool>,
    pub limit: Rc<local::Semaphore>,
    pub lock: Rc<local::RwLock<u64>>,
    pub receiver: compio::fs::pipe::Receiver,
    pub sender: compio::fs::pipe::Sender,
}

fn runtime(pool: &AsyncifyPool) -> Runtime {
    let mut proactor = ProactorBuilder::new();
    proactor.reuse_thread_pool(pool.clone());
    let runtime = RuntimeBuilder::new().with_proactor(proactor).build();
    runtime.expect("a runtime")
}

/// One runtime after the other on this thread, until it is told to stop.
pub fn run(world: &Arc<World>, pool: &AsyncifyPool, thread: u64) {
    let mut rng = Rng::with_seed(world.options.seed.wrapping_mul(31).wrapping_add(thread));
    while !world.stops() {
        let number = world.sessions.fetch_add(1, Ordering::SeqCst);
        // Some threads have nothing to do for a while.
        if rng.u32(0..4) == 0 {
            thread::sleep(Duration::from_millis(rng.u64(0..50)));
        }
        let runtime = runtime(pool);
        let seed = rng.u64(..);
        runtime.block_on(session(world, number, seed));
        // What its tasks were in the middle of ends with it, while others wake them.
        drop(runtime);
        if world.errs(Plant::LeakDescriptor) {
            let files = (0..20).map(|_| std::fs::File::open("/dev/null").unwrap());
            world.leaked.lock().unwrap().extend(files);
        }
    }
}

async fn session(world: &Arc<World>, number: u64, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let (receiver, sender) = anonymous().await.expect("a pipe");
    let home = Rc::new(Home {
        world: world.clone(),
        closing: Cell::new(false),
        limit: Rc::new(local::Semaphore::new(2)),
        lock: Rc::new(local::RwLock::new(0)),
        receiver,
        sender,
    });
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    let begin = |rng: &mut Rng, at: usize| {
        let who = format!("task {at} of runtime {number}");
        spawn(actor::run(home.clone(), who, rng.u64(..)))
    };
    for at in 0..world.options.tasks {
        tasks.push(begin(&mut rng, at));
    }
    let end = Instant::now() + Duration::from_millis(rng.u64(50..1500));
    while Instant::now() < end && !world.stops() {
        sleep(Duration::from_millis(rng.u64(1..10))).await;
        // One of the first half is given up in the middle of what it does, and another one begins.
        // The others live on: nobody would know of a step that has no end, if all were given up.
        let at = rng.usize(0..tasks.len().div_ceil(2));
        drop(std::mem::replace(&mut tasks[at], begin(&mut rng, at)));
    }
    match rng.u32(0..3) {
        // Each comes to the end of its step.
        0 | 1 => {
            home.closing.set(true);
            for task in tasks {
                task.await.unwrap();
            }
        }
        // All are in the middle of something when the runtime ends.
        _ => tasks.into_iter().for_each(JoinHandle::detach),
    }
}
