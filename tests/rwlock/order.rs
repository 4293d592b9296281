//! Who gets in next, counted: neither readers nor writers starve.

use std::{collections::VecDeque, task::Poll};

use compio_sync::{
    Fairness,
    generic::{Read, RwLock, RwLockReadGuard, RwLockWriteGuard, Write},
};

use crate::common::{Form, Task, assert_at_rest, assert_lets, fixed};

suite! {
    both:
        stream_of_readers_then_the_writer_gets_in_after_a_stated_number,
        stream_of_writers_then_the_reader_gets_in_after_a_stated_number,
        writer_leaves_then_all_readers_in_front_of_the_next_writer_get_in_at_once,
        lines_of_readers_and_writers_alternate_in_order,
        queued_writer_dropped_then_the_readers_behind_it_get_in,
        queued_upgradable_dropped_then_the_readers_behind_it_get_in,
        reader_leaves_and_nobody_fits_then_nobody_is_woken;
    strict:
        queued_writer_holds_back_later_readers,
        queued_upgradable_holds_back_later_readers,
        second_read_behind_a_writer_waits_for_the_first;
    throughput:
        queued_writer_lets_readers_pass,
        second_read_passes_a_writer_that_is_not_due_yet;
}

/// Under `Strict` none passes; under `Throughput` each reader that leaves passes the front over
/// once, and so many may still be in when it is due.
fn stream_of_readers_then_the_writer_gets_in_after_a_stated_number<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut inside: VecDeque<RwLockReadGuard<'_, D, u32>> =
        [l.try_read().unwrap(), l.try_read().unwrap()].into();
    let mut writer = Task::waiting(l.write());
    let mut late: Vec<Task<Read<'_, D, u32>>> = Vec::new();
    let mut passed = 0;
    for _ in 0..100 {
        let mut reader = Task::new(l.read());
        match reader.poll() {
            Poll::Ready(guard) => {
                passed += 1;
                inside.push_back(guard);
            }
            Poll::Pending => late.push(reader),
        }
        inside.pop_front();
    }
    let bound = match fairness {
        Fairness::Strict => 0,
        Fairness::Throughput => Fairness::MAX_PASSES,
    };
    assert_eq!((passed, writer.wakes()), (bound, 1));
    assert_eq!(late.len(), 100 - passed);
    assert!(late.iter().all(|reader| reader.wakes() == 0));
    *writer.ready() += 1;
    assert!(
        late.iter_mut()
            .all(|reader| reader.wakes() == 1 && *reader.ready() == 1)
    );
    assert_at_rest(l);
}

fn stream_of_writers_then_the_reader_gets_in_after_a_stated_number<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut held: Option<RwLockWriteGuard<'_, D, u32>> = l.try_write();
    let mut reader = Task::waiting(l.read());
    let mut late: VecDeque<Task<Write<'_, D, u32>>> = VecDeque::new();
    let mut writes = 0;
    while reader.wakes() == 0 {
        late.push_back(Task::waiting(l.write()));
        drop(held.take());
        held = l.try_write();
        writes += 1;
        assert!(writes < 100);
    }
    // What a writer leaves is handed out, whatever the policy.
    assert_eq!(writes, 1);
    assert!(held.is_none() && late.iter().all(|writer| writer.wakes() == 0));
    drop(reader.ready());
    for writer in &mut late {
        drop(writer.ready());
    }
    assert_at_rest(l);
}

fn writer_leaves_then_all_readers_in_front_of_the_next_writer_get_in_at_once<D: Form>(
    fairness: Fairness,
) {
    for n in [1, 31, 32, 33, 100] {
        let l = fixed::<D>(fairness);
        let held = l.try_write().unwrap();
        let mut front: Vec<_> = (0..n).map(|_| Task::waiting(l.read())).collect();
        let mut writer = Task::waiting(l.write());
        let behind: Vec<_> = (0..n).map(|_| Task::waiting(l.read())).collect();
        drop(held);
        assert!(front.iter().all(|reader| reader.wakes() == 1));
        assert!(behind.iter().all(|reader| reader.wakes() == 0));
        let inside: Vec<_> = front.iter_mut().map(Task::ready).collect();
        assert_eq!((writer.wakes(), l.waiters()), (0, n + 1));
        drop(inside);
        let held = writer.ready();
        assert!(behind.iter().all(|reader| reader.wakes() == 0));
        drop(held);
        assert!(behind.iter().all(|reader| reader.wakes() == 1));
        drop(behind);
        assert_at_rest(l);
    }
}

fn lines_of_readers_and_writers_alternate_in_order<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut readers = Vec::new();
    let mut writers = Vec::new();
    for _ in 0..20 {
        readers.push([Task::waiting(l.read()), Task::waiting(l.read())]);
        writers.push(Task::waiting(l.write()));
    }
    drop(held);
    for (round, (readers, writer)) in (0..).zip(readers.iter_mut().zip(&mut writers)) {
        assert_eq!(writer.wakes(), 0);
        for reader in readers {
            assert_eq!((reader.wakes(), *reader.ready()), (1, round));
        }
        assert_eq!(writer.wakes(), 1);
        *writer.ready() += 1;
    }
    assert_at_rest(l);
}

