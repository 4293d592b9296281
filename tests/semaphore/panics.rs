//! Wakers that panic: no permit is lost, and all the others are woken.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    task::Poll,
};

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Event, Form, Spy, Task, assert_at_rest, assert_numbers, fixed, panic_of};

suite! {
    both:
        wake_panics_in_a_release_then_it_is_served_all_the_same,
        wakes_panic_in_several_batches_then_all_are_served,
        wakes_panic_when_closing_then_all_are_told,
        every_wake_of_many_panics_without_recursion,
        wakes_panic_with_what_panics_when_dropped_then_all_are_told,
        wake_panics_when_a_served_one_is_dropped_then_the_permit_is_the_next_ones,
        clone_panics_at_the_first_poll_then_it_is_not_in_line,
        clone_panics_at_a_later_poll_then_the_old_waker_is_kept,
        drop_panics_when_replaced_then_the_new_one_is_woken,
        drop_panics_when_cancelled_then_it_has_left,
        wake_panics_with_a_large_release_then_nothing_is_lost,
        holder_panics_and_releases_to_wakers_that_panic_then_the_process_goes_on;
    throughput:
        wake_of_the_follower_panics_in_a_successful_poll,
        drop_panics_when_the_second_takes_it_past_the_front,
        wake_of_the_next_panics_in_each_poll_of_a_line;
}

/// Polls those that were woken until nobody is, as an executor does that outlives its tasks'
/// panics: it drops them. Gives what the others were served, and how many panicked.
fn run_and_outlive<F: Future>(tasks: &mut Vec<Task<F>>) -> (Vec<F::Output>, usize) {
    let (mut served, mut panicked) = (Vec::new(), 0);
    loop {
        let mut quiet = true;
        let mut at = 0;
        while at < tasks.len() {
            if !tasks[at].spy().take_pending() {
                at += 1;
                continue;
            }
            quiet = false;
            match catch_unwind(AssertUnwindSafe(|| tasks[at].poll())) {
                Ok(Poll::Pending) => at += 1,
                Ok(Poll::Ready(output)) => {
                    tasks.remove(at);
                    served.push(output);
                }
                Err(_) => {
                    panicked += 1;
                    let task = tasks.remove(at);
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
                }
            }
        }
        if quiet {
            return (served, panicked);
        }
    }
}

fn wake_panics_in_a_release_then_it_is_served_all_the_same<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let mut b = Task::waiting(s.acquire());
    a.spy().panic_on(Event::Wake);
    assert!(panic_of(|| drop(held)).is_some());
    drop(a.ready());
    drop(b.ready());
    assert_at_rest(&s, 1);
}

fn wakes_panic_in_several_batches_then_all_are_served<D: Form>(fairness: Fairness) {
    let which: [&[usize]; 6] = [
        &[0],
        &[31],
        &[32],
        &[99],
        &[0, 1, 31, 32, 33, 63, 64, 99],
        &[10, 40, 70],
    ];
    for bad in which {
        let s = Semaphore::<D>::with_fairness(0, fairness);
        let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(s.acquire())).collect();
        for at in bad {
            tasks[*at].spy().panic_on(Event::Wake);
        }
        let panicked = panic_of(|| s.add_permits(100)).is_some();
        assert!(panicked);
        let (served, panicked) = run_and_outlive(&mut tasks);
        assert_eq!((served.len() + panicked, tasks.len()), (100, 0), "{bad:?}");
        drop(served);
        assert!(panicked <= bad.len(), "{bad:?}");
        assert_at_rest(&s, 100);
    }
}

fn wakes_panic_when_closing_then_all_are_told<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = (0..100)
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    for task in tasks.iter().step_by(7) {
        task.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| s.close()).is_some());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    assert_at_rest(&s, 0);
}

