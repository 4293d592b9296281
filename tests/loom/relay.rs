//! The mailbox of a relay and its doorbells, with a kernel and a runtime that are played by hand.
//!
//! Whoever empties the box sleeps in a condition variable, as the runtime does in its driver: a
//! wake that gets lost is a deadlock.

use std::mem;

use loom::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread,
};

#[path = "driver.rs"]
mod driver;

use self::driver::Driver;
use crate::{
    mailbox::{Bell, Mail, Mailbox, Parcel, Pointer},
    support::{Unguarded, check},
};

/// A task to be woken, or the one that empties the box; both are counted in and out.
///
/// The third is written by whoever has it, so that loom sees whether it was handed over properly.
struct Task(Arc<Counts>, usize, Unguarded);

#[derive(Default)]
struct Counts {
    driver: Driver,
    made: AtomicUsize,
    woken: AtomicUsize,
    dropped: AtomicUsize,
    /// Who was woken, in order.
    order: std::sync::Mutex<Vec<usize>>,
}

impl Counts {
    fn task(this: &Arc<Self>, id: usize) -> Task {
        this.made.fetch_add(1, Ordering::Relaxed);
        let task = Task(this.clone(), id, Unguarded::new());
        task.2.add(1);
        task
    }

    /// Every task was woken or dropped, and only once.
    fn check(&self, woken: usize) {
        let (made, dropped) = (
            self.made.load(Ordering::Relaxed),
            self.dropped.load(Ordering::Relaxed),
        );
        assert_eq!(made, dropped, "tasks made and dropped");
        assert_eq!(self.woken.load(Ordering::Relaxed), woken, "tasks woken");
    }
}

impl Task {
    fn wake(self) {
        self.wake_by_ref();
    }

    fn wake_by_ref(&self) {
        self.2.add(1);
        self.0.woken.fetch_add(1, Ordering::Relaxed);
        self.0.order.lock().unwrap().push(self.1);
    }

    fn ring(self) {
        self.0.driver.tell();
    }
}

