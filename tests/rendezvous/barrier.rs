//! `Barrier`, one step at a time.

use std::thread;

use compio_sync::generic::{Barrier, Domain};

use crate::common::{Form, Spy, Task, kept, panic_of};

forms!(
    all_arrive_then_the_last_leads_and_all_are_woken,
    rounds_follow_each_other_with_one_leader_each,
    for_none_and_for_one_nobody_waits,
    not_polled_then_not_arrived,
    dropped_before_the_round_is_complete_then_it_waits_for_another,
    dropped_after_the_round_is_complete_then_nothing_changes,
    dropped_in_line_in_every_place_then_the_rest_complete,
    slow_one_of_a_round_is_not_counted_in_the_next,
    cancelled_and_come_again_then_a_place_is_taken_once,
    polled_often_then_arrived_once,
    moved_to_another_task_then_only_that_one_is_woken,
    pending_box_forgotten_then_its_arrival_stays,
    more_parties_than_there_may_be_panics,
    the_most_parties_there_may_be,
    debug_shows_it_and_does_not_block,
);

fn all_arrive_then_the_last_leads_and_all_are_woken<D: Form>() {
    let b = Barrier::<D>::new(3);
    assert_eq!(b.parties(), 3);
    let mut first = Task::waiting(b.wait());
    let mut second = Task::waiting(b.wait());
    assert_eq!(b.arrived(), 2);
    assert!(Task::new(b.wait()).ready().is_leader());
    assert_eq!((first.wakes(), second.wakes(), b.arrived()), (1, 1, 0));
    for task in [&mut first, &mut second] {
        assert!(!task.ready().is_leader());
        assert_eq!((task.polls(), task.spy().alive()), (2, 0));
    }
}

fn rounds_follow_each_other_with_one_leader_each<D: Form>() {
    let b = Barrier::<D>::new(4);
    for _ in 0..1000 {
        let mut tasks = [(); 4].map(|()| Task::new(b.wait()));
        let mut leaders = 0;
        for task in &mut tasks[..3] {
            task.pends();
        }
        leaders += usize::from(tasks[3].ready().is_leader());
        for task in &mut tasks[..3] {
            assert_eq!(task.wakes(), 1);
            leaders += usize::from(task.ready().is_leader());
        }
        assert_eq!((leaders, b.arrived()), (1, 0));
    }
}

fn for_none_and_for_one_nobody_waits<D: Form>() {
    for parties in [0, 1] {
        let b = Barrier::<D>::new(parties);
        for _ in 0..3 {
            assert!(Task::new(b.wait()).ready().is_leader());
            assert_eq!((b.arrived(), b.parties()), (0, parties));
        }
    }
}

fn not_polled_then_not_arrived<D: Form>() {
    let b = Barrier::<D>::new(2);
    let unpolled = Task::new(b.wait());
    let mut a = Task::waiting(b.wait());
    assert_eq!(b.arrived(), 1);
    drop(unpolled);
    assert_eq!(b.arrived(), 1);
    assert!(Task::new(b.wait()).ready().is_leader());
    a.ready();
}

fn dropped_before_the_round_is_complete_then_it_waits_for_another<D: Form>() {
    let b = Barrier::<D>::new(3);
    let mut gone = Task::waiting(b.wait());
    let mut stays = Task::waiting(b.wait());
    gone.cancel();
    assert_eq!((b.arrived(), gone.spy().alive()), (1, 0));
    let mut again = Task::waiting(b.wait());
    assert_eq!((stays.wakes(), again.wakes()), (0, 0));
    assert!(Task::new(b.wait()).ready().is_leader());
    assert!(!stays.ready().is_leader());
    assert!(!again.ready().is_leader());
    assert_eq!(b.arrived(), 0);
}

fn dropped_after_the_round_is_complete_then_nothing_changes<D: Form>() {
    let b = Barrier::<D>::new(2);
    for next in [false, true] {
        let mut late = Task::waiting(b.wait());
        assert!(Task::new(b.wait()).ready().is_leader());
        let mut other = next.then(|| Task::waiting(b.wait()));
        late.cancel();
        assert_eq!(b.arrived(), usize::from(next));
        if let Some(other) = &mut other {
            assert!(Task::new(b.wait()).ready().is_leader());
            assert!(!other.ready().is_leader());
        }
        assert_eq!(b.arrived(), 0);
    }
}

fn dropped_in_line_in_every_place_then_the_rest_complete<D: Form>() {
    for which in 0..4 {
        let b = Barrier::<D>::new(5);
        let mut tasks = [(); 4].map(|()| Task::waiting(b.wait()));
        tasks[which].cancel();
        assert_eq!(b.arrived(), 3);
        let mut again = Task::waiting(b.wait());
        assert!(Task::new(b.wait()).ready().is_leader());
        for (at, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(at != which));
            if at != which {
                assert!(!task.ready().is_leader());
            }
        }
        assert!(!again.ready().is_leader());
    }
}

