//! Operations that are given up: by a timeout, by a token of compio's, by a drop.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use compio::{
    BufResult,
    driver::ErrorExt,
    io::{AsyncRead, AsyncWriteExt},
    runtime::{CancelToken, FutureExt, Runtime, spawn},
    time::{sleep, timeout},
};
use compio_sync::{Held, Semaphore, generic};

use crate::{
    common::{
        Counted, Form, Gauge, Watchdog, give_up, on_each_driver, runtimes, semaphore, slowness,
        turn, until,
    },
    pipe::{Receiver, pipe},
};

forms! {
    read_dropped_unpolled_gives_the_permit_at_once,
    read_timed_out_keeps_the_permit_until_the_completion,
    read_timed_out_then_its_permit_reads_what_comes,
    read_timed_out_wakes_the_task_that_waits_for_the_permit,
    read_cancelled_by_a_token_brings_the_permit_back,
    read_that_completes_before_the_drop_gives_the_permit_at_the_drop,
}

/// A read of nothing, given up.
async fn give_up_a_read<D: Form>(
    s: &D::Ref<generic::Semaphore<D>>,
    receiver: &Receiver,
    gauge: &Gauge,
) {
    let buffer = D::acquire(s).await.hold(Counted::new(gauge));
    let mut receiver = receiver;
    give_up(receiver.read(buffer)).await;
}

/// Whether compio's tokens do anything. compio 0.19 tells its wakers by the addresses of their
/// functions, and an optimized program may have several copies of those.
async fn token_reaches_a_read() -> bool {
    let (receiver, _sender) = pipe().await;
    let token = CancelToken::new();
    let mut receiver = &receiver;
    let mut read = Box::pin(receiver.read([0]).with_cancel(token.clone()));
    assert!(futures_util::poll!(read.as_mut()).is_pending());
    token.cancel();
    timeout(slowness() * Duration::from_secs(1), read)
        .await
        .is_ok()
}

fn read_dropped_unpolled_gives_the_permit_at_once<D: Form>() {
    on_each_driver(async || {
        let (s, gauge) = (semaphore::<D>(1), Gauge::default());
        let (mut receiver, _sender) = pipe().await;
        let read = receiver.read(D::take(&s, 1).hold(Counted::new(&gauge)));
        assert_eq!((s.available_permits(), gauge.now()), (0, 1));
        drop(read);
        assert_eq!((s.available_permits(), gauge.now()), (1, 0));
    });
}

fn read_timed_out_keeps_the_permit_until_the_completion<D: Form>() {
    on_each_driver(async || {
        let (s, gauge) = (semaphore::<D>(1), Gauge::default());
        let (receiver, _sender) = pipe().await;
        give_up_a_read::<D>(&s, &receiver, &gauge).await;
        // The driver had no chance to look at anything since.
        assert_eq!((s.available_permits(), gauge.now()), (0, 1));
        let permit = D::acquire(&s).await;
        assert_eq!(gauge.now(), 0);
        drop(permit);
        assert_eq!((s.available_permits(), D::pointers(&s)), (1, 1));
    });
}

fn read_timed_out_then_its_permit_reads_what_comes<D: Form>() {
    on_each_driver(async || {
        let (s, gauge) = (semaphore::<D>(1), Gauge::default());
        let (mut receiver, mut sender) = pipe().await;
        give_up_a_read::<D>(&s, &receiver, &gauge).await;
        let buffer = D::acquire(&s).await.hold(Vec::with_capacity(8));
        sender.write_all(b"late").await.unwrap();
        let BufResult(read, buffer) = receiver.read(buffer).await;
        assert_eq!((read.unwrap(), &buffer[..]), (4, &b"late"[..]));
        drop(buffer);
        assert_eq!(s.available_permits(), 1);
    });
}

fn read_timed_out_wakes_the_task_that_waits_for_the_permit<D: Form>() {
    on_each_driver(async || {
        let (s, gauge) = (semaphore::<D>(1), Gauge::default());
        let (receiver, _sender) = pipe().await;
        let permit = D::take(&s, 1);
        let waiting = spawn({
            let (s, gauge) = (s.clone(), gauge.clone());
            async move {
                let _permit = D::acquire(&s).await;
                gauge.now()
            }
        });
        turn().await;
        assert_eq!(s.waiters(), 1);
        let buffer = permit.hold(Counted::new(&gauge));
        give_up((&receiver).read(buffer)).await;
        assert_eq!(s.waiters(), 1);
        assert_eq!(waiting.await.unwrap(), 0);
        assert_eq!(s.available_permits(), 1);
    });
}

fn read_cancelled_by_a_token_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (receiver, mut sender) = pipe().await;
        let token = CancelToken::new();
        let buffer = D::take(&s, 1).hold(Vec::with_capacity(8));
        let read = spawn({
            let token = token.clone();
            async move { (&receiver).read(buffer).with_cancel(token).await }
        });
        turn().await;
        token.cancel();
        let reached = token_reaches_a_read().await;
        if !reached {
            println!("not cancelled, but completed: compio's tokens reach nothing in this build");
            sender.write_all(b"byte").await.unwrap();
        }
        let BufResult(read, buffer) = read.await.unwrap();
        assert_eq!(read.is_err_and(|error| error.is_cancelled()), reached);
        assert_eq!(s.available_permits(), 0);
        assert_eq!(Held::into_inner(buffer).capacity(), 8);
        assert_eq!((s.available_permits(), D::pointers(&s)), (1, 1));
    });
}

fn read_that_completes_before_the_drop_gives_the_permit_at_the_drop<D: Form>() {
    on_each_driver(async || {
        let (s, gauge) = (semaphore::<D>(1), Gauge::default());
        let (receiver, mut sender) = pipe().await;
        let buffer = D::take(&s, 1).hold(Counted::new(&gauge));
        let mut receiver = &receiver;
        let mut read = Box::pin(receiver.read(buffer));
        assert!(futures_util::poll!(read.as_mut()).is_pending());
        sender.write_all(b"bytes").await.unwrap();
        // The completion is there, and nobody has taken the result.
        for _ in 0..8 {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!((s.available_permits(), gauge.now()), (0, 1));
        drop(read);
        drop(D::acquire(&s).await);
        assert_eq!((s.available_permits(), gauge.now()), (1, 0));
    });
}

/// The release happens inside of the one runtime's driver, and the waker is of the other.
#[test]
fn read_timed_out_on_one_runtime_wakes_a_task_of_another() {
    let _watchdog = Watchdog::start();
    for runtime in runtimes() {
        let s = Arc::new(Semaphore::new(1));
        let gauge = Gauge::default();
        let permit = s.clone().try_acquire_owned().unwrap();
        let (done, wait) = mpsc::channel();
        let other = thread::spawn({
            let (s, gauge) = (s.clone(), gauge.clone());
            move || {
                Runtime::new().unwrap().block_on(async {
                    let _permit = s.acquire().await;
                    done.send(gauge.now()).unwrap();
                });
            }
        });
        runtime.block_on(async {
            until(|| s.waiters() == 1).await;
            let (mut receiver, _sender) = pipe().await;
            let buffer = permit.hold(Counted::new(&gauge));
            give_up(receiver.read(buffer)).await;
            until(|| gauge.now() == 0).await;
        });
        assert_eq!(wait.recv().unwrap(), 0);
        other.join().unwrap();
        assert_eq!(s.available_permits(), 1);
    }
}
