//! What both kinds have in common.

use std::thread;

use compio_sync::generic::{Domain, Event};

use crate::common::{Form, On, Spy, Task, assert_at_rest, both, kept, panic_of};

forms!(
    says_its_kind,
    set_then_the_first_poll_is_ready_without_a_clone,
    set_after_the_wait_was_made_then_ready,
    waits_then_set_then_ready_with_its_second_poll,
    set_and_reset_with_nobody_there_then_it_is_not_set,
    reset_when_it_is_not_set_changes_nothing,
    polled_often_then_neither_woken_nor_registered_again,
    polled_after_completion_panics_and_takes_nothing,
    dropped_before_its_first_poll_then_nobody_notices,
    moved_to_another_task_then_only_that_one_is_woken,
    pending_box_forgotten_then_it_stays_usable,
    owned_outlives_the_handle,
    debug_shows_it_and_does_not_block,
);

fn says_its_kind<D: Form>() {
    assert!(!Event::<D>::new().is_auto_reset());
    assert!(!Event::<D>::default().is_auto_reset());
    assert!(!Event::<D>::manual_reset().is_auto_reset());
    assert!(Event::<D>::auto_reset().is_auto_reset());
    for e in both::<D>() {
        assert_at_rest(&e, false);
        assert!(!e.try_wait());
    }
}

fn set_then_the_first_poll_is_ready_without_a_clone<D: Form>() {
    for e in both::<D>() {
        e.set();
        assert!(e.is_set());
        let mut a = Task::new(e.wait());
        a.ready();
        // The one is the poll's own.
        assert_eq!((a.spy().clones(), a.spy().alive(), a.wakes()), (1, 0, 0));
        assert_at_rest(&e, !e.is_auto_reset());
    }
}

fn set_after_the_wait_was_made_then_ready<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::new(e.wait());
        e.set();
        a.ready();
        assert_at_rest(&e, !e.is_auto_reset());
    }
}

fn waits_then_set_then_ready_with_its_second_poll<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::waiting(e.wait());
        assert_eq!(e.waiters(), 1);
        e.set();
        assert_eq!((a.wakes(), a.spy().alive(), e.waiters()), (1, 0, 0));
        a.ready();
        assert_eq!((a.wakes(), a.polls()), (1, 2));
        assert_at_rest(&e, !e.is_auto_reset());
    }
}

fn set_and_reset_with_nobody_there_then_it_is_not_set<D: Form>() {
    for e in both::<D>() {
        for _ in 0..5 {
            e.set();
            e.set();
            e.reset();
            assert_at_rest(&e, false);
            assert!(!e.try_wait());
            Task::waiting(e.wait()).cancel();
        }
    }
}

fn reset_when_it_is_not_set_changes_nothing<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::waiting(e.wait());
        let mut unpolled = Task::new(e.wait());
        e.reset();
        e.reset();
        a.pends();
        assert_eq!((a.wakes(), e.waiters()), (0, 1));
        e.set();
        a.ready();
        e.set();
        unpolled.ready();
    }
}

fn polled_often_then_neither_woken_nor_registered_again<D: Form>() {
    for e in both::<D>() {
        let mut tasks = [(); 3].map(|()| Task::waiting(e.wait()));
        for task in &mut tasks {
            let before = task.spy().clones();
            for _ in 0..100 {
                task.pends();
            }
            // One a poll is the test's own.
            assert_eq!((task.spy().clones(), task.wakes()), (before + 100, 0));
        }
        assert_eq!(e.waiters(), 3);
    }
}

fn polled_after_completion_panics_and_takes_nothing<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::waiting(e.wait());
        e.set();
        a.ready();
        e.set();
        let text = panic_of(|| a.poll().is_ready().then_some(()).unwrap()).expect("a panic");
        assert!(text.contains("after it was over"), "{text}");
        assert_at_rest(&e, true);
    }
}

fn dropped_before_its_first_poll_then_nobody_notices<D: Form>() {
    for e in both::<D>() {
        drop(e.wait());
        let mut a = Task::waiting(e.wait());
        let unpolled = Task::new(e.wait());
        e.set();
        drop(unpolled);
        a.ready();
        assert_at_rest(&e, !e.is_auto_reset());
    }
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>() {
    for e in both::<D>() {
        let mut a = Task::waiting(e.wait());
        let behind = Task::waiting(e.wait());
        let other = Spy::new();
        assert!(a.poll_as(&other).is_pending());
        assert_eq!((a.spy().alive(), other.alive()), (0, 1));
        e.set();
        assert_eq!((a.wakes(), other.wakes()), (0, 1));
        assert!(a.poll_as(&Spy::new()).is_ready());
        assert_eq!(other.alive(), 0);
        drop(behind);
    }
}

fn pending_box_forgotten_then_it_stays_usable<D: Form>() {
    for e in both::<D>() {
        let e = kept(e);
        let forgotten = Task::waiting(e.wait());
        let spy = forgotten.spy().clone();
        std::mem::forget(forgotten);
        let mut after = Task::waiting(e.wait());
        e.set();
        assert_eq!(spy.wakes(), 1, "it was first");
        e.set();
        after.ready();
    }
}

fn owned_outlives_the_handle<D: Form>() {
    for e in both::<D>() {
        let e = D::pointer(e);
        let mut told = Task::waiting(D::wait_owned(&e));
        let mut unpolled = Task::new(D::wait_owned(&e));
        let behind = Task::waiting(D::wait_owned(&e));
        assert_eq!(D::pointers(&e), 4);
        e.set();
        e.set();
        e.set();
        drop((e, behind));
        told.ready();
        unpolled.ready();
    }
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    for e in both::<D>() {
        let e = D::pointer(e);
        let mut a = Task::waiting(e.wait());
        let text = format!("{:?}", *e);
        assert!(
            text.contains("Event") && text.contains("set: false"),
            "{text}"
        );
        assert!(text.contains(&format!("auto_reset: {}", e.is_auto_reset())));
        assert!(!format!("{:?}", e.wait()).is_empty());
        // Also from within a wake.
        let (inner, seen) = (e.clone(), std::rc::Rc::new(std::cell::Cell::new(0)));
        let saw = seen.clone();
        a.spy()
            .on(On::Wake, move || saw.set(format!("{:?}", *inner).len()));
        e.set();
        assert!(seen.get() > 0);
        a.spy().forget_hook();
        a.ready();
    }
}

/// Only that it compiles is in question: `const` for either form and kind.
const fn make<D: Domain>() -> [Event<D>; 3] {
    [Event::new(), Event::manual_reset(), Event::auto_reset()]
}

static SHARED: [compio_sync::Event; 3] = make();

thread_local! {
    static LOCAL: [compio_sync::local::Event; 3] = const { make() };
}

#[test]
fn made_in_a_static_then_shared_by_threads() {
    for e in &SHARED {
        thread::scope(|scope| {
            scope.spawn(|| e.set());
            e.blocking_wait();
        });
        assert_at_rest(e, !e.is_auto_reset());
    }
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        for e in here {
            e.set();
            thread::spawn(|| LOCAL.with(|there| there.each_ref().map(|e| assert!(!e.is_set()))))
                .join()
                .unwrap();
            assert!(e.try_wait());
        }
    });
}
