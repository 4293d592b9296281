//! A task that is polled by hand, and a run of a model.

use std::{
    future::{Future, poll_fn},
    mem,
    ops::Deref,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use loom::{
    cell::UnsafeCell,
    future::block_on,
    sync::Mutex,
    thread::{self, JoinHandle},
};

/// Explores `model` with a bound on preemptions that keeps it to seconds.
pub fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.max_branches = 10_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    // Seen with `--nocapture`.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let executions = executions.load(Ordering::Relaxed);
    println!("model {name}: {executions} executions");
}

/// Runs `f` on another thread.
pub fn spawn<P, R>(shared: &P, f: impl FnOnce(&P::Target) -> R + 'static) -> JoinHandle<R>
where
    P: Clone + Deref + 'static,
    R: 'static,
{
    let shared = shared.clone();
    thread::spawn(move || f(&shared))
}

/// Runs `theirs` on another thread while this one runs `mine`.
pub fn race<P, R, M>(
    shared: &P,
    theirs: impl FnOnce(&P::Target) -> R + 'static,
    mine: impl FnOnce() -> M,
) -> (R, M)
where
    P: Clone + Deref + 'static,
    R: 'static,
{
    let other = spawn(shared, theirs);
    let mine = mine();
    (other.join().unwrap(), mine)
}

/// A number that nothing but a lock, or the order of events, protects: loom fails a model in which
/// a write meets another access.
pub struct Unguarded(UnsafeCell<usize>);

// SAFETY: the threads of a model take turns, and loom looks at each access before it happens.
unsafe impl Sync for Unguarded {}

impl Unguarded {
    pub fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    pub fn add(&self, n: usize) {
        // SAFETY: loom has checked that nobody else is here.
        self.0.with_mut(|number| unsafe { *number += n });
    }

    pub fn get(&self) -> usize {
        // SAFETY: loom has checked that nobody writes.
        self.0.with(|number| unsafe { *number })
    }
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
    /// Polls again with the waker that it has.
    pub fn again(mut self) -> Result<F::Output, Self> {
        let waker = Waker::from(self.wakes.clone());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(self),
        }
    }

    /// When nobody else does anything any more: it was woken and is ready, or neither.
    pub fn settled(self) -> Result<F::Output, Self> {
        let woken = self.wakes.0.load(Ordering::SeqCst) > 0;
        let result = self.again();
        assert_eq!(result.is_ok(), woken, "a lost wake, or woken for nothing");
        result
    }

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

/// Ready when it is polled for the second time, which nobody is woken for.
pub async fn once_more() {
    let mut pending = true;
    poll_fn(|_| match mem::take(&mut pending) {
        true => Poll::Pending,
        false => Poll::Ready(()),
    })
    .await;
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
        mem::take(&mut self.0.lock().unwrap())
    }
}
