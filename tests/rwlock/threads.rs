//! The shared form on several threads, without a runtime.

use std::{
    pin::{Pin, pin},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
};

use compio_sync::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};

#[cfg(feature = "compio")]
use crate::common::panic_of;
use crate::common::{
    POLICIES, Watchdog, a_while, assert_at_rest, assert_lets, fewer, share_of_cpu, spin_until,
};

#[test]
fn blocking_ones_wait_in_the_same_line() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = RwLock::with_fairness(Vec::new(), fairness);
        let held = l.try_write().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| l.blocking_write().push(1));
            spin_until(|| l.waiters() == 1);
            let upgradable = scope.spawn(|| l.blocking_upgradable_read().len());
            spin_until(|| l.waiters() == 2);
            let reader = scope.spawn(|| l.blocking_read().len());
            spin_until(|| l.waiters() == 3);
            drop(held);
            assert_eq!(upgradable.join().unwrap(), 1);
            assert_eq!(reader.join().unwrap(), 1);
        });
        assert_at_rest(&l);
    }
}

#[test]
fn blocked_ones_use_no_cpu() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = RwLock::with_fairness((), fairness);
        let held = l.try_write().unwrap();
        thread::scope(|scope| {
            let threads = [
                scope.spawn(|| share_of_cpu(|| drop(l.blocking_read())).1),
                scope.spawn(|| share_of_cpu(|| drop(l.blocking_upgradable_read())).1),
                scope.spawn(|| share_of_cpu(|| drop(l.blocking_write())).1),
            ];
            spin_until(|| l.waiters() == 3);
            thread::sleep(a_while());
            drop(held);
            for thread in threads {
                let share = thread.join().unwrap();
                assert!(share < 0.02, "{share} of a CPU");
            }
        });
        assert_at_rest(&l);
    }
}

