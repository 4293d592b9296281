//! Waiting on a plain thread.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// One a thread, so that a blocking wait allocates only the first time.
    static UNPARK: Waker = Waker::from(Arc::new(Unpark(thread::current())));
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
    // A thread that is ending has no thread-locals left; it gets a waker of its own.
    let waker = UNPARK
        .try_with(Waker::clone)
        .unwrap_or_else(|_| Waker::from(Arc::new(Unpark(thread::current()))));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(all(feature = "compio", not(loom)))]
fn runs_compio() -> bool {
    compio_runtime::Runtime::try_with_current(|_| ()).is_ok()
}

#[cfg(not(all(feature = "compio", not(loom))))]
fn runs_compio() -> bool {
    false
}
