//! Wakers that panic in whatever is done to them, at random, in everything that a task can wait
//! for: whoever is left gets what there is, and all of it is back in the end.

use std::{
    any::Any,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use compio_sync::generic::{
    Condvar, Domain, Local, Mutex, OwnedRwLockUpgradableReadGuard, RwLock, Semaphore, Shared,
};
use fastrand::Rng;

use crate::{
    common::{Event, Seed, Spy, Watchdog, is_quick, panic_of, seeds},
    tools::Pointer,
};

forms! {
    wakers_panic_at_random_then_all_is_back_in_the_end,
}

const PERMITS: usize = 5;

/// What a wait gives: something that is given back when it is dropped.
type Held = Box<dyn Any>;
type Wait = Pin<Box<dyn Future<Output = Held>>>;

struct Places<D: Domain> {
    s: D::Ref<Semaphore<D>>,
    mutex: D::Ref<Mutex<D, usize>>,
    lock: D::Ref<RwLock<D, usize>>,
    condvar: D::Ref<Condvar<D>>,
}

/// The methods that take the pointer, which the forms cannot say in one `impl`.
trait Form: Pointer {
    fn wait(places: &Places<Self>, rng: &mut Rng) -> Wait;
}

macro_rules! form {
    ($form:ty, $pointer:ident) => {
        impl Form for $form {
            fn wait(places: &Places<Self>, rng: &mut Rng) -> Wait {
                let s = $pointer::clone(&places.s);
                let mutex = $pointer::clone(&places.mutex);
                let lock = $pointer::clone(&places.lock);
                let condvar = $pointer::clone(&places.condvar);
                let n = rng.usize(1..=PERMITS);
                match rng.u32(0..7) {
                    0 | 1 => {
                        Box::pin(async move { Box::new(s.acquire_many_owned(n).await) as Held })
                    }
                    2 => Box::pin(async move { Box::new(mutex.lock_owned().await) as Held }),
                    3 => Box::pin(async move { Box::new(lock.read_owned().await) as Held }),
                    4 => Box::pin(async move { Box::new(lock.write_owned().await) as Held }),
                    5 => Box::pin(async move {
                        let guard = lock.upgradable_read_owned().await;
                        let upgrade = OwnedRwLockUpgradableReadGuard::upgrade(guard);
                        Box::new(upgrade.await) as Held
                    }),
                    _ => Box::pin(async move {
                        let guard = mutex.lock_owned().await;
                        Box::new(condvar.wait(guard).await) as Held
                    }),
                }
            }
        }
    };
}

form!(Shared, Arc);
form!(Local, Rc);

/// A wait, and two tasks that it may be polled in.
struct Waiting {
    wait: Option<Wait>,
    spies: [Spy; 2],
    /// Kept, since what a poll gives would be lost if the test's own waker panicked on its way
    /// out.
    wakers: [Waker; 2],
}

impl Waiting {
    fn new(wait: Wait) -> Self {
        let spies = [(); 2].map(|()| Spy::new());
        let wakers = spies.each_ref().map(Spy::waker);
        Self {
            wait: Some(wait),
            spies,
            wakers,
        }
    }

    /// One of the two at most: where a waker panics and the one that it would have replaced is
    /// dropped by that, a second panic ends the process, as in any future that has a waker.
    fn hook(&self, rng: &mut Rng) {
        self.behaves();
        let spy = &self.spies[rng.usize(0..2)];
        match rng.u32(0..4) {
            0 => spy.panic_on(Event::Clone),
            1 => spy.panic_on(Event::Wake),
            2 => spy.panic_on(Event::Drop),
            _ => {}
        }
    }

    fn behaves(&self) {
        self.spies.iter().for_each(Spy::forget_hook);
    }

    fn poll(&mut self, which: usize) -> Poll<Held> {
        self.spies.iter().for_each(|spy| _ = spy.take_pending());
        let wait = self.wait.as_mut().unwrap().as_mut();
        wait.poll(&mut Context::from_waker(&self.wakers[which]))
    }

    fn was_woken(&self) -> bool {
        self.spies
            .iter()
            .fold(false, |woken, spy| woken | spy.take_pending())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(panic_of(|| self.wait = None));
        self.behaves();
    }
}

fn wakers_panic_at_random_then_all_is_back_in_the_end<D: Form>() {
    let _watchdog = Watchdog::start();
    let steps = if is_quick() { 1000 } else { 10_000 };
    let mut panics = 0;
    let seeds = seeds(30);
    for &seed in &seeds {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let places = Places::<D> {
            s: D::pointer(Semaphore::new(PERMITS)),
            mutex: D::pointer(Mutex::new(0)),
            lock: D::pointer(RwLock::new(0)),
            condvar: D::pointer(Condvar::new()),
        };
        let mut tasks: Vec<Waiting> = Vec::new();
        let mut held: Vec<Held> = Vec::new();
        for _ in 0..steps {
            let panic = match rng.u32(0..8) {
                0 if tasks.len() < 80 => {
                    let task = Waiting::new(D::wait(&places, &mut rng));
                    task.hook(&mut rng);
                    tasks.push(task);
                    None
                }
                1 if !tasks.is_empty() => {
                    let at = rng.usize(0..tasks.len());
                    let mut task = tasks.swap_remove(at);
                    panic_of(|| task.wait = None)
                }
                2 | 3 if !held.is_empty() => {
                    let at = rng.usize(0..held.len());
                    let held = held.swap_remove(at);
                    panic_of(|| drop(held))
                }
                4 => panic_of(|| places.condvar.notify_one()),
                5 if rng.u32(0..10) == 0 => panic_of(|| places.condvar.notify_all()),
                _ if !tasks.is_empty() => {
                    let at = rng.usize(0..tasks.len());
                    let mut poll = Poll::Pending;
                    let panic = panic_of(|| poll = tasks[at].poll(rng.usize(0..2)));
                    let is_over = poll.is_ready() || panic.is_some();
                    if let Poll::Ready(output) = poll {
                        held.push(output);
                    }
                    if is_over {
                        drop(tasks.swap_remove(at));
                    } else {
                        tasks[at].hook(&mut rng);
                    }
                    panic
                }
                _ => None,
            };
            panics += usize::from(panic.is_some());
        }
        // From here on all behave, and nobody has to be polled who was not woken.
        tasks.iter().for_each(Waiting::behaves);
        drop(held);
        serve(&places, tasks);
        assert_eq!(places.s.available_permits(), PERMITS);
        assert_eq!(places.s.waiters() + places.mutex.waiters(), 0);
        assert_eq!(places.lock.waiters() + places.condvar.waiters(), 0);
        assert!(places.mutex.try_lock().is_some());
        assert!(places.lock.try_write().is_some());
    }
    assert!(panics > 3 * seeds.len(), "{panics}");
}

/// Polls those that are new, and then only those that were woken, until all have had what they
/// waited for.
fn serve<D: Form>(places: &Places<D>, mut tasks: Vec<Waiting>) {
    let mut first = true;
    while !tasks.is_empty() {
        let before = tasks.len();
        let mut quiet = true;
        tasks.retain_mut(|task| {
            if !first && !task.was_woken() {
                return true;
            }
            quiet = false;
            task.poll(0).is_pending()
        });
        if quiet {
            let waiting = places.condvar.waiters();
            assert!(waiting > 0, "{before} are forgotten");
            places.condvar.notify_all();
        }
        first = false;
    }
}
