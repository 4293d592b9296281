//! The plain uses, and what every type says about itself.

use std::{
    cell::Cell,
    fmt::Debug,
    rc::Rc,
    sync::Arc,
    thread::{self, LocalKey},
};

use compio_sync::{
    Fairness,
    generic::{
        Domain, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
        RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    },
    local::RwLock as LocalRwLock,
};

use crate::common::{Event, Form, POLICIES, Task, assert_at_rest, assert_lets, fixed};

suite! {
    both:
        written_and_dropped_then_many_read_it,
        held_each_way_then_only_what_fits_beside_it_gets_in,
        ten_thousand_readers_are_in_then_the_writer_waits_for_the_last,
        guards_forgotten_then_held_for_ever,
        owned_guards_hold_the_lock_alive,
        every_way_to_wait_gets_in,
        says_its_fairness,
        made_of_a_value_or_of_none,
        reached_without_a_lock_by_its_owner,
        debug_shows_the_value_or_that_it_is_locked,
        debug_of_one_that_is_busy_waking_does_not_block,
        polled_often_then_neither_woken_nor_registered_again,
        protects_what_has_no_size;
}

forms!(value_is_dropped_once);

fn written_and_dropped_then_many_read_it<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, _>::with_fairness(String::new(), fairness);
    let mut writer = Task::new(l.write());
    let mut guard = writer.ready();
    guard.push_str("one");
    let mut readers = [(); 3].map(|()| Task::waiting(l.read()));
    let mut upgradable = Task::waiting(l.upgradable_read());
    guard.push_str(" two");
    assert!(std::ptr::eq(RwLockWriteGuard::rwlock(&guard), &raw const l));
    assert_eq!(format!("{guard} {guard:?}"), "one two \"one two\"");
    drop(guard);
    // All of them at once, each by one wake.
    let guards = readers.each_mut().map(|task| {
        assert_eq!((task.wakes(), task.polls()), (1, 1));
        task.ready()
    });
    assert_eq!(upgradable.wakes(), 1);
    let guard = upgradable.ready();
    assert!(guards.iter().all(|guard| **guard == "one two"));
    assert_eq!(
        format!("{} {:?}", guards[0], guards[1]),
        "one two \"one two\""
    );
    assert_eq!(format!("{guard} {guard:?}"), "one two \"one two\"");
    assert!(std::ptr::eq(
        RwLockReadGuard::rwlock(&guards[0]),
        &raw const l
    ));
    assert!(std::ptr::eq(
        RwLockUpgradableReadGuard::rwlock(&guard),
        &raw const l
    ));
    drop((guards, guard));
    assert_at_rest(&l);
}

fn held_each_way_then_only_what_fits_beside_it_gets_in<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let reader = l.try_read().unwrap();
    assert_lets(&l, Some("upgradable"), 0);
    let upgradable = D::try_upgradable_read_owned(&l).unwrap();
    assert_lets(&l, Some("read"), 0);
    assert!(D::try_upgradable_read_owned(&l).is_none() && D::try_write_owned(&l).is_none());
    let other = D::try_read_owned(&l).unwrap();
    drop((reader, other));
    assert_lets(&l, Some("read"), 0);
    drop(upgradable);
    let writer = D::try_write_owned(&l).unwrap();
    assert_lets(&l, None, 0);
    assert!(D::try_read_owned(&l).is_none() && D::try_write_owned(&l).is_none());
    assert!(D::try_upgradable_read_owned(&l).is_none());
    assert_eq!(D::pointers(&l), 2, "a try that fails leaves no trace");
    drop(writer);
    assert_at_rest(&l);
}

fn ten_thousand_readers_are_in_then_the_writer_waits_for_the_last<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let mut guards: Vec<_> = (0..10_000).map(|_| l.try_read().unwrap()).collect();
    let upgradable = l.try_upgradable_read().unwrap();
    let mut writer = Task::waiting(l.write());
    drop(upgradable);
    let last = guards.pop();
    drop(guards);
    assert_eq!(writer.wakes(), 0);
    writer.pends();
    drop(last);
    assert_eq!(writer.wakes(), 1);
    drop(writer.ready());
    assert_at_rest(l);
}

fn guards_forgotten_then_held_for_ever<D: Form>(fairness: Fairness) {
    let mut l = RwLock::<D, _>::with_fairness(1, fairness);
    std::mem::forget(l.try_read().unwrap());
    assert_lets(&l, Some("upgradable"), 0);
    std::mem::forget(l.try_upgradable_read().unwrap());
    assert_lets(&l, Some("read"), 0);
    drop(Task::waiting(l.write()));
    assert_lets(&l, Some("read"), 0);
    *l.get_mut() = 2;
    assert_eq!(l.into_inner(), 2);
    let l = RwLock::<D, _>::with_fairness(1, fairness);
    std::mem::forget(l.try_write().unwrap());
    assert_lets(&l, None, 0);
}

