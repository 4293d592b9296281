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
    generic::{Domain, Mutex, MutexGuard, OwnedMutexGuard},
    local::Mutex as LocalMutex,
};

use crate::common::{Event, Form, POLICIES, Task, assert_at_rest, assert_state, fixed};

suite! {
    both:
        locked_written_and_dropped_then_the_next_reads_it,
        locked_then_tries_fail_and_leave_no_trace,
        owned_guards_hold_the_mutex_alive,
        guard_forgotten_then_locked_for_ever,
        says_its_fairness,
        made_of_a_value_or_of_none,
        reached_without_a_lock_by_its_owner,
        debug_shows_the_value_or_that_it_is_locked,
        debug_of_one_that_is_busy_waking_does_not_block,
        polled_often_then_neither_woken_nor_registered_again,
        protects_what_has_no_size;
}

forms!(value_is_dropped_once);

fn locked_written_and_dropped_then_the_next_reads_it<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, _>::with_fairness(String::new(), fairness);
    let mut a = Task::new(m.lock());
    let mut guard = a.ready();
    guard.push_str("one");
    assert_state(&m, true, 0);
    let mut b = Task::waiting(m.lock());
    assert_state(&m, true, 1);
    guard.push_str(" two");
    drop(guard);
    assert_eq!(b.wakes(), 1);
    let guard = b.ready();
    assert_eq!(*guard, "one two");
    assert!(std::ptr::eq(MutexGuard::mutex(&guard), &raw const m));
    assert_eq!(format!("{guard} {guard:?}"), "one two \"one two\"");
    assert_eq!((a.polls(), b.polls()), (1, 2));
    drop(guard);
    assert_at_rest(&m);
}

fn locked_then_tries_fail_and_leave_no_trace<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, _>::with_fairness(1, fairness));
    let guard = m.try_lock().unwrap();
    for _ in 0..3 {
        assert!(m.try_lock().is_none());
        assert!(D::try_lock_owned(&m).is_none());
    }
    assert_state(&m, true, 0);
    assert_eq!(D::pointers(&m), 1);
    drop(guard);
    *D::try_lock_owned(&m).unwrap() += 1;
    assert_eq!(*m.try_lock().unwrap(), 2);
    assert_at_rest(&m);
}

fn owned_guards_hold_the_mutex_alive<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, _>::with_fairness(vec![1], fairness));
    let held = Task::new(D::lock_owned(&m)).ready();
    let mut waiting = Task::waiting(D::lock_owned(&m));
    assert_eq!(D::pointers(&m), 3);
    drop(held);
    assert_eq!(D::pointers(&m), 2);
    let mut guard = waiting.ready();
    assert_eq!((waiting.wakes(), waiting.polls()), (1, 2));
    guard.push(2);
    assert_eq!(D::pointers(OwnedMutexGuard::mutex(&guard)), 2);
    assert_eq!(format!("{guard:?}"), "[1, 2]");
    drop(m);
    guard.push(3);
    assert_eq!(D::pointers(OwnedMutexGuard::mutex(&guard)), 1);
    let again = OwnedMutexGuard::mutex(&guard).clone();
    drop(guard);
    assert_eq!(*again.try_lock().unwrap(), [1, 2, 3]);
    assert_eq!(D::pointers(&again), 1);
}

fn guard_forgotten_then_locked_for_ever<D: Form>(fairness: Fairness) {
    let mut m = Mutex::<D, _>::with_fairness(1, fairness);
    std::mem::forget(m.try_lock().unwrap());
    assert!(m.try_lock().is_none());
    drop(Task::waiting(m.lock()));
    assert_state(&m, true, 0);
    *m.get_mut() = 2;
    assert_eq!(m.into_inner(), 2);
}

fn says_its_fairness<D: Form>(fairness: Fairness) {
    assert_eq!(
        Mutex::<D, _>::with_fairness(1, fairness).fairness(),
        fairness
    );
    assert_eq!(Mutex::<D, _>::new(1).fairness(), Fairness::Strict);
}

fn made_of_a_value_or_of_none<D: Form>(_: Fairness) {
    let m = Mutex::<D, Vec<u8>>::default();
    assert!(m.try_lock().unwrap().is_empty());
    assert_eq!(m.fairness(), Fairness::Strict);
    assert_at_rest(&m);
    let m = Mutex::<D, _>::from("text");
    assert_eq!(*m.try_lock().unwrap(), "text");
    assert_eq!(m.fairness(), Fairness::Strict);
    assert_at_rest(&m);
}

fn reached_without_a_lock_by_its_owner<D: Form>(fairness: Fairness) {
    let mut m = Mutex::<D, _>::with_fairness(vec![1], fairness);
    m.get_mut().push(2);
    m.try_lock().unwrap().push(3);
    m.get_mut().push(4);
    assert_at_rest(&m);
    assert_eq!(m.into_inner(), [1, 2, 3, 4]);
}

