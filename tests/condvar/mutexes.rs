//! One condition variable and more than one mutex.

use std::{
    pin::pin,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    thread,
};

use compio_sync::{
    Fairness,
    generic::{Condvar, Mutex},
};

use crate::common::{Form, Pair, Task, Watchdog, kept, panic_of};

suite! {
    both:
        two_mutexes_at_once_panics_and_both_stay_usable,
        one_after_the_other_is_fine,
        the_other_is_fine_once_the_waiters_of_the_first_are_notified,
        the_other_is_fine_once_the_waiters_of_the_first_are_dropped,
        borrowed_and_owned_guards_of_one_mutex_wait_together,
        another_mutex_that_was_never_polled_does_not_count;
}

const TEXT: &str = "guards of two mutexes";

fn two_mutexes_at_once_panics_and_both_stay_usable<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let other = kept(Mutex::with_fairness(0, fairness));
    let mut first = p.waiting();
    for round in 1..3 {
        let mut second = Task::new(p.c.wait(other.try_lock().unwrap()));
        let text = panic_of(|| drop(second.poll())).expect("it should panic");
        assert!(text.contains(TEXT), "{text}");
        drop(second);
        assert!(!other.is_locked());
        // Nor has the mutex changed hands by the attempt.
        let mut third = p.waiting();
        p.assert_waiters(2, 0);
        third.cancel();
        assert_eq!(first.wakes(), 0, "{round}");
    }
    p.c.notify_one();
    drop(first.ready());
    p.assert_at_rest();
}

fn one_after_the_other_is_fine<D: Form>(fairness: Fairness) {
    let c = Condvar::<D>::new();
    let mutexes = [1, 2, 3].map(|value| Mutex::<D, _>::with_fairness(value, fairness));
    for _ in 0..3 {
        for m in &mutexes {
            let mut waits = [(); 2].map(|()| Task::waiting(c.wait(m.try_lock().unwrap())));
            c.notify_all();
            for wait in &mut waits {
                drop(wait.ready());
            }
        }
    }
    assert_eq!(c.waiters(), 0);
}

fn the_other_is_fine_once_the_waiters_of_the_first_are_notified<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let other = kept(Mutex::with_fairness(0, fairness));
    let mut first = p.waiting();
    p.c.notify_one();
    let mut second = Task::waiting(p.c.wait(other.try_lock().unwrap()));
    // A notification that is passed on goes to whoever waits.
    first.cancel();
    assert_eq!(second.wakes(), 1);
    drop(second.ready());
    p.assert_at_rest();
}

fn the_other_is_fine_once_the_waiters_of_the_first_are_dropped<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let other = kept(Mutex::with_fairness(0, fairness));
    let mut waits = [p.waiting(), p.waiting()];
    waits[0].cancel();
    let mut early = Task::new(p.c.wait(other.try_lock().unwrap()));
    assert!(panic_of(|| drop(early.poll())).is_some());
    waits[1].cancel();
    let mut second = Task::waiting(p.c.wait(other.try_lock().unwrap()));
    p.c.notify_one();
    drop(second.ready());
    p.assert_at_rest();
}

fn borrowed_and_owned_guards_of_one_mutex_wait_together<D: Form>(fairness: Fairness) {
    let c = Condvar::<D>::new();
    let m = D::pointer(Mutex::<D, _>::with_fairness(0, fairness));
    let mut borrowed = Task::waiting(c.wait(m.try_lock().unwrap()));
    let mut owned = Task::waiting(c.wait(D::try_lock_owned(&m).unwrap()));
    c.notify_one();
    c.notify_one();
    drop(borrowed.ready());
    drop(owned.ready());
    assert_eq!((c.waiters(), m.is_locked(), D::pointers(&m)), (0, false, 1));
}

fn another_mutex_that_was_never_polled_does_not_count<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let other = kept(Mutex::with_fairness(0, fairness));
    let unpolled = p.c.wait(other.try_lock().unwrap());
    let mut wait = p.waiting();
    drop(unpolled);
    assert!(!other.is_locked());
    p.c.notify_one();
    drop(wait.ready());
    p.assert_at_rest();
}

/// Two threads claim it at the same moment: no two wait with different mutexes, and whoever waits
/// has it for as long as it does.
#[test]
fn claimed_for_two_mutexes_at_once_then_it_belongs_to_whoever_waits() {
    let _watchdog = Watchdog::start();
    const ROUNDS: usize = 300;
    let c = compio_sync::Condvar::new();
    let mutexes = [1, 2].map(compio_sync::Mutex::new);
    let (barrier, waiting) = (Barrier::new(2), AtomicUsize::new(0));
    thread::scope(|scope| {
        for m in &mutexes {
            let (c, barrier, waiting) = (&c, &barrier, &waiting);
            scope.spawn(move || {
                let mut cx = Context::from_waker(Waker::noop());
                for round in 0..ROUNDS {
                    let mut wait = Box::pin(c.wait(m.try_lock().unwrap()));
                    barrier.wait();
                    let waits = panic_of(|| assert!(wait.as_mut().poll(&mut cx).is_pending()));
                    waiting.fetch_add(usize::from(waits.is_none()), Ordering::SeqCst);
                    barrier.wait();
                    assert!(waiting.load(Ordering::SeqCst) <= 1, "round {round}");
                    if let Some(text) = waits {
                        assert!(text.contains(TEXT), "{text}");
                    } else {
                        let mut beside = pin!(c.wait(m.try_lock().unwrap()));
                        assert!(beside.as_mut().poll(&mut cx).is_pending());
                        assert_eq!(c.waiters(), 2);
                    }
                    drop(wait);
                    barrier.wait();
                    assert_eq!((c.waiters(), m.is_locked()), (0, false));
                    waiting.store(0, Ordering::SeqCst);
                    barrier.wait();
                }
            });
        }
    });
}
