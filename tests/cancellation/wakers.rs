//! Wakers are user code: what they may do, and that one that panics keeps nobody from being told.

use std::{cell::RefCell, rc::Rc};

use crate::common::{Event, Form, Spy, Task, Token, kept, panic_of};

forms!(
    wake_cancels_parent_child_and_itself,
    wake_drops_other_waits_and_children,
    wake_drops_the_last_of_its_own_token,
    wake_cancels_an_unrelated_tree_then_that_is_told_too,
    wakes_cancel_the_next_in_a_chain,
    clone_cancels_between_the_failed_try_and_the_registration,
    clone_cancels_a_parent_before_the_registration,
    replaced_ones_drop_cancels,
    cancelled_ones_drop_cancels,
    wakers_panic_among_children_then_all_are_told,
    waker_panics_in_a_nested_cancellation_then_all_are_told,
    clone_panics_then_it_is_not_in_line,
    drop_panics_when_cancelled_or_replaced,
    every_clone_ends_on_every_path,
);

fn wake_cancels_parent_child_and_itself<D: Form>() {
    let root = Token::<D>::new();
    let middle = root.child_token();
    let low = middle.child_token();
    let mut waits =
        [&root, &middle, &low].map(|token| Task::waiting(token.clone().cancelled_owned()));
    let all = [root.clone(), middle.clone(), low.clone()];
    waits[1].spy().on(Event::Wake, move || {
        all.iter().for_each(Token::cancel);
        assert_eq!(all.each_ref().map(Token::is_cancelled), [true; 3]);
    });
    middle.cancel();
    assert!(root.is_cancelled());
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
        wait.spy().forget_hook();
    }
}

fn wake_drops_other_waits_and_children<D: Form>() {
    let root = Token::<D>::new();
    let first = Task::waiting(root.cancelled());
    let children: Vec<_> = (0..100).map(|_| root.child_token()).collect();
    let waits: Vec<_> = children
        .iter()
        .map(|child| Task::waiting(child.clone().cancelled_owned()))
        .collect();
    let spies: Vec<_> = waits.iter().map(|wait| wait.spy().clone()).collect();
    let mut some: Vec<_> = children.into_iter().zip(waits).collect();
    let kept: Vec<_> = some.split_off(50);
    let mut some = Some(some);
    first.spy().on(Event::Wake, move || drop(some.take()));
    root.cancel();
    for (at, spy) in spies.iter().enumerate() {
        // Whoever leaves the line helps, so those that were still there may have been told.
        assert!(spy.wakes() == 1 || spy.wakes() == 0 && at < 50, "#{at}");
        assert_eq!(spy.alive(), 0);
    }
    for (child, mut wait) in kept {
        assert!(child.is_cancelled());
        wait.ready();
    }
}

fn wake_drops_the_last_of_its_own_token<D: Form>() {
    let root = Token::<D>::new();
    let child = root.child_token();
    let wait = Rc::new(RefCell::new(Task::waiting(child.clone().cancelled_owned())));
    let spy = wait.borrow().spy().clone();
    let mut last = Some((child, root.child_token()));
    let this = wait.clone();
    spy.on(Event::Wake, move || {
        this.borrow_mut().cancel();
        drop(last.take());
    });
    root.cancel();
    assert_eq!((spy.wakes(), spy.alive()), (1, 0));
    spy.forget_hook();
}

/// Its children are told by the cancellation that is under way, when that comes to them.
fn wake_cancels_an_unrelated_tree_then_that_is_told_too<D: Form>() {
    for nested in [false, true] {
        let (one, other) = (Token::<D>::new(), Token::<D>::new());
        let tokens: Vec<_> = (0..50).map(|_| other.child_token().child_token()).collect();
        let mut waits: Vec<_> = tokens
            .iter()
            .map(|token| Task::waiting(token.cancelled()))
            .collect();
        let cancels = match nested {
            false => Task::waiting(one.clone().cancelled_owned()),
            true => Task::waiting(one.child_token().cancelled_owned()),
        };
        let seen = tokens.clone();
        cancels.spy().on(Event::Wake, move || {
            other.cancel();
            assert!(seen.iter().all(Token::is_cancelled));
        });
        one.cancel();
        assert_eq!(cancels.wakes(), 1);
        for wait in &mut waits {
            assert_eq!(wait.wakes(), 1);
            wait.ready();
        }
    }
}

fn wakes_cancel_the_next_in_a_chain<D: Form>() {
    let tokens: Vec<_> = (0..200).map(|_| Token::<D>::new()).collect();
    let mut waits: Vec<_> = tokens
        .iter()
        .map(|token| Task::waiting(token.child_token().cancelled_owned()))
        .collect();
    for (wait, next) in waits.iter().zip(&tokens[1..]) {
        let next = next.clone();
        wait.spy().on(Event::Wake, move || next.cancel());
    }
    tokens[0].cancel();
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
}

fn clone_cancels_between_the_failed_try_and_the_registration<D: Form>() {
    let t = kept(Token::<D>::new());
    let mut a = Task::new(t.cancelled());
    a.spy().on(Event::Clone, || t.cancel());
    a.ready();
    assert_eq!((a.wakes(), a.spy().alive()), (0, 0));
}

