//! Executors other than compio's, and futures that travel between threads.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{Fairness, Semaphore, local};

use crate::common::{Watchdog, assert_at_rest};

const POLICIES: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// An executor of nobody's: it polls and parks.
fn foreign_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn foreign_executors_and_compio_share_one_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let s = Arc::new(Semaphore::with_fairness(1, fairness));
        let held = s.try_acquire().unwrap();
        thread::scope(|scope| {
            let foreign =
                scope.spawn(|| foreign_block_on(async { s.acquire().await.num_permits() }));
            while s.waiters() < 1 {
                thread::yield_now();
            }
            let ours = scope.spawn(|| {
                compio::runtime::Runtime::new()
                    .unwrap()
                    .block_on(async { s.acquire().await.num_permits() })
            });
            while s.waiters() < 2 {
                thread::yield_now();
            }
            drop(held);
            assert_eq!((foreign.join().unwrap(), ours.join().unwrap()), (1, 1));
        });
        assert_at_rest(&s, 1);
        let local = local::Semaphore::with_fairness(1, fairness);
        assert_eq!(foreign_block_on(local.acquire()).num_permits(), 1);
        assert_at_rest(&local, 1);
    }
}

/// A shared future is polled on one thread, on a second, and ends on a third.
#[test]
fn future_travels_between_threads_then_served_or_dropped_there() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        for dropped in [false, true] {
            let s = Arc::new(Semaphore::with_fairness(1, fairness));
            let held = s.clone().try_acquire_owned().unwrap();
            let mut wait = Box::pin(s.clone().acquire_owned());
            for _ in 0..2 {
                wait = thread::spawn(move || {
                    let mut cx = Context::from_waker(Waker::noop());
                    assert!(wait.as_mut().poll(&mut cx).is_pending());
                    wait
                })
                .join()
                .unwrap();
            }
            // So does the permit.
            thread::spawn(move || drop(held)).join().unwrap();
            thread::spawn(move || {
                if !dropped {
                    drop(foreign_block_on(wait));
                }
            })
            .join()
            .unwrap();
            assert_at_rest(&s, 1);
        }
    }
}
