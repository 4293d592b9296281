//! Runtimes that end, move, take turns or are driven by hand, with others waking their tasks.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::Poll,
    thread,
    time::Duration,
};

use compio::runtime::{Runtime, spawn};
use compio_sync::{Fairness, OwnedSemaphorePermit, Semaphore, futures::AcquireOwned};

use crate::common::{
    DOORBELLS, Watchdog, alone, is_quick, on_a_runtime, pends, release_soon, runtime, turn, until,
    warm_up,
};

const MANY: usize = 200;

fn rounds() -> usize {
    if is_quick() { 50 } else { 300 }
}

/// Tasks that wait for a permit each, and use it up.
#[derive(Clone, Default)]
struct Line(Arc<AtomicUsize>);

impl Line {
    /// Puts `n` tasks of the runtime that runs in line.
    async fn up(&self, s: &Arc<Semaphore>, n: usize) {
        let before = s.waiters();
        self.spawn(s, n);
        while s.waiters() < before + n {
            turn().await;
        }
    }

    fn spawn(&self, s: &Arc<Semaphore>, n: usize) {
        for _ in 0..n {
            let (s, served) = (s.clone(), self.0.clone());
            spawn(async move {
                s.acquire().await.forget();
                served.fetch_add(1, Ordering::SeqCst);
            })
            .detach();
        }
    }

