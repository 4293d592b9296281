//! A thread that stops in the middle of the list of somebody's waits holds up nobody who has
//! something to tell.
//!
//! Compiled into the crate, since only there a list can be entered and stayed in.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use super::settle;
use crate::{
    Barrier, CancellationToken, Event, Latch, Notify, OnceCell, WaitGroup, cancellation::Node,
    generic::Shared, signal::Signal,
};

/// Long enough for any machine, and never waited for unless something is wrong.
const FAR: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Wakes(Arc<AtomicUsize>);

impl Wakes {
    fn new() -> (Self, Waker) {
        struct Count(Arc<AtomicUsize>);

        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, SeqCst);
            }
        }

        let wakes = Arc::new(AtomicUsize::new(0));
        (Self(wakes.clone()), Arc::new(Count(wakes)).into())
    }

    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Runs `meanwhile` while another thread is in the list, and then lets that one go.
fn stalled<S: Signal + Sync, R>(signal: &S, meanwhile: impl FnOnce() -> R) -> R {
    let (entered, is_in) = mpsc::channel();
    let (leave, go) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let list = signal.queue().lock();
            entered.send(()).unwrap();
            // Ends when `leave` is dropped, too, should `meanwhile` panic.
            let _ = go.recv();
            settle(signal, list, false);
        });
        is_in.recv().unwrap();
        let result = meanwhile();
        drop(leave);
        result
    })
}

/// Runs `f` on a thread of its own, and ends the process if it has not returned in good time.
fn returns<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        scope.spawn(move || done.send(f()));
        is_done.recv_timeout(FAR).unwrap_or_else(|_| {
            eprintln!("an operation waits for a thread that has stopped in the list");
            // The scope would wait for it, too.
            std::process::abort();
        })
    })
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// Two waits, so that nobody leaves without the list; `tell` releases both. Each is released while
/// the other thread is in the list, and woken when that one leaves.
fn told_while_stalled<S: Signal + Sync, F: Future>(
    signal: &S,
    waits: [F; 2],
    tell: impl FnOnce() + Send,
) {
    let (wakes, waker) = Wakes::new();
    let waits = waits.map(Box::pin);
    let [mut first, mut second] = waits;
    assert!(poll(first.as_mut(), &waker).is_pending());
    assert!(poll(second.as_mut(), &waker).is_pending());
    stalled(signal, || {
        returns(tell);
        assert_eq!(
            wakes.count(),
            0,
            "nobody but the one in the list could have woken them"
        );
    });
    assert_eq!(wakes.count(), 2);
    assert!(poll(first.as_mut(), &waker).is_ready());
    assert!(poll(second.as_mut(), &waker).is_ready());
}

#[test]
fn notify_one_returns_and_is_delivered_in_order() {
    let notify = Notify::new();
    let (wakes, waker) = Wakes::new();
    let mut waits = [(); 3].map(|()| Box::pin(notify.notified()));
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), &waker).is_pending());
    }
    // Whoever is in line and leaves it needs the list: so this one is dropped at the end.
    let mut newcomer = Box::pin(notify.notified());
    stalled(&notify, || {
        returns(|| {
            notify.notify_one();
            // The first in place of the last, since nobody waits for the list.
            notify.notify_last();
            // What is pending is not a newcomer's.
            assert!(!newcomer.as_mut().enable());
        });
        for wait in &mut waits {
            assert!(poll(wait.as_mut(), &waker).is_pending());
        }
        assert_eq!(wakes.count(), 0);
    });
    assert_eq!(wakes.count(), 2);
    let ready = waits
        .each_mut()
        .map(|wait| poll(wait.as_mut(), &waker).is_ready());
    assert_eq!(ready, [true, true, false]);
    assert!(!newcomer.as_mut().enable());
}

