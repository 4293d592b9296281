//! What these tests share: gates that open for many, tasks that count their polls, processes.

use std::{
    cell::Cell,
    env,
    future::poll_fn,
    pin::{Pin, pin},
    process::{Command, ExitStatus},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use compio_sync::{Barrier, CancellationToken, Event, Notify, Semaphore};

pub use crate::tools::{Watchdog, on_a_runtime, runtime, spin_until, turn, until};

/// Longer than any test takes.
pub const EVER: Duration = Duration::from_secs(3600);

/// Whether there is little time. `COMPIO_SYNC_QUICK` says so, with 0 for no; else it is for builds
/// that are not optimized.
pub fn is_quick() -> bool {
    match env::var("COMPIO_SYNC_QUICK") {
        Ok(quick) => quick != "0",
        Err(_) => cfg!(debug_assertions),
    }
}

/// What many wait for, and what lets all of them go at once.
pub trait Gate: Send + Sync + 'static {
    const NAME: &str;

    fn for_many(n: usize) -> Self;
    fn pass(self: Arc<Self>) -> impl Future<Output = ()> + 'static;
    fn open(&self, n: usize);
}

impl Gate for Semaphore {
    const NAME: &str = "Semaphore";

    fn for_many(_: usize) -> Self {
        Self::new(0)
    }

    async fn pass(self: Arc<Self>) {
        self.acquire_owned().await.forget();
    }

    fn open(&self, n: usize) {
        self.add_permits(n);
    }
}

impl Gate for Notify {
    const NAME: &str = "Notify";

    fn for_many(_: usize) -> Self {
        Self::new()
    }

    fn pass(self: Arc<Self>) -> impl Future<Output = ()> + 'static {
        self.notified_owned()
    }

    fn open(&self, _: usize) {
        self.notify_waiters();
    }
}

impl Gate for Event {
    const NAME: &str = "Event";

    fn for_many(_: usize) -> Self {
        Self::manual_reset()
    }

    fn pass(self: Arc<Self>) -> impl Future<Output = ()> + 'static {
        self.wait_owned()
    }

    fn open(&self, _: usize) {
        self.set();
    }
}

impl Gate for Barrier {
    const NAME: &str = "Barrier";

    fn for_many(n: usize) -> Self {
        Self::new(n + 1)
    }

    async fn pass(self: Arc<Self>) {
        assert!(!self.wait().await.is_leader());
    }

    fn open(&self, _: usize) {
        let last = pin!(self.wait());
        let Poll::Ready(result) = last.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("the last to arrive waits");
        };
        assert!(result.is_leader());
    }
}

impl Gate for CancellationToken {
    const NAME: &str = "CancellationToken";

    fn for_many(_: usize) -> Self {
        Self::new()
    }

    fn pass(self: Arc<Self>) -> impl Future<Output = ()> + 'static {
        Self::clone(&self).cancelled_owned()
    }

    fn open(&self, _: usize) {
        self.cancel();
    }
}

/// Waits, and gives how often it was polled for that. Counts itself among those who wait.
pub async fn polls_of<F: Future>(wait: F, waiting: Rc<Cell<usize>>) -> usize {
    let mut wait = pin!(wait);
    let mut polls = 0;
    poll_fn(|cx| {
        let poll = wait.as_mut().poll(cx).map(drop);
        polls += 1;
        if polls == 1 {
            assert!(poll.is_pending(), "it was to wait");
            waiting.set(waiting.get() + 1);
        }
        poll
    })
    .await;
    polls
}

/// Polls it once, to no avail.
pub async fn pends<F: Future>(mut wait: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(wait.as_mut().poll(cx).is_pending(), "it was to wait");
        Poll::Ready(())
    })
    .await;
}

/// Releases `n` permits from a thread of its own, when so many wait and have fallen asleep.
pub fn release_soon(s: &Arc<Semaphore>, n: usize) -> thread::JoinHandle<()> {
    let s = s.clone();
    thread::spawn(move || {
        spin_until(|| s.waiters() >= n);
        thread::sleep(Duration::from_millis(5));
        s.add_permits(n);
    })
}

/// Lets a task of this runtime wait for another thread, so that the runtime has a relay.
pub async fn warm_up() {
    let s = Arc::new(Semaphore::new(0));
    for _ in 0..3 {
        let releasing = release_soon(&s, 1);
        let waiting = compio::runtime::spawn(s.clone().acquire_owned());
        waiting.await.unwrap().forget();
        releasing.join().unwrap();
    }
}

/// What a process ends with that has done all that it was to do.
pub const WELL: i32 = 42;

const CHILD: &str = "COMPIO_SYNC_CHILD";

/// Runs `body` in a process in which nothing else runs, with these variables, and gives how it
/// ended. In that process this does not return.
pub fn status_alone(test: &str, env: &[(&str, &str)], body: impl FnOnce()) -> ExitStatus {
    // The same test may start several, which differ by what they are to do.
    let which = format!("{test} {env:?}");
    match env::var(CHILD) {
        Ok(child) if child == which => {
            let watchdog = Watchdog::start();
            body();
            drop(watchdog);
            std::process::exit(WELL);
        }
        Ok(_) => {
            // What a test starts before the one that this process is for.
            return ExitStatus::default();
        }
        Err(_) => {}
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, which)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output.status
}

/// Runs `body` in a process in which nothing else runs, with these variables, to its end.
#[track_caller]
pub fn alone(test: &str, env: &[(&str, &str)], body: impl FnOnce()) {
    let status = status_alone(test, env, body);
    if env::var_os(CHILD).is_none() {
        assert_eq!(status.code(), Some(WELL), "{status}");
    }
}

/// The variable that forces a doorbell, with each value that it takes.
pub const DOORBELLS: [(&str, &str); 3] = [
    ("COMPIO_SYNC_DOORBELL", "eventfd"),
    ("COMPIO_SYNC_DOORBELL", "futex"),
    ("COMPIO_SYNC_DOORBELL", "waker"),
];