/// How deep the stack is where a waker runs must not grow with the number of panics.
fn every_wake_of_many_panics_without_recursion<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = (0..1000)
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    let span = Rc::new(Cell::new((usize::MAX, 0)));
    for task in &tasks {
        let span = span.clone();
        task.spy().on(Event::Wake, move || {
            let here = std::ptr::from_ref(&span).addr();
            let mark = 0_u8;
            let depth = std::ptr::from_ref(std::hint::black_box(&mark)).addr();
            assert_ne!(here, depth);
            let (low, high) = span.get();
            span.set((low.min(depth), high.max(depth)));
            resume_unwind(Box::new("the waker panicked"));
        });
    }
    assert!(panic_of(|| s.close()).is_some());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    let (low, high) = span.get();
    assert!(high - low < 16 << 10, "{} bytes of stack", high - low);
}

/// What a panic carries is user code, too.
fn wakes_panic_with_what_panics_when_dropped_then_all_are_told<D: Form>(fairness: Fairness) {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new("a panic was dropped"));
        }
    }

    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = (0..200)
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    for task in tasks.iter().step_by(5) {
        task.spy().on(Event::Wake, || resume_unwind(Box::new(Bomb)));
    }
    let panic = catch_unwind(AssertUnwindSafe(|| s.close())).unwrap_err();
    let is_the_first = panic.is::<Bomb>();
    std::mem::forget(panic);
    for task in &tasks {
        task.spy().forget_hook();
    }
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    assert!(is_the_first);
}

fn wake_panics_when_a_served_one_is_dropped_then_the_permit_is_the_next_ones<D: Form>(
    fairness: Fairness,
) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks = [(); 3].map(|()| Task::waiting(s.acquire()));
    tasks[1].spy().panic_on(Event::Wake);
    drop(held);
    assert!(panic_of(|| tasks[0].cancel()).is_some());
    drop(tasks[1].ready());
    drop(tasks[2].ready());
    assert_at_rest(&s, 1);
}

fn clone_panics_at_the_first_poll_then_it_is_not_in_line<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::new(s.acquire());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll())).is_some());
    assert_eq!((s.waiters(), a.spy().alive()), (0, 0));
    a.spy().forget_hook();
    a.pends();
    drop(held);
    assert_eq!(a.wakes(), 1);
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn clone_panics_at_a_later_poll_then_the_old_waker_is_kept<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let bad = Spy::new();
    bad.panic_on(Event::Clone);
    assert!(panic_of(|| drop(a.poll_as(&bad))).is_some());
    assert_eq!((a.spy().alive(), bad.alive()), (1, 0));
    drop(held);
    assert_eq!((a.wakes(), bad.wakes()), (1, 0));
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn drop_panics_when_replaced_then_the_new_one_is_woken<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut a = Task::waiting(s.acquire());
    let new = Spy::new();
    a.spy().panic_on(Event::Drop);
    assert!(panic_of(|| drop(a.poll_as(&new))).is_some());
    assert_eq!((a.spy().alive(), new.alive()), (0, 1));
    drop(held);
    assert_eq!((a.wakes(), new.wakes()), (0, 1));
    a.spy().forget_hook();
    drop(a.ready());
    assert_at_rest(&s, 1);
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>(fairness: Fairness) {
    for others in [false, true] {
        let s = fixed::<D>(1, fairness);
        let held = s.try_acquire().unwrap();
        let mut a = Task::waiting(s.acquire());
        let mut behind = others.then(|| Task::waiting(s.acquire()));
        a.spy().panic_on(Event::Drop);
        assert!(panic_of(|| a.cancel()).is_some());
        assert_numbers(s, 0, 1, 1, usize::from(others));
        drop(held);
        if let Some(behind) = &mut behind {
            drop(behind.ready());
        }
        assert_at_rest(s, 1);
    }
}

