//! Clocks that jump. No wait reads one: a timeout is the caller's, and whenever it fires, the wait
//! that it drops is given up and nothing with it.

use std::{
    fs,
    future::poll_fn,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread,
};

use compio::runtime::spawn;
use compio_sync::{Condvar, Mutex, RwLock, RwLockUpgradableReadGuard, Semaphore};
use fastrand::Rng;

use crate::common::{Seed, Watchdog, is_quick, on_a_runtime, seeds, turn};

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

/// How many tasks the relay wakes at a time depends on how long the last took, by `Instant`, and
/// nothing else does.
const MAY_READ: &str = "relay/pace.rs";

/// Whoever reads no clock cannot be misled by one.
#[test]
fn no_source_but_one_reads_a_clock_or_sets_a_timer() {
    const CLOCKS: [&str; 12] = [
        "Instant",
        "SystemTime",
        "UNIX_EPOCH",
        "clock_",
        "gettime",
        "timerfd",
        "park_timeout",
        "wait_timeout",
        "recv_timeout",
        "LinkTimeout",
        "compio_runtime::time",
        "rdtsc",
    ];
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 50, "{}", found.len());
    let mut durations = Vec::new();
    let may_read = |path: &str| Path::new(path).ends_with(MAY_READ);
    assert!(found.iter().any(|(path, _)| may_read(path)));
    for (path, text) in &found {
        for line in text.lines() {
            let code = line.split("//").next().unwrap();
            for clock in CLOCKS {
                let is_allowed = clock == "Instant" && may_read(path);
                assert!(is_allowed || !code.contains(clock), "{path}: {line}");
            }
            if code.contains("Duration::") && !may_read(path) {
                durations.push(line.trim());
            }
        }
    }
    // The last resort of a thread that waits for another one to leave the list. It looks again
    // after each nap, however long that was.
    assert_eq!(durations.len(), 1, "{durations:?}");
    assert!(durations[0].contains("thread::sleep"), "{durations:?}");
}

/// Gives up when a clock of its own says so, which may be at once, or never.
async fn patiently<F: Future>(wait: F, patience: Option<u32>) -> Option<F::Output> {
    let mut wait = pin!(wait);
    let mut left = patience;
    poll_fn(|cx| {
        if let Some(left) = &mut left {
            if *left == 0 {
                return Poll::Ready(None);
            }
            *left -= 1;
            // The clock ticks whenever the runtime comes by.
            cx.waker().wake_by_ref();
        }
        wait.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Far too early, in the moment of the grant, or never.
fn patience(rng: &mut Rng) -> Option<u32> {
    match rng.u32(0..4) {
        0 => Some(0),
        1 => Some(rng.u32(1..4)),
        2 => Some(rng.u32(1..200)),
        _ => None,
    }
}

/// What the tasks wait for, and what they have done with it.
struct All {
    s: Semaphore,
    mutex: Mutex<usize>,
    lock: RwLock<usize>,
    queue: Mutex<usize>,
    filled: Condvar,
    locked: AtomicUsize,
    written: AtomicUsize,
    put: AtomicUsize,
    taken: AtomicUsize,
    given_up: AtomicUsize,
}

const PERMITS: usize = 3;
const TASKS: usize = 40;

impl All {
    fn new() -> Self {
        Self {
            s: Semaphore::new(PERMITS),
            mutex: Mutex::new(0),
            lock: RwLock::new(0),
            queue: Mutex::new(0),
            filled: Condvar::new(),
            locked: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
            put: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            given_up: AtomicUsize::new(0),
        }
    }

    async fn permits(&self, rng: &mut Rng) -> bool {
        let n = rng.usize(1..=PERMITS);
        let wait = patiently(self.s.acquire_many(n), patience(rng)).await;
        turn().await;
        wait.is_some()
    }

    async fn lock(&self, rng: &mut Rng) -> bool {
        let Some(mut guard) = patiently(self.mutex.lock(), patience(rng)).await else {
            return false;
        };
        let before = *guard;
        turn().await;
        *guard = before + 1;
        self.locked.fetch_add(1, Ordering::SeqCst);
        true
    }

    async fn write(&self, rng: &mut Rng) -> bool {
        let Some(guard) = patiently(self.lock.upgradable_read(), patience(rng)).await else {
            return false;
        };
        let before = *guard;
        let upgrade = RwLockUpgradableReadGuard::upgrade(guard);
        let Some(mut guard) = patiently(upgrade, patience(rng)).await else {
            return false;
        };
        assert_eq!(*guard, before);
        turn().await;
        *guard = before + 1;
        self.written.fetch_add(1, Ordering::SeqCst);
        true
    }

    async fn read(&self, rng: &mut Rng) -> bool {
        let Some(guard) = patiently(self.lock.read(), patience(rng)).await else {
            return false;
        };
        let before = *guard;
        turn().await;
        assert_eq!(*guard, before);
        true
    }

    async fn put(&self) -> bool {
        *self.queue.lock().await += 1;
        self.put.fetch_add(1, Ordering::SeqCst);
        self.filled.notify_one();
        true
    }

    /// Not for ever, as there may be nothing more to come.
    async fn take(&self, patience: Option<u32>) -> bool {
        let take = async {
            let guard = self.queue.lock().await;
            let mut queue = self.filled.wait_while(guard, |queue| *queue == 0).await;
            *queue -= 1;
            self.taken.fetch_add(1, Ordering::SeqCst);
        };
        patiently(take, patience).await.is_some()
    }

    async fn anything(&self, rng: &mut Rng) {
        let got_it = match rng.u32(0..6) {
            0 => self.permits(rng).await,
            1 => self.lock(rng).await,
            2 => self.write(rng).await,
            3 => self.read(rng).await,
            4 => self.put().await,
            _ => self.take(Some(rng.u32(0..100))).await,
        };
        self.given_up
            .fetch_add(usize::from(!got_it), Ordering::SeqCst);
    }
}

#[test]
fn timeouts_fire_far_too_early_or_never_then_nothing_is_lost() {
    let _watchdog = Watchdog::start();
    let rounds = if is_quick() { 100 } else { 1000 };
    for seed in seeds(4) {
        let _seed = Seed(seed);
        let all = Arc::new(All::new());
        let threads = [0, 1].map(|this| {
            let all = all.clone();
            thread::spawn(move || {
                on_a_runtime(async {
                    let tasks: Vec<_> = (0..TASKS)
                        .map(|at| {
                            let all = all.clone();
                            let mut rng = Rng::with_seed((seed << 16) | ((at as u64) << 1) | this);
                            spawn(async move {
                                for _ in 0..rounds {
                                    all.anything(&mut rng).await;
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let get = |n: &AtomicUsize| n.load(Ordering::SeqCst);
        assert!(get(&all.given_up) > 0 && get(&all.taken) > 0 && get(&all.written) > 0);
        assert_eq!(all.s.available_permits(), PERMITS);
        assert_eq!(all.mutex.try_lock().as_deref(), Some(&get(&all.locked)));
        assert_eq!(all.lock.try_write().as_deref(), Some(&get(&all.written)));
        let left = *all.queue.try_lock().unwrap();
        assert_eq!(get(&all.put), get(&all.taken) + left);
        assert_eq!(
            (all.s.waiters(), all.lock.waiters(), all.filled.waiters()),
            (0, 0, 0)
        );
        on_a_runtime(async {
            // Nor has a notification that was passed on come to nobody.
            for _ in 0..left {
                assert!(all.take(None).await);
            }
        });
    }
}
