//! Runtimes that end while the driver holds permits.

use std::{
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, ThreadId},
};

use compio::{
    BufResult,
    driver::{OpCode, op::Asyncify},
    runtime::{Runtime, submit},
};
use compio_sync::generic::{Local, Semaphore, Shared};

use crate::common::{Form, OnDrop, Watchdog, kept, runtimes, semaphore};

/// A call for the thread pool, with what tells that it runs, what lets it go on, and what tells on
/// which thread it was dropped.
fn call() -> (
    impl OpCode + 'static,
    Receiver<()>,
    Sender<()>,
    Receiver<ThreadId>,
) {
    let (entered, running) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    let (dropped, place) = mpsc::channel();
    let call = Asyncify::new(move || {
        entered.send(()).unwrap();
        wait.recv().unwrap();
        let part_of_the_operation = OnDrop(move || dropped.send(thread::current().id()).unwrap());
        BufResult(Ok(0), part_of_the_operation)
    });
    (call, running, go, place)
}

/// Starts it, and ends the runtime meanwhile.
fn start_then_end(runtime: Runtime, held: impl OpCode + 'static, running: Receiver<()>) {
    runtime.block_on(async {
        let mut submitted = Box::pin(submit(held));
        assert!(futures_util::poll!(submitted.as_mut()).is_pending());
    });
    running.recv().unwrap();
    drop(runtime);
}

#[test]
fn blocking_call_that_outlives_its_runtime_gives_a_shared_permit_on_the_pool() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let s = semaphore::<Shared>(1);
        let (call, running, go, place) = call();
        start_then_end(runtime, Shared::take(&s, 1).hold(call), running);
        assert_eq!(s.available_permits(), 0);
        go.send(()).unwrap();
        drop(s.blocking_acquire());
        assert_ne!(place.recv().unwrap(), thread::current().id());
        assert_eq!(s.available_permits(), 1);
    }
}

/// Nobody but this thread may touch the semaphore, and the operation is dropped on another.
#[test]
fn blocking_call_that_outlives_its_runtime_loses_a_local_permit() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        // Kept, since nobody ever frees what a lost permit refers to.
        let s = kept(Semaphore::<Local>::new(2));
        // Given back after the local permit, so that there is something to wait for.
        let over = semaphore::<Shared>(1);
        let (call, running, go, place) = call();
        let held = Shared::take(&over, 1).hold(s.try_acquire().unwrap().hold(call));
        start_then_end(runtime, held, running);
        go.send(()).unwrap();
        drop(over.blocking_acquire());
        assert_ne!(place.recv().unwrap(), thread::current().id());
        assert_eq!((s.available_permits(), s.in_use()), (1, 1));
        // The rest of it goes on as ever.
        drop(s.try_acquire().unwrap());
        assert_eq!(s.available_permits(), 1);
    }
}

/// Where the driver sees to it that what is in flight ends with it.
#[cfg(unix)]
mod reads {
    use std::{
        io::{PipeReader, pipe},
        sync::Arc,
        time::Duration,
    };

