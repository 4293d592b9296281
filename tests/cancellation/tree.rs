//! Children, and theirs.

use std::{cell::RefCell, rc::Rc};

use crate::common::{Event, Form, Task, Token, cancelled};

forms!(
    parent_cancelled_then_all_below_it_are,
    child_cancelled_then_parent_and_siblings_are_not,
    child_of_a_cancelled_one_is_cancelled_from_the_start,
    all_below_are_cancelled_at_the_same_moment,
    waits_of_descendants_are_woken_once,
    middle_dropped_then_those_below_are_still_reached,
    all_above_dropped_then_those_below_are_not_cancelled,
    child_made_in_the_middle_of_a_cancellation_is_cancelled,
    grandchild_made_in_the_middle_of_a_cancellation_is_cancelled,
    child_cancelled_first_then_the_parent_does_not_wake_it_again,
    child_dropped_then_the_parent_wakes_nobody,
    wait_of_a_dropped_child_is_still_reached,
    tasks_and_children_are_woken_in_the_order_in_which_they_came,
    clones_of_a_child_are_the_same_child,
    child_of_a_token_that_was_not_used_before,
);

fn parent_cancelled_then_all_below_it_are<D: Form>() {
    let root = Token::<D>::new();
    let (a, b) = (root.child_token(), root.child_token());
    let (aa, ab) = (a.child_token(), a.child_token());
    let aaa = aa.child_token();
    assert_eq!(cancelled([&root, &a, &b, &aa, &ab, &aaa]), [false; 6]);
    root.cancel();
    assert_eq!(cancelled([&root, &a, &b, &aa, &ab, &aaa]), [true; 6]);
    for token in [&root, &a, &b, &aa, &ab, &aaa] {
        Task::new(token.cancelled()).ready();
    }
}

fn child_cancelled_then_parent_and_siblings_are_not<D: Form>() {
    let root = Token::<D>::new();
    let (a, b) = (root.child_token(), root.child_token());
    let (aa, ba) = (a.child_token(), b.child_token());
    let mut waits = [&root, &b, &ba].map(|token| Task::waiting(token.cancelled()));
    let mut wait = Task::waiting(aa.cancelled());
    a.cancel();
    assert_eq!(cancelled([&a, &aa]), [true; 2]);
    assert_eq!(cancelled([&root, &b, &ba]), [false; 3]);
    wait.ready();
    for wait in &mut waits {
        wait.pends();
        assert_eq!(wait.wakes(), 0);
    }
    // The tree works on without it.
    let c = root.child_token();
    root.cancel();
    assert_eq!(cancelled([&root, &a, &b, &c, &aa, &ba]), [true; 6]);
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
    }
}

fn child_of_a_cancelled_one_is_cancelled_from_the_start<D: Form>() {
    let root = Token::<D>::new();
    let before = root.child_token();
    root.cancel();
    let mut token = root.child_token();
    for _ in 0..5 {
        assert!(token.is_cancelled());
        let mut wait = Task::new(token.cancelled());
        wait.ready();
        assert_eq!(wait.spy().clones(), 1);
        drop(wait);
        token = token.child_token();
    }
    assert!(before.child_token().is_cancelled());
}

/// Seen from the first wake, when the others have not been woken.
fn all_below_are_cancelled_at_the_same_moment<D: Form>() {
    let root = Token::<D>::new();
    let first = Task::waiting(root.cancelled());
    let tokens: Vec<_> = (0..100).map(|_| root.child_token().child_token()).collect();
    let waits: Vec<_> = tokens
        .iter()
        .map(|token| Task::waiting(token.clone().cancelled_owned()))
        .collect();
    let waits = Rc::new(RefCell::new(waits));
    let all = waits.clone();
    first.spy().on(Event::Wake, move || {
        assert!(tokens.iter().all(Token::is_cancelled));
        for wait in &mut *all.borrow_mut() {
            assert_eq!(wait.wakes(), 0);
            wait.ready();
        }
    });
    root.cancel();
    assert_eq!(first.wakes(), 1);
    for wait in &*waits.borrow() {
        assert_eq!((wait.wakes(), wait.spy().alive()), (0, 0));
    }
    first.spy().forget_hook();
}

fn waits_of_descendants_are_woken_once<D: Form>() {
    let root = Token::<D>::new();
    let mut line = vec![root.clone()];
    for _ in 0..50 {
        line.push(line.last().unwrap().child_token());
    }
    let mut waits: Vec<_> = line
        .iter()
        .map(|token| Task::waiting(token.cancelled()))
        .collect();
    line[20].cancel();
    line[30].cancel();
    for (at, wait) in waits.iter().enumerate() {
        assert_eq!(wait.wakes(), usize::from(at >= 20), "#{at}");
    }
    root.cancel();
    for wait in &mut waits {
        assert_eq!((wait.wakes(), wait.spy().alive()), (1, 0));
        wait.ready();
    }
}

