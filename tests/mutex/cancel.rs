//! Futures that are dropped, at every stage, and futures that change their task.

use compio_sync::{Fairness, generic::Mutex};

use crate::common::{Form, Spy, Task, assert_at_rest, assert_state, fixed, panic_of, run_woken};

suite! {
    both:
        never_polled_and_dropped_then_nobody_notices,
        queued_and_dropped_then_the_others_keep_their_places,
        woken_and_dropped_then_the_next_runs,
        each_is_woken_and_dropped_in_turn_then_the_last_runs,
        last_is_woken_and_dropped_then_it_is_free,
        owned_ones_dropped_at_every_stage_let_go_of_the_mutex,
        polled_after_it_was_over_panics_and_loses_nothing,
        pending_box_forgotten_then_the_mutex_stays_usable_until_its_turn,
        moved_to_another_task_then_only_that_one_is_woken,
        moved_while_woken_then_still_served,
        dropped_while_alone_then_a_newcomer_is_first;
    throughput:
        woken_in_vain_queued_again_and_dropped_then_the_next_runs,
        due_and_dropped_then_newcomers_pass_again;
}

fn never_polled_and_dropped_then_nobody_notices<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, _>::with_fairness(0, fairness));
    drop(m.lock());
    drop(D::lock_owned(&m));
    assert_eq!(D::pointers(&m), 1);
    let held = m.try_lock().unwrap();
    let mut unpolled = Task::new(m.lock());
    let mut waiting = Task::waiting(m.lock());
    unpolled.cancel();
    assert_state(&m, true, 1);
    drop(held);
    drop(waiting.ready());
    assert_at_rest(&m);
}

fn queued_and_dropped_then_the_others_keep_their_places<D: Form>(fairness: Fairness) {
    for gone in 0..32_u32 {
        let m = fixed::<D>(fairness);
        let held = m.try_lock().unwrap();
        let mut line: Vec<_> = (0..5).map(|_| Task::waiting(m.lock())).collect();
        let mut left = Vec::new();
        for (at, task) in line.iter_mut().enumerate() {
            if gone & 1 << at == 0 {
                left.push(at);
            } else {
                task.cancel();
                assert_eq!((task.wakes(), task.spy().alive()), (0, 0));
            }
        }
        assert_state(m, true, left.len());
        drop(held);
        for at in left {
            let served: Vec<usize> = run_woken(&mut line).iter().map(|(at, _)| *at).collect();
            assert_eq!(served, [at], "{gone:b}");
        }
        assert_at_rest(m);
    }
}

fn woken_and_dropped_then_the_next_runs<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(m.lock());
    drop(held);
    assert_eq!((a.wakes(), b.wakes()), (1, 0));
    a.cancel();
    assert_eq!(b.wakes(), 1);
    drop(b.ready());
    assert_eq!(b.polls(), 2);
    assert_at_rest(m);
}

fn each_is_woken_and_dropped_in_turn_then_the_last_runs<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut line: Vec<_> = (0..50).map(|_| Task::waiting(m.lock())).collect();
    drop(held);
    for at in 0..49 {
        assert_eq!((line[at].wakes(), line[at + 1].wakes()), (1, 0));
        line[at].cancel();
    }
    assert_eq!(run_woken(&mut line[49..]).len(), 1);
    assert_at_rest(m);
}

fn last_is_woken_and_dropped_then_it_is_free<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    drop(held);
    assert_state(
        m,
        fairness == Fairness::Strict,
        usize::from(fairness == Fairness::Throughput),
    );
    a.cancel();
    assert_eq!((a.wakes(), a.spy().alive()), (1, 0));
    assert_at_rest(m);
}

fn owned_ones_dropped_at_every_stage_let_go_of_the_mutex<D: Form>(fairness: Fairness) {
    let m = D::pointer(Mutex::<D, _>::with_fairness(0, fairness));
    let held = D::try_lock_owned(&m).unwrap();
    let mut line = [(); 4].map(|()| Task::new(D::lock_owned(&m)));
    assert_eq!(D::pointers(&m), 6);
    for task in &mut line[..3] {
        task.pends();
    }
    line[3].cancel();
    line[2].cancel();
    assert_eq!(D::pointers(&m), 4);
    drop(held);
    line[0].cancel();
    assert_eq!((D::pointers(&m), line[1].wakes()), (2, 1));
    drop(line[1].ready());
    assert_eq!(D::pointers(&m), 1);
    assert_at_rest(&m);
}

