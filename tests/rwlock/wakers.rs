//! Wakers are user code: what they may do when they are woken, cloned and dropped, and that every
//! clone of them ends.

use std::{cell::RefCell, rc::Rc, task::Poll};

use compio_sync::{
    Fairness,
    generic::{RwLockUpgradableReadGuard, RwLockWriteGuard},
};

use crate::common::{Event, Form, Spy, Task, assert_at_rest, assert_lets, fixed};

suite! {
    both:
        wake_reads_and_leaves,
        wake_drops_one_in_line,
        wake_of_an_upgrade_asks_and_drops_it,
        wake_of_an_upgrade_polls_it_and_downgrades,
        wake_of_a_reader_starts_an_upgrade,
        wakes_poll_their_own_futures_in_a_chain,
        clone_lets_the_writer_go_before_the_registration,
        clone_lets_the_last_reader_go_before_the_upgrade_is_in_line,
        replaced_one_of_an_upgrade_is_dropped_and_lets_the_last_reader_go,
        cancelled_upgrades_waker_is_dropped_and_drops_a_reader_in_line,
        every_clone_ends_on_every_path;
    strict:
        clone_of_an_upgrade_drops_a_writer_in_line;
}

fn cell<T>(value: T) -> Rc<RefCell<T>> {
    Rc::new(RefCell::new(value))
}

fn wake_reads_and_leaves<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut a = Task::waiting(l.read());
    let mut b = Task::waiting(l.read());
    let seen = cell(None);
    let put = seen.clone();
    a.spy().on(Event::Wake, move || {
        let guard = Task::new(l.read()).ready();
        *put.borrow_mut() = Some(*guard);
        assert!(l.try_write().is_none());
        assert!(format!("{l:?}").contains("value: 0"));
    });
    drop(held);
    assert_eq!(seen.take(), Some(0));
    drop((a.ready(), b.ready()));
    assert_at_rest(l);
}

fn wake_drops_one_in_line<D: Form>(fairness: Fairness) {
    for which in 0..4 {
        let l = fixed::<D>(fairness);
        let held = l.try_write().unwrap();
        let mut a = Task::waiting(l.write());
        let line: Vec<_> = "rwur"
            .chars()
            .map(|kind| {
                cell(Task::waiting(async move {
                    match kind {
                        'r' => drop(l.read().await),
                        'w' => drop(l.write().await),
                        _ => drop(l.upgradable_read().await),
                    }
                }))
            })
            .collect();
        let other = line[which].clone();
        a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
        drop(held);
        drop(a.ready());
        for (at, task) in line.iter().enumerate() {
            let mut task = task.borrow_mut();
            if at != which {
                assert_eq!(task.wakes(), 1);
                task.ready();
            }
            assert_eq!(task.spy().alive(), 0);
        }
        assert_at_rest(l);
    }
}

fn wake_of_an_upgrade_asks_and_drops_it<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let upgrade = cell(Task::waiting(RwLockUpgradableReadGuard::upgrade(guard)));
    let mut behind = Task::waiting(l.write());
    let this = upgrade.clone();
    let spy = upgrade.borrow().spy().clone();
    spy.on(Event::Wake, move || {
        assert_lets(l, None, 1);
        this.borrow_mut().cancel();
    });
    drop(reader);
    assert_eq!((spy.wakes(), spy.alive(), behind.wakes()), (1, 0, 1));
    spy.forget_hook();
    drop(behind.ready());
    assert_at_rest(l);
}

fn wake_of_an_upgrade_polls_it_and_downgrades<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let upgrade = cell(Task::waiting(RwLockUpgradableReadGuard::upgrade(guard)));
    let mut late = [(); 3].map(|()| Task::waiting(l.read()));
    let this = upgrade.clone();
    let spy = upgrade.borrow().spy().clone();
    let kept = cell(None);
    let put = kept.clone();
    spy.on(Event::Wake, move || {
        let mut guard = this.borrow_mut().ready();
        *guard = 5;
        *put.borrow_mut() = Some(RwLockWriteGuard::downgrade(guard));
    });
    drop(reader);
    for task in &mut late {
        assert_eq!((task.wakes(), *task.ready()), (1, 5));
    }
    assert_lets(l, Some("upgradable"), 0);
    spy.forget_hook();
    drop(kept.take());
    assert_at_rest(l);
}

fn wake_of_a_reader_starts_an_upgrade<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let upgradable = cell(Task::waiting(l.upgradable_read()));
    let mut reader = Task::waiting(l.read());
    let upgrade = cell(None);
    let (this, put) = (upgradable.clone(), upgrade.clone());
    reader.spy().on(Event::Wake, move || {
        let guard = this.borrow_mut().ready();
        *put.borrow_mut() = Some(Task::waiting(RwLockUpgradableReadGuard::upgrade(guard)));
    });
    drop(held);
    let mut upgrade = upgrade.take().unwrap();
    assert_eq!(upgrade.wakes(), 0, "the reader has been let in");
    drop(reader.ready());
    assert_eq!(upgrade.wakes(), 1);
    drop(upgrade.ready());
    reader.spy().forget_hook();
    assert_at_rest(l);
}

