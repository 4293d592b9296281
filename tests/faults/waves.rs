//! Waves in which some wakers panic: the third of many, and those on both sides of the end of a
//! batch, among tasks of other runtimes that are on their way in parcels.

use std::{
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use compio::runtime::spawn;
use compio_sync::{
    Barrier, CancellationToken, Event, Latch, Notify, OnceCell, RwLock, Semaphore, WaitGroup,
};

use crate::common::{DOORBELLS, alone, counted, on_a_runtime, spin_until, turn, warm_up};

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What many wait for, and what lets all of them go.
struct Gate {
    name: &'static str,
    wait: Box<dyn Fn() -> Wait + Send + Sync>,
    open: Box<dyn FnOnce() + Send>,
}

impl Gate {
    fn new<T: Send + Sync + 'static>(
        name: &'static str,
        gate: T,
        wait: impl Fn(Arc<T>) -> Wait + Send + Sync + 'static,
        open: impl FnOnce(&T) + Send + 'static,
    ) -> Self {
        let gate = Arc::new(gate);
        let opened = gate.clone();
        Self {
            name,
            wait: Box::new(move || wait(gate.clone())),
            open: Box::new(move || open(&opened)),
        }
    }

    fn all(n: usize) -> Vec<Self> {
        let lock = Arc::new(RwLock::new(()));
        let guard = lock.clone().try_write_owned().unwrap();
        let root = CancellationToken::new();
        let children: Vec<_> = (0..7).map(|_| root.child_token()).collect();
        let child = AtomicUsize::new(0);
        vec![
            Self::new(
                "Semaphore",
                Semaphore::new(0),
                |s| Box::pin(async move { s.acquire_owned().await.forget() }),
                move |s| s.add_permits(n),
            ),
            Self::new(
                "Semaphore that closes",
                Semaphore::new(0),
                |s| {
                    Box::pin(async move {
                        assert!(s.acquire_or_closed().await.is_err());
                    })
                },
                Semaphore::close,
            ),
            Self::new(
                "RwLock",
                lock,
                |lock| {
                    Box::pin(async move {
                        // Whoever releases serves others, too, and has their wakers' panics.
                        std::mem::forget(lock.read().await);
                    })
                },
                |_| drop(guard),
            ),
            Self::new(
                "Notify",
                Notify::new(),
                |n| Box::pin(n.notified_owned()),
                Notify::notify_waiters,
            ),
            Self::new(
                "Event",
                Event::new(),
                |e| Box::pin(e.wait_owned()),
                Event::set,
            ),
            Self::new(
                "Barrier",
                Barrier::new(n + 1),
                |b| {
                    Box::pin(async move {
                        b.wait().await;
                    })
                },
                |b| {
                    let mut last = std::pin::pin!(b.wait());
                    let mut cx = Context::from_waker(Waker::noop());
                    assert!(last.as_mut().poll(&mut cx).is_ready());
                },
            ),
            Self::new(
                "Latch",
                Latch::new(1),
                |l| Box::pin(l.wait_owned()),
                Latch::count_down,
            ),
            Self::new(
                "WaitGroup",
                {
                    let group = WaitGroup::new();
                    group.add(1);
                    group
                },
                |g| Box::pin(g.wait_owned()),
                WaitGroup::done,
            ),
            Self::new(
                "OnceCell",
                OnceCell::new(),
                |c| {
                    Box::pin(async move {
                        c.wait().await;
                    })
                },
                |c| c.set(()).unwrap(),
            ),
            Self::new(
                "CancellationToken, a tree",
                root,
                move |_| {
                    let at = child.fetch_add(1, Ordering::SeqCst) % children.len();
                    Box::pin(children[at].child_token().cancelled_owned())
                },
                CancellationToken::cancel,
            ),
        ]
    }
}

/// A waker that panics, on any thread.
#[derive(Default)]
struct Panics(AtomicUsize);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        // Past the hook, so that nothing is printed.
        resume_unwind(Box::new("on purpose"));
    }
}

/// How many tasks come before each waker that panics: so these are the third in line, those at both
/// sides of the end of a batch of 32, and of two.
const TASKS: [usize; 8] = [2, 28, 0, 0, 30, 0, 0, 40];