fn polled_after_it_was_over_panics_and_loses_nothing<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let mut a = Task::new(m.lock());
    let held = a.ready();
    let text = panic_of(|| drop(a.poll())).expect("it should panic");
    assert!(text.contains("after it was over"), "{text}");
    let mut b = Task::waiting(m.lock());
    drop(held);
    let held = b.ready();
    assert!(panic_of(|| drop(b.poll())).is_some());
    drop((a, b));
    assert_state(m, true, 0);
    drop(held);
    assert_at_rest(m);
}

fn pending_box_forgotten_then_the_mutex_stays_usable_until_its_turn<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut before = Task::waiting(m.lock());
    let forgotten = Task::waiting(m.lock());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut after = Task::waiting(m.lock());
    assert_state(m, true, 3);
    drop(held);
    drop(before.ready());
    // As for a guard that is forgotten: it has had its turn, and keeps it.
    assert_eq!((spy.wakes(), after.wakes()), (1, 0));
    assert_eq!(m.try_lock().is_some(), fairness == Fairness::Throughput);
    after.cancel();
    assert_eq!(m.waiters(), usize::from(fairness == Fairness::Throughput));
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(m.lock());
    let (second, third) = (Spy::new(), Spy::new());
    assert!(a.poll_as(&second).is_pending());
    assert_eq!((a.spy().alive(), second.alive()), (0, 1));
    assert!(a.poll_as(&third).is_pending());
    assert_eq!((second.alive(), third.alive()), (0, 1));
    drop(held);
    assert_eq!((a.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
    let Some(guard) = ready(a.poll_as(&Spy::new())) else {
        panic!("it was woken")
    };
    assert_eq!(third.alive(), 0);
    drop(guard);
    drop(b.ready());
    assert_at_rest(m);
}

fn ready<T>(poll: std::task::Poll<T>) -> Option<T> {
    match poll {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

fn moved_while_woken_then_still_served<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    drop(held);
    let other = Spy::new();
    assert!(a.poll_as(&other).is_ready());
    assert_eq!((other.wakes(), other.alive(), a.spy().alive()), (0, 0, 0));
    assert_at_rest(m);
}

fn dropped_while_alone_then_a_newcomer_is_first<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    for _ in 0..3 {
        let mut gone = Task::waiting(m.lock());
        gone.cancel();
        assert_eq!((gone.spy().alive(), gone.wakes()), (0, 0));
        assert_state(m, true, 0);
    }
    let mut a = Task::waiting(m.lock());
    drop(held);
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(m);
}

fn woken_in_vain_queued_again_and_dropped_then_the_next_runs<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let held = m.try_lock().unwrap();
    let mut a = Task::waiting(m.lock());
    let mut b = Task::waiting(m.lock());
    drop(held);
    let passed = m.try_lock().unwrap();
    a.pends();
    a.cancel();
    assert_eq!((a.wakes(), b.wakes()), (1, 0));
    drop(passed);
    assert_eq!(b.wakes(), 1);
    drop(b.ready());
    assert_at_rest(m);
}

fn due_and_dropped_then_newcomers_pass_again<D: Form>(fairness: Fairness) {
    let m = fixed::<D>(fairness);
    let mut held = m.try_lock();
    let mut front = Task::waiting(m.lock());
    let mut behind = Task::waiting(m.lock());
    for _ in 0..Fairness::MAX_PASSES {
        drop(held.take());
        held = Some(m.try_lock().unwrap());
        front.pends();
    }
    drop(held);
    // Handed over, and passed on: to the one behind, who was never passed over.
    assert!(m.try_lock().is_none());
    front.cancel();
    assert_eq!(behind.wakes(), 1);
    drop(m.try_lock().expect("nobody is due any more"));
    drop(behind.ready());
    assert_at_rest(m);
}