#[test]
fn notify_one_meets_a_line_that_was_left_meanwhile_then_it_is_stored() {
    let notify = Notify::new();
    let (_, waker) = Wakes::new();
    let mut wait = Box::pin(notify.notified());
    assert!(poll(wait.as_mut(), &waker).is_pending());
    thread::scope(|scope| {
        let (left, has_left) = mpsc::channel();
        stalled(&notify, || {
            returns(|| notify.notify_one());
            scope.spawn(move || {
                // Waits for the one in the list, and passes on what it was given by it.
                drop(wait);
                left.send(()).unwrap();
            });
            assert!(has_left.recv_timeout(Duration::from_millis(20)).is_err());
        });
        has_left.recv_timeout(FAR).unwrap();
    });
    assert_eq!(notify.waiters(), 0);
    let mut next = pin!(notify.notified());
    assert!(next.as_mut().enable());
    let mut other = pin!(notify.notified());
    assert!(!other.as_mut().enable());
}

#[test]
fn notify_waiters_returns_and_is_one_step() {
    let notify = Notify::new();
    let waits = [notify.notified(), notify.notified()];
    let unpolled = notify.notified();
    let mut after = None;
    told_while_stalled(&notify, waits, || {
        notify.notify_waiters();
        assert!(poll(pin!(unpolled), Waker::noop()).is_ready());
        let after = after.insert(Box::pin(notify.notified()));
        assert!(!after.as_mut().enable());
    });
    assert!(!after.unwrap().as_mut().enable());
}

#[test]
fn event_set_and_reset_return() {
    let event = Event::manual_reset();
    let waits = [event.wait(), event.wait()];
    told_while_stalled(&event, waits, || {
        event.set();
        assert!(event.is_set() && event.try_wait());
        assert!(poll(pin!(event.wait()), Waker::noop()).is_ready());
        event.reset();
    });
    assert!(!event.is_set());
    let event = Event::auto_reset();
    let waits = [event.wait(), event.wait()];
    told_while_stalled(&event, waits, || {
        event.set();
        event.set();
        assert!(!event.try_wait(), "they are for those in line");
    });
    assert!(!event.is_set());
}

#[test]
fn count_down_returns() {
    let latch = Latch::new(2);
    let waits = [latch.wait(), latch.wait()];
    told_while_stalled(&latch, waits, || {
        latch.count_down();
        latch.count_down();
        assert!(latch.try_wait());
    });
}

#[test]
fn done_returns() {
    let group = WaitGroup::new();
    group.add(1);
    let waits = [group.wait(), group.wait()];
    told_while_stalled(&group, waits, || {
        group.done();
        group.add(1);
    });
    assert_eq!(group.count(), 1);
}

#[test]
fn last_arrival_returns() {
    let barrier = Barrier::new(3);
    let waits = [barrier.wait(), barrier.wait()];
    told_while_stalled(&barrier, waits, || {
        let last = poll(pin!(barrier.wait()), Waker::noop());
        let Poll::Ready(result) = last else {
            panic!("it completes the round");
        };
        assert!(result.is_leader());
    });
    assert_eq!(barrier.arrived(), 0);
}

#[test]
fn cancel_returns_and_all_below_are_cancelled() {
    let root = CancellationToken::new();
    let child = root.child_token();
    let waits = [root.cancelled(), child.cancelled()];
    // Whoever is in line and leaves it needs the list: so this one is dropped at the end.
    let mut made = None;
    told_while_stalled(node_of(&root), waits, || {
        let late = made.insert(root.child_token());
        root.cancel();
        assert!(child.is_cancelled() && late.is_cancelled());
        assert!(root.child_token().is_cancelled());
        assert!(poll(pin!(child.cancelled()), Waker::noop()).is_ready());
    });
}

/// What a token points to.
fn node_of(token: &CancellationToken) -> &Node<Shared> {
    // SAFETY: a token that was used is the address of its node and nothing else, and holds it
    // alive.
    unsafe {
        let address = std::ptr::from_ref(token).cast::<usize>().read();
        std::ptr::with_exposed_provenance::<Node<Shared>>(address)
            .as_ref()
            .expect("it was used")
    }
}

#[test]
fn set_returns() {
    let cell = OnceCell::new();
    let waits = [cell.wait(), cell.wait()];
    told_while_stalled(&cell, waits, || {
        cell.set(5).unwrap();
        assert_eq!(cell.get(), Some(&5));
        assert_eq!(poll(pin!(cell.wait()), Waker::noop()), Poll::Ready(&5));
    });
}
