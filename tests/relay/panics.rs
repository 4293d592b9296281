//! Panics in tasks, out of `block_on`, and while a runtime is dropped.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    thread,
};

use compio::runtime::{Runtime, spawn};
use compio_sync::{Event, Semaphore, relay};

use crate::common::{Watchdog, on_a_runtime, release_soon, runtime, turn, until, warm_up};

const MANY: usize = 200;

/// Past the hook, so that nothing is printed.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("on purpose"))
}

async fn put_in_line(s: &Arc<Semaphore>, n: usize) {
    for _ in 0..n {
        let s = s.clone();
        spawn(async move { s.acquire().await.forget() }).detach();
    }
    while s.waiters() < n {
        turn().await;
    }
}

/// Tasks wait, and are woken from elsewhere.
fn is_served(runtime: &Runtime) {
    let s = Arc::new(Semaphore::new(0));
    runtime.block_on(async {
        put_in_line(&s, MANY).await;
        let releasing = release_soon(&s, MANY);
        until(|| s.waiters() == 0).await;
        assert!(relay::doorbell().is_some());
        releasing.join().unwrap();
    });
}

#[test]
fn woken_task_panics_then_the_others_are_served() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    on_a_runtime(async {
        for _ in 0..20 {
            let tasks: Vec<_> = (0..MANY)
                .map(|at| {
                    let s = s.clone();
                    spawn(async move {
                        s.acquire().await.forget();
                        if at % 10 == 0 {
                            panic_quietly();
                        }
                    })
                })
                .collect();
            let releasing = release_soon(&s, MANY);
            let mut panicked = 0;
            for task in tasks {
                panicked += usize::from(task.await.is_err());
            }
            releasing.join().unwrap();
            assert_eq!(panicked, MANY / 10);
        }
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// compio drops all tasks of the runtime then, the relay's among them.
#[test]
fn panic_out_of_block_on_then_the_same_runtime_is_used_again() {
    let _watchdog = Watchdog::start();
    let runtime = runtime();
    for _ in 0..20 {
        let s = Arc::new(Semaphore::new(0));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                warm_up().await;
                put_in_line(&s, MANY).await;
                panic_quietly();
            });
        }));
        assert!(panic.is_err());
        assert_eq!(s.waiters(), 0);
        is_served(&runtime);
    }
}

/// The tasks that the mail is for are dropped together with the one that was to deliver it.
#[test]
fn panic_out_of_block_on_with_mail_in_the_box_then_the_same_runtime_is_used_again() {
    let _watchdog = Watchdog::start();
    let runtime = runtime();
    for _ in 0..20 {
        let event = Arc::new(Event::new());
        let panic = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                warm_up().await;
                for _ in 0..MANY {
                    spawn(event.clone().wait_owned()).detach();
                }
                while event.waiters() < MANY {
                    turn().await;
                }
                let event = event.clone();
                thread::spawn(move || event.set()).join().unwrap();
                panic_quietly();
            });
        }));
        assert!(panic.is_err());
        assert_eq!(event.waiters(), 0);
        is_served(&runtime);
    }
}

/// compio leaks all tasks of the runtime then, the relay's among them, and wakes of the ones that
/// wait still go there.
#[test]
fn runtime_dropped_by_a_panic_then_new_ones_on_the_thread_are_served() {
    let _watchdog = Watchdog::start();
    let mut leaked = Vec::new();
    for round in 0..20 {
        let s = Arc::new(Semaphore::new(0));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let runtime = runtime();
            if round % 4 != 0 {
                runtime.block_on(warm_up());
            }
            runtime.block_on(put_in_line(&s, MANY));
            panic_quietly();
        }));
        assert!(panic.is_err());
        assert_eq!(s.waiters(), MANY, "they are leaked");
        leaked.push(s.clone());
        // On this thread, and on others.
        let released = round % 2 == 0;
        if released {
            release_soon(&s, MANY).join().unwrap();
        }
        let [one, two] = [runtime(), runtime()];
        is_served(&one);
        is_served(&two);
        drop(one);
        is_served(&two);
    }
    for s in leaked {
        s.add_permits(MANY);
        assert_eq!(s.waiters(), 0);
    }
    is_served(&runtime());
}
