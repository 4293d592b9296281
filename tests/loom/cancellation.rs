//! Cancellation: those who wait, and children that come and go, against a cancel.

use std::{
    future::pending,
    sync::{Arc, atomic::Ordering},
};

use compio_sync::CancellationToken;

use crate::support::{Unguarded, cancel, check, finish, poll_once, race, spawn};

/// With a token that somebody has used before, so that its node is there.
fn model(
    preemptions: usize,
    script: impl Fn(Arc<CancellationToken>) + Copy + Send + Sync + 'static,
) {
    check(preemptions, move || {
        let token = CancellationToken::new();
        script(Arc::new(token.clone()));
    });
}

#[test]
fn cancel_races_a_wait() {
    check(3, || {
        let all = Arc::new((CancellationToken::new().clone(), Unguarded::new()));
        let other = spawn(&all, |(token, work)| {
            work.add(1);
            token.cancel();
        });
        finish(all.0.cancelled());
        assert_eq!(all.1.get(), 1);
        other.join().unwrap();
    });
}

/// The node is made by whoever needs it first.
#[test]
fn cancel_races_a_wait_for_a_token_that_nobody_has_used() {
    check(3, || {
        let all = Arc::new((CancellationToken::new(), Unguarded::new()));
        let other = spawn(&all, |(token, work)| {
            work.add(1);
            token.cancel();
        });
        finish(all.0.cancelled());
        assert_eq!(all.1.get(), 1);
        other.join().unwrap();
    });
}

#[test]
fn two_clone_a_token_that_nobody_has_used_and_have_the_same() {
    check(3, || {
        let token = Arc::new(CancellationToken::new());
        let (theirs, mine) = race(&token, CancellationToken::clone, || (*token).clone());
        let waiting = poll_once(mine.cancelled()).err().unwrap();
        theirs.cancel();
        assert!(mine.is_cancelled() && token.is_cancelled());
        waiting.was_served();
    });
}

#[test]
fn three_use_a_token_that_nobody_has_used() {
    check(1, || {
        let token = Arc::new(CancellationToken::new());
        let canceller = spawn(&token, |token| token.cancel());
        let (child, _) = race(
            &token,
            |token| token.child_token(),
            || {
                finish(token.cancelled());
            },
        );
        canceller.join().unwrap();
        assert!(child.is_cancelled());
        finish(child.cancelled());
    });
}

#[test]
fn cancelled_is_seen_with_what_was_done_before() {
    check(3, || {
        let all = Arc::new((CancellationToken::new(), Unguarded::new()));
        let child = all.0.child_token();
        race(
            &all,
            |(token, work)| {
                work.add(1);
                token.cancel();
            },
            || {
                if child.is_cancelled() {
                    assert_eq!(all.1.get(), 1);
                }
            },
        );
        assert!(child.is_cancelled());
    });
}

#[test]
fn first_wait_is_dropped_while_it_is_cancelled() {
    model(3, |token| {
        let first = poll_once(token.cancelled()).err().unwrap();
        let second = poll_once(token.cancelled()).err().unwrap();
        race(&token, |token| token.cancel(), || drop(first));
        second.was_served();
    });
}

#[test]
fn wait_comes_and_leaves_while_it_is_cancelled() {
    model(3, |token| {
        let waiting = poll_once(token.cancelled()).err().unwrap();
        race(&token, |token| token.cancel(), || cancel(token.cancelled()));
        waiting.was_served();
    });
}

#[test]
fn wait_that_holds_the_token_is_dropped_while_it_is_cancelled() {
    model(3, |token| {
        let first = poll_once((*token).clone().cancelled_owned()).err().unwrap();
        let second = poll_once(token.cancelled()).err().unwrap();
        race(&token, |_| drop(first), || token.cancel());
        second.was_served();
    });
}

#[test]
fn two_cancel_at_once() {
    model(3, |token| {
        let waiting = [0; 2].map(|_| poll_once(token.cancelled()).err().unwrap());
        race(&token, |token| token.cancel(), || token.cancel());
        for waiting in waiting {
            waiting.was_served();
        }
    });
}

#[test]
fn more_than_a_batch_is_cancelled_while_one_leaves() {
    model(2, |token| {
        let first = poll_once(token.cancelled()).err().unwrap();
        let child = token.child_token();
        let others = [0; 2].map(|_| poll_once(token.cancelled()).err().unwrap());
        let of_child = poll_once(child.cancelled()).err().unwrap();
        race(&token, |token| token.cancel(), || drop(first));
        for other in others {
            other.was_served();
        }
        of_child.was_served();
    });
}

#[test]
fn run_until_cancelled_ends() {
    model(3, |token| {
        let other = spawn(&token, |token| token.cancel());
        assert_eq!(finish(token.run_until_cancelled(pending::<()>())), None);
        other.join().unwrap();
    });
}

#[test]
fn drop_guard_cancels_one_who_comes() {
    model(3, |token| {
        let guard = (*token).clone().drop_guard();
        race(&token, |_| drop(guard), || finish(token.cancelled()));
    });
}

#[test]
fn child_is_made_while_its_parent_is_cancelled() {
    model(3, |token| {
        let other = spawn(&token, |token| token.cancel());
        let child = token.child_token();
        finish(child.cancelled());
        other.join().unwrap();
        assert!(child.is_cancelled());
    });
}

#[test]
fn grandchild_is_made_while_the_first_is_cancelled() {
    model(2, |token| {
        let child = token.child_token();
        let other = spawn(&token, |token| token.cancel());
        let grandchild = child.child_token();
        finish(grandchild.cancelled());
        other.join().unwrap();
    });
}

