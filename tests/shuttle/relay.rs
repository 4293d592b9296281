//! The mailbox of a relay, with many who leave parcels and one who empties it.

use std::sync::Arc;

use shuttle::sync::{
    Condvar, Mutex,
    atomic::{AtomicUsize, Ordering},
};

#[path = "../loom/driver.rs"]
mod driver;

use self::driver::Driver;
use crate::{
    mailbox::{Bell, Mailbox, Parcel, Pointer},
    support::{explore, join, pick, spawn},
};

#[derive(Default)]
struct Counts {
    driver: Driver,
    made: AtomicUsize,
    woken: AtomicUsize,
    dropped: AtomicUsize,
}

/// A task to be woken, or the one that empties the box: of which sender, and the how many-th.
struct Task {
    counts: Arc<Counts>,
    sender: usize,
    number: usize,
}

impl Task {
    fn new(counts: &Arc<Counts>, sender: usize, number: usize) -> Self {
        counts.made.fetch_add(1, Ordering::SeqCst);
        let counts = counts.clone();
        Self {
            counts,
            sender,
            number,
        }
    }

    fn wake(&self) {
        self.counts.woken.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.counts.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

// SAFETY: a box has an address that is aligned like what is in it.
unsafe impl Pointer for Task {
    fn into_raw(self) -> *mut () {
        Box::into_raw(Box::new(self)).cast()
    }

    unsafe fn from_raw(pointer: *mut ()) -> Self {
        // SAFETY: the caller's contract.
        *unsafe { Box::from_raw(pointer.cast()) }
    }
}

const SENDERS: usize = 4;
const PARCELS: usize = 3;
const BELL: u8 = 7;

struct Relay {
    mail: Mailbox<Task>,
    counts: Arc<Counts>,
    /// How many tasks each sender puts into each of its parcels.
    sizes: [[usize; PARCELS]; SENDERS],
}

impl Relay {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mail: Mailbox::new(),
            counts: Arc::default(),
            sizes: [(); SENDERS].map(|()| [(); PARCELS].map(|()| 1 + pick(3))),
        })
    }

    fn sent(&self) -> usize {
        self.sizes.as_flattened().iter().sum()
    }

    /// Leaves one parcel after the other.
    fn send(&self, sender: usize) {
        let mut number = 0;
        for size in self.sizes[sender] {
            let mut tasks = (number..number + size).map(|n| Task::new(&self.counts, sender, n));
            number += size;
            // Closed, they are woken here.
            let bell = if size == 1 {
                let task = tasks.next().expect("one");
                self.mail.push(task).map_err(|task| task.wake())
            } else {
                let mut parcel = Parcel::new();
                for task in tasks {
                    assert!(!parcel.is_full());
                    parcel.put(task);
                }
                let bell = self.mail.push_parcel(parcel);
                bell.map_err(|parcel| parcel.for_each(|task| task.wake()))
            };
            match bell {
                Ok(None) | Err(()) => {}
                Ok(Some(Bell::Number(bell))) => {
                    assert_eq!(bell, BELL);
                    self.counts.driver.tell();
                }
                Ok(Some(Bell::Task(drain))) => drain.counts.driver.tell(),
            }
        }
    }

    fn sleep(&self) {
        let bell = match pick(2) {
            0 => Bell::Number(BELL),
            _ => Bell::Task(Task::new(&self.counts, SENDERS, 0)),
        };
        if self.mail.sleep(bell) {
            self.counts.driver.wait();
            if pick(2) == 0 {
                self.mail.wake_inside(Task::wake);
            }
        }
    }

    /// Takes what is there. Each sender's come in order.
    fn take(&self, came: &mut [usize; SENDERS]) {
        for (task, woken) in self.mail.take() {
            if !woken {
                task.wake();
            }
            assert_eq!(task.number, came[task.sender], "out of order, or lost");
            came[task.sender] += 1;
        }
    }

    /// When all is done: each was woken once, and nothing is left.
    fn settled(&self) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        assert_eq!(count(&self.counts.woken), self.sent());
        assert_eq!(count(&self.counts.made), count(&self.counts.dropped));
        assert!(!self.mail.is_asleep());
    }
}

/// A parcel of which nobody is told is waited for for ever.
#[test]
fn many_send_while_it_sleeps_and_wakes() {
    explore(|| {
        let relay = Relay::new();
        relay.mail.open();
        let senders = spawn(SENDERS, &relay, |relay, sender| relay.send(sender));
        let mut came = [0; SENDERS];
        while came.iter().sum::<usize>() < relay.sent() {
            relay.sleep();
            relay.take(&mut came);
        }
        join(senders);
        assert!(relay.mail.close().is_empty());
        relay.settled();
    });
}

/// A runtime ends while some send, and another begins.
#[test]
fn closed_and_opened_for_another_while_many_send() {
    explore(|| {
        let relay = Relay::new();
        relay.mail.open();
        let senders = spawn(SENDERS, &relay, |relay, sender| relay.send(sender));
        let wake = |(task, _): (Task, bool)| task.wake();
        for end in [false, true] {
            for _ in 0..pick(4) {
                relay.mail.take().for_each(wake);
                // Who is told of it by then does not matter: nobody sleeps.
                let bell = Bell::Task(Task::new(&relay.counts, SENDERS, 0));
                relay.mail.sleep(bell);
            }
            relay.mail.close().for_each(wake);
            if !end {
                relay.mail.open();
            }
        }
        join(senders);
        assert!(relay.mail.close().is_empty());
        relay.settled();
    });
}
