//! `Fairness::Throughput`: how far newcomers get, and where it ends.

use compio_sync::{
    Fairness,
    generic::{Semaphore, SemaphorePermit},
};

use crate::common::{Form, Task, assert_at_rest, assert_numbers, run_woken};

suite! {
    throughput:
        released_then_newcomer_takes_it_past_the_front,
        front_comes_in_vain_then_keeps_its_place,
        newcomers_pass_a_single_exactly_so_often,
        newcomers_pass_a_large_front_exactly_so_often,
        newcomers_pass_by_waiting_themselves,
        due_front_is_dropped_then_newcomers_pass_again,
        due_front_is_served_then_newcomers_pass_again,
        due_front_then_added_permits_go_to_it_first,
        due_is_not_inherited,
        bound_holds_for_each_front_in_turn,
        second_in_line_polled_takes_it_past_the_front,
        two_released_while_front_is_on_its_way_then_it_wakes_its_follower,
        released_one_by_one_while_front_is_on_its_way_then_all_are_served,
        front_on_its_way_is_dropped_then_follower_is_woken,
        newcomer_drops_while_front_is_on_its_way_then_no_second_wake,
        woken_front_polled_by_another_task_takes_it;
}

type Held<'a, D> = Option<SemaphorePermit<'a, D>>;

fn released_then_newcomer_takes_it_past_the_front<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    drop(held);
    assert_numbers(&s, 1, 1, 0, 1);
    drop(s.try_acquire().expect("it is free"));
    drop(Task::new(s.acquire()).ready());
    assert_eq!(front.wakes(), 1);
    drop(front.ready());
    assert_at_rest(&s, 1);
}

fn front_comes_in_vain_then_keeps_its_place<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    let mut second = Task::waiting(s.acquire());
    drop(held);
    let newcomer = s.try_acquire().unwrap();
    front.pends();
    assert_eq!((front.wakes(), front.spy().alive()), (1, 1));
    drop(newcomer);
    assert_eq!((front.wakes(), second.wakes()), (2, 0));
    drop(front.ready());
    assert_eq!(second.wakes(), 1);
    drop(second.ready());
    assert_at_rest(&s, 1);
}

/// Lets a newcomer take what `held` gives back, and the front come in vain.
fn pass<'a, D: Form, F: Future>(s: &'a Semaphore<D>, held: &mut Held<'a, D>, front: &mut Task<F>) {
    let wakes = front.wakes();
    drop(held.take());
    assert_eq!(front.wakes(), wakes + 1);
    *held = s.try_acquire();
    assert!(held.is_some(), "a newcomer was kept out");
    front.pends();
}

fn newcomers_pass_a_single_exactly_so_often<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut front = Task::waiting(s.acquire());
    for _ in 0..Fairness::MAX_PASSES {
        pass(&s, &mut held, &mut front);
    }
    // The next one is for the front and nobody else.
    drop(held);
    assert_numbers(&s, 0, 1, 1, 0);
    assert_eq!(front.wakes(), Fairness::MAX_PASSES + 1);
    assert!(s.try_acquire().is_none());
    let mut late = Task::waiting(s.acquire());
    drop(front.ready());
    drop(late.ready());
    assert_at_rest(&s, 1);
}

fn newcomers_pass_a_large_front_exactly_so_often<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(3, fairness);
    let long = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire_many(3));
    for _ in 0..Fairness::MAX_PASSES {
        drop(s.try_acquire().expect("a newcomer was kept out"));
    }
    assert!(s.try_acquire().is_none(), "the front is due");
    let mut late = Task::waiting(s.acquire());
    assert_numbers(&s, 2, 3, 1, 2);
    assert_eq!(front.wakes(), 0);
    drop(long);
    assert_eq!(front.wakes(), 1);
    assert_numbers(&s, 0, 3, 3, 1);
    drop(front.ready());
    drop(late.ready());
    assert_at_rest(&s, 3);
}

/// Those behind the front pass it by being polled at the right moment, and count as well.
fn newcomers_pass_by_waiting_themselves<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut front = Task::waiting(s.acquire());
    for _ in 0..Fairness::MAX_PASSES {
        let mut second = Task::waiting(s.acquire());
        drop(held.take());
        held = Some(second.ready());
        front.pends();
    }
    let mut second = Task::waiting(s.acquire());
    drop(held);
    second.pends();
    assert_eq!(
        (front.wakes(), second.wakes()),
        (Fairness::MAX_PASSES + 1, 0)
    );
    drop(front.ready());
    drop(second.ready());
    assert_at_rest(&s, 1);
}

fn due_front_is_dropped_then_newcomers_pass_again<D: Form>(fairness: Fairness) {
    for follower in [false, true] {
        let s = Semaphore::<D>::with_fairness(2, fairness);
        let long = s.try_acquire().unwrap();
        let mut front = Task::waiting(s.acquire_many(2));
        for _ in 0..Fairness::MAX_PASSES {
            drop(s.try_acquire().unwrap());
        }
        assert!(s.try_acquire().is_none());
        let mut behind = follower.then(|| Task::waiting(s.acquire_many(2)));
        front.cancel();
        assert!(s.try_acquire().is_some(), "nobody is due");
        drop(long);
        if let Some(behind) = &mut behind {
            assert_eq!(behind.wakes(), 1);
            drop(behind.ready());
        }
        drop(behind);
        assert_at_rest(&s, 2);
    }
}