#[test]
fn wait_for_a_child_races_the_cancel_of_its_parent() {
    check(3, || {
        let all = Arc::new((CancellationToken::new(), Unguarded::new()));
        let child = all.0.child_token();
        race(
            &all,
            |(token, work)| {
                work.add(1);
                token.cancel();
            },
            || {
                finish(child.cancelled());
                assert_eq!(all.1.get(), 1);
            },
        );
    });
}

#[test]
fn child_is_dropped_while_its_parent_is_cancelled() {
    model(3, |token| {
        let first = token.child_token();
        let second = token.child_token();
        let waiting = poll_once(second.cancelled()).err().unwrap();
        race(&token, |token| token.cancel(), || drop(first));
        waiting.was_served();
    });
}

#[test]
fn wait_for_a_child_is_dropped_while_its_parent_is_cancelled() {
    model(3, |token| {
        let child = token.child_token();
        let first = poll_once(child.clone().cancelled_owned()).err().unwrap();
        let second = poll_once(child.cancelled()).err().unwrap();
        race(&token, |_| drop(first), || token.cancel());
        second.was_served();
    });
}

#[test]
fn wait_for_a_child_is_dropped_with_it_while_its_parent_is_cancelled() {
    model(3, |token| {
        let child = token.child_token();
        let waiting = poll_once(child.cancelled_owned()).err().unwrap();
        let sibling = poll_once(token.child_token().cancelled_owned())
            .err()
            .unwrap();
        race(&token, |_| drop(waiting), || token.cancel());
        sibling.was_served();
    });
}

#[test]
fn child_is_dropped_and_another_made_while_their_parent_is_cancelled() {
    model(1, |token| {
        let first = token.child_token();
        let other = spawn(&token, |_| drop(first));
        let (_, second) = race(&token, |token| token.cancel(), || token.child_token());
        other.join().unwrap();
        assert!(second.is_cancelled());
        finish(second.cancelled());
    });
}

#[test]
fn two_children_come_and_one_goes_and_the_others_hear() {
    model(3, |token| {
        let first = token.child_token();
        let (_, second) = race(&token, |_| drop(first), || token.child_token());
        let waiting = poll_once(second.cancelled()).err().unwrap();
        token.cancel();
        waiting.was_served();
    });
}

#[test]
fn child_is_cancelled_at_once_with_its_parent() {
    model(3, |token| {
        let child = Arc::new(token.child_token());
        let waiting = poll_once(child.cancelled()).err().unwrap();
        let above = poll_once(token.cancelled()).err().unwrap();
        race(&child, |child| child.cancel(), || token.cancel());
        waiting.was_served();
        above.was_served();
    });
}

#[test]
fn child_is_cancelled_alone_and_leaves_its_parent_be() {
    model(3, |token| {
        let child = Arc::new(token.child_token());
        race(
            &child,
            |child| child.cancel(),
            || {
                finish(child.cancelled());
                assert!(!token.is_cancelled());
            },
        );
        drop(child);
        let waiting = poll_once(token.cancelled()).err().unwrap();
        token.cancel();
        waiting.was_served();
    });
}

#[test]
fn grandchild_is_dropped_while_the_first_is_cancelled() {
    model(3, |token| {
        let child = token.child_token();
        let grandchild = child.child_token();
        let waiting = poll_once(child.cancelled()).err().unwrap();
        race(&token, |_| drop(grandchild), || token.cancel());
        waiting.was_served();
    });
}

/// The node of the child is its child's alone when it hears.
#[test]
fn wait_for_a_grandchild_goes_on_without_the_child_between() {
    model(3, |token| {
        let child = token.child_token();
        let grandchild = child.child_token();
        let sibling = child.child_token();
        let waiting = poll_once(grandchild.cancelled_owned()).err().unwrap();
        drop(child);
        race(&token, |_| drop(sibling), || token.cancel());
        waiting.was_served();
    });
}

/// The last pointer to the parent is the child's, or the cancelling thread's.
#[test]
fn last_of_a_tree_is_dropped_while_it_is_cancelled() {
    check(3, || {
        let token = CancellationToken::new();
        let child = token.child_token();
        let grandchild = child.child_token();
        let own = Arc::new(());
        drop(child);
        race(&own, |()| drop(grandchild), || drop(token.drop_guard()));
    });
}

/// What a child was told is said to those who came to it before and after.
#[test]
fn wait_for_a_child_comes_while_another_leaves_and_the_parent_is_cancelled() {
    check(1, || {
        let all = Arc::new((
            CancellationToken::new(),
            loom::sync::atomic::AtomicUsize::new(0),
        ));
        let child = all.0.child_token();
        let first = poll_once(child.clone().cancelled_owned()).err().unwrap();
        let leaver = spawn(&all, |_| drop(first));
        race(
            &all,
            |(token, done)| {
                token.cancel();
                done.store(1, Ordering::Release);
            },
            || {
                let waiting = poll_once(child.cancelled());
                if all.1.load(Ordering::Acquire) == 1 {
                    assert!(child.is_cancelled());
                }
                if let Err(waiting) = waiting {
                    waiting.finish();
                }
            },
        );
        leaver.join().unwrap();
    });
}

/// Wakes take their time, but who is asked says the same everywhere.
#[test]
fn cancel_is_one_step_for_the_tree() {
    check(3, || {
        let token = CancellationToken::new();
        let child = token.child_token();
        let all = Arc::new((token, child));
        race(
            &all,
            |(token, child)| {
                if token.is_cancelled() {
                    assert!(child.is_cancelled());
                    assert!(poll_once(child.cancelled()).is_ok());
                }
            },
            || all.0.cancel(),
        );
    });
}
