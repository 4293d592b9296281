//! Wakes that nobody has sent: at each doorbell, at tasks, at blocked threads.

use std::{
    collections::VecDeque,
    fs,
    future::poll_fn,
    os::fd::RawFd,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Waker,
    thread,
    time::Duration,
};

use compio::runtime::spawn;
use compio_sync::{
    Condvar, Event, Notify, RwLock, Semaphore,
    relay::{Doorbell, doorbell},
};

use crate::common::{
    DOORBELLS, MANY, Seed, Watchdog, alone, counted, in_line, on_a_runtime, spin_until, until,
    warm_up, were_polled_twice,
};

/// A runtime with `MANY` tasks that wait while `disturb` does what it does, which is told of the
/// doorbell. They are polled when they are released, and not before.
fn is_not_fooled(disturb: impl FnOnce(Doorbell)) {
    let s = Arc::new(Semaphore::new(0));
    let bell = Arc::new(Mutex::new(None));
    let waiting = thread::spawn({
        let (s, bell) = (s.clone(), bell.clone());
        move || {
            on_a_runtime(async {
                warm_up().await;
                let tasks = in_line(&s, MANY).await;
                *bell.lock().unwrap() = spawn(async { doorbell() }).await.unwrap();
                were_polled_twice(tasks).await;
            });
        }
    });
    spin_until(|| bell.lock().unwrap().is_some());
    // So that it sleeps.
    thread::sleep(Duration::from_millis(20));
    disturb(bell.lock().unwrap().unwrap());
    assert_eq!((s.waiters(), s.available_permits()), (MANY, 0));
    s.add_permits(MANY);
    waiting.join().unwrap();
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// All eventfds of the process: compio's own, and the doorbells.
fn eventfds() -> Vec<RawFd> {
    let fds = fs::read_dir("/proc/self/fd").unwrap().map(|fd| fd.unwrap());
    fds.filter(|fd| {
        let target = fs::read_link(fd.path()).unwrap_or_default();
        target.to_string_lossy().contains("[eventfd]")
    })
    .map(|fd| fd.file_name().to_string_lossy().parse().unwrap())
    .collect()
}

#[test]
fn every_eventfd_of_the_process_is_rung_then_no_task_is_polled() {
    const TEST: &str = "spurious::every_eventfd_of_the_process_is_rung_then_no_task_is_polled";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            is_not_fooled(|_| {
                let fds = eventfds();
                assert!(!fds.is_empty() || crate::common::runtime().driver_type().is_polling());
                for _ in 0..2000 {
                    for &fd in &fds {
                        let one = 1_u64.to_ne_bytes();
                        // SAFETY: the call reads eight bytes.
                        let written = unsafe { libc::write(fd, one.as_ptr().cast(), one.len()) };
                        assert_eq!(written, 8);
                    }
                    thread::yield_now();
                }
            });
        });
    }
}

/// Wakes whoever waits at this address with a futex that is not private. Gives how many did.
fn wake_at(address: usize) -> bool {
    // SAFETY: the call looks at the address alone, and fails where there is no memory.
    let woken = unsafe {
        libc::syscall(
            libc::SYS_futex,
            address,
            libc::FUTEX_WAKE,
            1,
            0_usize,
            0_usize,
            0_usize,
        )
    };
    woken == 1
}

/// The doorbell's word, which is private: where somebody can be woken. Threads that are parked, or
/// wait for a lock of std's or libc's, do so at private futexes.
fn find_the_word() -> usize {
    /// A heap's part that is in use is smaller, and a stack is larger.
    const LARGE: usize = 4 << 20;
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let heaps = maps.lines().filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let is_writable = fields.next()? == "rw-p";
        let [start, end] = [start, end].map(|at| usize::from_str_radix(at, 16).unwrap());
        (is_writable && end - start <= LARGE).then_some(start..end)
    });
    heaps
        .flat_map(|heap| heap.step_by(4))
        .find(|&address| wake_at(address))
        .expect("the word is in a heap")
}

