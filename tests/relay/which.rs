//! Which doorbell a runtime has.

use std::{env, sync::Arc, thread};

use compio::runtime::spawn;
use compio_sync::{
    Semaphore,
    relay::{Doorbell, doorbell},
};

use crate::common::{Watchdog, on_a_runtime, runtime, warm_up};

/// Set it to `eventfd`, `futex` or `waker` where it is known which one the system has to give.
const EXPECTED: &str = "COMPIO_SYNC_EXPECT_DOORBELL";

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
    match env::var(EXPECTED).as_deref() {
        Ok("eventfd") => assert_eq!(seen, Some(Doorbell::Eventfd)),
        Ok("futex") => assert_eq!(seen, Some(Doorbell::Futex)),
        Ok("waker") => assert_eq!(seen, Some(Doorbell::Waker)),
        Ok(other) => panic!("{EXPECTED}={other}"),
        Err(_) => println!("the doorbell is {:?}", seen.expect("there is one")),
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
