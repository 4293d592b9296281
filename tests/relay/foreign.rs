//! Who waits but is not, or not directly, a task of a runtime: no mailbox may stand between them
//! and their wake, since nobody may be there to empty it.

use std::{
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use compio::{
    runtime::{CancelToken, FutureExt, spawn},
    time::{sleep, timeout},
};
use compio_sync::{CancellationToken, Event, Semaphore};
use futures_util::{StreamExt, select_biased, stream::FuturesUnordered};

use crate::common::{
    EVER, Watchdog, on_a_runtime, pends, release_soon, runtime, spin_until, turn, until, warm_up,
};

/// Runs a future on this thread, which sleeps meanwhile, and its runtime with it.
fn park_on<F: Future>(future: F) -> F::Output {
    struct Parker(Thread);

    impl Wake for Parker {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Parker(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn first_wait_of_a_runtime_in_a_nested_executor_then_released_elsewhere() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    on_a_runtime(async {
        let task = {
            let s = s.clone();
            spawn(async move {
                let releasing = release_soon(&s, 1);
                park_on(s.acquire()).forget();
                releasing.join().unwrap();
            })
        };
        task.await.unwrap();
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

#[test]
fn waits_of_tasks_then_one_in_a_nested_executor_then_released_elsewhere() {
    let _watchdog = Watchdog::start();
    on_a_runtime(async {
        warm_up().await;
        let s = Arc::new(Semaphore::new(0));
        // From the root, and from a task.
        let releasing = release_soon(&s, 1);
        park_on(s.acquire()).forget();
        releasing.join().unwrap();
        spawn(async move {
            let releasing = release_soon(&s, 1);
            park_on(s.acquire()).forget();
            releasing.join().unwrap();
        })
        .await
        .unwrap();
    });
}

/// The relay has mail that cannot be read before the task goes on, which waits in a way of its own.
#[test]
fn nested_executor_waits_while_its_runtime_has_mail_then_released_elsewhere() {
    let _watchdog = Watchdog::start();
    let (mail, parked) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    on_a_runtime(async {
        warm_up().await;
        let others: Vec<_> = (0..200)
            .map(|_| spawn(mail.clone().acquire_owned()))
            .collect();
        let task = {
            let (mail, parked) = (mail.clone(), parked.clone());
            spawn(async move {
                let mut own = pin!(mail.acquire());
                pends(own.as_mut()).await;
                let releasing = {
                    let (mail, parked) = (mail.clone(), parked.clone());
                    thread::spawn(move || {
                        spin_until(|| parked.waiters() == 1);
                        mail.add_permits(201);
                        parked.add_permits(1);
                    })
                };
                park_on(parked.acquire()).forget();
                releasing.join().unwrap();
                own.await.forget();
            })
        };
        task.await.unwrap();
        for other in others {
            other.await.unwrap().forget();
        }
    });
    assert_eq!((mail.waiters(), mail.available_permits()), (0, 0));
}

#[test]
fn many_waits_in_futures_unordered_in_a_task_then_all_released_elsewhere() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    on_a_runtime(async {
        for _ in 0..20 {
            let waits = s.clone();
            let task = spawn(async move {
                let mut all: FuturesUnordered<_> =
                    (0..200).map(|_| waits.clone().acquire_owned()).collect();
                let mut served = 0;
                while let Some(permit) = all.next().await {
                    permit.forget();
                    served += 1;
                }
                served
            });
            let releasing = release_soon(&s, 200);
            assert_eq!(task.await.unwrap(), 200);
            releasing.join().unwrap();
        }
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

#[test]
fn select_of_two_waits_and_a_timer_then_one_is_released_elsewhere() {
    let _watchdog = Watchdog::start();
    let (s, event) = (Arc::new(Semaphore::new(0)), Arc::new(Event::auto_reset()));
    on_a_runtime(async {
        for round in 0..40 {
            let by_event = round % 2 == 0;
            let (waits, sets) = (s.clone(), event.clone());
            let task = spawn(async move {
                let mut acquire = pin!(futures_util::FutureExt::fuse(waits.acquire()));
                let mut set = pin!(futures_util::FutureExt::fuse(sets.wait()));
                let mut late = pin!(futures_util::FutureExt::fuse(sleep(EVER)));
                select_biased! {
                    permit = acquire => { permit.forget(); false }
                    () = set => true,
                    () = late => panic!("for ever is over"),
                }
            });
            let (s, event) = (s.clone(), event.clone());
            let releasing = thread::spawn(move || {
                spin_until(|| s.waiters() == 1 && event.waiters() == 1);
                match by_event {
                    true => event.set(),
                    false => s.add_permits(1),
                }
            });
            assert_eq!(task.await.unwrap(), by_event);
            releasing.join().unwrap();
        }
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
    assert_eq!((event.waiters(), event.is_set()), (0, false));
}

#[test]
fn wait_with_a_timeout_then_timed_out_then_another_released_in_time() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    on_a_runtime(async {
        let waits = s.clone();
        let task = spawn(async move {
            let late = timeout(Duration::from_millis(1), waits.acquire()).await;
            assert!(late.is_err());
            let releasing = release_soon(&waits, 1);
            timeout(EVER, waits.acquire()).await.unwrap().forget();
            releasing.join().unwrap();
        });
        task.await.unwrap();
        let releasing = release_soon(&s, 1);
        timeout(EVER, s.acquire()).await.unwrap().forget();
        releasing.join().unwrap();
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// Its waker is one around the task's, with something of compio's own.
#[test]
fn wait_with_a_cancel_token_of_compios_then_released_elsewhere_then_another_cancelled() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    on_a_runtime(async {
        for _ in 0..20 {
            let token = CancelToken::new();
            let wait = || {
                let (s, token) = (s.clone(), token.clone());
                spawn(async move {
                    let permit = s.acquire().with_cancel(token).fail_fast().await;
                    permit.map(|permit| permit.forget())
                })
            };
            let released = wait();
            let releasing = release_soon(&s, 1);
            released.await.unwrap().expect("it is not cancelled");
            // A runtime of compio 0.19 that ends does not wait for who still wakes a task directly
            // that has ended.
            releasing.join().unwrap();
            let cancelled = wait();
            until(|| s.waiters() == 1).await;
            token.clone().cancel();
            assert!(cancelled.await.unwrap().is_err());
        }
    });
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// Something else's waker that ends in a task's: the wake has to get to both.
#[test]
fn wait_with_a_waker_around_that_of_the_task_then_released_elsewhere() {
    struct Around(Waker, mpsc::Sender<()>);

    impl Wake for Around {
        fn wake(self: Arc<Self>) {
            self.1.send(()).unwrap();
            self.0.wake_by_ref();
        }
    }

    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    let (sender, woken) = mpsc::channel();
    on_a_runtime(async {
        warm_up().await;
        let waits = s.clone();
        let task = spawn(async move {
            let mut acquire = pin!(waits.acquire());
            std::future::poll_fn(|cx| {
                let waker = Arc::new(Around(cx.waker().clone(), sender.clone())).into();
                acquire.as_mut().poll(&mut Context::from_waker(&waker))
            })
            .await
            .forget();
        });
        let releasing = release_soon(&s, 1);
        task.await.unwrap();
        releasing.join().unwrap();
    });
    assert_eq!(woken.iter().count(), 1);
}

#[test]
fn blocked_thread_and_tasks_in_one_line_then_served_in_their_order() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    let served = Arc::new(Mutex::new(Vec::new()));
    let blocked = {
        let (s, served) = (s.clone(), served.clone());
        thread::spawn(move || {
            spin_until(|| s.waiters() == 1);
            s.blocking_acquire().forget();
            served.lock().unwrap().push("thread");
        })
    };
    on_a_runtime(async {
        let wait = |name| {
            let (s, served) = (s.clone(), served.clone());
            spawn(async move {
                s.acquire().await.forget();
                served.lock().unwrap().push(name);
            })
        };
        let first = wait("first");
        until(|| s.waiters() == 2).await;
        let last = wait("last");
        until(|| s.waiters() == 3).await;
        let releasing = {
            let (s, served) = (s.clone(), served.clone());
            thread::spawn(move || {
                for n in 1..=3 {
                    s.add_permits(1);
                    spin_until(|| served.lock().unwrap().len() == n);
                }
            })
        };
        first.await.unwrap();
        last.await.unwrap();
        releasing.join().unwrap();
    });
    blocked.join().unwrap();
    assert_eq!(*served.lock().unwrap(), ["first", "thread", "last"]);
}

#[test]
fn tasks_of_a_runtime_and_of_another_executor_release_each_other() {
    const ROUNDS: usize = 500;
    let _watchdog = Watchdog::start();
    let [here, there] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let other = {
        let (here, there) = (here.clone(), there.clone());
        thread::spawn(move || {
            // Two tasks of one thread.
            let tasks: FuturesUnordered<_> = (0..2)
                .map(|_| async {
                    for _ in 0..ROUNDS {
                        there.acquire().await.forget();
                        here.add_permits(1);
                    }
                })
                .collect();
            park_on(tasks.collect::<Vec<_>>());
        })
    };
    on_a_runtime(async {
        let tasks = [(); 2].map(|()| {
            let (here, there) = (here.clone(), there.clone());
            spawn(async move {
                for _ in 0..ROUNDS {
                    there.add_permits(1);
                    here.acquire().await.forget();
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    other.join().unwrap();
}

/// It has the driver's waker.
#[test]
fn root_future_waits_then_released_elsewhere() {
    let _watchdog = Watchdog::start();
    on_a_runtime(async {
        let s = Arc::new(Semaphore::new(0));
        for _ in 0..20 {
            let releasing = release_soon(&s, 1);
            s.acquire().await.forget();
            releasing.join().unwrap();
        }
        let token = CancellationToken::new();
        let cancelling = thread::spawn({
            let token = token.clone();
            move || {
                thread::sleep(Duration::from_millis(5));
                token.cancel();
            }
        });
        token.cancelled().await;
        cancelling.join().unwrap();
    });
}

#[test]
fn second_runtime_nested_in_a_task_of_the_first_then_both_released_elsewhere() {
    let _watchdog = Watchdog::start();
    let [outer, inner] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    on_a_runtime(async {
        for _ in 0..10 {
            // One that waits all the time, and one that has a runtime run meanwhile.
            let waiting = spawn(outer.clone().acquire_owned());
            until(|| outer.waiters() == 1).await;
            let (waits, nested) = (outer.clone(), inner.clone());
            let task = spawn(async move {
                let mut own = pin!(waits.acquire());
                pends(own.as_mut()).await;
                // Before anybody waits in the other one: to the mailbox of a runtime that does not
                // run.
                waits.add_permits(1);
                runtime().block_on(async {
                    let releasing = release_soon(&nested, 2);
                    let task = spawn(nested.clone().acquire_owned());
                    turn().await;
                    nested.acquire().await.forget();
                    task.await.unwrap().forget();
                    releasing.join().unwrap();
                });
                let releasing = release_soon(&waits, 1);
                own.await.forget();
                releasing.join().unwrap();
            });
            task.await.unwrap();
            waiting.await.unwrap().forget();
        }
    });
    assert_eq!((outer.waiters(), outer.available_permits()), (0, 0));
}