#[test]
fn futex_is_woken_and_its_word_is_as_it_was_then_no_task_is_polled() {
    const TEST: &str = "spurious::futex_is_woken_and_its_word_is_as_it_was_then_no_task_is_polled";
    let futex = DOORBELLS[1];
    alone(TEST, &[futex], || {
        is_not_fooled(|doorbell| {
            if doorbell != Doorbell::Futex {
                println!("this kernel, or this driver, has no such operation");
                return;
            }
            let word = find_the_word();
            for _ in 0..1000 {
                // The runtime waits there again.
                spin_until(|| wake_at(word));
            }
        });
    });
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What serves one at a time, in the order in which they came.
struct Line {
    name: &'static str,
    wait: Box<dyn Fn() -> Wait + Send + Sync>,
    serve: Box<dyn Fn() + Send + Sync>,
}

impl Line {
    fn new<T: Send + Sync + 'static>(
        name: &'static str,
        line: T,
        wait: impl Fn(Arc<T>) -> Wait + Send + Sync + 'static,
        serve: impl Fn(&T) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let line = Arc::new(line);
        let served = line.clone();
        Arc::new(Self {
            name,
            wait: Box::new(move || wait(line.clone())),
            serve: Box::new(move || serve(&served)),
        })
    }

    fn all() -> Vec<Arc<Self>> {
        vec![
            Self::new(
                "Semaphore",
                Semaphore::new(0),
                |s| Box::pin(async move { s.acquire_owned().await.forget() }),
                |s| s.add_permits(1),
            ),
            Self::new(
                "Notify",
                Notify::new(),
                |n| Box::pin(n.notified_owned()),
                Notify::notify_one,
            ),
            Self::new(
                "Event",
                Event::auto_reset(),
                |e| Box::pin(e.wait_owned()),
                Event::set,
            ),
            Self::new(
                "Condvar",
                (compio_sync::Mutex::new(()), Condvar::new()),
                |c| {
                    Box::pin(async move {
                        let guard = c.0.lock().await;
                        drop(c.1.wait(guard).await);
                    })
                },
                |c| c.1.notify_one(),
            ),
        ]
    }
}

/// Another thread wakes the tasks at random while they wait, and while they are served.
#[test]
fn tasks_are_woken_at_random_then_each_is_served_in_its_turn() {
    const TASKS: usize = 40;
    let _watchdog = Watchdog::start();
    let _seed = Seed(7);
    for line in Line::all() {
        let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
        let sent: Arc<[AtomicUsize; TASKS]> = Arc::new([const { AtomicUsize::new(0) }; TASKS]);
        let served: Arc<Mutex<VecDeque<usize>>> = Arc::default();
        let [stop, is_quiet] = [const { AtomicBool::new(false) }; 2];
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut rng = fastrand::Rng::with_seed(7);
                spin_until(|| wakers.lock().unwrap().len() == TASKS);
                let wakers = wakers.lock().unwrap().clone();
                while !stop.load(Ordering::SeqCst) {
                    let at = rng.usize(0..TASKS);
                    sent[at].fetch_add(1, Ordering::SeqCst);
                    wakers[at].wake_by_ref();
                }
                is_quiet.store(true, Ordering::SeqCst);
            });
            scope.spawn(|| {
                let all = || sent.iter().map(|n| n.load(Ordering::SeqCst)).sum::<usize>();
                spin_until(|| all() > 1000);
                assert!(served.lock().unwrap().is_empty(), "{}", line.name);
                for at in 0..TASKS {
                    (line.serve)();
                    spin_until(|| served.lock().unwrap().len() == at + 1);
                    let enough = all() + 20;
                    spin_until(|| all() > enough);
                    assert_eq!(served.lock().unwrap().len(), at + 1, "{}", line.name);
                }
                stop.store(true, Ordering::SeqCst);
            });
            on_a_runtime(async {
                let tasks: Vec<_> = (0..TASKS)
                    .map(|at| {
                        let (wait, served) = ((line.wait)(), served.clone());
                        let wakers = wakers.clone();
                        spawn(async move {
                            let note =
                                move |waker: &Waker| wakers.lock().unwrap().push(waker.clone());
                            let (polls, ()) = counted(wait, note).await;
                            served.lock().unwrap().push_back(at);
                            polls
                        })
                    })
                    .collect();
                for (at, task) in tasks.into_iter().enumerate() {
                    let polls = task.await.unwrap();
                    let woken = sent[at].load(Ordering::SeqCst);
                    assert!(polls <= woken + 2, "{}: {polls} {woken}", line.name);
                }
                // A runtime of compio 0.19 that ends does not wait for those who still wake a task
                // that has ended.
                until(|| is_quiet.load(Ordering::SeqCst)).await;
            });
        });
        assert!(
            served.lock().unwrap().iter().copied().eq(0..TASKS),
            "{}",
            line.name
        );
    }
}

