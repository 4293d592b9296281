//! The plain uses, and what it says about itself.

use std::{cell::Cell, rc::Rc, thread};

use compio_sync::{
    Fairness,
    generic::{Condvar, Domain, Mutex, MutexGuard, OwnedMutexGuard},
    local::Condvar as LocalCondvar,
};

use crate::common::{Event, Form, Pair, Task, run_woken};

suite! {
    both:
        waits_then_notified_and_locked_again,
        registered_before_the_mutex_is_unlocked,
        notified_at_the_moment_of_the_unlock_then_not_missed,
        nobody_waits_then_notifications_are_lost,
        one_notified_after_the_other_in_order,
        all_notified_then_they_lock_one_after_the_other,
        all_notified_then_those_who_come_later_wait,
        notified_while_the_mutex_is_held_then_waits_for_it,
        waits_while_a_condition_holds,
        condition_that_does_not_hold_then_never_waits,
        condition_holds_again_after_the_notification_then_waits_on,
        condition_panics_then_unlocked,
        owned_guards_wait_and_hold_the_mutex_alive,
        value_without_a_size,
        polled_often_then_neither_woken_nor_registered_again,
        shows_itself_and_does_not_block;
}

fn waits_then_notified_and_locked_again<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.waiting();
    p.assert_waiters(1, 0);
    *p.lock() = 7;
    assert_eq!(wait.wakes(), 0, "an unlock is no notification");
    wait.pends();
    p.c.notify_one();
    assert_eq!(wait.wakes(), 1);
    p.assert_waiters(0, 0);
    let guard = wait.ready();
    assert_eq!((*guard, wait.polls(), wait.wakes()), (7, 3, 1));
    assert!(p.m.is_locked());
    drop(guard);
    p.assert_at_rest();
}

/// Who gets the mutex from the one who waits finds that one in line.
fn registered_before_the_mutex_is_unlocked<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.wait(p.lock());
    let mut next = Task::waiting(p.m.lock());
    let seen = Rc::new(Cell::new(None));
    let saw = seen.clone();
    next.spy()
        .on(Event::Wake, move || saw.set(Some(p.c.waiters())));
    wait.pends();
    assert_eq!(seen.get(), Some(1));
    next.spy().forget_hook();
    drop(next.ready());
    p.c.notify_one();
    drop(wait.ready());
    p.assert_at_rest();
}

fn notified_at_the_moment_of_the_unlock_then_not_missed<D: Form>(fairness: Fairness) {
    for all in [false, true] {
        let p = Pair::<D>::new(fairness);
        let mut wait = p.wait(p.lock());
        let mut next = Task::waiting(p.m.lock());
        next.spy().on(Event::Wake, move || {
            if all {
                p.c.notify_all();
            } else {
                p.c.notify_one();
            }
        });
        // It may see that within the same poll, or be woken.
        wait.pends();
        assert_eq!(wait.wakes(), 1);
        next.spy().forget_hook();
        drop(next.ready());
        drop(wait.ready());
        p.assert_at_rest();
    }
}

fn nobody_waits_then_notifications_are_lost<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut unpolled = p.wait(p.lock());
    for _ in 0..3 {
        p.c.notify_one();
        p.c.notify_all();
    }
    unpolled.pends();
    assert_eq!(unpolled.wakes(), 0);
    unpolled.cancel();
    p.assert_at_rest();
}

fn one_notified_after_the_other_in_order<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut line: Vec<_> = (0..50).map(|_| p.waiting()).collect();
    for at in 0..50 {
        p.assert_waiters(50 - at, 0);
        p.c.notify_one();
        assert_eq!(line[at].wakes(), 1);
        assert!(line[at + 1..].iter().all(|wait| wait.wakes() == 0));
        drop(line[at].ready());
        assert_eq!(line[at].polls(), 2);
    }
    p.assert_at_rest();
}