fn wake_panics_with_a_large_release_then_nothing_is_lost<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(10, fairness);
    let held = s.try_acquire_many(10).unwrap();
    let mut tasks = [3, 3, 9].map(|n| Task::waiting(s.acquire_many(n)));
    tasks[0].spy().panic_on(Event::Wake);
    assert!(panic_of(|| drop(held)).is_some());
    assert_numbers(&s, 4, 10, 6, 1);
    let permits = (tasks[0].ready(), tasks[1].ready());
    assert_eq!(tasks[2].wakes(), 0);
    drop(permits);
    drop(tasks[2].ready());
    assert_at_rest(&s, 10);
}

/// A second panic while one unwinds would end the process, so this runs in one of its own.
fn holder_panics_and_releases_to_wakers_that_panic_then_the_process_goes_on<D: Form>(
    fairness: Fairness,
) {
    in_a_child(
        "holder_panics_and_releases_to_wakers_that_panic_then_the_process_goes_on",
        || {
            for n in [1, 2, 40] {
                let s = Semaphore::<D>::with_fairness(n, fairness);
                let held = s.try_acquire_many(n).unwrap();
                let mut tasks: Vec<_> = (0..n).map(|_| Task::waiting(s.acquire())).collect();
                for task in &tasks {
                    task.spy().panic_on(Event::Wake);
                }
                let text = panic_of(|| {
                    let _held = held;
                    resume_unwind(Box::new("the holder panicked"));
                });
                assert_eq!(text.unwrap(), "the holder panicked");
                for task in &mut tasks {
                    task.spy().forget_hook();
                    drop(task.ready());
                }
                assert_at_rest(&s, n);
            }
        },
    );
}

/// Runs `body` in a process that runs the tests of that name and no others.
fn in_a_child(test: &str, body: impl FnOnce()) {
    const CHILD: &str = "COMPIO_SYNC_CHILD";
    if std::env::var_os(CHILD).is_some_and(|name| name == test) {
        return body();
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .arg(test)
        .env(CHILD, test)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("4 passed"), "{text}");
}

/// The poll has its permit and wakes the next on its way out; what that panics with ends the poll,
/// and the permit must not end with it.
fn wake_of_the_follower_panics_in_a_successful_poll<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(2, fairness);
    let (one, two) = (s.try_acquire().unwrap(), s.try_acquire().unwrap());
    let mut tasks = vec![Task::waiting(s.acquire()), Task::waiting(s.acquire())];
    tasks[1].spy().panic_on(Event::Wake);
    drop(one);
    drop(two);
    let (served, panicked) = run_and_outlive(&mut tasks);
    assert_eq!((served.len() + panicked, tasks.len()), (2, 0));
    drop(served);
    assert_at_rest(&s, 2);
}

fn drop_panics_when_the_second_takes_it_past_the_front<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut front = Task::waiting(s.acquire());
    let mut second = Task::waiting(s.acquire());
    second.spy().panic_on(Event::Drop);
    drop(held);
    let _ = panic_of(|| drop(second.poll_as(&Spy::new())));
    second.spy().forget_hook();
    second.cancel();
    drop(front.ready());
    assert_at_rest(&s, 1);
}

fn wake_of_the_next_panics_in_each_poll_of_a_line<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(50, fairness);
    let mut held: Vec<_> = (0..50).map(|_| s.try_acquire().unwrap()).collect();
    let mut tasks: Vec<_> = (0..50).map(|_| Task::waiting(s.acquire())).collect();
    for task in tasks.iter().skip(1).step_by(2) {
        task.spy().panic_on(Event::Wake);
    }
    let (mut served, mut panicked) = (Vec::new(), 0);
    while !held.is_empty() {
        // Of two, the one that is served first wakes the second.
        for permit in held.split_off(held.len() - 2) {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(permit)));
        }
        let more = run_and_outlive(&mut tasks);
        served.extend(more.0);
        panicked += more.1;
    }
    assert!(panicked > 0);
    assert_eq!((served.len() + panicked, tasks.len()), (50, 0));
    drop(served);
    assert_at_rest(&s, 50);
}