fn wake((task, woken): (Task, bool)) {
    if !woken {
        task.wake();
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.2.add(1);
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
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

/// The futex operation: armed while the word is as expected.
#[derive(Default)]
struct Futex {
    word: AtomicU32,
    /// What the operations in the kernel expected.
    armed: Mutex<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Task,
    /// One after the other.
    Both,
}

struct Relay {
    mail: Mailbox<Task>,
    futex: Futex,
    counts: Arc<Counts>,
}

impl Relay {
    fn new() -> Arc<Self> {
        let relay = Self {
            mail: Mailbox::new(),
            futex: Futex::default(),
            counts: Arc::default(),
        };
        relay.mail.open();
        Arc::new(relay)
    }

    fn ring(&self) {
        self.futex.word.fetch_add(1, Ordering::Release);
        // What the kernel does: everybody who waits at the word is through.
        let mut armed = self.futex.armed.lock().unwrap();
        if *armed {
            *armed = false;
            self.counts.driver.tell();
        }
    }

    /// The system call that submits the operation, and the check that the kernel makes then.
    fn submit(&self, expected: u32) {
        let mut armed = self.futex.armed.lock().unwrap();
        if self.futex.word.load(Ordering::Relaxed) == expected {
            *armed = true;
        } else {
            self.counts.driver.tell();
        }
    }

    /// Sends these tasks, in a parcel if there are several. Says how many it had to wake itself.
    fn send(&self, ids: &[usize]) -> usize {
        let bell = if let [id] = *ids {
            let task = Counts::task(&self.counts, id);
            self.mail.push(task).map_err(Task::wake)
        } else {
            let mut parcel = Parcel::new();
            for &id in ids {
                assert!(!parcel.is_full());
                parcel.put(Counts::task(&self.counts, id));
            }
            let bell = self.mail.push_parcel(parcel);
            bell.map_err(|mut parcel| parcel.by_ref().for_each(Task::wake))
        };
        match bell {
            Ok(None) => {}
            Ok(Some(Bell::Number(number))) => {
                assert_eq!(number, 3);
                self.ring();
            }
            Ok(Some(Bell::Task(drain))) => drain.ring(),
            Err(()) => return ids.len(),
        }
        0
    }

    /// Empties the box until so many have come. Gives them in the order in which they came, and
    /// were woken.
    fn drain(&self, wanted: usize, mut kind: Kind) -> Vec<usize> {
        let mut came = Vec::new();
        let both = kind == Kind::Both;
        if both {
            kind = Kind::Word;
        }
        let mut armed = false;
        let mut early = both;
        loop {
            let mail: Mail<Task> = self.mail.take();
            if !mail.is_empty() {
                came.extend(mail.map(|(task, woken)| {
                    let id = task.1;
                    wake((task, woken));
                    id
                }));
                if came.len() == wanted {
                    let order = self.counts.order.lock().unwrap();
                    assert!(order.ends_with(&came), "{came:?}, woken {order:?}");
                    return came;
                }
                continue;
            }
            if mem::take(&mut early) {
                // The courier, called as the drain was about to sleep.
                self.mail.wake_inside(Task::wake_by_ref);
                self.mail.wake_inside(Task::wake_by_ref);
                self.counts.driver.tell();
            }
            let (bell, expected) = match kind {
                Kind::Word => (
                    Bell::Number(3),
                    Some(self.futex.word.load(Ordering::Acquire)),
                ),
                _ => (Bell::Task(Counts::task(&self.counts, 0)), None),
            };
            if self.mail.sleep(bell) {
                if let Some(expected) = expected.filter(|_| !armed) {
                    self.submit(expected);
                }
                self.counts.driver.wait();
                // What the courier does, before the drain has its turn.
                self.mail.wake_inside(Task::wake_by_ref);
                armed = *self.futex.armed.lock().unwrap();
                if both {
                    kind = match kind {
                        Kind::Word => Kind::Task,
                        _ => Kind::Word,
                    };
                }
            }
        }
    }
}

fn two_senders(kind: Kind) {
    check(2, move || {
        let relay = Relay::new();
        let senders = [1, 2].map(|id| {
            let relay = relay.clone();
            thread::spawn(move || relay.send(&[id]))
        });
        let mut came = relay.drain(2, kind);
        came.sort_unstable();
        assert_eq!(came, [1, 2]);
        for sender in senders {
            assert_eq!(sender.join().unwrap(), 0);
        }
        drop(relay.mail.close());
        relay.counts.check(2);
    });
}

#[test]
fn two_send_and_it_sleeps_by_the_word() {
    two_senders(Kind::Word);
}

#[test]
fn two_send_and_it_sleeps_by_its_task() {
    two_senders(Kind::Task);
}

/// What comes first is alone in the box, in a parcel or without.
fn one_sends(kind: Kind, sizes: &'static [usize]) {
    check(3, move || {
        let relay = Relay::new();
        let ids: Vec<_> = (1..=sizes.iter().sum()).collect();
        let sender = {
            let (relay, ids) = (relay.clone(), ids.clone());
            thread::spawn(move || {
                let mut rest = &*ids;
                for &size in sizes {
                    let (some, others) = rest.split_at(size);
                    relay.send(some);
                    rest = others;
                }
            })
        };
        assert_eq!(relay.drain(ids.len(), kind), ids);
        sender.join().unwrap();
        drop(relay.mail.close());
        relay.counts.check(ids.len());
    });
}

#[test]
fn one_sends_twice_then_it_comes_in_order_by_the_word() {
    one_sends(Kind::Word, &[2, 1]);
}

#[test]
fn one_sends_one_and_two_then_it_comes_in_order_by_the_word() {
    one_sends(Kind::Word, &[1, 2]);
}

#[test]
fn one_sends_twice_then_it_comes_in_order_by_the_task() {
    one_sends(Kind::Task, &[2, 1]);
}

#[test]
fn one_sends_one_and_two_then_it_comes_in_order_by_the_task() {
    one_sends(Kind::Task, &[1, 2]);
}

#[test]
fn one_sends_twice_and_the_bell_changes_in_between() {
    one_sends(Kind::Both, &[2, 1]);
}

#[test]
fn one_sends_one_and_two_and_the_bell_changes_in_between() {
    one_sends(Kind::Both, &[1, 2]);
}

/// There is room for one that was woken in the box, so a second waits for the drain.
#[test]
fn the_courier_comes_twice_and_it_is_woken_in_order() {
    check(0, || {
        let relay = Relay::new();
        relay.send(&[1]);
        relay.mail.wake_inside(Task::wake_by_ref);
        relay.send(&[2]);
        relay.send(&[3, 4]);
        relay.mail.wake_inside(Task::wake_by_ref);
        assert_eq!(relay.drain(4, Kind::Word), [1, 2, 3, 4]);
        drop(relay.mail.close());
        relay.counts.check(4);
    });
}

#[test]
fn two_send_and_the_courier_comes_early() {
    two_senders(Kind::Both);
}

/// The runtime ends while one sends: what is left is woken by the one or the other.
fn closed_meanwhile(asleep: bool) {
    check(3, move || {
        let relay = Relay::new();
        if asleep {
            assert!(relay.mail.sleep(Bell::Task(Counts::task(&relay.counts, 0))));
        }
        assert_eq!(relay.mail.is_asleep(), asleep);
        let sender = {
            let relay = relay.clone();
            thread::spawn(move || relay.send(&[1]) + relay.send(&[2]))
        };
        let left = relay.mail.close().map(wake).count();
        assert_eq!(left + sender.join().unwrap(), 2);
        assert!(!relay.mail.is_asleep());
        relay.counts.check(2);
    });
}

#[test]
fn closed_while_one_sends() {
    closed_meanwhile(false);
}

#[test]
fn closed_asleep_while_one_sends() {
    closed_meanwhile(true);
}

/// A relay has ended and serves another runtime: what comes too late is delivered there.
#[test]
fn closed_and_opened_for_another_while_one_sends() {
    check(3, || {
        let relay = Relay::new();
        let sender = {
            let relay = relay.clone();
            thread::spawn(move || relay.send(&[1]))
        };
        let left = relay.mail.close().map(wake).count();
        relay.mail.open();
        let slept = relay.mail.sleep(Bell::Number(3));
        let own = sender.join().unwrap();
        let late = relay.mail.close().map(wake).count();
        assert_eq!(left + own + late, 1);
        assert!(slept || late == 1);
        relay.counts.check(1);
    });
}

/// One rings late, when the box has been emptied and put to sleep again.
#[test]
fn a_late_ring_wakes_in_vain_and_nothing_is_lost() {
    check(3, || {
        let relay = Relay::new();
        assert!(relay.mail.sleep(Bell::Number(3)));
        assert!(relay.mail.is_asleep());
        let sender = {
            let relay = relay.clone();
            thread::spawn(move || relay.send(&[1]))
        };
        // Woken by something else.
        let mut came = relay.mail.take().map(wake).count();
        if came == 0 {
            came = relay.drain(1, Kind::Word).len();
        } else {
            let second = {
                let relay = relay.clone();
                thread::spawn(move || relay.send(&[2]))
            };
            came += relay.drain(1, Kind::Word).len();
            second.join().unwrap();
        }
        sender.join().unwrap();
        drop(relay.mail.close());
        relay.counts.check(came);
    });
}