fn owned_guards_hold_the_lock_alive<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(vec![1], fairness));
    let mut guard = Task::new(D::write_owned(&l)).ready();
    let mut reader = Task::waiting(D::read_owned(&l));
    let mut upgradable = Task::waiting(D::upgradable_read_owned(&l));
    guard.push(2);
    assert_eq!(D::pointers(OwnedRwLockWriteGuard::rwlock(&guard)), 4);
    drop(guard);
    let (reader, upgradable) = (reader.ready(), upgradable.ready());
    assert_eq!(format!("{reader:?} {upgradable:?}"), "[1, 2] [1, 2]");
    drop(l);
    assert_eq!(D::pointers(OwnedRwLockReadGuard::rwlock(&reader)), 2);
    drop(reader);
    let l = OwnedRwLockUpgradableReadGuard::rwlock(&upgradable).clone();
    assert_eq!(*upgradable, [1, 2]);
    drop(upgradable);
    assert_eq!(D::pointers(&l), 1);
    assert_at_rest(&l);
}

fn every_way_to_wait_gets_in<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(0, fairness));
    let held = l.try_write().unwrap();
    let mut write = Task::waiting(l.write());
    let mut read = Task::waiting(l.read());
    let mut upgradable = Task::waiting(l.upgradable_read());
    let mut own_write = Task::waiting(D::write_owned(&l));
    let mut own_read = Task::waiting(D::read_owned(&l));
    let mut own_upgradable = Task::waiting(D::upgradable_read_owned(&l));
    assert_eq!((l.waiters(), D::pointers(&l)), (6, 4));
    drop(held);
    *write.ready() += 1;
    assert_eq!((*read.ready(), *upgradable.ready()), (1, 1));
    *own_write.ready() += 1;
    assert_eq!((*own_read.ready(), *own_upgradable.ready()), (2, 2));
    assert_eq!(D::pointers(&l), 1);
    assert_at_rest(&l);
}

fn says_its_fairness<D: Form>(fairness: Fairness) {
    assert_eq!(
        RwLock::<D, _>::with_fairness(1, fairness).fairness(),
        fairness
    );
    assert_eq!(RwLock::<D, _>::new(1).fairness(), Fairness::Strict);
}

fn made_of_a_value_or_of_none<D: Form>(_: Fairness) {
    let l = RwLock::<D, Vec<u8>>::default();
    assert!(l.try_read().unwrap().is_empty());
    assert_eq!(l.fairness(), Fairness::Strict);
    assert_at_rest(&l);
    let l = RwLock::<D, _>::from("text");
    assert_eq!(*l.try_read().unwrap(), "text");
    assert_eq!(l.fairness(), Fairness::Strict);
    assert_at_rest(&l);
}

fn reached_without_a_lock_by_its_owner<D: Form>(fairness: Fairness) {
    let mut l = RwLock::<D, _>::with_fairness(vec![1], fairness);
    l.get_mut().push(2);
    l.try_write().unwrap().push(3);
    l.get_mut().push(4);
    assert_at_rest(&l);
    assert_eq!(l.into_inner(), [1, 2, 3, 4]);
}

fn debug_shows_the_value_or_that_it_is_locked<D: Form>(fairness: Fairness) {
    let l = D::pointer(RwLock::<D, _>::with_fairness(4711, fairness));
    let is_shown = || {
        let text = format!("{:?}", *l);
        assert!(text.starts_with("RwLock"), "{text}");
        assert!(text.contains(&format!("{fairness:?}")), "{text}");
        assert_ne!(text.contains("4711"), text.contains("<locked>"), "{text}");
        text.contains("4711")
    };
    assert!(is_shown());
    let reader = l.try_read().unwrap();
    let upgradable = l.try_upgradable_read().unwrap();
    assert!(is_shown(), "beside readers");
    drop((reader, upgradable));
    let guard = l.try_write().unwrap();
    let waiting = Task::waiting(l.read());
    assert!(!is_shown());
    let waits = format!("{:?}{:?}{:?}", l.read(), l.write(), l.upgradable_read());
    assert!(!waits.is_empty());
    drop((waiting, guard));
    assert_at_rest(&l);
}

