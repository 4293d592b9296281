//! Telling a cell that waits for itself from one that waits for another.

use std::{cell::RefCell, future::poll_fn, pin::pin};

thread_local! {
    /// The addresses of the cells whose initialisers are being polled by this thread, one inside
    /// the other.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// A poll of the initialiser of the cell at `address`.
struct Polled;

impl Polled {
    fn begin(address: usize) -> Self {
        // A thread that is ending keeps no account.
        let _ = POLLED.try_with(|polled| polled.borrow_mut().push(address));
        Self
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        let _ = POLLED.try_with(|polled| polled.borrow_mut().pop());
    }
}

/// Runs an initialiser, keeping account of whose it is while it is polled.
pub(super) async fn watched<F: Future>(address: usize, initialiser: F) -> F::Output {
    let mut initialiser = pin!(initialiser);
    poll_fn(|cx| {
        // The threads of a model take turns on one thread of the system.
        let _polled = (!cfg!(loom)).then(|| Polled::begin(address));
        initialiser.as_mut().poll(cx)
    })
    .await
}

/// Waits for a cell.
///
/// # Panics
///
/// When this has to wait inside the initialiser of that cell.
pub(super) async fn unless_recursive<F: Future>(address: usize, wait: F) -> F::Output {
    let mut wait = pin!(wait);
    poll_fn(|cx| {
        let poll = wait.as_mut().poll(cx);
        let recursive = || {
            POLLED
                .try_with(|polled| polled.borrow().contains(&address))
                .unwrap_or(false)
        };
        assert!(
            poll.is_ready() || !recursive(),
            "the initialiser of a cell waits for the cell itself"
        );
        poll
    })
    .await
}
