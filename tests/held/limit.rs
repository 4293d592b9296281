//! The limit holds for what the kernel has in its hands, not only for what somebody waits for.

use std::{
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    task::Poll,
    time::Duration,
};

use compio::{
    BufResult,
    driver::{OpCode, op::Asyncify},
    io::AsyncRead,
    runtime::{Runtime, spawn, submit},
    time::sleep,
};
use compio_sync::{
    Notify,
    generic::{OwnedSemaphorePermit, Semaphore},
};
use futures_util::{
    future::{Either, select},
    poll,
};

use crate::{
    common::{Counted, Form, Gauge, Watchdog, give_up, runtimes, semaphore, slowness},
    pipe::{Receiver, pipe},
};

const LIMIT: usize = 64;
const TASKS: usize = 250;
const READS: usize = 40;

forms! {
    reads_that_time_out_under_held_permits_never_exceed_the_limit,
    reads_that_time_out_under_permits_of_their_tasks_exceed_the_limit,
    reads_given_up_at_once_under_permits_of_their_tasks_exceed_the_limit,
    calls_given_up_under_held_permits_never_exceed_the_limit,
    calls_given_up_under_permits_of_their_tasks_exceed_the_limit,
}

/// How many reads wait inside of this runtime's ring, if it is one and the kernel tells.
#[cfg(target_os = "linux")]
fn reads_in_the_ring(runtime: &Runtime) -> Option<usize> {
    use compio::driver::AsRawFd;

    /// `IORING_OP_READ`.
    const READ: &str = "op=22,";
    let path = format!("/proc/self/fdinfo/{}", runtime.as_raw_fd());
    let info = std::fs::read_to_string(path).ok()?;
    let (_, waiting) = info.split_once("PollList:")?;
    let reads = waiting.lines().filter(|line| line.trim().starts_with(READ));
    Some(reads.count())
}

/// There are no rings elsewhere.
#[cfg(not(target_os = "linux"))]
fn reads_in_the_ring(_: &Runtime) -> Option<usize> {
    None
}

/// Reads what never comes, `READS` times in each of `TASKS` tasks, and gives each up after a
/// moment. Gives the most buffers that there were at a time, and the most reads in the ring.
fn read_in_vain<D: Form>(
    runtime: &Runtime,
    read: impl AsyncFn(OwnedSemaphorePermit<D>, Counted, &Receiver) + Clone + 'static,
) -> (usize, Option<usize>) {
    let s: D::Ref<Semaphore<D>> = semaphore::<D>(LIMIT);
    let gauge = Gauge::default();
    let most_in_the_ring = runtime.block_on(async {
        let mut tasks = Vec::new();
        let (receiver, _sender) = pipe().await;
        for _ in 0..TASKS {
            let (s, gauge, read) = (s.clone(), gauge.clone(), read.clone());
            let receiver = receiver.clone();
            tasks.push(spawn(async move {
                for _ in 0..READS {
                    let permit = D::acquire(&s).await;
                    read(permit, Counted::new(&gauge), &receiver).await;
                }
            }));
        }
        let mut most = None;
        while tasks.iter().any(|task| !task.is_finished()) {
            sleep(Duration::from_micros(300)).await;
            most = most.max(reads_in_the_ring(runtime));
        }
        for task in tasks {
            task.await.unwrap();
        }
        while gauge.now() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        most
    });
    assert_eq!((s.available_permits(), s.waiters()), (LIMIT, 0));
    assert_eq!(D::pointers(&s), 1);
    (gauge.most(), most_in_the_ring)
}

const A_MOMENT: Duration = Duration::from_millis(1);

fn reads_that_time_out_under_held_permits_never_exceed_the_limit<D: Form>() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let (most, in_the_ring) = read_in_vain::<D>(&runtime, async |permit, buffer, receiver| {
            let mut receiver = receiver;
            let read = receiver.read(permit.hold(buffer));
            give_up(read).await;
        });
        assert_eq!(most, LIMIT);
        assert!(in_the_ring.is_none_or(|reads| (1..=LIMIT).contains(&reads)));
    }
}

