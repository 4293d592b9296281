//! Futures that are dropped, at every stage, and futures that change their task.

use compio_sync::generic::{Notified, Notify};

use crate::common::{Form, Spy, Task, assert_at_rest, kept, take_stored, waiting, wakes};

forms!(
    notified_and_dropped_then_the_next_is,
    notified_and_dropped_with_nobody_else_then_stored,
    notified_and_dropped_in_turn_then_the_last_has_it,
    notified_and_dropped_when_one_is_stored_then_there_is_one,
    last_notified_and_dropped_then_the_first_is,
    dropped_before_its_first_poll_then_nobody_notices,
    dropped_in_line_then_nobody_is_woken,
    dropped_in_every_order_then_the_rest_keep_theirs,
    ready_and_dropped_then_nothing_is_passed_on,
    pending_box_forgotten_then_it_stays_usable,
    moved_to_another_task_then_only_that_one_is_woken,
    moved_while_notified_then_ready,
);

fn notified_and_dropped_then_the_next_is<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 3>(&n);
    n.notify_one();
    line[0].cancel();
    assert_eq!(wakes(&line), [1, 1, 0]);
    line[1].ready();
    assert_eq!(line[1].polls(), 2);
    line[2].pends();
    drop(line);
    assert_at_rest(&n, false);
}

fn notified_and_dropped_with_nobody_else_then_stored<D: Form>() {
    let n = Notify::<D>::new();
    for by in [Notify::notify_one, Notify::notify_last] {
        let a = Task::waiting(n.notified());
        by(&n);
        drop(a);
        assert_at_rest(&n, true);
    }
}

fn notified_and_dropped_in_turn_then_the_last_has_it<D: Form>() {
    let n = Notify::<D>::new();
    let mut tasks: Vec<_> = (0..100).map(|_| Task::waiting(n.notified())).collect();
    n.notify_one();
    for at in 0..99 {
        assert_eq!((tasks[at].wakes(), tasks[at + 1].wakes()), (1, 0));
        tasks[at].cancel();
    }
    tasks[99].ready();
    assert_at_rest(&n, false);
}

fn notified_and_dropped_when_one_is_stored_then_there_is_one<D: Form>() {
    let n = Notify::<D>::new();
    let a = Task::waiting(n.notified());
    n.notify_one();
    n.notify_one();
    drop(a);
    assert_at_rest(&n, true);
}

fn last_notified_and_dropped_then_the_first_is<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 3>(&n);
    n.notify_last();
    line[2].cancel();
    assert_eq!(wakes(&line), [1, 0, 1]);
    line[0].ready();
    drop(line);
    assert_at_rest(&n, false);
}

fn dropped_before_its_first_poll_then_nobody_notices<D: Form>() {
    let n = Notify::<D>::new();
    drop(n.notified());
    let mut a = Task::waiting(n.notified());
    let unpolled = Task::new(n.notified());
    n.notify_one();
    drop(unpolled);
    a.ready();
    assert_at_rest(&n, false);
}

fn dropped_in_line_then_nobody_is_woken<D: Form>() {
    let n = Notify::<D>::new();
    for which in 0..3 {
        let mut line = waiting::<D, 3>(&n);
        line[which].cancel();
        assert_eq!((wakes(&line), n.waiters()), ([0; 3], 2));
        assert_eq!(line[which].spy().alive(), 0);
        drop(line);
        assert_at_rest(&n, false);
    }
}

/// Each list operation meets each neighbourhood: the only one, the oldest, the newest, between two;
/// with links that were completed before and with such that were not.
fn dropped_in_every_order_then_the_rest_keep_theirs<D: Form>() {
    for order in orders(5) {
        for dropped in 0..=5 {
            for link_first in [false, true] {
                for last in [false, true] {
                    drop_some(&Notify::<D>::new(), &order[..dropped], link_first, last);
                }
            }
        }
    }
}

fn drop_some<D: Form>(n: &Notify<D>, dropped: &[usize], link_first: bool, last: bool) {
    let mut tasks: Vec<Task<Notified<'_, D>>> = waiting::<D, 5>(n).into();
    if link_first {
        assert_eq!(n.waiters(), 5);
    }
    for at in dropped {
        tasks[*at].cancel();
        // Those who come in between stand behind all the others.
        tasks.push(Task::waiting(n.notified()));
    }
    let mut expected: Vec<usize> = (0..tasks.len()).collect();
    expected.retain(|at| !dropped.contains(at));
    if last {
        expected.reverse();
    }
    for at in expected {
        assert_eq!(tasks[at].wakes(), 0);
        if last {
            n.notify_last();
        } else {
            n.notify_one();
        }
        assert_eq!(tasks[at].wakes(), 1, "#{at} of {dropped:?}");
        tasks[at].ready();
    }
    assert_eq!(n.waiters(), 0);
    assert!(!take_stored(n));
}

fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for at in 0..n {
            let mut order = shorter.clone();
            order.insert(at, n - 1);
            all.push(order);
        }
    }
    all
}

fn ready_and_dropped_then_nothing_is_passed_on<D: Form>() {
    let n = Notify::<D>::new();
    let mut line = waiting::<D, 2>(&n);
    n.notify_one();
    line[0].ready();
    line[0].cancel();
    assert_eq!(line[1].wakes(), 0);
    drop(line);
    assert_at_rest(&n, false);
}

fn pending_box_forgotten_then_it_stays_usable<D: Form>() {
    let n = kept(Notify::<D>::new());
    let forgotten = Task::waiting(n.notified());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut after = Task::waiting(n.notified());
    n.notify_one();
    assert_eq!((spy.wakes(), after.wakes()), (1, 0), "it was first");
    n.notify_one();
    after.ready();
    let forgotten = Task::waiting(n.notified());
    let spy = forgotten.spy().clone();
    std::mem::forget(forgotten);
    let mut after = Task::waiting(n.notified());
    n.notify_waiters();
    assert_eq!(spy.wakes(), 1);
    after.ready();
    assert_at_rest(n, false);
}

fn moved_to_another_task_then_only_that_one_is_woken<D: Form>() {
    let n = Notify::<D>::new();
    for by in [
        Notify::notify_one,
        Notify::notify_last,
        Notify::notify_waiters,
    ] {
        for others in [false, true] {
            let mut a = Task::waiting(n.notified());
            let behind = others.then(|| Task::waiting(n.notified()));
            let (second, third) = (Spy::new(), Spy::new());
            assert!(a.poll_as(&second).is_pending());
            assert_eq!((a.spy().alive(), second.alive()), (0, 1));
            assert!(a.poll_as(&third).is_pending());
            assert_eq!((second.alive(), third.alive()), (0, 1));
            n.notify_one();
            by(&n);
            assert_eq!((a.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
            assert!(a.poll_as(&Spy::new()).is_ready());
            assert_eq!(third.alive(), 0);
            drop(behind);
            while take_stored(&n) {}
        }
    }
}

fn moved_while_notified_then_ready<D: Form>() {
    let n = Notify::<D>::new();
    let mut a = Task::waiting(n.notified());
    n.notify_one();
    let other = Spy::new();
    assert!(a.poll_as(&other).is_ready());
    assert_eq!((other.wakes(), other.alive(), a.spy().alive()), (0, 0, 0));
}
