//! Rings that are far too small: hundreds of operations, waits and wakes at once go through a
//! submission queue for a few.

use std::{sync::Arc, time::Duration};

use compio::{
    driver::{DriverType, ProactorBuilder},
    fs::pipe::{Receiver, Sender, anonymous},
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    runtime::{JoinHandle, Runtime, RuntimeBuilder, spawn},
    time::{sleep, timeout},
};
use compio_sync::Semaphore;

use crate::{
    common::{
        DOORBELLS, MANY, Watchdog, alone, fewer, in_line, release_soon, storm, turn, until,
        were_polled_twice,
    },
    counted::{Counted, Gauge},
};

/// Entries in the submission queue. The completion queue has twice as many.
const CAPACITIES: [u32; 3] = [1, 2, 8];

fn small(capacity: u32) -> Runtime {
    let mut proactor = ProactorBuilder::new();
    proactor.capacity(capacity).driver_type(DriverType::IoUring);
    RuntimeBuilder::new()
        .with_proactor(proactor)
        .build()
        .unwrap()
}

async fn pipes(n: usize) -> Vec<(Receiver, Sender)> {
    let mut pipes = Vec::new();
    for _ in 0..n {
        pipes.push(anonymous().await.unwrap());
    }
    pipes
}

/// Tasks that read one byte each. All reads begin in the same round of the runtime.
async fn readers(n: usize) -> (Vec<JoinHandle<()>>, Vec<Sender>) {
    let mut tasks = Vec::new();
    let mut senders = Vec::new();
    for (mut receiver, sender) in pipes(n).await {
        senders.push(sender);
        tasks.push(spawn(async move {
            let (_, byte) = receiver.read_exact(vec![0]).await.unwrap();
            assert_eq!(byte, [7]);
        }));
    }
    (tasks, senders)
}

/// All bytes come in the same round, too, which is more than the completion queue has room for.
async fn answer(senders: Vec<Sender>) {
    let writes: Vec<_> = senders
        .into_iter()
        .map(|mut sender| spawn(async move { sender.write_all([7]).await.unwrap() }))
        .collect();
    for write in writes {
        write.await.unwrap();
    }
}

#[test]
fn queue_is_full_of_reads_and_writes_while_two_runtimes_release_each_other() {
    const TEST: &str =
        "ring::queue_is_full_of_reads_and_writes_while_two_runtimes_release_each_other";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            // Asks for the doorbell.
            drop(crate::common::runtime());
            for capacity in CAPACITIES {
                storm(
                    || small(capacity),
                    MANY,
                    fewer(5),
                    async |_, _| {
                        let (tasks, senders) = readers(MANY).await;
                        turn().await;
                        // The waits of the round are in the same queue as these.
                        spawn(async {
                            answer(senders).await;
                            for task in tasks {
                                task.await.unwrap();
                            }
                        })
                        .detach();
                    },
                );
            }
        });
    }
}

/// The doorbell goes into a queue that is full, and a wait ends among hundreds of completions.
#[test]
fn waits_begin_and_end_among_hundreds_of_operations_then_all_end() {
    let _watchdog = Watchdog::start();
    for capacity in CAPACITIES {
        small(capacity).block_on(async {
            for _ in 0..fewer(10) {
                let s = Arc::new(Semaphore::new(0));
                let (tasks, senders) = readers(MANY).await;
                let waits = in_line(&s, MANY).await;
                let releasing = release_soon(&s, MANY);
                answer(senders).await;
                were_polled_twice(waits).await;
                releasing.join().unwrap();
                for task in tasks {
                    task.await.unwrap();
                }
                assert_eq!((s.waiters(), s.available_permits()), (0, 0));
            }
        });
    }
}

const LIMIT: usize = 64;
const A_MOMENT: Duration = Duration::from_millis(1);