fn slow_one_of_a_round_is_not_counted_in_the_next<D: Form>() {
    let b = Barrier::<D>::new(2);
    let mut slow = Task::waiting(b.wait());
    assert!(Task::new(b.wait()).ready().is_leader());
    for _ in 0..3 {
        let mut other = Task::waiting(b.wait());
        assert_eq!(b.arrived(), 1);
        assert!(Task::new(b.wait()).ready().is_leader());
        assert!(!other.ready().is_leader());
    }
    assert_eq!(slow.wakes(), 1);
    assert!(!slow.ready().is_leader());
    assert_eq!(b.arrived(), 0);
}

fn cancelled_and_come_again_then_a_place_is_taken_once<D: Form>() {
    let b = Barrier::<D>::new(2);
    for _ in 0..100 {
        let gone = Task::waiting(b.wait());
        assert_eq!(b.arrived(), 1);
        drop(gone);
        assert_eq!(b.arrived(), 0);
    }
    let mut a = Task::waiting(b.wait());
    assert!(Task::new(b.wait()).ready().is_leader());
    a.ready();
}

fn polled_often_then_arrived_once<D: Form>() {
    let b = Barrier::<D>::new(3);
    let mut a = Task::waiting(b.wait());
    for _ in 0..100 {
        a.pends();
    }
    // One a poll is the test's own, and one the first poll left in line.
    assert_eq!((b.arrived(), a.wakes(), a.spy().clones()), (1, 0, 102));
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>() {
    let b = Barrier::<D>::new(2);
    let mut a = Task::waiting(b.wait());
    let other = Spy::new();
    assert!(a.poll_as(&other).is_pending());
    assert_eq!((a.spy().alive(), other.alive(), b.arrived()), (0, 1, 1));
    assert!(Task::new(b.wait()).ready().is_leader());
    assert_eq!((a.wakes(), other.wakes()), (0, 1));
    assert!(a.poll_as(&other).is_ready());
}

fn pending_box_forgotten_then_its_arrival_stays<D: Form>() {
    let b = kept(Barrier::<D>::new(2));
    let forgotten = Task::waiting(b.wait());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    assert!(Task::new(b.wait()).ready().is_leader());
    assert_eq!((spy.wakes(), b.arrived()), (1, 0));
    let mut a = Task::waiting(b.wait());
    assert!(Task::new(b.wait()).ready().is_leader());
    a.ready();
}

fn more_parties_than_there_may_be_panics<D: Form>() {
    for parties in [Barrier::<D>::MAX_PARTIES + 1, usize::MAX] {
        let text = panic_of(|| _ = Barrier::<D>::new(parties).parties()).expect("it should panic");
        assert!(text.contains("MAX_PARTIES"), "{text}");
    }
}

fn the_most_parties_there_may_be<D: Form>() {
    let b = Barrier::<D>::new(Barrier::<D>::MAX_PARTIES);
    assert_eq!(b.parties(), Barrier::<D>::MAX_PARTIES);
    let tasks: Vec<_> = (0..1000).map(|_| Task::waiting(b.wait())).collect();
    assert_eq!(b.arrived(), 1000);
    drop(tasks);
    assert_eq!(b.arrived(), 0);
}

fn debug_shows_it_and_does_not_block<D: Form>() {
    let b = Barrier::<D>::new(3);
    let a = Task::waiting(b.wait());
    let text = format!("{b:?}");
    assert!(
        text.contains("parties: 3") && text.contains("arrived: 1"),
        "{text}"
    );
    drop(a);
    let result = Task::new(Barrier::<D>::new(1).wait()).ready();
    assert!(format!("{result:?}").contains("true"));
    let copy = result;
    assert_eq!(copy, result);
}

/// Only that it compiles is in question: `const` for either form.
const fn make<D: Domain>() -> Barrier<D> {
    Barrier::new(2)
}

static SHARED: compio_sync::Barrier = make();

thread_local! {
    static LOCAL: compio_sync::local::Barrier = const { make() };
}

#[test]
fn made_in_a_static_then_threads_meet_there() {
    thread::scope(|scope| {
        let other = scope.spawn(|| SHARED.blocking_wait().is_leader());
        let here = SHARED.blocking_wait().is_leader();
        assert_ne!(other.join().unwrap(), here);
    });
}

#[test]
fn made_in_a_thread_local_then_one_a_thread() {
    LOCAL.with(|here| {
        let a = Task::waiting(here.wait());
        thread::spawn(|| LOCAL.with(|there| assert_eq!(there.arrived(), 0)))
            .join()
            .unwrap();
        assert_eq!(here.arrived(), 1);
        drop(a);
    });
}