/// Once the wakes have come to an end, so have the polls.
#[test]
fn tasks_were_woken_for_nothing_then_they_rest() {
    let _watchdog = Watchdog::start();
    for line in Line::all() {
        on_a_runtime(async {
            let polls = Arc::new(AtomicUsize::new(0));
            let waker = Arc::new(Mutex::new(None::<Waker>));
            let waiting = spawn({
                let (polls, waker) = (polls.clone(), waker.clone());
                let mut wait = (line.wait)();
                poll_fn(move |cx| {
                    *waker.lock().unwrap() = Some(cx.waker().clone());
                    polls.fetch_add(1, Ordering::SeqCst);
                    wait.as_mut().poll(cx)
                })
            });
            until(|| polls.load(Ordering::SeqCst) > 0).await;
            for n in 1..100 {
                let waker = waker.lock().unwrap().clone().unwrap();
                thread::spawn(move || waker.wake()).join().unwrap();
                until(|| polls.load(Ordering::SeqCst) > n).await;
            }
            compio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(polls.load(Ordering::SeqCst), 100, "{}", line.name);
            (line.serve)();
            waiting.await.unwrap();
            assert_eq!(polls.load(Ordering::SeqCst), 101, "{}", line.name);
        });
    }
}

/// A thread has one token to unpark it, and anybody may give it.
#[test]
fn blocked_threads_are_unparked_at_random_then_each_gets_what_it_waits_for() {
    let _watchdog = Watchdog::start();
    let s = Semaphore::new(0);
    let lock = RwLock::new(0_usize);
    let changed = (compio_sync::Mutex::new(false), Condvar::new());
    let (let_in, checks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let guard = lock.blocking_write();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..3 {
            threads.push(scope.spawn(|| {
                s.blocking_acquire().forget();
                let_in.fetch_add(1, Ordering::SeqCst);
            }));
            threads.push(scope.spawn(|| {
                assert_eq!(*lock.blocking_read(), 1, "before the writer was done");
                let_in.fetch_add(1, Ordering::SeqCst);
            }));
            threads.push(scope.spawn(|| {
                let guard = changed.0.blocking_lock();
                let guard = changed.1.blocking_wait_while(guard, |changed| {
                    checks.fetch_add(1, Ordering::SeqCst);
                    !*changed
                });
                assert!(*guard);
                let_in.fetch_add(1, Ordering::SeqCst);
            }));
        }
        let unpark_all = |times| {
            for _ in 0..times {
                threads.iter().for_each(|thread| thread.thread().unpark());
                thread::yield_now();
            }
        };
        spin_until(|| s.waiters() + lock.waiters() + changed.1.waiters() == 9);
        unpark_all(2000);
        assert_eq!(
            (let_in.load(Ordering::SeqCst), checks.load(Ordering::SeqCst)),
            (0, 3)
        );
        let mut guard = guard;
        *guard = 1;
        drop(guard);
        for n in 4..=6 {
            spin_until(|| let_in.load(Ordering::SeqCst) == n - 1);
            unpark_all(200);
            assert_eq!(let_in.load(Ordering::SeqCst), n - 1);
            s.add_permits(1);
        }
        spin_until(|| let_in.load(Ordering::SeqCst) == 6);
        *changed.0.blocking_lock() = true;
        changed.1.notify_all();
        unpark_all(200);
        spin_until(|| threads.iter().all(|thread| thread.is_finished()));
    });
    assert_eq!((let_in.into_inner(), checks.into_inner()), (9, 6));
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}