fn wakes_poll_their_own_futures_in_a_chain<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let line: Vec<_> = (0..60)
        .map(|at| {
            cell(Task::waiting(async move {
                match at % 3 {
                    0 => drop(l.read().await),
                    1 => *l.write().await += 1,
                    _ => drop(l.upgradable_read().await),
                }
            }))
        })
        .collect();
    for task in &line {
        let this = task.clone();
        let spy = task.borrow().spy().clone();
        spy.on(Event::Wake, move || this.borrow_mut().ready());
    }
    drop(held);
    for task in line {
        let spy = task.borrow().spy().clone();
        spy.forget_hook();
        assert_eq!(spy.wakes(), 1);
    }
    assert_eq!(*l.try_read().unwrap(), 20);
    assert_at_rest(l);
}

/// A poll that must not end in a wait that nobody ends: ready at once, or after a wake.
#[track_caller]
fn ready_or_woken<F: Future>(task: &mut Task<F>) -> F::Output {
    match task.poll() {
        Poll::Ready(output) => output,
        Poll::Pending => {
            assert_eq!(task.wakes(), 1, "pending, and nobody will wake it");
            task.ready()
        }
    }
}

fn clone_lets_the_writer_go_before_the_registration<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    for kind in "rwu".chars() {
        let mut held = l.try_write();
        let mut task = Task::new(async move {
            match kind {
                'r' => drop(l.read().await),
                'w' => drop(l.write().await),
                _ => drop(l.upgradable_read().await),
            }
        });
        task.spy().on(Event::Clone, move || drop(held.take()));
        ready_or_woken(&mut task);
        assert_eq!(task.spy().alive(), 0);
        assert_at_rest(l);
    }
}

fn clone_lets_the_last_reader_go_before_the_upgrade_is_in_line<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut reader = l.try_read();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
    upgrade.spy().on(Event::Clone, move || drop(reader.take()));
    *ready_or_woken(&mut upgrade) += 1;
    assert_eq!(upgrade.spy().alive(), 0);
    assert_at_rest(l);
}

fn clone_of_an_upgrade_drops_a_writer_in_line<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let writer = cell(Task::waiting(l.write()));
    let mut behind = Task::waiting(l.read());
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(guard));
    let gone = writer.clone();
    upgrade
        .spy()
        .on(Event::Clone, move || gone.borrow_mut().cancel());
    upgrade.pends();
    // The one behind it was let in before the upgrade was there.
    assert_eq!(behind.wakes(), 1);
    drop(reader);
    assert_eq!(upgrade.wakes(), 0);
    drop(behind.ready());
    assert_eq!(upgrade.wakes(), 1);
    drop(upgrade.ready());
    assert_at_rest(l);
}

fn replaced_one_of_an_upgrade_is_dropped_and_lets_the_last_reader_go<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut reader = l.try_read();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let new = Spy::new();
    upgrade.spy().on(Event::Drop, move || drop(reader.take()));
    match upgrade.poll_as(&new) {
        Poll::Ready(guard) => drop(guard),
        Poll::Pending => {
            assert_eq!((upgrade.wakes(), new.wakes()), (0, 1));
            upgrade.spy().forget_hook();
            drop(upgrade.ready());
        }
    }
    assert_at_rest(l);
}

fn cancelled_upgrades_waker_is_dropped_and_drops_a_reader_in_line<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let guard = l.try_upgradable_read().unwrap();
    let mut upgrade = Task::waiting(RwLockUpgradableReadGuard::upgrade(guard));
    let late = cell(Task::waiting(l.read()));
    let mut last = Task::waiting(l.read());
    let gone = late.clone();
    upgrade
        .spy()
        .on(Event::Drop, move || gone.borrow_mut().cancel());
    upgrade.cancel();
    assert_eq!((late.borrow().spy().alive(), last.wakes()), (0, 1));
    drop((last.ready(), reader));
    assert_at_rest(l);
}

fn every_clone_ends_on_every_path<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let spy = Spy::new();
    let alive = |n| assert_eq!(spy.alive(), n);
    let upgrade = || {
        let guard = l.try_upgradable_read().unwrap();
        Task::watched(RwLockUpgradableReadGuard::upgrade(guard), spy.clone())
    };
    // At once, never polled, dropped, granted and dropped, granted and taken, replaced.
    drop(upgrade().ready());
    drop(upgrade());
    alive(0);
    for way in 0..3 {
        let reader = l.try_read().unwrap();
        let mut task = upgrade();
        task.pends();
        alive(1);
        if way > 0 {
            drop(reader);
            alive(0);
        }
        if way > 1 {
            drop(task.ready());
        }
        drop(task);
        alive(0);
    }
    let reader = l.try_read().unwrap();
    let mut task = upgrade();
    let other = Spy::new();
    task.pends();
    assert!(task.poll_as(&other).is_pending());
    alive(0);
    assert_eq!(other.alive(), 1);
    drop(task);
    assert_eq!(other.alive(), 0);
    drop(reader);
    let held = l.try_write().unwrap();
    let mut line = [(); 3].map(|()| Task::watched(l.read(), spy.clone()));
    line.iter_mut().for_each(Task::pends);
    alive(3);
    line[1].cancel();
    alive(2);
    drop(held);
    alive(0);
    drop(line);
    assert_at_rest(l);
}
