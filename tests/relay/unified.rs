//! A runtime that is woken by its own ring: no eventfd is written to.

use std::{
    fs,
    os::fd::AsRawFd,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use compio::{
    driver::DriverType,
    runtime::{Runtime, spawn},
};
use compio_sync::{
    Semaphore,
    relay::{Doorbell, doorbell},
};

use crate::{
    common::{WELL, alone, on_a_runtime, runtime, warm_up},
    filter::{Rule, Scope, install},
};

const WAKES: usize = 10_000;

/// Whether a ring of this kernel can wait for a futex, as the kernel itself tells.
fn has_the_operation() -> bool {
    use io_uring::{IoUring, Probe, opcode::FutexWait};

    let mut probe = Probe::new();
    let told = IoUring::new(2).and_then(|ring| ring.submitter().register_probe(&mut probe));
    told.is_ok() && probe.is_supported(FutexWait::CODE)
}

/// Whether a relay of the runtimes of this run can have that doorbell.
fn can_be_futex() -> bool {
    runtime().driver_type() == DriverType::IoUring && has_the_operation()
}

/// How many completions the ring has ever had.
fn completions(runtime: &Runtime) -> u32 {
    let path = format!("/proc/self/fdinfo/{}", runtime.as_raw_fd());
    let info = fs::read_to_string(path).unwrap();
    let tail = info.lines().find_map(|line| line.strip_prefix("CqTail:"));
    tail.expect("the tail of the queue").trim().parse().unwrap()
}

/// Waits for what another thread releases, and gives the completions that this took.
async fn be_woken(s: Arc<Semaphore>, times: usize) -> u32 {
    let before = Runtime::with_current(completions);
    for _ in 0..times {
        s.acquire().await.forget();
    }
    Runtime::with_current(completions) - before
}

#[test]
fn tasks_of_two_runtimes_wake_each_other_then_no_eventfd_was_written() {
    const TEST: &str = "unified::tasks_of_two_runtimes_wake_each_other_then_no_eventfd_was_written";
    if !can_be_futex() {
        // Then there is another doorbell.
        alone(TEST, &[("COMPIO_SYNC_DOORBELL", "futex")], || {
            on_a_runtime(async {
                warm_up().await;
                assert_eq!(doorbell(), Some(Doorbell::Waker));
            });
        });
        return;
    }
    alone(TEST, &[("COMPIO_SYNC_DOORBELL", "futex")], || {
        let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
        let (warm, is_warm) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        let start = Arc::new(std::sync::Barrier::new(3));
        for this in 0..2 {
            let (own, other) = (gates[this].clone(), gates[1 - this].clone());
            let (warm, done, start) = (warm.clone(), done.clone(), start.clone());
            thread::spawn(move || {
                on_a_runtime(async {
                    warm_up().await;
                    warm.send(doorbell()).unwrap();
                    start.wait();
                    let task = spawn(async move {
                        for _ in 0..WAKES {
                            other.add_permits(1);
                            own.acquire().await.forget();
                        }
                    });
                    task.await.unwrap();
                    done.send(()).unwrap();
                    std::future::pending::<()>().await;
                });
            });
        }
        for _ in 0..2 {
            assert_eq!(is_warm.recv().unwrap(), Some(Doorbell::Futex));
        }
        // What an eventfd takes.
        let eight_bytes = Rule::kill(libc::SYS_write).only(2, 8);
        install(&[eight_bytes, Rule::kill(libc::SYS_writev)], Scope::Process);
        start.wait();
        for _ in 0..2 {
            is_done.recv().unwrap();
        }
        // Nothing is written on the way out.
        // SAFETY: ends the process.
        unsafe { libc::_exit(WELL) }
    });
}

/// A thread that gives the runtime time to fall asleep each time.
#[test]
fn runtime_sleeps_and_is_woken_again_and_again_then_each_was_a_completion_in_its_ring() {
    const TIMES: usize = 200;
    const TEST: &str = concat!(
        "unified::",
        "runtime_sleeps_and_is_woken_again_and_again_then_each_was_a_completion_in_its_ring",
    );
    if !can_be_futex() {
        assert_ne!(
            (runtime().driver_type(), has_the_operation()),
            (DriverType::IoUring, true)
        );
        return;
    }
    alone(TEST, &[("COMPIO_SYNC_DOORBELL", "futex")], || {
        let s = Arc::new(Semaphore::new(0));
        let (warm, is_warm) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        thread::spawn({
            let s = s.clone();
            move || {
                on_a_runtime(async {
                    warm_up().await;
                    warm.send(()).unwrap();
                    let task = spawn(be_woken(s, TIMES));
                    done.send(task.await.unwrap()).unwrap();
                    std::future::pending::<()>().await;
                });
            }
        });
        is_warm.recv().unwrap();
        let eight_bytes = Rule::kill(libc::SYS_write).only(2, 8);
        install(&[eight_bytes, Rule::kill(libc::SYS_writev)], Scope::Process);
        for _ in 0..TIMES {
            thread::sleep(Duration::from_millis(2));
            s.add_permits(1);
        }
        let completions = is_done.recv().unwrap() as usize;
        // Some wakes may have come while it was awake, where there is much else to do; and a wait
        // that began with a changed word is one more.
        let (least, most) = (TIMES / 2, 2 * TIMES);
        if !(least..=most).contains(&completions) {
            // Not by a panic, whose message might be eight bytes long somewhere.
            // SAFETY: ends the process.
            unsafe { libc::_exit(1) }
        }
        // SAFETY: ends the process.
        unsafe { libc::_exit(WELL) }
    });
}