fn debug_of_one_that_is_busy_waking_does_not_block<D: Form>(fairness: Fairness) {
    let l = fixed::<D>(fairness);
    let held = l.try_write().unwrap();
    let mut waiting = Task::waiting(l.read());
    let seen = Rc::new(Cell::new(0));
    let saw = seen.clone();
    waiting
        .spy()
        .on(Event::Wake, move || saw.set(format!("{l:?}").len()));
    drop(held);
    assert!(seen.get() > 0);
    waiting.spy().forget_hook();
    drop(waiting.ready());
    assert_at_rest(l);
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>(fairness: Fairness) {
    let l = RwLock::<D, _>::with_fairness((), fairness);
    let held = l.try_write().unwrap();
    let mut read = Task::waiting(l.read());
    let mut write = Task::waiting(l.write());
    let mut upgradable = Task::waiting(l.upgradable_read());
    let before = read.spy().clones();
    for _ in 0..100 {
        read.pends();
        write.pends();
        upgradable.pends();
    }
    // One a poll is the test's own.
    assert_eq!(read.spy().clones(), before + 100);
    assert_eq!(write.spy().clones(), before + 100);
    assert_eq!(upgradable.spy().clones(), before + 100);
    assert_eq!(read.wakes() + write.wakes() + upgradable.wakes(), 0);
    assert_lets(&l, None, 3);
    drop(held);
}

fn protects_what_has_no_size<D: Form>(fairness: Fairness) {
    let mut array = RwLock::<D, _>::with_fairness([1, 2, 3], fairness);
    let slice: &mut RwLock<D, [i32]> = &mut array;
    slice.get_mut()[0] = 10;
    slice.try_write().unwrap()[1] = 20;
    let upgradable = slice.try_upgradable_read().unwrap();
    let mut writer = RwLockUpgradableReadGuard::try_upgrade(upgradable).unwrap();
    let mut waiting = Task::waiting(slice.read());
    writer[2] = 30;
    assert!(format!("{slice:?}").contains("<locked>"));
    let reader = RwLockWriteGuard::downgrade(writer);
    assert_eq!(
        (&*waiting.ready(), &*reader),
        (&[10, 20, 30][..], &[10, 20, 30][..])
    );
    drop(reader);
    assert_at_rest(slice);
}

#[test]
fn owned_guards_of_what_has_no_size() {
    for fairness in POLICIES {
        let shared: Arc<compio_sync::RwLock<dyn Debug + Send + Sync>> =
            Arc::new(RwLock::with_fairness(Some(7), fairness));
        let guard = shared.clone().try_write_owned().unwrap();
        let mut waiting = Task::waiting(shared.clone().read_owned());
        let guard = OwnedRwLockWriteGuard::downgrade_to_upgradable(guard);
        assert_eq!(
            format!("{guard:?} {:?}", waiting.ready()),
            "Some(7) Some(7)"
        );
        drop(guard);
        assert_at_rest(&shared);

        let local: Rc<LocalRwLock<[Cell<u8>]>> = Rc::new(RwLock::with_fairness(
            [Cell::new(1), Cell::new(2)],
            fairness,
        ));
        let guard = local.clone().try_upgradable_read_owned().unwrap();
        guard[1].set(3);
        drop(guard);
        assert_eq!(local.clone().try_read_owned().unwrap()[1].get(), 3);
        assert_at_rest(&local);
    }
}

fn value_is_dropped_once<D: Form>() {
    let value = Rc::new(());
    let l = D::pointer(RwLock::<D, _>::new(value.clone()));
    let guard = D::try_write_owned(&l).unwrap();
    let waiting = Task::waiting(D::read_owned(&l));
    drop(l);
    drop(OwnedRwLockWriteGuard::downgrade(guard));
    assert_eq!(Rc::strong_count(&value), 2);
    drop(waiting);
    assert_eq!(Rc::strong_count(&value), 1);
    let inner = RwLock::<D, _>::new(value.clone()).into_inner();
    assert_eq!(Rc::strong_count(&value), 2);
    drop(inner);
    assert_eq!(Rc::strong_count(&value), 1);
}

/// Only that it compiles is in question: `const` for either form and policy.
const fn make<D: Domain>() -> [RwLock<D, u32>; 2] {
    [
        RwLock::new(1),
        RwLock::with_fairness(1, Fairness::Throughput),
    ]
}

static SHARED: [compio_sync::RwLock<u32>; 2] = make();

thread_local! {
    static LOCAL: [LocalRwLock<u32>; 2] = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    for l in &SHARED {
        let held = l.try_read().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| assert!(l.try_write().is_none() && *l.try_read().unwrap() == 1));
        });
        drop(held);
        thread::scope(|scope| {
            scope.spawn(|| *l.try_write().unwrap() += 1);
        });
        assert_eq!(*l.try_read().unwrap(), 2);
        assert_at_rest(l);
    }
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    fn add_one(locks: &'static LocalKey<[LocalRwLock<u32>; 2]>) -> Vec<u32> {
        let add = |l: &LocalRwLock<u32>| {
            *l.try_write().unwrap() += 1;
            *l.try_read().unwrap()
        };
        locks.with(|locks| locks.iter().map(add).collect())
    }

    assert_eq!(add_one(&LOCAL), [2, 2]);
    assert_eq!(add_one(&LOCAL), [3, 3]);
    assert_eq!(thread::spawn(|| add_one(&LOCAL)).join().unwrap(), [2, 2]);
}