    use compio::{
        driver::op::Read,
        runtime::spawn,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::common::{Counted, Gauge};

    const READS: usize = 10;

    forms! {
        runtime_that_ends_with_reads_in_flight_gives_all_permits_back,
        runtime_that_ends_with_reads_just_given_up_gives_all_permits_back,
        runtime_that_ends_before_its_future_of_a_read_gives_the_permit_back,
    }

    /// A read of nothing. By an operation of our own: making a pipe the usual way can involve the
    /// pool, and a thread of it that is slow to let go of the driver would have the last word.
    async fn read<D: Form>(s: D::Ref<Semaphore<D>>, gauge: Gauge, reader: Arc<PipeReader>) {
        let buffer = D::acquire(&s).await.hold(Counted::new(&gauge));
        drop(submit(Read::new(reader, buffer)).await);
    }

    fn runtime_that_ends_with_reads_in_flight_gives_all_permits_back<D: Form>() {
        let _watchdog = Watchdog::start();
        for runtime in runtimes() {
            let (s, gauge) = (semaphore::<D>(READS), Gauge::default());
            let (reader, _writer) = pipe().unwrap();
            let reader = Arc::new(reader);
            runtime.block_on(async {
                // One waits for a permit.
                for _ in 0..=READS {
                    spawn(read::<D>(s.clone(), gauge.clone(), reader.clone())).detach();
                }
                sleep(Duration::from_millis(1)).await;
            });
            let now = (s.available_permits(), s.waiters(), gauge.now());
            assert_eq!(now, (0, 1, READS));
            drop(runtime);
            let now = (s.available_permits(), s.waiters(), gauge.now());
            assert_eq!(now, (READS, 0, 0));
            assert_eq!((D::pointers(&s), Arc::strong_count(&reader)), (1, 1));
        }
    }

    fn runtime_that_ends_with_reads_just_given_up_gives_all_permits_back<D: Form>() {
        let _watchdog = Watchdog::start();
        for runtime in runtimes() {
            let (s, gauge) = (semaphore::<D>(READS), Gauge::default());
            let (reader, _writer) = pipe().unwrap();
            let reader = Arc::new(reader);
            runtime.block_on(async {
                for _ in 0..READS {
                    let read = read::<D>(s.clone(), gauge.clone(), reader.clone());
                    assert!(timeout(Duration::ZERO, read).await.is_err());
                }
            });
            drop(runtime);
            assert_eq!((s.available_permits(), gauge.now()), (READS, 0));
            assert_eq!((D::pointers(&s), Arc::strong_count(&reader)), (1, 1));
        }
    }

    fn runtime_that_ends_before_its_future_of_a_read_gives_the_permit_back<D: Form>() {
        let _watchdog = Watchdog::start();
        for runtime in runtimes() {
            let (s, gauge) = (semaphore::<D>(1), Gauge::default());
            let (reader, _writer) = pipe().unwrap();
            let mut reading = Box::pin(read::<D>(s.clone(), gauge.clone(), Arc::new(reader)));
            runtime.block_on(async {
                assert!(futures_util::poll!(reading.as_mut()).is_pending());
            });
            drop(runtime);
            assert_eq!((s.available_permits(), gauge.now()), (0, 1));
            // The future was what kept the driver alive.
            drop(reading);
            assert_eq!((s.available_permits(), gauge.now()), (1, 0));
            assert_eq!(D::pointers(&s), 1);
        }
    }
}

/// On Windows, compio lets go of what is in flight for good: the kernel may still write to it.
#[cfg(windows)]
mod reads {
    use std::time::Duration;

    use compio::{
        driver::op::Read,
        runtime::{Submit, spawn},
        time::sleep,
    };
    use compio_sync::{Held, generic::OwnedSemaphorePermit};

    use super::*;
    use crate::{
        common::{Counted, Gauge},
        pipe::{Reader, raw_pipe},
    };

    const READS: usize = 10;

    forms! {
        runtime_that_ends_with_reads_in_flight_loses_their_permits,
        runtime_that_ends_before_its_future_of_a_read_loses_the_permit,
    }

    type Reading<D> = Submit<Read<Held<Counted, OwnedSemaphorePermit<D>>, Reader>>;

    fn read<D: Form>(
        permit: OwnedSemaphorePermit<D>,
        gauge: &Gauge,
        reader: &Reader,
    ) -> Reading<D> {
        submit(Read::new(reader.clone(), permit.hold(Counted::new(gauge))))
    }

    fn runtime_that_ends_with_reads_in_flight_loses_their_permits<D: Form>() {
        let _watchdog = Watchdog::start();
        for runtime in runtimes() {
            let (s, gauge) = (semaphore::<D>(READS), Gauge::default());
            let _writer = runtime.block_on(async {
                let (reader, writer) = raw_pipe();
                // One waits for a permit.
                for _ in 0..=READS {
                    let (s, gauge, reader) = (s.clone(), gauge.clone(), reader.clone());
                    spawn(async move {
                        drop(read::<D>(D::acquire(&s).await, &gauge, &reader).await);
                    })
                    .detach();
                }
                sleep(Duration::from_millis(1)).await;
                writer
            });
            let now = (s.available_permits(), s.waiters(), gauge.now());
            assert_eq!(now, (0, 1, READS));
            drop(runtime);
            let now = (s.available_permits(), s.waiters(), gauge.now());
            assert_eq!(now, (0, 0, READS));
            // The rest of it goes on as ever.
            s.add_permits(1);
            drop(D::take(&s, 1));
            assert_eq!((s.available_permits(), s.in_use()), (1, READS));
        }
    }

    fn runtime_that_ends_before_its_future_of_a_read_loses_the_permit<D: Form>() {
        let _watchdog = Watchdog::start();
        for runtime in runtimes() {
            let (s, gauge) = (semaphore::<D>(1), Gauge::default());
            let (reading, _writer) = runtime.block_on(async {
                let (reader, writer) = raw_pipe();
                let mut reading = Box::pin(read::<D>(D::take(&s, 1), &gauge, &reader));
                assert!(futures_util::poll!(reading.as_mut()).is_pending());
                (reading, writer)
            });
            drop(runtime);
            assert_eq!((s.available_permits(), gauge.now()), (0, 1));
            // With it the driver ends, before it has seen the completion.
            drop(reading);
            assert_eq!((s.available_permits(), gauge.now()), (0, 1));
        }
    }
}
