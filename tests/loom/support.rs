//! A task that is polled by hand, and a run of a model.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use loom::{future::block_on, sync::Mutex};

/// Explores `model` with a bound on preemptions that keeps it to seconds.
pub fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.max_branches = 10_000;
    builder.check(model);
}

/// A future that has been polled once, with a waker that counts.
pub struct Polled<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
}

/// std's counter: it is looked at when all threads are done, and adds nothing to explore.
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

pub fn poll_once<F: Future>(future: F) -> Result<F::Output, Polled<F>> {
    let mut future = Box::pin(future);
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(wakes.clone());
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Polled { future, wakes }),
    }
}

impl<F: Future> Polled<F> {
    /// Waits for the end, with a waker that unparks: a wake that does not come is a deadlock.
    pub fn finish(self) -> F::Output {
        block_on(self.future)
    }

    /// When nobody else does anything any more: it was woken, and is ready.
    pub fn was_served(mut self) -> F::Output {
        assert!(self.wakes.0.load(Ordering::SeqCst) > 0, "a lost wake");
        let mut cx = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("woken for nothing"),
        }
    }
}

/// Runs it to its end, with one waker from the first poll on: a second would give a waiter that was
/// forgotten another chance.
pub fn finish<F: Future>(future: F) -> F::Output {
    block_on(future)
}

/// Polls once and drops it there.
pub fn cancel<F: Future>(future: F) -> Option<F::Output> {
    poll_once(future).ok()
}

/// What threads of a model saw, in the order in which they saw it.
#[derive(Clone)]
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Log<T> {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    pub fn push(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
