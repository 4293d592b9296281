//! What these tests share: gates that open for many, tasks that count their polls.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use compio_sync::{Barrier, CancellationToken, Event, Notify, Semaphore};

pub use crate::tools::{
    DOORBELLS, WELL, Watchdog, alone, fewer, is_quick, on_a_runtime, release_soon, runtime,
    spin_until, turn, until, warm_up,
};

/// Longer than any test takes.
pub const EVER: Duration = Duration::from_secs(3600);

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
