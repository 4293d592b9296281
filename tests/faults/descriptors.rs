//! The process is out of descriptors: when a runtime begins to wait, in the middle of a run, and
//! for a moment.

#[cfg(target_os = "linux")]
use std::net::{TcpListener, TcpStream};
use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use compio::runtime::{Runtime, RuntimeBuilder, spawn};
#[cfg(target_os = "linux")]
use compio::{BufResult, driver::op::Accept, runtime::submit};
use compio_sync::{
    Semaphore,
    relay::{Doorbell, doorbell},
};

use crate::common::{
    DOORBELLS, MANY, alone, in_line, on_a_runtime, release_soon, storm, turn, warm_up,
    were_polled_twice,
};

/// Few, so that they are soon taken.
const LIMIT: libc::rlim_t = 128;

fn limit_descriptors() {
    let limit = libc::rlimit {
        rlim_cur: LIMIT,
        rlim_max: LIMIT,
    };
    // SAFETY: the call reads the limit.
    let result = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// All descriptors that were left, until it is dropped.
struct Rest(#[allow(dead_code, reason = "dropping them is what counts")] Vec<File>);

impl Rest {
    fn take() -> Self {
        let mut files = Vec::new();
        let error = loop {
            match File::open("/dev/null") {
                Ok(file) => files.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        Self(files)
    }
}

/// Tasks of this runtime are released from another thread, and learn of it once.
async fn is_served() {
    let s = Arc::new(Semaphore::new(0));
    let tasks = in_line(&s, MANY).await;
    let releasing = release_soon(&s, MANY);
    were_polled_twice(tasks).await;
    releasing.join().unwrap();
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// The relay begins without a descriptor, and takes one when there is one.
#[test]
fn none_is_left_when_a_runtime_waits_first_then_another_doorbell_until_one_is_free() {
    const TEST: &str = "descriptors::none_is_left_when_a_runtime_waits_first_then_another_doorbell_until_one_is_free";
    let eventfd = Some(Doorbell::Eventfd);
    for is_first in [true, false] {
        let case = ("COMPIO_SYNC_CASE", if is_first { "first" } else { "later" });
        alone(TEST, &[case], || {
            limit_descriptors();
            on_a_runtime(async {
                if !is_first {
                    compio::fs::File::open("/dev/null").await.unwrap();
                }
                let rest = Rest::take();
                warm_up().await;
                is_served().await;
                let without = spawn(async { doorbell() }).await.unwrap();
                assert!(without.is_some() && without != eventfd, "{without:?}");
                drop(rest);
                warm_up().await;
                is_served().await;
                // It has become what it would have been at once. But where this was the first
                // operation of the process, compio has taken it for one that the kernel does not
                // know, and a futex is not tried again.
                let fresh = thread::spawn(|| {
                    on_a_runtime(async {
                        warm_up().await;
                        doorbell()
                    })
                });
                let fresh = fresh.join().unwrap();
                if !(is_first && fresh == Some(Doorbell::Futex)) {
                    assert_eq!(doorbell(), fresh);
                }
                // And stays so, as that takes no further one.
                let before = doorbell();
                let _rest = Rest::take();
                is_served().await;
                assert_eq!(doorbell(), before);
            });
        });
    }
}

/// What is forced cannot be had.
#[test]
fn none_is_left_for_the_doorbell_that_is_forced_then_it_is_the_waker() {
    const TEST: &str =
        "descriptors::none_is_left_for_the_doorbell_that_is_forced_then_it_is_the_waker";
    for forced in DOORBELLS {
        alone(TEST, &[forced], || {
            limit_descriptors();
            on_a_runtime(async {
                let rest = Rest::take();
                warm_up().await;
                is_served().await;
                if forced.1 != "futex" {
                    assert_eq!(doorbell(), Some(Doorbell::Waker));
                }
                drop(rest);
                is_served().await;
            });
        });
    }
}

/// A thief takes what is left, again and again, while two runtimes release each other's tasks and
/// others come and go, each with a relay of its own.
#[test]
fn taken_and_given_back_again_and_again_then_nobody_notices_but_who_makes_a_runtime() {
    const TEST: &str = "descriptors::taken_and_given_back_again_and_again_then_nobody_notices_but_who_makes_a_runtime";
    alone(TEST, &[], || {
        limit_descriptors();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let thief = scope.spawn(|| {
                let mut thefts = 0;
                while !stop.load(Ordering::SeqCst) {
                    let rest = Rest::take();
                    thread::sleep(Duration::from_millis(2));
                    drop(rest);
                    thread::sleep(Duration::from_micros(200));
                    thefts += 1;
                }
                thefts
            });
            let comers = scope.spawn(|| {
                let mut refused = 0;
                for _ in 0..RUNTIMES {
                    patient_runtime(&mut refused).block_on(is_served());
                }
                refused
            });
            storm(
                || patient_runtime(&mut 0),
                MANY,
                ROUNDS,
                async |_, _| turn().await,
            );
            let refused = comers.join().unwrap();
            stop.store(true, Ordering::SeqCst);
            let thefts = thief.join().unwrap();
            println!("{thefts} thefts, {refused} runtimes refused");
            assert!(thefts > 0 && refused > 0);
        });
    });
}

const RUNTIMES: usize = 50;
const ROUNDS: usize = 200;

/// One when there are descriptors for it. Counts how often there were none.
fn patient_runtime(refused: &mut usize) -> Runtime {
    loop {
        match RuntimeBuilder::new().build() {
            Ok(runtime) => return runtime,
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
                *refused += 1;
                thread::sleep(Duration::from_micros(100));
            }
        }
    }
}

/// The permit is in the operation, which the kernel refuses.
#[cfg(target_os = "linux")]
#[test]
fn none_is_left_for_an_operation_that_holds_a_permit_then_it_comes_back() {
    const TEST: &str =
        "descriptors::none_is_left_for_an_operation_that_holds_a_permit_then_it_comes_back";
    alone(TEST, &[], || {
        limit_descriptors();
        let s = Arc::new(Semaphore::new(4));
        on_a_runtime(async {
            // A connection that nobody has accepted yet, for an end that there is no descriptor
            // for.
            let listener = Arc::new(TcpListener::bind("127.0.0.1:0").unwrap());
            listener.set_nonblocking(true).unwrap();
            let _connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let rest = Rest::take();
            for _ in 0..MANY {
                let permit = s.clone().acquire_owned().await;
                let accept = Accept::new(listener.clone());
                let BufResult(accepted, accept) = submit(permit.hold(accept)).await;
                assert_eq!(accepted.unwrap_err().raw_os_error(), Some(libc::EMFILE));
                assert_eq!(s.available_permits(), 3);
                drop(accept);
                assert_eq!(s.available_permits(), 4);
            }
            drop(rest);
            let permit = s.clone().acquire_owned().await;
            let accept = Accept::new(listener.clone());
            let BufResult(accepted, accept) = submit(permit.hold(accept)).await;
            accepted.unwrap();
            drop(accept);
            assert_eq!(s.available_permits(), 4);
        });
    });
}