/// It is the thread that counts: also when the lock is free.
#[cfg(feature = "compio")]
#[test]
fn blocking_ones_on_a_runtimes_thread_panic_and_name_the_way_out() {
    let _watchdog = Watchdog::start();
    let l = RwLock::new(());
    let texts = crate::common::on_a_runtime(async {
        [
            panic_of(|| drop(l.blocking_read())),
            panic_of(|| drop(l.blocking_upgradable_read())),
            panic_of(|| drop(l.blocking_write())),
        ]
    });
    for (text, way) in texts.into_iter().zip(["read", "upgradable_read", "write"]) {
        let text = text.expect("it should panic");
        assert!(text.contains("compio runtime"), "{text}");
        assert!(text.contains(&format!("`blocking_{way}`")), "{text}");
        assert!(text.contains(&format!("`{way}().await`")), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    }
    // The runtime is over, and the thread a plain one again.
    drop(l.blocking_write());
    assert_at_rest(&l);
}

/// Both are equal whenever nobody writes.
type Halves = [u64; 2];

/// Who is inside, as the threads see it themselves.
#[derive(Default)]
struct Inside {
    readers: AtomicUsize,
    upgradable: AtomicUsize,
    most_readers: AtomicUsize,
}

impl Inside {
    fn read(&self, value: &Halves) {
        let readers = self.readers.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_readers.fetch_max(readers, Ordering::SeqCst);
        assert_eq!(value[0], value[1], "a writer is inside");
        thread::yield_now();
        self.readers.fetch_sub(1, Ordering::SeqCst);
    }

    fn write(&self, value: &mut Halves) {
        assert_eq!(self.readers.load(Ordering::SeqCst), 0, "a reader is inside");
        assert_eq!(value[0], value[1]);
        value[0] += 1;
        std::hint::spin_loop();
        value[1] += 1;
        assert_eq!(value[0], value[1]);
    }
}

/// Gives up after so many polls.
fn poll_some<F: Future>(mut future: Pin<&mut F>, polls: usize) -> Option<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

/// Upgrades, writes, and comes down again; or gives up. Says how often it wrote.
fn upgrade(
    guard: RwLockUpgradableReadGuard<'_, Halves>,
    inside: &Inside,
    rng: &mut fastrand::Rng,
) -> u64 {
    assert_eq!(inside.upgradable.fetch_add(1, Ordering::SeqCst), 0);
    inside.read(&guard);
    let seen = guard[0];
    inside.upgradable.fetch_sub(1, Ordering::SeqCst);
    let writer = match rng.u32(0..3) {
        0 => RwLockUpgradableReadGuard::try_upgrade(guard).ok(),
        _ => {
            let polls = rng.usize(1..2_000);
            poll_some(pin!(RwLockUpgradableReadGuard::upgrade(guard)), polls)
        }
    };
    let Some(mut writer) = writer else { return 0 };
    assert_eq!(writer[0], seen, "somebody wrote in between");
    inside.write(&mut writer);
    match rng.u32(0..3) {
        0 => {
            let guard = RwLockWriteGuard::downgrade_to_upgradable(writer);
            assert_eq!(guard[0], seen + 1);
            inside.read(&RwLockUpgradableReadGuard::downgrade(guard));
        }
        1 => {
            let guard = RwLockWriteGuard::downgrade(writer);
            assert_eq!(guard[0], seen + 1, "somebody wrote in between");
        }
        _ => drop(writer),
    }
    1
}

fn work(l: &RwLock<Halves>, inside: &Inside, seed: u64, steps: u64) -> u64 {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut writes = 0;
    for _ in 0..steps {
        let polls = rng.usize(1..4);
        match rng.u32(0..12) {
            0..3 => inside.read(&l.blocking_read()),
            3 => {
                if let Some(guard) = l.try_read() {
                    inside.read(&guard);
                }
            }
            4..6 => {
                if let Some(guard) = poll_some(pin!(l.read()), polls) {
                    inside.read(&guard);
                }
            }
            6 => {
                inside.write(&mut l.blocking_write());
                writes += 1;
            }
            7..9 => {
                if let Some(mut guard) = poll_some(pin!(l.write()), polls) {
                    inside.write(&mut guard);
                    writes += 1;
                }
            }
            9 => {
                if let Some(guard) = poll_some(pin!(l.upgradable_read()), polls) {
                    writes += upgrade(guard, inside, &mut rng);
                }
            }
            _ => writes += upgrade(l.blocking_upgradable_read(), inside, &mut rng),
        }
    }
    writes
}

#[test]
fn threads_read_write_upgrade_and_cancel_then_no_write_is_lost() {
    let _watchdog = Watchdog::start();
    for fairness in POLICIES {
        let l = RwLock::with_fairness([0, 0], fairness);
        let inside = Inside::default();
        let writes: u64 = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let (l, inside) = (&l, &inside);
                    scope.spawn(move || work(l, inside, thread, 4_000))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert!(writes > 1_000, "{writes}");
        assert!(inside.most_readers.load(Ordering::SeqCst) > 1);
        assert_at_rest(&l);
        assert_eq!(l.into_inner(), [writes; 2], "{fairness:?}");
    }
}

/// The last reader leaves at the moment at which the upgrade gets in line.
#[test]
fn upgrade_and_last_reader_meet_then_the_upgrade_goes_on() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5_000);
    for fairness in POLICIES {
        let l = RwLock::with_fairness(0, fairness);
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..rounds {
                    let reader = l.blocking_read();
                    barrier.wait();
                    drop(reader);
                    barrier.wait();
                }
            });
            for round in 0..rounds {
                let guard = l.blocking_upgradable_read();
                barrier.wait();
                let mut upgrade = pin!(RwLockUpgradableReadGuard::upgrade(guard));
                // Parked between polls: only a wake gets it on.
                let mut writer = block_on(upgrade.as_mut());
                *writer += 1;
                assert_eq!(*writer, round + 1);
                drop(writer);
                barrier.wait();
            }
        });
        assert_at_rest(&l);
    }
}

/// A plain executor, since an upgrade has no blocking twin.
fn block_on<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    struct Unpark(thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn pending_upgrade_is_dropped_while_the_last_reader_leaves_then_nothing_is_lost() {
    let _watchdog = Watchdog::start();
    let rounds = fewer(5_000);
    for fairness in POLICIES {
        let l = RwLock::with_fairness(0, fairness);
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..rounds {
                    let reader = l.blocking_read();
                    barrier.wait();
                    drop(reader);
                    barrier.wait();
                    barrier.wait();
                }
            });
            for _ in 0..rounds {
                let guard = l.blocking_upgradable_read();
                barrier.wait();
                drop(poll_some(
                    pin!(RwLockUpgradableReadGuard::upgrade(guard)),
                    1,
                ));
                barrier.wait();
                assert_lets(&l, Some("write"), 0);
                barrier.wait();
            }
        });
        assert_at_rest(&l);
    }
}
