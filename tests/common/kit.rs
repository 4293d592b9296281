//! What the suites of everything that is waited for need: places that last, seeds, runtimes,
//! stacks.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::Duration,
};

use compio::{
    driver::DriverType,
    runtime::{Runtime, RuntimeBuilder, spawn},
    time::sleep,
};
use compio_sync::Semaphore;
#[cfg(feature = "compio")]
use compio_sync::relay;

use super::slowness;

/// Something that lives for ever, so that futures that borrow it may go into wakers' hooks.
pub fn kept<T: 'static>(value: T) -> &'static T {
    // Where leaks are looked for, these are to be found as reachable.
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let kept: &'static T = Box::leak(Box::new(value));
    KEPT.lock()
        .unwrap()
        .push(std::ptr::from_ref(kept).expose_provenance());
    kept
}

/// Set it to the number that a failure names to run that sequence alone.
const SEED: &str = "COMPIO_SYNC_SEED";

pub fn seeds(count: u64) -> Vec<u64> {
    match std::env::var(SEED) {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (0..count.div_ceil(slowness().into())).collect(),
    }
}

/// Whether there is little time. `COMPIO_SYNC_QUICK` says so, with 0 for no; else it is for builds
/// that are not optimized.
pub fn is_quick() -> bool {
    match std::env::var("COMPIO_SYNC_QUICK") {
        Ok(quick) => quick != "0",
        Err(_) => cfg!(debug_assertions),
    }
}

/// Names the seed when a test fails.
pub struct Seed(pub u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("reproduce with {SEED}={}", self.0);
        }
    }
}

/// Which doorbell the relays have, `eventfd`, `futex` or `waker`, and which driver the runtimes,
/// `io-uring` or `poll`, where that is not left to them.
#[cfg(feature = "compio")]
const DOORBELL: &str = "COMPIO_SYNC_DOORBELL";
const DRIVER: &str = "COMPIO_SYNC_DRIVER";

/// A runtime as the environment asks for it.
pub fn runtime() -> Runtime {
    let mut proactor = compio::driver::ProactorBuilder::new();
    match std::env::var(DRIVER).as_deref() {
        Err(_) => {}
        Ok("io-uring") => _ = proactor.driver_type(DriverType::IoUring),
        Ok("poll") => _ = proactor.driver_type(DriverType::Poll),
        Ok(other) => panic!("{DRIVER}={other}"),
    }
    #[cfg(feature = "compio")]
    match std::env::var(DOORBELL).as_deref() {
        Err(_) => {}
        Ok("eventfd") => relay::force(Some(relay::Doorbell::Eventfd)),
        Ok("futex") => relay::force(Some(relay::Doorbell::Futex)),
        Ok("waker") => relay::force(Some(relay::Doorbell::Waker)),
        Ok(other) => panic!("{DOORBELL}={other}"),
    }
    RuntimeBuilder::new()
        .with_proactor(proactor)
        .build()
        .unwrap()
}

pub fn on_a_runtime<F: Future>(future: F) -> F::Output {
    runtime().block_on(future)
}

/// Lets the other tasks of the runtime have a turn.
pub async fn turn() {
    let mut again = true;
    poll_fn(|cx| {
        if std::mem::take(&mut again) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

pub async fn until(done: impl Fn() -> bool) {
    while !done() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Spins, but lets others on where CPUs are few.
pub fn spin_until(mut done: impl FnMut() -> bool) {
    let mut rounds = 0_u32;
    while !done() {
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(1 << 8) {
            thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

/// Releases `n` permits from a thread of its own, when so many wait and have fallen asleep.
pub fn release_soon(s: &Arc<Semaphore>, n: usize) -> thread::JoinHandle<()> {
    let s = s.clone();
    thread::spawn(move || {
        spin_until(|| s.waiters() >= n);
        thread::sleep(Duration::from_millis(5));
        s.add_permits(n);
    })
}

/// Lets a task of this runtime wait for another thread, so that the runtime has a relay.
pub async fn warm_up() {
    let s = Arc::new(Semaphore::new(0));
    for _ in 0..3 {
        let releasing = release_soon(&s, 1);
        let waiting = spawn(s.clone().acquire_owned());
        waiting.await.unwrap().forget();
        releasing.join().unwrap();
    }
}

/// Runs `f` on a thread whose stack is too small for a call in a call for each of many.
pub fn on_a_small_stack<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let thread = thread::Builder::new().stack_size(128 << 10).spawn(f);
    thread.unwrap().join().unwrap()
}

/// A waker that counts, for futures that are polled and woken on different threads.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub fn waker(&self) -> Waker {
        struct Count(Arc<AtomicUsize>);

        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }

        Arc::new(Count(self.0.clone())).into()
    }

    pub fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
