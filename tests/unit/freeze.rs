//! A thread that stops in the middle of the list holds up nobody's release.
//!
//! Compiled into the crate, since only there a list can be entered and stayed in.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use crate::{Closed, Fairness, Semaphore};

const BOTH: [Fairness; 2] = [Fairness::Strict, Fairness::Throughput];

/// Long enough for any machine, and never waited for unless something is wrong.
const FAR: Duration = Duration::from_secs(30);

struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn counting() -> (Arc<Wakes>, Waker) {
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    (wakes.clone(), Waker::from(wakes))
}

/// Runs `meanwhile` while another thread is in the list of `semaphore`, and then lets that one go.
fn frozen<R>(semaphore: &Semaphore, meanwhile: impl FnOnce() -> R) -> R {
    let (entered, is_in) = mpsc::channel();
    let (thaw, go) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let list = semaphore.raw.queue.lock();
            entered.send(()).unwrap();
            // Ends when `thaw` is dropped, too, should `meanwhile` panic.
            let _ = go.recv();
            semaphore.raw.settle(list, 0, false);
        });
        is_in.recv().unwrap();
        let result = meanwhile();
        drop(thaw);
        result
    })
}

/// Runs `f` on a thread of its own, and panics if it has not returned in good time.
fn returns<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        scope.spawn(move || done.send(f()));
        is_done.recv_timeout(FAR).unwrap_or_else(|_| {
            eprintln!("an operation waits for a thread that is frozen in the list");
            // The scope would wait for it, too.
            std::process::abort();
        })
    })
}

#[test]
fn release_returns_at_once_and_the_waiter_is_served_when_the_frozen_thread_goes_on() {
    for fairness in BOTH {
        let semaphore = Semaphore::with_fairness(1, fairness);
        let held = semaphore.try_acquire().unwrap();
        let (wakes, waker) = counting();
        let mut cx = Context::from_waker(&waker);
        let mut waiting = pin!(semaphore.acquire());
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
        frozen(&semaphore, || {
            returns(move || drop(held));
            assert_eq!(
                wakes.0.load(SeqCst),
                0,
                "nobody but the frozen thread could have served it"
            );
            assert_eq!(
                semaphore.available_permits(),
                1,
                "but the permit is published"
            );
        });
        assert_eq!(wakes.0.load(SeqCst), 1);
        assert!(waiting.as_mut().poll(&mut cx).is_ready());
    }
}

#[test]
fn all_but_leaving_goes_on_while_a_thread_is_frozen() {
    for fairness in BOTH {
        let semaphore = Semaphore::with_fairness(0, fairness);
        let (_, waker) = counting();
        let mut cx = Context::from_waker(&waker);
        let mut before = pin!(semaphore.acquire());
        assert!(before.as_mut().poll(&mut cx).is_pending());
        let mut during = pin!(semaphore.acquire_or_closed());
        frozen(&semaphore, || {
            returns(|| {
                let mut cx = Context::from_waker(Waker::noop());
                assert!(during.as_mut().poll(&mut cx).is_pending());
                semaphore.add_permits(1);
                semaphore.resize(2);
                semaphore.reduce_permits(1);
                assert_eq!(semaphore.max_permits(), 1);
            });
        });
        let Poll::Ready(permit) = before.as_mut().poll(&mut cx) else {
            panic!("it was first in line");
        };
        frozen(&semaphore, || returns(|| semaphore.close()));
        let end = during.as_mut().poll(&mut cx).map(|result| result.err());
        assert_eq!(end, Poll::Ready(Some(Closed)));
        drop(permit);
    }
}

#[test]
fn leaving_waits_for_the_frozen_thread() {
    let semaphore = Semaphore::new(0);
    let mut cx = Context::from_waker(Waker::noop());
    let mut first = Box::pin(semaphore.acquire());
    let mut second = Box::pin(semaphore.acquire());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    thread::scope(|scope| {
        let (left, has_left) = mpsc::channel();
        frozen(&semaphore, || {
            scope.spawn(move || {
                drop(second);
                left.send(()).unwrap();
            });
            assert!(has_left.recv_timeout(Duration::from_millis(50)).is_err());
        });
        has_left.recv_timeout(FAR).unwrap();
    });
    assert_eq!(semaphore.waiters(), 1);
    drop(first);
    assert_eq!(semaphore.waiters(), 0);
}

