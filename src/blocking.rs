//! Waiting on a plain thread.

use std::{
    cell::Cell,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use crate::{domain::Shared, primitive::Ordering, queue::Word};

/// Unparks its thread.
struct Parker {
    thread: Thread,
    /// Whether it was woken since the thread last looked: 0 or 1. A thread has one token to unpark
    /// it, which a waker that parks the thread for its own purposes can use up.
    woken: Word<Shared>,
}

impl Parker {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            woken: Word::new(0),
        })
    }

    /// Parks this thread until it was woken.
    fn park(&self) {
        while self.woken.swap(0, Ordering::Acquire) == 0 {
            thread::park();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(1, Ordering::Release);
        self.thread.unpark();
    }
}

thread_local! {
    /// One a thread, so that a blocking wait allocates only the first time. A wait inside another,
    /// in a waker, has one of its own.
    static PARKER: Cell<Option<Arc<Parker>>> = const { Cell::new(None) };
}

/// Polls `future` on this thread and parks it meanwhile.
///
/// # Panics
///
/// When the thread runs a compio runtime: `name` is what was called, `instead` what to call there.
#[track_caller]
pub(crate) fn block_on<F: Future>(name: &str, instead: &str, future: F) -> F::Output {
    if runs_compio() {
        panic!(
            "`{name}` on a thread that is running a compio runtime would stop its driver and all \
             its tasks; use `{instead}`, or call it in `spawn_blocking`"
        );
    }
    let mut future = pin!(future);
    // A thread that is ending has no thread-locals left.
    let kept = PARKER.try_with(Cell::take).ok().flatten();
    let parker = kept.unwrap_or_else(Parker::new);
    let waker = Waker::from(parker.clone());
    let mut cx = Context::from_waker(&waker);
    let output = loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => break output,
            Poll::Pending => parker.park(),
        }
    };
    let _ = PARKER.try_with(|kept| kept.set(Some(parker)));
    output
}

#[cfg(all(feature = "compio", not(loom)))]
fn runs_compio() -> bool {
    compio_runtime::Runtime::try_with_current(|_| ()).is_ok()
}

#[cfg(not(all(feature = "compio", not(loom))))]
fn runs_compio() -> bool {
    false
}
