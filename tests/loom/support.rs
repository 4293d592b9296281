//! A task that is polled by hand, and a run of a model.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use loom::{
    future::block_on,
    sync::{Arc, Mutex},
};

/// Explores `model` with a bound on preemptions that keeps it to seconds.
pub fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.max_branches = 10_000;
    builder.check(model);
}

/// A future that has been polled once, with a waker that does nothing.
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
    /// Waits for the end, with a waker that unparks: a wake that does not come is a deadlock.
    pub fn finish(self) -> F::Output {
        block_on(self.0)
    }
}

/// Runs it to its end.
pub fn finish<F: Future>(future: F) -> F::Output {
    match poll_once(future) {
        Ok(output) => output,
        Err(pending) => pending.finish(),
    }
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
