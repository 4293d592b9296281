//! The inbox of compio's executor is full as a doorbell is rung that goes through it.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use compio::runtime::spawn;
use compio_sync::{
    Notify,
    relay::{self, Doorbell},
};

use crate::common::{alone, is_quick, on_a_runtime, spin_until};

/// More than the inbox has room for.
const OTHERS: usize = 99;

/// Tasks that wait without a primitive, and one that waits for a notification.
#[derive(Default)]
struct Crowd {
    wakers: Mutex<Vec<Waker>>,
    notify: Notify,
    /// How often the one has begun to wait, and how often it has been notified.
    waiting: AtomicUsize,
    notified: AtomicUsize,
}

async fn others(crowd: Arc<Crowd>) {
    loop {
        let mut is_in = false;
        poll_fn(|cx| {
            if is_in {
                return Poll::Ready(());
            }
            is_in = true;
            crowd.wakers.lock().unwrap().push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

async fn one(crowd: Arc<Crowd>) {
    loop {
        crowd.waiting.fetch_add(1, Ordering::SeqCst);
        crowd.notify.notified().await;
        assert_eq!(relay::doorbell(), Some(Doorbell::Waker));
        crowd.notified.fetch_add(1, Ordering::SeqCst);
    }
}

/// compio 0.19 loses one wake in some ten thousand that find the inbox full, if it is the last.
#[test]
fn rung_by_the_waker_while_others_fill_the_inbox_then_it_is_heard() {
    const TEST: &str = "inbox::rung_by_the_waker_while_others_fill_the_inbox_then_it_is_heard";
    alone(TEST, &[("COMPIO_SYNC_DOORBELL", "waker")], || {
        let crowd = Arc::<Crowd>::default();
        thread::spawn({
            let crowd = crowd.clone();
            move || {
                on_a_runtime(async move {
                    for _ in 0..OTHERS {
                        spawn(others(crowd.clone())).detach();
                    }
                    spawn(one(crowd)).await.unwrap();
                });
            }
        });
        let end = Instant::now() + Duration::from_secs(if is_quick() { 1 } else { 4 });
        let mut wave = 0;
        while Instant::now() < end {
            wave += 1;
            spin_until(|| crowd.waiting.load(Ordering::SeqCst) == wave);
            spin_until(|| crowd.wakers.lock().unwrap().len() == OTHERS);
            // Now it sleeps, now it is about to.
            thread::sleep(Duration::from_micros((wave as u64 % 7) * 20));
            let wakers = std::mem::take(&mut *crowd.wakers.lock().unwrap());
            wakers.into_iter().for_each(Waker::wake);
            crowd.notify.notify_one();
            spin_until(|| crowd.notified.load(Ordering::SeqCst) == wave);
        }
    });
}
