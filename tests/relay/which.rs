//! Which doorbell a runtime has, and which driver.

use std::{env, sync::Arc, thread};

use compio::{driver::DriverType, runtime::spawn};
use compio_sync::{
    Semaphore,
    relay::{Doorbell, doorbell},
};

use crate::common::{Watchdog, on_a_runtime, runtime, warm_up};

/// Set it to `eventfd`, `futex` or `waker` where it is known which one the system has to give.
const EXPECTED: &str = "COMPIO_SYNC_EXPECT_DOORBELL";

/// Set it to `io-uring`, `poll` or `iocp` where it is known which driver the system has to give.
const EXPECTED_DRIVER: &str = "COMPIO_SYNC_EXPECT_DRIVER";

#[test]
fn task_was_woken_by_another_runtime_then_the_doorbell_is_as_expected() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    let seen = on_a_runtime(async {
        warm_up().await;
        let task = spawn(s.clone().acquire_owned());
        let other = thread::spawn(move || {
            on_a_runtime(async move {
                while s.waiters() == 0 {
                    compio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                s.add_permits(1);
            });
        });
        task.await.unwrap().forget();
        other.join().unwrap();
        doorbell()
    });
    println!("the doorbell is {:?}", seen.expect("there is one"));
    match env::var(EXPECTED).as_deref() {
        Ok("eventfd") => assert_eq!(seen, Some(Doorbell::Eventfd)),
        Ok("futex") => assert_eq!(seen, Some(Doorbell::Futex)),
        Ok("waker") => assert_eq!(seen, Some(Doorbell::Waker)),
        Ok(other) => panic!("{EXPECTED}={other}"),
        Err(_) => {}
    }
}

#[test]
fn runtime_was_built_then_its_driver_is_as_expected() {
    let seen = runtime().driver_type();
    println!("the driver is {seen:?}");
    match env::var(EXPECTED_DRIVER).as_deref() {
        Ok("io-uring") => assert_eq!(seen, DriverType::IoUring),
        Ok("poll") => assert_eq!(seen, DriverType::Poll),
        Ok("iocp") => assert_eq!(seen, DriverType::IOCP),
        Ok(other) => panic!("{EXPECTED_DRIVER}={other}"),
        Err(_) => {}
    }
}

#[test]
fn nobody_has_waited_then_there_is_no_doorbell() {
    assert_eq!(doorbell(), None);
    let runtime = runtime();
    assert_eq!(doorbell(), None);
    runtime.block_on(async {
        assert_eq!(doorbell(), None);
        // The root is nobody's task, and what is free is not waited for.
        drop(Semaphore::new(1).acquire().await);
        assert_eq!(doorbell(), None);
        warm_up().await;
        assert!(doorbell().is_some());
    });
    assert_eq!(doorbell(), None);
    runtime.block_on(async { assert!(doorbell().is_some()) });
    drop(runtime);
    on_a_runtime(async { assert_eq!(doorbell(), None) });
}