fn due_front_is_served_then_newcomers_pass_again<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut front = Task::waiting(s.acquire());
    for _ in 0..Fairness::MAX_PASSES {
        pass(&s, &mut held, &mut front);
    }
    let mut second = Task::waiting(s.acquire());
    drop(held);
    drop(front.ready());
    assert_eq!(second.wakes(), 1);
    drop(s.try_acquire().expect("the second is not due"));
    drop(second.ready());
    assert_at_rest(&s, 1);
}

fn due_front_then_added_permits_go_to_it_first<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let long = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire_many(3));
    for _ in 0..Fairness::MAX_PASSES {
        s.add_permits(1);
        assert_eq!(s.reduce_permits(1), 1);
    }
    s.add_permits(1);
    assert!(s.try_acquire().is_none());
    s.add_permits(1);
    assert!(s.try_acquire().is_none());
    assert_eq!(front.wakes(), 0);
    s.add_permits(1);
    assert_eq!(front.wakes(), 1);
    assert_numbers(&s, 0, 4, 4, 0);
    drop((front.ready(), long));
    assert_at_rest(&s, 4);
}

/// How often one was passed over says nothing about the next.
fn due_is_not_inherited<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut front = Task::waiting(s.acquire());
    let mut second = Task::waiting(s.acquire());
    for _ in 0..Fairness::MAX_PASSES {
        pass(&s, &mut held, &mut front);
    }
    drop(held.take());
    held = Some(front.ready());
    for _ in 0..Fairness::MAX_PASSES {
        pass(&s, &mut held, &mut second);
    }
    drop(held);
    assert_eq!(second.wakes(), Fairness::MAX_PASSES + 1);
    assert!(s.try_acquire().is_none());
    drop(second.ready());
    assert_at_rest(&s, 1);
}

fn bound_holds_for_each_front_in_turn<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let mut held = s.try_acquire();
    let mut tasks: Vec<_> = (0..10).map(|_| Task::waiting(s.acquire())).collect();
    let mut passed = 0;
    // A newcomer tries whenever it can; each in line is served in its turn all the same.
    for task in &mut tasks {
        held = loop {
            drop(held.take());
            if let Some(newcomer) = s.try_acquire() {
                held = Some(newcomer);
                passed += 1;
                assert!(passed <= 10 * Fairness::MAX_PASSES, "somebody starves");
            }
            if let std::task::Poll::Ready(permit) = task.poll() {
                break Some(permit);
            }
        };
    }
    assert_eq!(passed, 10 * Fairness::MAX_PASSES);
    drop(held);
    assert_at_rest(&s, 1);
}

fn second_in_line_polled_takes_it_past_the_front<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    let mut second = Task::waiting(s.acquire());
    let mut third = Task::waiting(s.acquire());
    drop(held);
    let held = second.ready();
    assert_eq!(second.spy().alive(), 0);
    assert_numbers(&s, 0, 1, 1, 2);
    front.pends();
    drop(held);
    assert_eq!((front.wakes(), third.wakes()), (2, 0));
    drop(front.ready());
    drop(third.ready());
    assert_at_rest(&s, 1);
}

fn two_released_while_front_is_on_its_way_then_it_wakes_its_follower<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let (one, two) = (s.try_acquire().unwrap(), s.try_acquire().unwrap());
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    drop(one);
    drop(two);
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 0, 0]);
    let first = tasks[0].ready();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 0]);
    let second = tasks[1].ready();
    assert_eq!(tasks[2].wakes(), 0);
    drop((first, second));
    assert_eq!(run_woken(&mut tasks[2..]).len(), 1);
    assert_at_rest(&s, 2);
}

/// Whoever is behind the front need not wait until it has come, and woken the next.
fn released_one_by_one_while_front_is_on_its_way_then_all_are_served<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(8, fairness);
    let mut held: Vec<_> = (0..8).map(|_| s.try_acquire().unwrap()).collect();
    let mut tasks: Vec<_> = (0..8).map(|_| Task::waiting(s.acquire())).collect();
    let mut release_and_count = || {
        held.pop();
        tasks.iter().filter(|task| task.wakes() == 1).count()
    };
    // The front; then three at once, and the next front.
    assert_eq!([(); 4].map(|()| release_and_count()), [1, 1, 3, 4]);
    assert_eq!([(); 4].map(|()| release_and_count()), [4, 6, 7, 7]);
    assert_numbers(&s, 2, 8, 6, 2);
    let permits: Vec<_> = tasks.iter_mut().rev().map(Task::ready).collect();
    assert!(tasks.iter().all(|task| task.wakes() <= 1));
    drop((permits, tasks));
    assert_at_rest(&s, 8);
}

fn front_on_its_way_is_dropped_then_follower_is_woken<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    drop(held);
    tasks[0].cancel();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 0]);
    tasks[1].cancel();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 1]);
    drop(tasks[2].ready());
    assert_at_rest(&s, 1);
}

fn newcomer_drops_while_front_is_on_its_way_then_no_second_wake<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    drop(held);
    for _ in 0..100 {
        drop(s.try_acquire().unwrap());
    }
    assert_eq!(front.wakes(), 1);
    drop(front.ready());
    assert_eq!(front.polls(), 2);
    assert_at_rest(&s, 1);
}

fn woken_front_polled_by_another_task_takes_it<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    drop(held);
    let newcomer = s.try_acquire().unwrap();
    // In vain, and from now on another task is to be told.
    let other = crate::common::Spy::new();
    assert!(front.poll_as(&other).is_pending());
    drop(newcomer);
    assert_eq!((front.wakes(), other.wakes()), (1, 1));
    assert!(front.poll_as(&other).is_ready());
    assert_eq!((front.spy().alive(), other.alive()), (0, 0));
}