fn debug_shows_the_value_or_that_it_is_locked<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, _>::with_fairness(4711, fairness));
    let text = format!("{:?}", *m);
    assert!(text.starts_with("Mutex"), "{text}");
    assert!(text.contains("4711"), "{text}");
    assert!(!text.contains("<locked>"), "{text}");
    assert!(text.contains(&format!("{fairness:?}")), "{text}");
    assert_at_rest(&m);
    let guard = m.try_lock().unwrap();
    let waiting = Task::waiting(m.lock());
    let text = format!("{:?}", *m);
    assert!(
        text.contains("<locked>") && !text.contains("4711"),
        "{text}"
    );
    assert_eq!(format!("{guard:?}{guard}"), "47114711");
    assert!(!format!("{:?}{:?}", m.lock(), D::lock_owned(&m)).is_empty());
    drop((waiting, guard));
    assert_at_rest(&m);
}

fn debug_of_one_that_is_busy_waking_does_not_block<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut waiting = Task::waiting(m.lock());
    let seen = Rc::new(Cell::new(0));
    let saw = seen.clone();
    waiting
        .spy()
        .on(Event::Wake, move || saw.set(format!("{m:?}").len()));
    drop(held);
    assert!(seen.get() > 0);
    waiting.spy().forget_hook();
    drop(waiting.ready());
    assert_at_rest(m);
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>(fairness: Fairness) {
    let m = Mutex::<D, _>::with_fairness((), fairness);
    let held = m.try_lock().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(m.lock()));
    for task in &mut tasks {
        let before = task.spy().clones();
        for _ in 0..100 {
            task.pends();
        }
        // One a poll is the test's own.
        assert_eq!(task.spy().clones(), before + 100);
        assert_eq!(task.wakes(), 0);
    }
    assert_state(&m, true, 3);
    drop(held);
}

fn protects_what_has_no_size<D: Form>(fairness: Fairness) {
    let mut array = Mutex::<D, _>::with_fairness([1, 2, 3], fairness);
    let slice: &mut Mutex<D, [i32]> = &mut array;
    slice.get_mut()[0] = 10;
    slice.try_lock().unwrap()[1] = 20;
    let mut held = Task::new(slice.lock()).ready();
    let mut waiting = Task::waiting(slice.lock());
    held[2] = 30;
    assert!(format!("{slice:?}").contains("<locked>"));
    drop(held);
    assert_eq!(*waiting.ready(), [10, 20, 30]);
    assert_eq!(format!("{:?}", slice.try_lock().unwrap()), "[10, 20, 30]");
    assert_at_rest(slice);
}

#[test]
fn owned_guards_of_what_has_no_size() {
    for fairness in POLICIES {
        let shared: Arc<compio_sync::Mutex<dyn Debug + Send>> =
            Arc::new(Mutex::with_fairness(Some(7), fairness));
        let guard = shared.clone().try_lock_owned().unwrap();
        let mut waiting = Task::waiting(shared.clone().lock_owned());
        assert_eq!(format!("{guard:?}"), "Some(7)");
        drop(guard);
        assert_eq!(format!("{:?}", waiting.ready()), "Some(7)");
        assert_at_rest(&shared);

        let local: Rc<LocalMutex<[Cell<u8>]>> =
            Rc::new(Mutex::with_fairness([Cell::new(1), Cell::new(2)], fairness));
        let guard = local.clone().try_lock_owned().unwrap();
        let mut waiting = Task::waiting(local.clone().lock_owned());
        guard[1].set(3);
        drop(guard);
        assert_eq!(waiting.ready()[1].get(), 3);
        assert_at_rest(&local);
    }
}

fn value_is_dropped_once<D: Form>() {
    let value = Rc::new(());
    let m = D::pointer(Mutex::<D, _>::new(value.clone()));
    let guard = D::try_lock_owned(&m).unwrap();
    let waiting = Task::waiting(D::lock_owned(&m));
    drop(m);
    assert_eq!(Rc::strong_count(&value), 2);
    drop(guard);
    assert_eq!(Rc::strong_count(&value), 2);
    drop(waiting);
    assert_eq!(Rc::strong_count(&value), 1);
    let inner = Mutex::<D, _>::new(value.clone()).into_inner();
    assert_eq!(Rc::strong_count(&value), 2);
    drop(inner);
    assert_eq!(Rc::strong_count(&value), 1);
}

/// Only that it compiles is in question: `const` for either form and policy.
const fn make<D: Domain>() -> [Mutex<D, u32>; 2] {
    [Mutex::new(1), Mutex::with_fairness(1, Fairness::Throughput)]
}

static SHARED: [compio_sync::Mutex<u32>; 2] = make();

thread_local! {
    static LOCAL: [LocalMutex<u32>; 2] = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    for m in &SHARED {
        let held = m.try_lock().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| assert!(m.try_lock().is_none()));
        });
        drop(held);
        thread::scope(|scope| {
            scope.spawn(|| *m.try_lock().unwrap() += 1);
        });
        assert_eq!(*m.try_lock().unwrap(), 2);
        assert_at_rest(m);
    }
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    fn add_one(mutexes: &'static LocalKey<[LocalMutex<u32>; 2]>) -> Vec<u32> {
        let add = |m: &LocalMutex<u32>| {
            let mut guard = m.try_lock().unwrap();
            *guard += 1;
            *guard
        };
        mutexes.with(|mutexes| mutexes.iter().map(add).collect())
    }

    assert_eq!(add_one(&LOCAL), [2, 2]);
    assert_eq!(add_one(&LOCAL), [3, 3]);
    assert_eq!(thread::spawn(|| add_one(&LOCAL)).join().unwrap(), [2, 2]);
}