/// The same with a thread that is stopped by a signal wherever it happens to be.
#[cfg(target_os = "linux")]
mod by_signal {
    use std::{sync::atomic::AtomicBool, time::Instant};

    use super::*;

    static FREEZE: AtomicBool = AtomicBool::new(false);
    static IS_FROZEN: AtomicBool = AtomicBool::new(false);

    extern "C" fn stop_here(_: libc::c_int) {
        IS_FROZEN.store(true, SeqCst);
        while FREEZE.load(SeqCst) {
            std::hint::spin_loop();
        }
        IS_FROZEN.store(false, SeqCst);
    }

    fn wait_for(what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            if start.elapsed() > FAR {
                eprintln!("{what}");
                std::process::abort();
            }
            thread::yield_now();
        }
    }

    /// Goes into the list over and over: it is never alone there, so leaving takes the lock.
    fn come_and_go(semaphore: &Semaphore, stop: &AtomicBool) {
        let mut cx = Context::from_waker(Waker::noop());
        while !stop.load(SeqCst) {
            let mut one = pin!(semaphore.acquire());
            let _ = one.as_mut().poll(&mut cx).is_pending();
            let mut two = pin!(semaphore.acquire());
            let _ = two.as_mut().poll(&mut cx).is_pending();
        }
    }

    #[test]
    fn stopped_anywhere_a_release_returns_and_nothing_is_lost() {
        const IN_THE_LIST: usize = 25;
        // SAFETY: the handler does nothing but atomic loads and stores, and the signal is nobody
        // else's.
        unsafe {
            let handler: extern "C" fn(libc::c_int) = stop_here;
            libc::signal(libc::SIGUSR1, handler as libc::sighandler_t);
        }
        let semaphore = Semaphore::new(0);
        let stop = AtomicBool::new(false);
        let (wakes, waker) = counting();
        thread::scope(|scope| {
            let (tell, thread_id) = mpsc::channel();
            let (semaphore, stop) = (&semaphore, &stop);
            scope.spawn(move || {
                // SAFETY: asks for the id of this thread.
                tell.send(unsafe { libc::pthread_self() }).unwrap();
                come_and_go(semaphore, stop);
            });
            let thread_id = thread_id.recv().unwrap();
            let mut cx = Context::from_waker(&waker);
            let (mut in_the_list, mut tries) = (0, 0);
            while in_the_list < IN_THE_LIST && tries < 20_000 {
                tries += 1;
                let mut waiting = pin!(semaphore.acquire());
                assert!(
                    waiting.as_mut().poll(&mut cx).is_pending(),
                    "there is no permit"
                );
                let before = wakes.0.load(SeqCst);
                FREEZE.store(true, SeqCst);
                // SAFETY: the thread lives until `stop` is set below.
                assert_eq!(unsafe { libc::pthread_kill(thread_id, libc::SIGUSR1) }, 0);
                wait_for("the signal did not come", || IS_FROZEN.load(SeqCst));
                let locked = semaphore.raw.queue.peek(SeqCst).is_locked();
                returns(|| semaphore.add_permits(1));
                let at_once = wakes.0.load(SeqCst) > before;
                FREEZE.store(false, SeqCst);
                wait_for("the signal did not end", || !IS_FROZEN.load(SeqCst));
                in_the_list += usize::from(locked);
                // Where the other thread stood first in line, the permit has gone through its
                // hands.
                wait_for("the permit was lost", || wakes.0.load(SeqCst) > before);
                let Poll::Ready(permit) = waiting.as_mut().poll(&mut cx) else {
                    eprintln!("woken without a permit");
                    std::process::abort();
                };
                permit.forget();
                if locked && at_once {
                    eprintln!("served although another thread is in the list");
                    std::process::abort();
                }
            }
            stop.store(true, SeqCst);
            assert_eq!(
                in_the_list, IN_THE_LIST,
                "stopped in the list so often, of {tries} tries"
            );
        });
        assert_eq!(semaphore.waiters(), 0);
        assert_eq!(semaphore.in_use(), 0);
    }
}