fn all_notified_then_they_lock_one_after_the_other<D: Form>(fairness: Fairness) {
    for n in [1, 31, 32, 33, 100] {
        let p = Pair::<D>::new(fairness);
        let mut line: Vec<_> = (0..n).map(|_| p.waiting()).collect();
        p.c.notify_all();
        assert!(line.iter().all(|wait| wait.wakes() == 1));
        p.assert_waiters(0, 0);
        let mut order = Vec::new();
        loop {
            // The guards are dropped here, so each round serves at least one.
            let served = run_woken(&mut line);
            if served.is_empty() {
                break;
            }
            for (at, mut guard) in served {
                *guard += 1;
                order.push(at);
            }
        }
        assert_eq!(order, (0..n).collect::<Vec<_>>());
        // For the notification, and for the mutex.
        assert!(
            line.iter()
                .all(|wait| wait.wakes() <= 2 && wait.polls() <= 3)
        );
        assert_eq!(*p.lock() as usize, n);
        p.assert_at_rest();
    }
}

fn all_notified_then_those_who_come_later_wait<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut early = p.waiting();
    p.c.notify_all();
    let mut late = p.waiting();
    assert_eq!((early.wakes(), late.wakes()), (1, 0));
    drop(early.ready());
    late.pends();
    p.assert_waiters(1, 0);
    p.c.notify_one();
    drop(late.ready());
    p.assert_at_rest();
}

fn notified_while_the_mutex_is_held_then_waits_for_it<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.waiting();
    let mut guard = p.lock();
    p.c.notify_one();
    assert_eq!(wait.wakes(), 1);
    wait.pends();
    p.assert_waiters(0, 1);
    wait.pends();
    *guard = 3;
    assert_eq!(wait.wakes(), 1);
    drop(guard);
    assert_eq!(wait.wakes(), 2);
    assert_eq!(*wait.ready(), 3);
    p.assert_at_rest();
}

fn waits_while_a_condition_holds<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let mut wait = Task::waiting(p.c.wait_while(p.lock(), move |value| {
        count.set(count.get() + 1);
        *value < 3
    }));
    for value in 1..=3 {
        assert_eq!((asked.get(), wait.wakes()), (value, value - 1));
        *p.lock() += 1;
        p.c.notify_one();
        if value < 3 {
            wait.pends();
        }
    }
    let guard = wait.ready();
    assert_eq!((*guard, asked.get(), wait.wakes()), (3, 4, 3));
    drop(guard);
    p.assert_at_rest();
}

fn condition_that_does_not_hold_then_never_waits<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = Task::new(p.c.wait_while(p.lock(), |value| {
        *value += 1;
        false
    }));
    let guard = wait.ready();
    assert_eq!((*guard, wait.spy().alive()), (1, 0));
    drop(guard);
    p.assert_at_rest();
}

fn condition_holds_again_after_the_notification_then_waits_on<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = Task::waiting(p.c.wait_while(p.lock(), |value| *value == 0));
    let mut other = Task::waiting(p.c.wait_while(p.lock(), |value| *value == 0));
    *p.lock() = 1;
    p.c.notify_one();
    // Somebody else was faster.
    *p.lock() = 0;
    wait.pends();
    p.assert_waiters(2, 0);
    assert_eq!(other.wakes(), 0);
    *p.lock() = 1;
    p.c.notify_one();
    assert_eq!((wait.wakes(), other.wakes()), (1, 1), "it went to the end");
    drop(other.ready());
    p.c.notify_one();
    drop(wait.ready());
    p.assert_at_rest();
}

fn condition_panics_then_unlocked<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = Task::waiting(p.c.wait_while(p.lock(), |value| {
        if *value > 0 {
            std::panic::resume_unwind(Box::new("the condition panicked"));
        }
        true
    }));
    *p.lock() = 1;
    p.c.notify_one();
    let text = crate::common::panic_of(|| drop(wait.poll()));
    assert_eq!(text.unwrap(), "the condition panicked");
    drop(wait);
    p.assert_at_rest();
}