/// That is what makes the other test one that can fail.
fn reads_that_time_out_under_permits_of_their_tasks_exceed_the_limit<D: Form>() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        // Where all takes its time, so may the task that comes next.
        let exceeds = (0..10 / slowness()).any(|_| {
            let (most, _) = read_in_vain::<D>(&runtime, async |permit, buffer, receiver| {
                let _permit = permit;
                let mut receiver = receiver;
                give_up(receiver.read(buffer)).await;
            });
            most > LIMIT
        });
        assert!(exceeds || slowness() > 1);
    }
}

/// The same without the luck of a race.
fn reads_given_up_at_once_under_permits_of_their_tasks_exceed_the_limit<D: Form>() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let s: D::Ref<Semaphore<D>> = semaphore::<D>(LIMIT);
        let gauge = Gauge::default();
        runtime.block_on(async {
            let (receiver, _sender) = pipe().await;
            let read = async || {
                let _permit = D::acquire(&s).await;
                let mut receiver = &receiver;
                _ = receiver.read(Counted::new(&gauge)).await;
            };
            let mut reads: Vec<_> = (0..LIMIT).map(|_| Box::pin(read())).collect();
            for read in &mut reads {
                assert!(poll!(read).is_pending());
            }
            // All of them are given to the kernel.
            sleep(A_MOMENT).await;
            drop(reads);
            assert_eq!((s.available_permits(), gauge.now()), (LIMIT, LIMIT));
            let mut one_more = Box::pin(read());
            assert!(poll!(&mut one_more).is_pending());
            assert_eq!(gauge.now(), LIMIT + 1);
        });
    }
}

const FEW: usize = 4;

/// Starts calls on the thread pool that cannot be cancelled, three times as many as the limit, and
/// gives each up once it runs. Gives the most that ran at a time.
fn call_in_vain<D: Form, S: OpCode + 'static>(
    runtime: &Runtime,
    hold: impl Fn(OwnedSemaphorePermit<D>, Call) -> (Option<OwnedSemaphorePermit<D>>, S),
) -> usize {
    let s: D::Ref<Semaphore<D>> = semaphore::<D>(FEW);
    let gauge = Gauge::default();
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    runtime.block_on(async {
        for _ in 0..3 * FEW {
            // No permit is another way not to start.
            let Poll::Ready(permit) = poll!(pin!(D::acquire(&s))) else {
                continue;
            };
            let (counted, wait) = (Counted::new(&gauge), wait.clone());
            let runs = Arc::new(Notify::new());
            let running = runs.clone();
            let call: Call = Asyncify::new(Box::new(move || {
                running.notify_one();
                // All fail as one, when there is nobody to tell them to go on.
                let _ = wait.lock().unwrap().recv();
                BufResult(Ok(0), counted)
            }));
            let (_permit, operation) = hold(permit, call);
            let (call, runs) = (pin!(submit(operation)), pin!(runs.notified()));
            let given_up = matches!(select(call, runs).await, Either::Right(_));
            assert!(given_up, "it ended");
        }
        drop(go);
        while gauge.now() > 0 {
            sleep(A_MOMENT).await;
        }
    });
    assert_eq!((s.available_permits(), D::pointers(&s)), (FEW, 1));
    gauge.most()
}

type Call = Asyncify<Box<dyn FnOnce() -> BufResult<usize, Counted> + Send>, Counted>;

fn calls_given_up_under_held_permits_never_exceed_the_limit<D: Form>() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let most = call_in_vain::<D, _>(&runtime, |permit, call| (None, permit.hold(call)));
        assert_eq!(most, FEW);
    }
}

fn calls_given_up_under_permits_of_their_tasks_exceed_the_limit<D: Form>() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let most = call_in_vain::<D, _>(&runtime, |permit, call| (Some(permit), call));
        assert_eq!(most, 3 * FEW);
    }
}
