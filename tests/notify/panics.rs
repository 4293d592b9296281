//! Wakers that panic: no notification is lost, and all the others are woken.

use compio_sync::generic::Notify;

use crate::common::{Event, Form, Spy, Task, assert_at_rest, kept, panic_of, waiting, wakes};

forms!(
    wake_panics_then_it_is_notified_all_the_same,
    wakes_panic_in_several_batches_then_all_are_told,
    wake_panics_when_a_notified_one_is_dropped_then_it_is_the_next_ones,
    wake_panics_and_newcomers_wait,
    clone_panics_at_the_first_poll_then_it_is_not_in_line,
    clone_panics_at_a_later_poll_then_the_old_waker_is_kept,
    drop_panics_when_replaced_then_the_new_one_is_woken,
    drop_panics_when_cancelled_then_it_has_left,
);

fn wake_panics_then_it_is_notified_all_the_same<D: Form>() {
    for by in [Notify::notify_one, Notify::notify_last] {
        let n = Notify::<D>::new();
        let mut a = Task::waiting(n.notified());
        a.spy().panic_on(Event::Wake);
        assert!(panic_of(|| by(&n)).is_some());
        a.ready();
        assert_at_rest(&n, false);
    }
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 2>(&n);
    line[0].spy().panic_on(Event::Wake);
    assert!(panic_of(|| n.notify_one()).is_some());
    // Dropped, as a task whose waker is broken may be.
    line[0].cancel();
    line[1].ready();
    assert_at_rest(&n, false);
}

fn wakes_panic_in_several_batches_then_all_are_told<D: Form>() {
    let which: [&[usize]; 5] = [&[0], &[31], &[32], &[99], &[0, 1, 31, 32, 33, 63, 64, 99]];
    for bad in which {
        let n = Notify::<D>::new();
        let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(n.notified())).collect();
        for at in bad {
            tasks[*at].spy().panic_on(Event::Wake);
        }
        assert!(panic_of(|| n.notify_waiters()).is_some());
        for task in &mut tasks {
            assert_eq!(task.wakes(), 1, "{bad:?}");
            task.ready();
        }
        assert_at_rest(&n, false);
    }
}

fn wake_panics_when_a_notified_one_is_dropped_then_it_is_the_next_ones<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 3>(&n);
    line[1].spy().panic_on(Event::Wake);
    n.notify_one();
    assert!(panic_of(|| line[0].cancel()).is_some());
    assert_eq!(wakes(&line), [1, 1, 0]);
    line[1].ready();
    drop(line);
    assert_at_rest(&n, false);
}

fn wake_panics_and_newcomers_wait<D: Form>() {
    let n = kept(Notify::<D>::new());
    let mut line = waiting::<D, 2>(n);
    line[0].spy().panic_on(Event::Wake);
    assert!(panic_of(|| n.notify_waiters()).is_some());
    let mut late = Task::waiting(n.notified());
    line[0].ready();
    line[1].ready();
    n.notify_one();
    late.ready();
    assert_at_rest(n, false);
}

fn clone_panics_at_the_first_poll_then_it_is_not_in_line<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::new(n.notified());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| _ = a.poll()).is_some());
    assert_eq!((n.waiters(), a.spy().alive()), (0, 0));
    a.spy().forget_hook();
    a.pends();
    n.notify_one();
    assert_eq!(a.wakes(), 1);
    a.ready();
    assert_at_rest(&n, false);
}

fn clone_panics_at_a_later_poll_then_the_old_waker_is_kept<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::waiting(n.notified());
    let bad = Spy::new();
    bad.panic_on(Event::Clone);
    assert!(panic_of(|| _ = a.poll_as(&bad)).is_some());
    assert_eq!((a.spy().alive(), bad.alive()), (1, 0));
    n.notify_one();
    assert_eq!((a.wakes(), bad.wakes()), (1, 0));
    a.ready();
    assert_at_rest(&n, false);
}

fn drop_panics_when_replaced_then_the_new_one_is_woken<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::waiting(n.notified());
    let new = Spy::new();
    a.spy().panic_on(Event::Drop);
    assert!(panic_of(|| _ = a.poll_as(&new)).is_some());
    assert_eq!((a.spy().alive(), new.alive()), (0, 1));
    n.notify_waiters();
    assert_eq!((a.wakes(), new.wakes()), (0, 1));
    a.spy().forget_hook();
    a.ready();
    assert_at_rest(&n, false);
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>() {
    for others in [false, true] {
        let n = Notify::<D>::new();
        let mut a = Task::waiting(n.notified());
        let mut behind = others.then(|| Task::waiting(n.notified()));
        a.spy().panic_on(Event::Drop);
        assert!(panic_of(|| a.cancel()).is_some());
        assert_eq!(n.waiters(), usize::from(others));
        if let Some(behind) = &mut behind {
            n.notify_one();
            behind.ready();
        }
        assert_at_rest(&n, false);
    }
}
