//! Kernels, or those who guard them, that do not let a program have all of io_uring.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{Arc, Barrier as Rendezvous},
    thread,
};

use compio::{
    driver::{DriverType, ProactorBuilder},
    runtime::{Runtime, RuntimeBuilder, spawn},
};
use compio_sync::{
    Semaphore,
    relay::{Doorbell, doorbell, force},
};

use crate::{
    common::{Gate, Watchdog, alone, polls_of, turn, warm_up},
    filter::{Rule, Scope, install},
};

const MANY: usize = 200;

/// Two runtimes release each other's tasks at the same moment. Gives their doorbells.
fn storm(runtime: fn() -> Runtime) -> [Option<Doorbell>; 2] {
    let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let start = Rendezvous::new(2);
    thread::scope(|scope| {
        let threads = [0, 1].map(|this| {
            let (own, other) = (gates[this].clone(), gates[1 - this].clone());
            let start = &start;
            scope.spawn(move || {
                runtime().block_on(async {
                    warm_up().await;
                    for _ in 0..5 {
                        let waiting = Rc::new(Cell::new(0));
                        let tasks: Vec<_> = (0..MANY)
                            .map(|_| spawn(polls_of(own.clone().pass(), waiting.clone())))
                            .collect();
                        while waiting.get() < MANY {
                            turn().await;
                        }
                        start.wait();
                        other.add_permits(MANY);
                        for task in tasks {
                            assert_eq!(task.await.unwrap(), 2);
                        }
                    }
                    doorbell()
                })
            })
        });
        threads.map(|thread| thread.join().unwrap())
    })
}

/// As programs make it that leave the driver to compio.
fn plain_runtime() -> Runtime {
    Runtime::new().unwrap()
}

fn polling_runtime() -> Runtime {
    let mut proactor = ProactorBuilder::new();
    proactor.driver_type(DriverType::Poll);
    RuntimeBuilder::new()
        .with_proactor(proactor)
        .build()
        .unwrap()
}

/// Whether compio was built with its driver for polling: without it there is no choice.
fn has_polling() -> bool {
    polling_runtime().driver_type() == DriverType::Poll
}

/// Whether there is a ring to be had to begin with.
fn has_rings() -> bool {
    io_uring::IoUring::new(2).is_ok()
}

const WAKERS: [Option<Doorbell>; 2] = [Some(Doorbell::Waker); 2];

#[test]
fn ring_that_does_not_tell_what_it_can_do_then_the_doorbell_is_the_waker() {
    const TEST: &str =
        "fallback::ring_that_does_not_tell_what_it_can_do_then_the_doorbell_is_the_waker";
    for forced in [None, Some(Doorbell::Futex)] {
        let name = format!("{forced:?}");
        alone(TEST, &[("COMPIO_SYNC_CASE", &name)], || {
            force(forced);
            let register = Rule::fail(libc::SYS_io_uring_register, libc::EPERM);
            install(&[register], Scope::Process);
            assert_eq!(storm(plain_runtime), WAKERS);
        });
    }
}

/// compio polls instead, where it was built to be able to.
#[test]
fn ring_is_denied_then_the_doorbell_of_what_is_left_is_the_waker() {
    const TEST: &str = "fallback::ring_is_denied_then_the_doorbell_of_what_is_left_is_the_waker";
    let can_poll = !has_rings() || has_polling();
    for (error, name) in [(libc::EPERM, "EPERM"), (libc::ENOSYS, "ENOSYS")] {
        alone(TEST, &[("COMPIO_SYNC_CASE", name)], || {
            let set_up = Rule::fail(libc::SYS_io_uring_setup, error);
            install(&[set_up], Scope::Process);
            match Runtime::new() {
                Ok(runtime) => {
                    assert!(can_poll);
                    assert_eq!(runtime.driver_type(), DriverType::Poll);
                    assert_eq!(storm(plain_runtime), WAKERS);
                }
                Err(denied) => {
                    assert!(!can_poll);
                    assert_eq!(denied.raw_os_error(), Some(error));
                    println!("no runtime: {denied}");
                }
            }
        });
    }
}

#[test]
fn runtime_polls_then_its_doorbell_is_the_waker_whatever_is_forced() {
    const TEST: &str = "fallback::runtime_polls_then_its_doorbell_is_the_waker_whatever_is_forced";
    let _watchdog = Watchdog::start();
    if !has_polling() {
        // Asking for it changes nothing then.
        assert_eq!(
            polling_runtime().driver_type(),
            plain_runtime().driver_type()
        );
        return;
    }
    alone(TEST, &[], || {
        force(Some(Doorbell::Futex));
        assert_eq!(storm(polling_runtime), WAKERS);
    });
}