fn queued_writer_dropped_then_the_readers_behind_it_get_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut front = Task::waiting(l.read());
    let mut writer = Task::waiting(l.write());
    let mut behind = [(); 3].map(|()| Task::waiting(l.read()));
    drop(held);
    let inside = front.ready();
    writer.cancel();
    // Under `Throughput` they are let in by those who come, each by the one before.
    let guards = behind.each_mut().map(|reader| {
        assert_eq!(reader.wakes(), 1);
        reader.ready()
    });
    assert_lets(l, Some("upgradable"), 0);
    drop((guards, inside));
    assert_at_rest(l);
}

fn queued_upgradable_dropped_then_the_readers_behind_it_get_in<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut first = Task::waiting(l.upgradable_read());
    let mut second = Task::waiting(l.upgradable_read());
    let mut behind = [(); 3].map(|()| Task::waiting(l.read()));
    drop(held);
    let first = first.ready();
    assert!(behind.iter().all(|reader| reader.wakes() == 0));
    second.cancel();
    let guards = behind.each_mut().map(|reader| {
        assert_eq!(reader.wakes(), 1);
        reader.ready()
    });
    drop((guards, first));
    assert_at_rest(l);
}

fn reader_leaves_and_nobody_fits_then_nobody_is_woken<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let readers = [(); 3].map(|()| l.try_read().unwrap());
    let mut writers = [(); 3].map(|()| Task::waiting(l.write()));
    let [one, two, three] = readers;
    drop((one, two));
    assert!(writers.iter().all(|writer| writer.wakes() == 0));
    drop(three);
    for at in 0..3 {
        assert_eq!(writers[at].wakes(), 1);
        assert!(writers[at + 1..].iter().all(|writer| writer.wakes() == 0));
        drop(writers[at].ready());
        assert_eq!(writers[at].polls(), 2);
    }
    assert_at_rest(l);
}

fn queued_writer_holds_back_later_readers<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut writer = Task::waiting(l.write());
    assert!(l.try_read().is_none() && l.try_upgradable_read().is_none());
    let mut late = Task::waiting(l.read());
    drop(reader);
    assert_eq!((writer.wakes(), late.wakes()), (1, 0));
    drop(writer.ready());
    drop(late.ready());
    assert_at_rest(l);
}

fn queued_upgradable_holds_back_later_readers<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let first = l.try_upgradable_read().unwrap();
    let mut second = Task::waiting(l.upgradable_read());
    assert!(l.try_read().is_none());
    let mut late = Task::waiting(l.read());
    drop(first);
    assert_eq!((second.wakes(), late.wakes()), (1, 1));
    drop((second.ready(), late.ready()));
    assert_at_rest(l);
}

/// The deadlock that is documented: one task reads, and reads again.
fn second_read_behind_a_writer_waits_for_the_first<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let first = l.try_read().unwrap();
    let mut writer = Task::waiting(l.write());
    let mut again = Task::waiting(l.read());
    for _ in 0..10 {
        writer.pends();
        again.pends();
    }
    assert_eq!(writer.wakes() + again.wakes(), 0);
    // Giving up the first is one way out, giving up the writer the other.
    writer.cancel();
    assert_eq!(again.wakes(), 1);
    drop((again.ready(), first));
    assert_at_rest(l);
}

fn queued_writer_lets_readers_pass<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let reader = l.try_read().unwrap();
    let mut writer = Task::waiting(l.write());
    drop(l.try_read().expect("it is not due"));
    drop(l.try_upgradable_read().expect("it is not due"));
    drop(reader);
    assert_eq!(writer.wakes(), 1);
    drop(writer.ready());
    assert_at_rest(l);
}

fn second_read_passes_a_writer_that_is_not_due_yet<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let first = l.try_read().unwrap();
    let mut writer = Task::waiting(l.write());
    for _ in 0..Fairness::MAX_PASSES {
        drop(Task::new(l.read()).ready());
    }
    // Now it is, and the second read waits for the first.
    let mut again = Task::waiting(l.read());
    drop(first);
    assert_eq!((writer.wakes(), again.wakes()), (1, 0));
    drop(writer.ready());
    drop(again.ready());
    assert_at_rest(l);
}

/// A value without a size in memory still has its readers and writers.
#[test]
fn lock_of_nothing_is_a_lock_all_the_same() {
    let l = RwLock::<compio_sync::generic::Local, ()>::new(());
    let held = l.try_write().unwrap();
    let mut waiting = Task::waiting(l.read());
    drop(held);
    drop(waiting.ready());
    assert_at_rest(&l);
}
