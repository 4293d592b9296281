//! What all runtimes and threads share, and what has to be true of it.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex as StdMutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use compio_sync::{
    Barrier, CancellationToken, Condvar, Event, Fairness, Mutex, Notify, OnceCell, RwLock,
    Semaphore,
};

use crate::{
    options::Options,
    plant::{AFTER, Plant},
    slots::Slots,
};

pub const PERMITS: usize = 6;
pub const BYTES: usize = 64;
pub const HELD: usize = 4;
pub const ROOM: usize = 32;

/// How much is in use, counted by those who use it.
#[derive(Default)]
pub struct Gauge {
    now: AtomicUsize,
}

impl Gauge {
    /// # Panics
    ///
    /// When it is more than there is.
    pub fn add(&self, n: usize, limit: usize, what: &str) {
        let now = self.now.fetch_add(n, Ordering::SeqCst) + n;
        assert!(now <= limit, "{now} {what} are in use, of {limit}");
    }

    pub fn sub(&self, n: usize) {
        self.now.fetch_sub(n, Ordering::SeqCst);
    }

    pub fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }
}

/// A part of something that is in use until it is dropped, also by a task that is given up.
pub struct InUse<'a>(&'a Gauge, usize);

impl<'a> InUse<'a> {
    pub fn new(gauge: &'a Gauge, n: usize, limit: usize, what: &str) -> Self {
        gauge.add(n, limit, what);
        Self(gauge, n)
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.sub(self.1);
    }
}

/// A semaphore and what is in use of it.
pub struct Limit {
    pub permits: Arc<Semaphore>,
    pub in_use: Gauge,
    pub total: usize,
    pub what: &'static str,
}

impl Limit {
    fn new(total: usize, fairness: Fairness, what: &'static str) -> Self {
        Self {
            permits: Arc::new(Semaphore::with_fairness(total, fairness)),
            in_use: Gauge::default(),
            total,
            what,
        }
    }

    fn at_rest(&self, faults: &mut Vec<String>) {
        let state = (
            self.permits.available_permits(),
            self.permits.waiters(),
            self.in_use.now(),
        );
        if state != (self.total, 0, 0) {
            let (what, total) = (self.what, self.total);
            faults.push(format!(
                "{what}: free, waiting and in use are {state:?}, of {total}"
            ));
        }
    }
}

/// Under a mutex: who is inside, and how often somebody was.
#[derive(Default)]
pub struct Inside {
    pub is_inside: AtomicBool,
    pub times: AtomicU64,
}

impl Inside {
    /// # Panics
    ///
    /// When somebody else is.
    pub fn enter(&self) -> impl Drop {
        struct Leave<'a>(&'a Inside);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.is_inside.store(false, Ordering::SeqCst);
            }
        }
        assert!(
            !self.is_inside.swap(true, Ordering::SeqCst),
            "two hold a mutex"
        );
        self.times.fetch_add(1, Ordering::Relaxed);
        Leave(self)
    }
}

/// Two numbers that are equal whenever somebody looks.
#[derive(Default)]
pub struct Pair(pub u64, pub u64);

impl Pair {
    pub fn check(&self) {
        assert_eq!(self.0, self.1, "a reader sees a write that is half done");
    }
}

/// A queue with an end, and what went through it.
#[derive(Default)]
pub struct Queue {
    pub items: VecDeque<u64>,
    pub put: u64,
    pub taken: u64,
}

/// Something that is made by whoever comes first.
#[derive(Default)]
pub struct Made {
    pub cell: OnceCell<u64>,
    pub makers: AtomicUsize,
}

/// Where two meet.
pub struct Meeting {
    pub barrier: Barrier,
    pub leaders: AtomicUsize,
}

pub struct World {
    pub options: Options,
    pub start: Instant,
    pub slots: Arc<Slots>,
    /// The sessions and the threads come to an end.
    pub stop: AtomicBool,
    /// And now those who feed them.
    pub stop_feeding: AtomicBool,
    pub root: CancellationToken,