    fn served(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    async fn is_served(&self, n: usize) {
        until(|| self.served() == n).await;
    }
}

#[test]
fn runtime_ends_while_mail_is_on_its_way_then_no_permit_is_lost() {
    let _watchdog = Watchdog::start();
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..rounds() {
        let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
        let (ready, is_ready) = mpsc::channel();
        let target = thread::spawn({
            let (s, line) = (s.clone(), line.clone());
            move || {
                on_a_runtime(async {
                    line.up(&s, MANY).await;
                    ready.send(()).unwrap();
                    until(|| s.waiters() < MANY).await;
                });
            }
        });
        is_ready.recv().unwrap();
        thread::sleep(Duration::from_micros(rng.u64(0..300)));
        for n in [1, 63, 64, MANY - 128] {
            s.add_permits(n);
            thread::sleep(Duration::from_micros(rng.u64(0..100)));
        }
        target.join().unwrap();
        // Those that were granted and not polled any more have passed it on.
        assert_eq!(s.waiters(), 0);
        assert_eq!(line.served() + s.available_permits(), MANY);
    }
}

#[test]
fn runtime_ends_with_tasks_in_line_then_those_of_the_next_one_are_served() {
    let _watchdog = Watchdog::start();
    for _ in 0..rounds() {
        let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
        let first = runtime();
        first.block_on(line.up(&s, MANY));
        drop(first);
        assert_eq!((s.waiters(), line.served()), (0, 0));
        on_a_runtime(async {
            // Its relay may be the one that the first had.
            line.up(&s, MANY).await;
            let releasing = release_soon(&s, MANY);
            line.is_served(MANY).await;
            releasing.join().unwrap();
        });
        assert_eq!(s.available_permits(), 0);
    }
}

#[test]
fn thread_that_has_released_ends_then_the_tasks_are_served() {
    let _watchdog = Watchdog::start();
    on_a_runtime(async {
        let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
        for round in 1..=rounds() {
            line.up(&s, MANY).await;
            // One without a runtime, and one whose runtime ends as well.
            let release = s.clone();
            let plain = thread::spawn(move || release.add_permits(MANY / 2));
            let release = s.clone();
            let runs = thread::spawn(move || {
                on_a_runtime(async { spawn(async move { release.add_permits(MANY / 2) }).await })
            });
            line.is_served(round * MANY).await;
            plain.join().unwrap();
            runs.join().unwrap().unwrap();
        }
    });
}

thread_local! {
    static KEPT: Cell<Option<Runtime>> = const { Cell::new(None) };
}

#[test]
fn runtime_in_a_thread_local_ends_with_its_thread_then_no_permit_is_lost() {
    let _watchdog = Watchdog::start();
    for round in 0..rounds() {
        let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
        let (ready, is_ready) = mpsc::channel();
        let target = thread::spawn({
            let (s, line) = (s.clone(), line.clone());
            move || {
                let runtime = runtime();
                runtime.block_on(line.up(&s, MANY));
                KEPT.set(Some(runtime));
                ready.send(()).unwrap();
            }
        });
        is_ready.recv().unwrap();
        // Some of them before it ends, some meanwhile, some later.
        for n in [1, 63, 64, MANY - 128] {
            if round % 2 == 0 {
                s.add_permits(n);
            }
        }
        target.join().unwrap();
        let left = if round % 2 == 0 { MANY } else { 0 };
        assert_eq!((s.waiters(), s.available_permits()), (0, left));
    }
}

/// Nobody will ever run these tasks. Others, on a thread that may look just like the one that
/// ended, must get away from them all the same.
#[test]
fn runtime_forgotten_as_its_thread_ends_then_a_release_of_all_returns() {
    for doorbell in DOORBELLS {
        alone(
            "lives::runtime_forgotten_as_its_thread_ends_then_a_release_of_all_returns",
            &[doorbell],
            || {
                let s = Arc::new(Semaphore::new(0));
                let ended = thread::spawn({
                    let s = s.clone();
                    move || {
                        let runtime = runtime();
                        runtime.block_on(Line::default().up(&s, MANY));
                        std::mem::forget(runtime);
                    }
                });
                ended.join().unwrap();
                let releasing = thread::spawn({
                    let s = s.clone();
                    move || s.add_permits(MANY)
                });
                releasing.join().unwrap();
                assert_eq!(s.waiters(), 0);
                on_a_runtime(warm_up());
            },
        );
    }
}

#[test]
fn runtimes_one_after_the_other_on_a_thread_then_each_is_woken() {
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    for _ in 0..rounds() {
        // In the same place, as far as the compiler likes.
        let runtime = runtime();
        let releasing = release_soon(&s, 2);
        runtime.block_on(async {
            let task = spawn(s.clone().acquire_owned());
            s.acquire().await.forget();
            task.await.unwrap().forget();
        });
        releasing.join().unwrap();
    }
    assert_eq!((s.waiters(), s.available_permits()), (0, 0));
}

/// While one runs, there is mail for the other, which finds it later.
#[test]
fn two_runtimes_of_a_thread_take_turns_then_each_is_woken() {
    let _watchdog = Watchdog::start();
    let runtimes = [runtime(), runtime()];
    let (gates, lines) = (
        [(); 2].map(|()| Arc::new(Semaphore::new(0))),
        [Line::default(), Line::default()],
    );
    for round in 0..rounds() {
        let (runs, other) = (round % 2, 1 - round % 2);
        runtimes[other].block_on(lines[other].up(&gates[other], MANY));
        runtimes[runs].block_on(async {
            lines[runs].up(&gates[runs], MANY).await;
            let (first, then) = (gates[other].clone(), gates[runs].clone());
            let releasing = thread::spawn(move || {
                first.add_permits(MANY);
                then.add_permits(MANY);
            });
            lines[runs].is_served((round + 1) * MANY).await;
            releasing.join().unwrap();
        });
        assert_eq!(lines[other].served(), round * MANY);
        runtimes[other].block_on(lines[other].is_served((round + 1) * MANY));
    }
}

/// On the thread of both, by the one that does not have the tasks.
#[test]
fn runtime_releases_tasks_of_another_one_of_its_thread_then_they_are_served() {
    let _watchdog = Watchdog::start();
    let [one, two] = [runtime(), runtime()];
    let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
    two.block_on(warm_up());
    for round in 0..rounds() {
        one.block_on(line.up(&s, MANY));
        two.block_on(async { s.add_permits(MANY) });
        assert_eq!(line.served(), round * MANY);
        one.block_on(line.is_served((round + 1) * MANY));
    }
}

#[test]
fn runtimes_that_move_and_change_places_then_each_is_woken() {
    let _watchdog = Watchdog::start();
    let (mut one, mut two) = (runtime(), Box::new(runtime()));
    let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
    for round in 0..rounds() {
        one.block_on(line.up(&s, MANY));
        two.block_on(line.up(&s, MANY));
        let releasing = release_soon(&s, 2 * MANY);
        match round % 3 {
            0 => std::mem::swap(&mut one, &mut *two),
            // Another handle, and the first one goes.
            1 => one = one.clone(),
            _ => {
                let moved = Box::new(*two);
                two = moved;
            }
        }
        while line.served() < (4 * round + 2) * MANY {
            for runtime in [&one, &*two] {
                runtime.block_on(turn());
                thread::yield_now();
            }
        }
        releasing.join().unwrap();
        // And where they are now, each by itself.
        for (runtime, served) in [(&one, 3), (&*two, 4)] {
            runtime.block_on(async {
                line.up(&s, MANY).await;
                let releasing = release_soon(&s, MANY);
                line.is_served((4 * round + served) * MANY).await;
                releasing.join().unwrap();
            });
        }
    }
}

#[test]
fn runtime_run_by_hand_then_its_tasks_are_woken() {
    let _watchdog = Watchdog::start();
    let runtime = runtime();
    let (s, line) = (Arc::new(Semaphore::new(0)), Line::default());
    for round in 1..=rounds() {
        let releasing = release_soon(&s, MANY);
        runtime.enter(|| {
            line.spawn(&s, MANY);
            loop {
                let more = runtime.run();
                if line.served() == round * MANY {
                    break;
                }
                if more {
                    runtime.poll_with(Some(Duration::ZERO));
                } else {
                    // Until there is something, without a timer.
                    runtime.poll();
                }
            }
        });
        releasing.join().unwrap();
    }
}

/// It is in line with the waker of one task, then of another one elsewhere.
#[test]
fn wait_polled_in_one_runtime_then_moved_to_another_then_released() {
    let _watchdog = Watchdog::start();
    for round in 0..rounds() {
        let first_ends = round % 2 == 0;
        let s = Arc::new(Semaphore::new(0));
        let (hand, handed) = mpsc::channel::<Pin<Box<AcquireOwned>>>();
        let (end, is_to_end) = mpsc::channel::<()>();
        let first = thread::spawn({
            let s = s.clone();
            move || {
                on_a_runtime(async {
                    let mut wait = Box::pin(s.acquire_owned());
                    let moved = spawn(async move {
                        pends(wait.as_mut()).await;
                        [wait]
                    });
                    let [wait] = moved.await.unwrap();
                    hand.send(wait).unwrap();
                    if !first_ends {
                        is_to_end.recv().unwrap();
                    }
                });
            }
        });
        if first_ends {
            first.join().unwrap();
            second(&s, &handed);
        } else {
            // It is blocked, and must not be needed.
            second(&s, &handed);
            end.send(()).unwrap();
            first.join().unwrap();
        }
        assert_eq!((s.waiters(), s.available_permits()), (0, 0));
    }

    fn second(s: &Arc<Semaphore>, handed: &mpsc::Receiver<Pin<Box<AcquireOwned>>>) {
        let wait = handed.recv().unwrap();
        on_a_runtime(async {
            let task = spawn(wait);
            turn().await;
            turn().await;
            let releasing = release_soon(s, 1);
            task.await.unwrap().forget();
            releasing.join().unwrap();
        });
    }
}

/// The mail comes too late, or to a runtime that has the relay by now.
#[test]
fn wait_outlives_its_runtime_then_released_then_found_so_in_another() {
    let _watchdog = Watchdog::start();
    for round in 0..rounds() {
        let s = Arc::new(Semaphore::new(0));
        let mut wait = Box::pin(s.clone().acquire_owned());
        let [wait] = on_a_runtime(async {
            let polled = spawn(async move {
                pends(wait.as_mut()).await;
                [wait]
            });
            polled.await.unwrap()
        });
        let next = (round % 2 == 0).then(runtime);
        if let Some(next) = &next {
            next.block_on(warm_up());
        }
        release_soon(&s, 1).join().unwrap();
        assert_eq!(s.waiters(), 0);
        next.unwrap_or_else(runtime).block_on(async {
            warm_up().await;
            spawn(wait).await.unwrap().forget();
        });
    }
}

/// It was woken in vain as one task's, which is gone, and then waits on as another's. That one may
/// be at the same address as the first, but the relay of the first is no use to it.
#[test]
fn wait_woken_in_vain_then_polled_by_a_task_in_the_place_of_the_first_then_released() {
    type Shared = Rc<RefCell<Pin<Box<AcquireOwned>>>>;

    /// For both of the same type, and thus of the same size.
    fn task(
        wait: Shared,
        only_once: bool,
        place: Rc<Cell<usize>>,
    ) -> impl Future<Output = Option<OwnedSemaphorePermit>> {
        poll_fn(move |cx| {
            place.set(cx.waker().data().addr());
            match wait.borrow_mut().as_mut().poll(cx) {
                Poll::Pending if only_once => Poll::Ready(None),
                other => other.map(Some),
            }
        })
    }

    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::with_fairness(1, Fairness::Throughput));
    let [first, second] = [(); 2].map(|()| runtime());
    // So that it puts nothing else in the place of the first task.
    second.block_on(warm_up());
    let mut same_place = 0;
    for _ in 0..rounds() {
        let held = s.clone().try_acquire_owned().unwrap();
        let wait: Shared = Rc::new(RefCell::new(Box::pin(s.clone().acquire_owned())));
        let places = [(); 2].map(|()| Rc::new(Cell::new(0)));
        first.block_on(async {
            let task = spawn(task(wait.clone(), true, places[0].clone()));
            assert!(task.await.unwrap().is_none());
        });
        // It is woken, and the first task goes with its waker.
        drop(held);
        let held = s.clone().try_acquire_owned().unwrap();
        let task = second.enter(|| spawn(task(wait.clone(), false, places[1].clone())));
        second.block_on(async {
            turn().await;
            turn().await;
        });
        same_place += usize::from(places[0] == places[1]);
        let releasing = thread::spawn(move || drop(held));
        let permit = second.block_on(task).unwrap();
        assert!(permit.is_some());
        releasing.join().unwrap();
    }
    // glibc sees to it in every round; what finds uses after the end sees to it that they never
    // are.
    println!("the tasks were at the same place in {same_place} rounds");
}
