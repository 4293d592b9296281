//! A tree of tokens that is cancelled while it grows.

use std::sync::Arc;

use compio_sync::CancellationToken;
use shuttle::thread;

use crate::support::{come_and_leave, explore, finish, give_up, join, pick, spawn};

/// Makes descendants, waits for some, cancels some, and drops some before those below them.
fn grow(parent: &CancellationToken, depth: usize) {
    let child = parent.child_token();
    let leaf = child.child_token();
    match pick(5) {
        0 => {
            child.cancel();
            assert!(child.is_cancelled() && leaf.is_cancelled());
            finish(leaf.cancelled());
        }
        1 => drop(child),
        2 => come_and_leave(leaf.cancelled()),
        3 => drop(finish(child.run_until_cancelled(thread_yield()))),
        _ if depth > 0 => grow(&leaf, depth - 1),
        _ => {}
    }
}

async fn thread_yield() {
    shuttle::future::yield_now().await;
}

#[test]
fn tree_grows_and_shrinks_while_it_is_cancelled() {
    explore(|| {
        let root = Arc::new(CancellationToken::new());
        let mut threads = spawn(4, &root, |root, _| {
            grow(root, 2);
            let child = root.child_token();
            grow(&child, 1);
            finish(child.cancelled_owned());
            assert!(root.is_cancelled());
            assert!(root.child_token().is_cancelled());
        });
        threads.extend(spawn(1, &root, |root, _| {
            let leaf = root.child_token().child_token().child_token();
            finish(leaf.cancelled());
        }));
        threads.extend(spawn(2, &root, |root, number| {
            (0..pick(5)).for_each(|_| thread::yield_now());
            if number == 0 || pick(2) == 0 {
                root.cancel();
                assert!(root.is_cancelled());
            }
        }));
        join(threads);
        assert_eq!(finish(root.run_until_cancelled(thread_yield())), None);
    });
}

/// A child that is cancelled leaves its parent and its siblings be.
#[test]
fn children_are_cancelled_one_by_one() {
    explore(|| {
        let root = Arc::new(CancellationToken::new());
        let calm = root.child_token();
        let threads = spawn(5, &root, |root, _| {
            let child = root.child_token();
            let leaf = child.child_token();
            let other = thread::spawn({
                let child = child.clone();
                move || child.cancel()
            });
            come_and_leave(child.cancelled());
            finish(leaf.cancelled());
            other.join().unwrap();
        });
        join(threads);
        assert!(!root.is_cancelled() && !calm.is_cancelled());
        assert!(give_up(calm.cancelled()).is_none());
        root.cancel();
        finish(calm.cancelled());
    });
}