fn clone_cancels_a_parent_before_the_registration<D: Form>() {
    let root = kept(Token::<D>::new());
    let low = root.child_token().child_token();
    let mut a = Task::new(low.cancelled());
    a.spy().on(Event::Clone, || root.cancel());
    a.ready();
    assert_eq!((a.wakes(), a.spy().alive()), (0, 0));
}

fn replaced_ones_drop_cancels<D: Form>() {
    let root = kept(Token::<D>::new());
    let child = root.child_token();
    let mut a = Task::waiting(child.cancelled());
    a.spy().on(Event::Drop, || root.cancel());
    let other = Spy::new();
    if a.poll_as(&other).is_pending() {
        assert_eq!(other.wakes(), 1);
        assert!(a.poll_as(&other).is_ready());
    }
    assert!(child.is_cancelled());
    a.spy().forget_hook();
}

fn cancelled_ones_drop_cancels<D: Form>() {
    let root = kept(Token::<D>::new());
    let mut a = Task::waiting(root.cancelled());
    let mut behind = Task::waiting(root.child_token().cancelled_owned());
    a.spy().on(Event::Drop, || root.cancel());
    a.cancel();
    assert_eq!((a.spy().alive(), behind.wakes()), (0, 1));
    behind.ready();
}

fn wakers_panic_among_children_then_all_are_told<D: Form>() {
    for step in [1, 2, 7, 33, 150] {
        let root = Token::<D>::new();
        let mut tokens: Vec<_> = (0..100).map(|_| root.child_token()).collect();
        // Some have children of their own, some are the root itself.
        for at in (0..100).step_by(3) {
            tokens.push(tokens[at].child_token());
        }
        tokens.push(root.clone());
        let mut waits: Vec<_> = tokens
            .iter()
            .map(|token| Task::waiting(token.cancelled()))
            .collect();
        for wait in waits.iter().step_by(step) {
            wait.spy().panic_on(Event::Wake);
        }
        assert_eq!(panic_of(|| root.cancel()).unwrap(), "the waker panicked");
        for (token, wait) in tokens.iter().zip(&mut waits) {
            assert!(token.is_cancelled());
            assert_eq!(wait.wakes(), 1);
            wait.ready();
        }
        // And nothing of it is left on this thread.
        let root = Token::<D>::new();
        let mut wait = Task::waiting(root.child_token().cancelled_owned());
        root.cancel();
        wait.ready();
    }
}

fn waker_panics_in_a_nested_cancellation_then_all_are_told<D: Form>() {
    let (one, other) = (Token::<D>::new(), Token::<D>::new());
    let mut waits = [
        Task::waiting(one.child_token().cancelled_owned()),
        Task::waiting(one.child_token().cancelled_owned()),
        Task::waiting(other.clone().cancelled_owned()),
        Task::waiting(other.child_token().cancelled_owned()),
    ];
    waits[2].spy().panic_on(Event::Wake);
    let nested = other.clone();
    waits[0].spy().on(Event::Wake, move || nested.cancel());
    assert_eq!(panic_of(|| one.cancel()).unwrap(), "the waker panicked");
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
}

fn clone_panics_then_it_is_not_in_line<D: Form>() {
    let t = Token::<D>::new();
    let mut a = Task::new(t.cancelled());
    a.spy().panic_on(Event::Clone);
    assert!(panic_of(|| _ = a.poll()).is_some());
    assert_eq!(a.spy().alive(), 0);
    t.cancel();
    assert_eq!(a.wakes(), 0);
    a.ready();
}

fn drop_panics_when_cancelled_or_replaced<D: Form>() {
    let t = Token::<D>::new();
    let mut a = Task::waiting(t.cancelled());
    let mut b = Task::waiting(t.cancelled());
    let new = Spy::new();
    for task in [&a, &b] {
        task.spy().panic_on(Event::Drop);
    }
    assert!(panic_of(|| a.cancel()).is_some());
    assert!(panic_of(|| _ = b.poll_as(&new)).is_some());
    t.cancel();
    assert_eq!((a.wakes(), b.wakes(), new.wakes()), (0, 0, 1));
    assert!(b.poll_as(&new).is_ready());
}

fn every_clone_ends_on_every_path<D: Form>() {
    let spy = Spy::new();
    for cancels in [false, true] {
        let root = Token::<D>::new();
        let child = root.child_token();
        let new = |token: &Token<D>| Task::watched(token.clone().cancelled_owned(), spy.clone());
        let mut waits = [new(&root), new(&child), new(&root), new(&child)];
        for wait in &mut waits {
            wait.pends();
        }
        assert_eq!(spy.alive(), 4);
        waits[0].cancel();
        waits[1].cancel();
        assert_eq!(spy.alive(), 2);
        if cancels {
            root.cancel();
            assert_eq!(spy.alive(), 0);
            waits[2].ready();
        }
        drop(waits);
        assert_eq!(spy.alive(), 0);
    }
}