/// Where the queue is full, compio 0.19 forgets to tell the kernel that an operation is to be
/// cancelled. The kernel keeps it then, and with it the permit.
#[test]
fn held_reads_are_cancelled_at_once_in_a_full_queue_then_a_permit_is_where_its_read_is() {
    let _watchdog = Watchdog::start();
    for capacity in CAPACITIES {
        let (s, gauge) = (Arc::new(Semaphore::new(LIMIT)), Gauge::default());
        let runtime = small(capacity);
        let kept = runtime.block_on(async {
            let (receiver, mut sender) = anonymous().await.unwrap();
            let mut reads = Vec::new();
            for _ in 0..LIMIT {
                let permit = s.clone().acquire_owned().await;
                let (mut receiver, buffer) = (receiver.clone(), Counted::new(&gauge));
                reads.push(spawn(
                    async move { receiver.read(permit.hold(buffer)).await },
                ));
            }
            turn().await;
            assert_eq!((s.available_permits(), gauge.now()), (0, LIMIT));
            // All in one round of the runtime.
            drop(reads);
            for _ in 0..20 {
                sleep(A_MOMENT).await;
                assert_eq!(s.available_permits(), LIMIT - gauge.now());
            }
            let kept = gauge.now();
            // Whoever waits for all of them has them when the kernel has done the reads.
            let rest = spawn(s.clone().acquire_many_owned(LIMIT));
            turn().await;
            sender.write_all(vec![7; 16 * LIMIT]).await.unwrap();
            drop(rest.await.unwrap());
            assert_eq!((s.available_permits(), gauge.now()), (LIMIT, 0));
            kept
        });
        println!("capacity {capacity}: {kept} reads stayed with the kernel");
        assert_eq!(s.waiters(), 0);
        // A wait that begins now begins in a ring that has been through that.
        runtime.block_on(async {
            let none = Arc::new(Semaphore::new(0));
            let waits = in_line(&none, MANY).await;
            let releasing = release_soon(&none, MANY);
            were_polled_twice(waits).await;
            releasing.join().unwrap();
        });
    }
}

/// As above, but for ever: timeouts, more tasks than permits, and another runtime that takes
/// permits of the same semaphore.
#[test]
fn held_reads_time_out_in_a_full_queue_again_and_again_then_all_permits_are_back() {
    const TASKS: usize = 100;
    const READS: usize = 10;
    let _watchdog = Watchdog::start();
    for capacity in CAPACITIES {
        let (s, gauge) = (Arc::new(Semaphore::new(LIMIT)), Gauge::default());
        let other = std::thread::spawn({
            let s = s.clone();
            move || {
                small(capacity).block_on(async {
                    for _ in 0..TASKS * READS {
                        drop(spawn(s.clone().acquire_owned()).await.unwrap());
                    }
                });
            }
        });
        small(capacity).block_on(async {
            let (receiver, sender) = anonymous().await.unwrap();
            let tasks: Vec<_> = (0..TASKS)
                .map(|_| {
                    let (s, gauge, receiver) = (s.clone(), gauge.clone(), receiver.clone());
                    spawn(async move {
                        for _ in 0..READS {
                            let permit = s.clone().acquire_owned().await;
                            let mut receiver = &receiver;
                            let read = receiver.read(permit.hold(Counted::new(&gauge)));
                            let _ = timeout(A_MOMENT, read).await;
                        }
                    })
                })
                .collect();
            // What stays with the kernel is answered, since it is not cancelled.
            let answering = spawn(async move {
                let mut sender = sender;
                loop {
                    sleep(5 * A_MOMENT).await;
                    sender.write_all([7; 16]).await.unwrap();
                }
            });
            for task in tasks {
                task.await.unwrap();
            }
            until(|| gauge.now() == 0).await;
            drop(answering);
        });
        other.join().unwrap();
        assert!(gauge.most() <= LIMIT);
        assert_eq!((s.available_permits(), s.waiters()), (LIMIT, 0));
        assert_eq!(Arc::strong_count(&s), 1);
    }
}
