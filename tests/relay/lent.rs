//! The waker of a task, polled with where the task does not live: what wakes it has to be what is
//! the task's, not what is the place's.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, mpsc},
    task::{Context, Poll, Waker},
    thread,
};

use compio::runtime::spawn;
use compio_sync::Semaphore;

use crate::common::{alone, on_a_runtime, release_soon, runtime, spin_until, warm_up};

/// The other runtime does not run, and never will.
#[test]
fn task_polls_a_wait_inside_of_enter_of_another_runtime_then_released_elsewhere() {
    alone(
        "lent::task_polls_a_wait_inside_of_enter_of_another_runtime_then_released_elsewhere",
        &[],
        enter_another,
    );
}

fn enter_another() {
    let other = runtime();
    other.block_on(warm_up());
    on_a_runtime(async {
        let s = Arc::new(Semaphore::new(0));
        let releasing = release_soon(&s, 1);
        spawn(async move {
            let mut acquire = pin!(s.acquire());
            poll_fn(|cx| other.enter(|| acquire.as_mut().poll(cx)))
                .await
                .forget();
        })
        .await
        .unwrap();
        releasing.join().unwrap();
    });
}

/// The task of one runtime has its wait polled by a task of another, which goes on to block its
/// thread until the first one is done.
#[test]
fn waker_of_a_task_polls_a_wait_in_another_runtime_that_blocks_then_released_elsewhere() {
    alone(
        "lent::waker_of_a_task_polls_a_wait_in_another_runtime_that_blocks_then_released_elsewhere",
        &[],
        lend_a_waker,
    );
}

fn lend_a_waker() {
    let s = Arc::new(Semaphore::new(0));
    let (lend, lent) = mpsc::channel::<Waker>();
    let (done, is_done) = mpsc::channel::<()>();
    let borrower = thread::spawn({
        let s = s.clone();
        move || {
            on_a_runtime(async move {
                warm_up().await;
                let mut acquire = Box::pin(s.acquire_owned());
                let waker = lent.recv().unwrap();
                let poll = acquire.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(poll.is_pending());
                is_done.recv().unwrap();
                let Poll::Ready(permit) = acquire.as_mut().poll(&mut Context::from_waker(&waker))
                else {
                    panic!("not released");
                };
                permit.forget();
            });
        }
    });
    on_a_runtime(async {
        warm_up().await;
        let task = spawn(async move {
            let mut polls = 0;
            poll_fn(|cx| {
                polls += 1;
                match polls {
                    1 => {
                        lend.send(cx.waker().clone()).unwrap();
                        Poll::Pending
                    }
                    _ => Poll::Ready(()),
                }
            })
            .await;
        });
        let releasing = thread::spawn(move || {
            spin_until(|| s.waiters() == 1);
            s.add_permits(1);
        });
        task.await.unwrap();
        releasing.join().unwrap();
        done.send(()).unwrap();
    });
    borrower.join().unwrap();
}