fn middle_dropped_then_those_below_are_still_reached<D: Form>() {
    let root = Token::<D>::new();
    let middle = root.child_token();
    let low = middle.child_token().child_token();
    let mut wait = Task::waiting(low.cancelled());
    drop(middle);
    assert!(!low.is_cancelled());
    root.cancel();
    assert_eq!(wait.wakes(), 1);
    wait.ready();
}

fn all_above_dropped_then_those_below_are_not_cancelled<D: Form>() {
    let root = Token::<D>::new();
    let middle = root.child_token();
    let low = middle.child_token();
    drop((root, middle));
    let mut wait = Task::waiting(low.cancelled());
    assert!(!low.is_cancelled());
    let lower = low.child_token();
    low.cancel();
    assert!(lower.is_cancelled());
    assert_eq!(wait.wakes(), 1);
    wait.ready();
}

fn child_made_in_the_middle_of_a_cancellation_is_cancelled<D: Form>() {
    let root = Token::<D>::new();
    let made = Rc::new(RefCell::new(Vec::new()));
    let waits: Vec<_> = (0..100).map(|_| Task::waiting(root.cancelled())).collect();
    for wait in waits.iter().step_by(10) {
        let (root, made) = (root.clone(), made.clone());
        wait.spy().on(Event::Wake, move || {
            let child = root.child_token();
            assert!(child.is_cancelled());
            made.borrow_mut().push(child);
        });
    }
    root.cancel();
    assert_eq!(made.borrow().len(), 10);
    for child in &*made.borrow() {
        Task::new(child.cancelled()).ready();
    }
    for wait in &waits {
        assert_eq!(wait.wakes(), 1);
        wait.spy().forget_hook();
    }
}

/// Below a child that has not heard of it yet.
fn grandchild_made_in_the_middle_of_a_cancellation_is_cancelled<D: Form>() {
    let root = Token::<D>::new();
    let first = Task::waiting(root.clone().cancelled_owned());
    let child = root.child_token();
    let made = Rc::new(RefCell::new(None));
    let (parent, keeps) = (child.clone(), made.clone());
    first.spy().on(Event::Wake, move || {
        let low = parent.child_token();
        assert!(low.is_cancelled());
        Task::new(low.cancelled()).ready();
        *keeps.borrow_mut() = Some(low.child_token());
    });
    root.cancel();
    first.spy().forget_hook();
    let low = made.borrow_mut().take().unwrap();
    assert!(low.is_cancelled());
    // Cut off from what is above, it has heard of it by itself.
    drop((root, child, first));
    assert!(low.is_cancelled() && low.child_token().is_cancelled());
}

fn child_cancelled_first_then_the_parent_does_not_wake_it_again<D: Form>() {
    let root = Token::<D>::new();
    let child = root.child_token();
    let mut wait = Task::waiting(child.cancelled());
    child.cancel();
    root.cancel();
    assert_eq!(wait.wakes(), 1);
    wait.ready();
}

fn child_dropped_then_the_parent_wakes_nobody<D: Form>() {
    let root = Token::<D>::new();
    let mut stays = Task::waiting(root.child_token().cancelled_owned());
    for _ in 0..10 {
        let child = root.child_token();
        drop(Task::waiting(child.cancelled()));
        drop(child.child_token());
    }
    root.cancel();
    assert_eq!(stays.wakes(), 1);
    stays.ready();
}

fn wait_of_a_dropped_child_is_still_reached<D: Form>() {
    let root = Token::<D>::new();
    let mut wait = Task::waiting(root.child_token().child_token().cancelled_owned());
    root.cancel();
    assert_eq!(wait.wakes(), 1);
    wait.ready();
}

fn tasks_and_children_are_woken_in_the_order_in_which_they_came<D: Form>() {
    let root = Token::<D>::new();
    let order = Rc::new(RefCell::new(Vec::new()));
    let mut waits = Vec::new();
    for at in 0..40 {
        let wait = match at % 2 {
            0 => Task::waiting(root.clone().cancelled_owned()),
            _ => Task::waiting(root.child_token().cancelled_owned()),
        };
        let order = order.clone();
        wait.spy()
            .on(Event::Wake, move || order.borrow_mut().push(at));
        waits.push(wait);
    }
    root.cancel();
    let order = order.borrow();
    for kind in [0, 1] {
        let of_kind = order.iter().copied().filter(|at| at % 2 == kind);
        assert!(of_kind.eq((kind..40).step_by(2)), "{order:?}");
    }
}

fn clones_of_a_child_are_the_same_child<D: Form>() {
    let root = Token::<D>::new();
    let child = root.child_token();
    let clone = child.clone();
    clone.cancel();
    assert_eq!(cancelled([&root, &child, &clone]), [false, true, true]);
    let child = root.child_token();
    let clone = child.clone();
    drop(child);
    root.cancel();
    assert!(clone.is_cancelled());
}

fn child_of_a_token_that_was_not_used_before<D: Form>() {
    let child = Token::<D>::new().child_token();
    assert!(!child.is_cancelled());
    child.cancel();
    assert!(child.is_cancelled());
}
