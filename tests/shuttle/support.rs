//! A run of a model, random choices, and waits that are given up.

use std::{
    env,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::current,
};

use shuttle::{
    Config, Runner,
    future::block_on,
    rand::{Rng, thread_rng},
    scheduler::{PctScheduler, RandomScheduler, ReplayScheduler},
    sync::atomic::{AtomicUsize, Ordering},
    thread::{self, JoinHandle},
};

/// How many executions there are of a model.
const EXECUTIONS: usize = 200;
/// How often PCT changes its mind in one.
const DEPTHS: [usize; 2] = [2, 4];
/// Where the seeds begin, unless `SHUTTLE_RANDOM_SEED` says, which shuttle itself looks at.
const SEED: u64 = 1;

/// Runs a model in many orders.
pub fn explore(model: impl Fn() + Clone + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    // Said in `main.rs`.
    config.silence_warnings = true;
    if let Ok(schedule) = env::var("SHUTTLE_SCHEDULE") {
        let scheduler = ReplayScheduler::new_from_encoded(&schedule);
        Runner::new(scheduler, config).run(model);
        return;
    }
    let executions = env::var("SHUTTLE_ITERATIONS")
        .map_or(EXECUTIONS, |number| number.parse().expect("a number"))
        .max(1);

    let random = executions.div_ceil(2);
    let scheduler = RandomScheduler::new_from_seed(SEED, random);
    let mut done = Runner::new(scheduler, config.clone()).run(model.clone());
    assert_eq!(done, random);
    for (share, depth) in DEPTHS.into_iter().enumerate() {
        let pct = (executions / 2 + share) / DEPTHS.len();
        let scheduler = PctScheduler::new_from_seed(SEED, depth, pct);
        done += Runner::new(scheduler, config.clone()).run(model.clone());
    }
    let name = current().name().unwrap_or_default().to_owned();
    println!(
        "model {name}: {done} executions, {random} at random and {} by PCT",
        done - random
    );
}

/// A number below `n`, which is part of the schedule.
pub fn pick(n: usize) -> usize {
    thread_rng().gen_range(0..n)
}

/// Runs `work` in so many threads, each with its number.
pub fn spawn<T: Send + Sync + 'static>(
    threads: usize,
    shared: &Arc<T>,
    work: impl Fn(&Arc<T>, usize) + Clone + Send + 'static,
) -> Vec<JoinHandle<()>> {
    let one = |number| {
        let (shared, work) = (shared.clone(), work.clone());
        thread::spawn(move || work(&shared, number))
    };
    (0..threads).map(one).collect()
}

pub fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Waits with one waker from the first poll to the last: a wake that does not come is a deadlock.
pub fn finish<F: Future>(future: F) -> F::Output {
    block_on(future)
}

/// Polls it once or more, perhaps with another waker each time, and gives it up then.
pub fn give_up<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..=pick(3) {
        let waker = match pick(2) {
            0 => Waker::noop().clone(),
            _ => Waker::from(Arc::new(Nobody)),
        };
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

pub fn come_and_leave<F: Future>(future: F) {
    let _output = give_up(future);
}

/// A waker that is like no other, and wakes nobody.
struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

/// A future that has been polled once to no avail, with a waker that wakes nobody.
pub struct Polled<F>(Pin<Box<F>>);

pub fn poll_once<F: Future>(future: F) -> Result<F::Output, Polled<F>> {
    let mut future = Box::pin(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Polled(future)),
    }
}

impl<F: Future> Polled<F> {
    pub fn finish(self) -> F::Output {
        block_on(self.0)
    }
}

/// How many are in a place, where there is room for so many.
pub struct Room {
    inside: AtomicUsize,
    room: usize,
}

impl Room {
    pub fn new(room: usize) -> Self {
        Self {
            inside: AtomicUsize::new(0),
            room,
        }
    }

    /// Goes in with `n`, does something there, and comes out.
    pub fn visit<R>(&self, n: usize, work: impl FnOnce() -> R) -> R {
        let before = self.inside.fetch_add(n, Ordering::SeqCst);
        assert!(before + n <= self.room, "too many at a time");
        let result = work();
        self.inside.fetch_sub(n, Ordering::SeqCst);
        result
    }
}