fn owned_guards_wait_and_hold_the_mutex_alive<D: Form>(fairness: Fairness) {
    let c = Condvar::<D>::new();
    let m = D::pointer(Mutex::<D, _>::with_fairness(0, fairness));
    let mut unpolled = Task::new(c.wait(D::try_lock_owned(&m).unwrap()));
    assert_eq!(D::pointers(&m), 2);
    unpolled.cancel();
    assert!(!m.is_locked());
    let mut wait = Task::waiting(c.wait(D::try_lock_owned(&m).unwrap()));
    let until = c.wait_while(D::try_lock_owned(&m).unwrap(), |value| *value == 0);
    let mut until = Task::waiting(until);
    let mut gone = Task::waiting(c.wait(D::try_lock_owned(&m).unwrap()));
    assert_eq!((D::pointers(&m), c.waiters()), (4, 3));
    gone.cancel();
    *m.try_lock().unwrap() = 1;
    assert_eq!(D::pointers(&m), 3);
    c.notify_all();
    let mut guard = wait.ready();
    *guard += 1;
    assert_eq!(D::pointers(OwnedMutexGuard::mutex(&guard)), 3);
    until.pends();
    drop(guard);
    let guard = until.ready();
    assert_eq!((*guard, D::pointers(&m)), (2, 2));
    drop(m);
    assert_eq!(*guard, 2);
}

fn value_without_a_size<D: Form>(fairness: Fairness) {
    let c = Condvar::<D>::new();
    let array = Mutex::<D, _>::with_fairness([0, 0], fairness);
    let m: &Mutex<D, [u32]> = &array;
    let condition = |value: &mut [u32]| value[1] == 0;
    let mut wait = Task::waiting(c.wait_while(m.try_lock().unwrap(), condition));
    m.try_lock().unwrap()[1] = 5;
    c.notify_one();
    let guard = wait.ready();
    assert_eq!(*guard, [0, 5]);
    assert!(std::ptr::addr_eq(
        MutexGuard::mutex(&guard),
        &raw const array
    ));
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    let mut wait = p.waiting();
    let poll_often = |wait: &mut crate::common::Waiting<D>| {
        let before = (wait.spy().clones(), wait.wakes());
        for _ in 0..100 {
            wait.pends();
        }
        // One a poll is the test's own.
        assert_eq!(
            (wait.spy().clones(), wait.wakes()),
            (before.0 + 100, before.1)
        );
        assert_eq!(wait.spy().alive(), 1);
    };
    poll_often(&mut wait);
    p.assert_waiters(1, 0);
    let held = p.lock();
    p.c.notify_one();
    wait.pends();
    poll_often(&mut wait);
    p.assert_waiters(0, 1);
    drop(held);
    drop(wait.ready());
    p.assert_at_rest();
}

fn shows_itself_and_does_not_block<D: Form>(fairness: Fairness) {
    let p = Pair::<D>::new(fairness);
    assert!(format!("{:?}", p.c).starts_with("Condvar"));
    assert!(format!("{:?}", Condvar::<D>::default()).starts_with("Condvar"));
    let mut wait = p.waiting();
    let seen = Rc::new(Cell::new(0));
    let saw = seen.clone();
    wait.spy().on(Event::Wake, move || {
        saw.set(format!("{:?}", p.c).len() + p.c.waiters());
    });
    p.c.notify_one();
    assert!(seen.get() > 0);
    wait.spy().forget_hook();
    drop(wait.ready());
    p.assert_at_rest();
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> (Mutex<D, u32>, Condvar<D>) {
    (Mutex::new(0), Condvar::new())
}

static SHARED: (compio_sync::Mutex<u32>, compio_sync::Condvar) = make();

thread_local! {
    static LOCAL: LocalCondvar = const { make().1 };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    let (m, c) = &SHARED;
    thread::scope(|scope| {
        let wait = scope.spawn(|| *c.blocking_wait_while(m.blocking_lock(), |value| *value == 0));
        *m.blocking_lock() = 5;
        c.notify_all();
        assert_eq!(wait.join().unwrap(), 5);
    });
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|c| {
        let m = compio_sync::local::Mutex::new(());
        let wait = Task::waiting(c.wait(m.try_lock().unwrap()));
        assert_eq!(c.waiters(), 1);
        let there = thread::spawn(|| LOCAL.with(LocalCondvar::waiters));
        assert_eq!(there.join().unwrap(), 0);
        drop(wait);
    });
}