/// The tasks are of one runtime, who opens the gate is a task of another, and the wakers that panic
/// are of neither.
fn open(gate: Gate) {
    let Gate { name, wait, open } = gate;
    let in_line = AtomicUsize::new(0);
    let (go, come) = mpsc::channel();
    thread::scope(|scope| {
        let wait = &wait;
        let in_line = &in_line;
        let tasks = scope.spawn(move || {
            let lined_up = Arc::new(AtomicUsize::new(0));
            on_a_runtime(async {
                warm_up().await;
                let mut tasks = Vec::new();
                for n in come {
                    for _ in 0..n {
                        let (mut wait, lined_up) = (wait(), lined_up.clone());
                        let wait = std::future::poll_fn(move |cx| {
                            let poll = wait.as_mut().poll(cx);
                            lined_up.fetch_add(1, Ordering::SeqCst);
                            poll
                        });
                        tasks.push(spawn(counted(wait, |_| ())));
                    }
                    while lined_up.load(Ordering::SeqCst) < tasks.len() {
                        turn().await;
                    }
                    in_line.store(tasks.len(), Ordering::SeqCst);
                }
                for task in tasks {
                    let (polls, ()) = task
                        .await
                        .unwrap_or_else(|_| panic!("{name}: a task panics"));
                    assert_eq!(polls, 2, "{name}");
                }
            });
        });
        let mut waits: Vec<_> = TASKS
            .iter()
            .map(|_| (wait(), Arc::<Panics>::default()))
            .collect();
        let mut behind = 0;
        for (n, (wait, waker)) in TASKS.into_iter().zip(&mut waits) {
            behind += n;
            go.send(n).unwrap();
            spin_until(|| in_line.load(Ordering::SeqCst) == behind);
            let waker = Waker::from(waker.clone());
            assert!(
                wait.as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        drop(go);
        thread::spawn(move || {
            on_a_runtime(async {
                warm_up().await;
                let opening = spawn(async move { open() });
                assert!(opening.await.is_err(), "{name}: the panic is lost");
            });
        })
        .join()
        .unwrap();
        tasks.join().unwrap();
        for (wait, waker) in &mut waits {
            assert_eq!(waker.0.load(Ordering::SeqCst), 1, "{name}");
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(wait.as_mut().poll(&mut cx), Poll::Ready(()), "{name}");
        }
    });
}

#[test]
fn wakers_panic_among_the_tasks_of_another_runtime_then_all_are_woken_once() {
    const TEST: &str =
        "waves::wakers_panic_among_the_tasks_of_another_runtime_then_all_are_woken_once";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            for gate in Gate::all(TASKS.iter().sum::<usize>() + TASKS.len()) {
                open(gate);
            }
        });
    }
}

/// The gate opens while a thread unwinds, and compio ends the process when it is told of that
/// itself: a guard that a panic drops lets in tasks of another runtime, among wakers that panic.
#[cfg(target_os = "linux")]
#[test]
fn guard_dropped_by_a_panic_then_tasks_are_woken_and_the_first_panic_goes_on() {
    const TEST: &str =
        "waves::guard_dropped_by_a_panic_then_tasks_are_woken_and_the_first_panic_goes_on";
    // Not by a waker of compio's: see the limits of the relay.
    for doorbell in &DOORBELLS[..2] {
        alone(TEST, &[*doorbell], || {
            use compio_sync::relay;

            let rung_by_a_waker = on_a_runtime(async {
                warm_up().await;
                relay::doorbell() == Some(relay::Doorbell::Waker)
            });
            // Which is what there is where the one that was asked for cannot be had.
            if rung_by_a_waker {
                return;
            }
            for gate in Gate::all(TASKS.iter().sum::<usize>() + TASKS.len()) {
                let Gate { name, wait, open } = gate;
                let opens = move || {
                    struct OnDrop<F: FnOnce()>(Option<F>);
                    impl<F: FnOnce()> Drop for OnDrop<F> {
                        fn drop(&mut self) {
                            if let Some(open) = self.0.take() {
                                open();
                            }
                        }
                    }
                    let panic = crate::common::panic_of(|| {
                        let _guard = OnDrop(Some(open));
                        resume_unwind(Box::new("the first"));
                    });
                    // The tokens and the like that a panic drops tell it to nobody else.
                    assert_eq!(panic.as_deref(), Some("the first"), "{name}");
                    resume_unwind(Box::new("that of the task"));
                };
                super::waves::open(Gate {
                    name,
                    wait,
                    open: Box::new(opens),
                });
            }
        });
    }
}
