//! A task that does one thing after the other, at random.

use std::{
    future::poll_fn,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use compio::{
    io::{AsyncRead, AsyncWriteExt},
    runtime::{spawn, spawn_blocking},
    time::{sleep, timeout},
};
use compio_sync::{Barrier, Latch, RwLockUpgradableReadGuard, RwLockWriteGuard, WaitGroup};
use fastrand::Rng;

use crate::{
    buffer::Counted,
    plant::Plant,
    session::Home,
    slots::Actor,
    world::{InUse, Limit, Made, Meeting, World, take},
};

/// Lets the other tasks of the runtime have a turn.
async fn turn() {
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

/// What is done while something is held.
async fn a_while(rng: &mut Rng) {
    match rng.u32(0..16) {
        0 => sleep(Duration::from_micros(rng.u64(0..300))).await,
        1..=6 => turn().await,
        _ => {}
    }
}

struct Doing {
    home: Rc<Home>,
    rng: Rng,
}

type Step = (&'static str, u32);

const STEPS: [Step; 15] = [
    ("acquire", 8),
    ("acquire_many", 8),
    ("lock", 8),
    ("read", 8),
    ("write", 4),
    ("upgrade", 4),
    ("take an item", 8),
    ("notified", 6),
    ("event", 6),
    ("gate", 1),
    ("cancel", 4),
    ("make", 3),
    ("meet", 3),
    ("held read", 12),
    ("in a group", 2),
];

/// Until it is dropped, or its runtime is about to end.
pub async fn run(home: Rc<Home>, who: String, seed: u64) {
    let actor: Actor = home.world.slots.enter(who);
    let mut doing = Doing {
        home,
        rng: Rng::with_seed(seed),
    };
    let all: u32 = STEPS.iter().map(|(_, weight)| weight).sum();
    while !doing.home.closing.get() {
        let mut at = doing.rng.u32(0..all);
        let (step, _) = STEPS
            .into_iter()
            .find(|(_, weight)| at.checked_sub(*weight).map(|left| at = left).is_none())
            .unwrap();
        actor.begin(step);
        // A third of all is given up, if it takes so long.
        let patience = Duration::from_micros(match doing.rng.u32(0..6) {
            0 => 0,
            1 => doing.rng.u64(0..3000),
            _ => u64::MAX,
        });
        if patience == Duration::from_micros(u64::MAX) {
            doing.step(step).await;
        } else if timeout(patience, doing.step(step)).await.is_err() {
            doing.world().given_up.fetch_add(1, Ordering::Relaxed);
        }
        actor.end();
        a_while(&mut doing.rng).await;
    }
}

impl Doing {
    fn world(&self) -> &World {
        &self.home.world
    }

    async fn step(&mut self, step: &str) {
        let world = self.home.world.clone();
        let which = self.rng.usize(0..2);
        match step {
            "acquire" => self.permits(&world.permits, 1).await,
            "acquire_many" => {
                let n = self.rng.usize(1..=world.bytes.total);
                self.permits(&world.bytes, n).await;
            }
            "lock" => {
                if world.errs(Plant::NoLock) {
                    // As if it had the lock that another one has.
                    let other = world.mutexes[which].lock().await;
                    let _inside = other.enter();
                    drop(other.enter());
                }
                let inside = world.mutexes[which].lock().await;
                let _inside = inside.enter();
                a_while(&mut self.rng).await;
            }
            "read" => {
                let pair = world.locks[which].read().await;
                pair.check();
                a_while(&mut self.rng).await;
                pair.check();
            }
            "write" => {
                let mut pair = world.locks[which].write().await;
                self.write(&mut pair);
                a_while(&mut self.rng).await;
                let pair = RwLockWriteGuard::downgrade(pair);
                pair.check();
            }
            "upgrade" => {
                let pair = world.locks[which].upgradable_read().await;
                let before = pair.0;
                a_while(&mut self.rng).await;
                let mut pair = RwLockUpgradableReadGuard::upgrade(pair).await;
                assert_eq!(pair.0, before, "somebody wrote under an upgradable lock");
                self.write(&mut pair);
            }
            "take an item" => self.take_item().await,
            "notified" => {
                while !take(&world.notes) {
                    world.noted.notified().await;
                }
            }
            "event" => {
                while !take(&world.events) {
                    world.happened.wait().await;
                }
            }
            "gate" => world.gate.wait().await,
            "cancel" => self.cancel().await,
            "make" => self.make().await,
            "meet" => self.meet().await,
            "held read" => self.held_read().await,
            _ => self.group().await,
        }
    }

    async fn permits(&mut self, limit: &Limit, n: usize) {
        if self.rng.u32(0..200) == 0 {
            return self.call().await;
        }
        let permit = limit.permits.acquire_many(n).await;
        let _in_use = InUse::new(&limit.in_use, n, limit.total, limit.what);
        if self.world().errs(Plant::LeakPermit) {
            return std::mem::forget(permit);
        }
        a_while(&mut self.rng).await;
    }

    /// A blocking wait in compio's thread pool.
    async fn call(&mut self) {
        let world = self.home.world.clone();
        let counted = Call::new(world.clone());
        let call = move || {
            let limit = &world.permits;
            let permit = limit.permits.blocking_acquire();
            let in_use = InUse::new(&limit.in_use, 1, limit.total, limit.what);
            drop(in_use);
            drop(permit);
            drop(counted);
        };
        spawn_blocking(call).await.unwrap();
    }

    fn write(&self, pair: &mut crate::world::Pair) {
        pair.check();
        pair.0 += 1;
        if self.world().errs(Plant::LeakMemory) {
            std::mem::forget(vec![0_u8; 4096]);
        }
        if !self.world().errs(Plant::TornWrite) {
            pair.1 += 1;
        }
    }

    async fn take_item(&mut self) {
        let world = &self.home.world;
        let guard = world.queue.clone().lock_owned().await;
        let mut queue = world
            .not_empty
            .wait_while(guard, |queue| queue.items.is_empty())
            .await;
        queue.items.pop_front().unwrap();
        queue.taken += u64::from(!world.errs(Plant::LoseItem));
        drop(queue);
        world.not_full.notify_one();
    }

    /// A task of this one's that is told to stop while it waits.
    async fn cancel(&mut self) {
        let token = self.home.world.root.child_token();
        let world = self.home.world.clone();
        let child = token.child_token();
        let waiting = spawn(async move {
            let wait = async {
                let permit = world.permits.permits.acquire().await;
                let limit = &world.permits;
                let in_use = InUse::new(&limit.in_use, 1, limit.total, limit.what);
                turn().await;
                drop(in_use);
                drop(permit);
                std::future::pending::<()>().await;
            };
            assert!(child.run_until_cancelled(wait).await.is_none());
        });
        a_while(&mut self.rng).await;
        token.cancel();
        waiting.await.unwrap();
    }

    async fn make(&mut self) {
        let world = &self.home.world;
        let made = world.made.lock().unwrap().clone();
        let value = made.cell.get_or_init(async || {
            a_while(&mut self.rng).await;
            made.makers.fetch_add(1, Ordering::SeqCst) as u64
        });
        assert_eq!(*value.await, 0, "made more than once");
        if self.rng.u32(0..20) == 0 {
            *world.made.lock().unwrap() = Arc::new(Made::default());
        }
    }

    /// With whoever comes, of whichever runtime, unless nobody does.
    async fn meet(&mut self) {
        let world = self.home.world.clone();
        let meeting = {
            let mut place = world.meeting.lock().unwrap();
            match place.take() {
                Some(meeting) => meeting,
                None => place
                    .insert(Arc::new(Meeting {
                        barrier: Barrier::new(2),
                        leaders: AtomicUsize::new(0),
                    }))
                    .clone(),
            }
        };
        let wait = async {
            if meeting.barrier.wait().await.is_leader() {
                let leaders = meeting.leaders.fetch_add(1, Ordering::SeqCst);
                assert_eq!(leaders, 0, "two lead");
            }
        };
        // The other one may be given up while it waits here.
        let _ = timeout(Duration::from_millis(2), wait).await;
    }

    /// A read of what mostly does not come, which is given up and stays with the kernel for a
    /// moment; its permit with it.
    async fn held_read(&mut self) {
        let world = self.home.world.clone();
        let permit = world.held.permits.clone().acquire_owned().await;
        let early = world.errs(Plant::EarlyPermit);
        let buffer = Counted::new(&world);
        let mut receiver = &self.home.receiver;
        let patience = Duration::from_micros(self.rng.u64(0..1000));
        if early {
            drop(permit);
            let _ = timeout(patience, receiver.read(buffer)).await;
        } else if self.rng.u32(0..4) == 0 {
            let mut sender = &self.home.sender;
            let read = receiver.read(permit.hold(buffer));
            let mut read = pin!(read);
            let _ = futures_poll(read.as_mut()).await;
            sender.write_all([1; 8]).await.unwrap();
            let _ = timeout(patience, read).await;
        } else {
            let _ = timeout(patience, receiver.read(permit.hold(buffer))).await;
        }
    }

    /// Tasks of this runtime that come together in a barrier, a latch and a group, and share local
    /// locks.
    async fn group(&mut self) {
        const TASKS: usize = 4;
        let latch = Arc::new(Latch::new(TASKS));
        let group = Arc::new(WaitGroup::new());
        let barrier = Arc::new(Barrier::new(TASKS));
        let leaders = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (latch, barrier, leaders) = (latch.clone(), barrier.clone(), leaders.clone());
                let (home, guard) = (self.home.clone(), group.clone().enter_owned());
                spawn(async move {
                    let _guard = guard;
                    let permit = home.limit.acquire().await;
                    assert!(home.limit.in_use() <= 2, "three hold a local permit");
                    let before = *home.lock.read().await;
                    turn().await;
                    let mut number = home.lock.write().await;
                    assert!(*number >= before, "a local write is lost");
                    *number += 1;
                    drop((number, permit));
                    if barrier.wait().await.is_leader() {
                        leaders.fetch_add(1, Ordering::SeqCst);
                    }
                    latch.count_down();
                })
            })
            .collect();
        latch.wait().await;
        assert_eq!(leaders.load(Ordering::SeqCst), 1, "one leads");
        group.wait().await;
        for task in tasks {
            task.await.unwrap();
        }
    }
}

/// A call that is under way, or that nobody has begun yet.
struct Call(Arc<World>);

impl Call {
    fn new(world: Arc<World>) -> Self {
        world.calls.add(1, usize::MAX, "calls");
        Self(world)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.sub(1);
    }
}

/// Polls it once.
async fn futures_poll<F: Future + Unpin>(mut future: F) -> bool {
    poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut future).poll(cx).is_ready())).await
}
