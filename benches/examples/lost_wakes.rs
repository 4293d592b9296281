//! Wakes of another runtime that never arrive: 100 of its tasks are woken by one call, over and
//! over, with the crate's semaphore, with tokio's, and with bare wakers.
//!
//! ```sh
//! cargo run --release -p compio-sync-benches --example lost_wakes -- 10
//! ```
//!
//! It takes the seconds for each. A wake counts as lost when the task has not run after two seconds
//! and runs as soon as the runtime's driver is woken for another reason.
//!
//! compio 0.19 has an inbox of 64 for foreign wakes. Whoever finds it full wakes the driver, waits
//! for room, and does not wake the driver again when there is some. If the runtime has emptied the
//! inbox and gone to sleep in between, the wake lies there until something else comes. It takes
//! that whoever wakes is kept from running for a moment: on a machine with nothing else to do it is
//! rare.

use std::{
    env,
    process::ExitCode,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use compio::runtime::{Runtime, spawn};
use compio_sync_benches::relay::{
    candidate::{Gate, Wakers},
    crowd::announced,
};

const TASKS: usize = 100;

/// Nobody takes so long, unless a wake was lost.
const LOST: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Crowd {
    /// How often somebody has got in line, and has passed.
    waiting: AtomicUsize,
    passed: AtomicUsize,
    /// Wakes the runtime itself.
    driver: OnceLock<Waker>,
}

async fn pass_for_ever<G: Gate>(gate: Arc<G>, crowd: Arc<Crowd>) {
    loop {
        let tell = || {
            crowd.waiting.fetch_add(1, Ordering::Release);
        };
        announced(gate.pass(), tell).await;
        crowd.passed.fetch_add(1, Ordering::Release);
    }
}

/// Says how many waves there were in that time, and in how many a wake was lost.
fn count<G: Gate>(name: &str, span: Duration) {
    let gate = Arc::new(G::closed());
    let crowd = Arc::<Crowd>::default();
    thread::spawn({
        let (gate, crowd) = (gate.clone(), crowd.clone());
        move || {
            let runtime = Runtime::new().expect("a runtime");
            crowd.driver.get_or_init(|| runtime.waker());
            runtime.block_on(async move {
                for _ in 1..TASKS {
                    spawn(pass_for_ever(gate.clone(), crowd.clone())).detach();
                }
                spawn(pass_for_ever(gate, crowd)).await.ok();
            });
        }
    });
    let end = Instant::now() + span;
    let (mut waves, mut lost) = (0, 0);
    while Instant::now() < end {
        while crowd.waiting.load(Ordering::Acquire) < TASKS * (waves + 1) {
            thread::yield_now();
        }
        // Now it sleeps, now it is about to.
        thread::sleep(Duration::from_micros((waves as u64 % 7) * 20));
        gate.open(TASKS);
        waves += 1;
        let opened = Instant::now();
        let mut is_lost = false;
        while crowd.passed.load(Ordering::Acquire) < TASKS * waves {
            thread::yield_now();
            if opened.elapsed() > LOST
                && let Some(driver) = crowd.driver.get()
            {
                is_lost = true;
                driver.wake_by_ref();
            }
        }
        lost += usize::from(is_lost);
    }
    println!("{name}: {TASKS} tasks woken {waves} times, {lost} times one of them was not");
}

fn main() -> ExitCode {
    let Some(seconds) = env::args().nth(1).and_then(|it| it.parse().ok()) else {
        eprintln!("usage: lost_wakes SECONDS");
        return ExitCode::from(2);
    };
    let span = Duration::from_secs(seconds);
    count::<compio_sync::Semaphore>("compio-sync", span);
    count::<tokio::sync::Semaphore>("tokio", span);
    count::<Wakers>("bare wakers", span);
    ExitCode::SUCCESS
}