    pub permits: Limit,
    pub bytes: Limit,
    pub held: Limit,
    /// Under both policies.
    pub mutexes: [Mutex<Inside>; 2],
    pub locks: [RwLock<Pair>; 2],
    pub queue: Arc<Mutex<Queue>>,
    pub not_empty: Condvar,
    pub not_full: Condvar,
    /// Tokens, and what tells of each.
    pub notes: AtomicU64,
    pub noted: Notify,
    pub events: AtomicU64,
    pub happened: Event,
    /// Set and reset again and again.
    pub gate: Event,
    pub made: StdMutex<Arc<Made>>,
    pub meeting: StdMutex<Option<Arc<Meeting>>>,
    /// Calls on compio's thread pool.
    pub calls: Gauge,
    pub sessions: AtomicU64,
    pub given_up: AtomicU64,
    pub leaked: StdMutex<Vec<std::fs::File>>,
}

/// Takes one, if there is one.
pub fn take(tokens: &AtomicU64) -> bool {
    let less = |n: u64| n.checked_sub(1);
    tokens
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .is_ok()
}

impl World {
    pub fn new(options: Options) -> Self {
        let both = [Fairness::Strict, Fairness::Throughput];
        Self {
            options,
            start: Instant::now(),
            slots: Arc::new(Slots::new()),
            stop: AtomicBool::new(false),
            stop_feeding: AtomicBool::new(false),
            root: CancellationToken::new(),
            permits: Limit::new(PERMITS, Fairness::Strict, "permits"),
            bytes: Limit::new(BYTES, Fairness::Throughput, "bytes"),
            held: Limit::new(HELD, Fairness::Strict, "operations"),
            mutexes: both.map(|fairness| Mutex::with_fairness(Inside::default(), fairness)),
            locks: both.map(|fairness| RwLock::with_fairness(Pair::default(), fairness)),
            queue: Arc::default(),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            notes: AtomicU64::new(0),
            noted: Notify::new(),
            events: AtomicU64::new(0),
            happened: Event::auto_reset(),
            gate: Event::manual_reset(),
            made: StdMutex::default(),
            meeting: StdMutex::default(),
            calls: Gauge::default(),
            sessions: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            leaked: StdMutex::default(),
        }
    }

    /// Whether this mistake is to be made now.
    pub fn errs(&self, plant: Plant) -> bool {
        self.options.plant == Some(plant) && self.start.elapsed() > AFTER
    }

    pub fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// What is not as it should be when everybody has gone.
    pub fn faults_at_rest(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for limit in [&self.permits, &self.bytes, &self.held] {
            limit.at_rest(&mut faults);
        }
        for mutex in &self.mutexes {
            if mutex.waiters() > 0 || mutex.try_lock().is_none() {
                faults.push("a mutex is locked, or somebody waits for it".to_owned());
            }
        }
        for lock in &self.locks {
            if lock.waiters() > 0 || lock.try_write().is_none() {
                faults.push("a lock is locked, or somebody waits for it".to_owned());
            }
        }
        match self.queue.try_lock() {
            None => faults.push("the queue is locked".to_owned()),
            Some(queue) => {
                let left = queue.items.len() as u64;
                if queue.put != queue.taken + left {
                    let (put, taken) = (queue.put, queue.taken);
                    faults.push(format!(
                        "{put} items were put, {taken} taken, {left} are left"
                    ));
                }
            }
        }
        let waiting = [
            self.not_empty.waiters(),
            self.not_full.waiters(),
            self.noted.waiters(),
            self.happened.waiters(),
            self.gate.waiters(),
            self.calls.now(),
            self.slots.actors(),
        ];
        if waiting.iter().any(|n| *n > 0) {
            faults.push(format!("somebody is still here: {waiting:?}"));
        }
        faults
    }
}
