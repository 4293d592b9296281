//! What is allocated, and that nothing of it stays.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use crate::common::{Form, Task, Token, fewer};

forms!(
    made_and_asked_then_nothing_is_allocated,
    a_child_is_one_allocation_and_a_wait_none,
    a_hundred_thousand_children_dropped_then_nothing_is_left,
    a_hundred_thousand_children_cancelled_then_nothing_is_left,
    cancelled_children_keep_nothing_of_each_other,
    a_hundred_thousand_waits_dropped_then_nothing_is_left,
    parent_is_freed_with_its_last_child,
    leaked_by_no_kind_of_use,
);

/// Counts what this thread has allocated and not freed.
struct Counting;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static BLOCKS: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize, blocks: isize) {
    let _ = BYTES.try_with(|all| all.set(all.get() + bytes));
    let _ = BLOCKS.try_with(|all| all.set(all.get() + blocks));
}

// SAFETY: hands everything on to the system's, and its counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed(), 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed(), -1);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes and blocks that `f` leaves behind.
fn left_by<R>(f: impl FnOnce() -> R) -> (isize, isize, R) {
    let before = (BYTES.get(), BLOCKS.get());
    let result = f();
    (BYTES.get() - before.0, BLOCKS.get() - before.1, result)
}

#[track_caller]
fn assert_leaves_nothing(f: impl FnOnce()) {
    let (bytes, blocks, ()) = left_by(f);
    assert_eq!((bytes, blocks), (0, 0), "(bytes, blocks)");
}

fn many() -> usize {
    fewer(100_000)
}

fn made_and_asked_then_nothing_is_allocated<D: Form>() {
    let (bytes, _, token) = left_by(|| {
        let token = Token::<D>::new();
        assert!(!token.is_cancelled());
        token
    });
    assert_eq!(bytes, 0);
    drop(token);
}

fn a_child_is_one_allocation_and_a_wait_none<D: Form>() {
    let root = Token::<D>::new();
    drop(root.clone());
    let (_, blocks, child) = left_by(|| root.child_token());
    assert_eq!(blocks, 1);
    let mut wait = Task::new(child.cancelled());
    let (_, blocks, ()) = left_by(|| wait.pends());
    assert_eq!(blocks, 0);
    let (_, blocks, clone) = left_by(|| child.clone());
    assert_eq!(blocks, 0);
    drop(wait);
    let (_, blocks, ()) = left_by(|| drop((child, clone)));
    assert_eq!(
        blocks, -1,
        "a dropped child is freed, with its waker in the parent"
    );
}

fn a_hundred_thousand_children_dropped_then_nothing_is_left<D: Form>() {
    let mut rng = fastrand::Rng::with_seed(7);
    for order in 0..4 {
        let root = Token::<D>::new();
        let mut wait = Task::waiting(root.cancelled());
        assert_leaves_nothing(|| {
            let mut children: Vec<_> = (0..many()).map(|_| root.child_token()).collect();
            match order {
                0 => {}
                1 => children.reverse(),
                2 => rng.shuffle(&mut children),
                // Each alone.
                _ => {
                    children.clear();
                    (0..many()).for_each(|_| drop(root.child_token()));
                }
            }
            drop(children);
        });
        root.cancel();
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
}

fn a_hundred_thousand_children_cancelled_then_nothing_is_left<D: Form>() {
    for drops_root_first in [false, true] {
        assert_leaves_nothing(|| {
            let root = Token::<D>::new();
            let children: Vec<_> = (0..many()).map(|_| root.child_token()).collect();
            root.cancel();
            assert!(children.iter().all(Token::is_cancelled));
            if drops_root_first {
                drop(root);
                drop(children);
            } else {
                drop(children);
                drop(root);
            }
        });
    }
}

/// A cancelled child that is kept does not keep the memory of those that are gone.
fn cancelled_children_keep_nothing_of_each_other<D: Form>() {
    let root = Token::<D>::new();
    let kept = root.child_token();
    let wait = Task::waiting(kept.cancelled());
    assert_leaves_nothing(|| {
        let children: Vec<_> = (0..1000).map(|_| root.child_token()).collect();
        for child in &children {
            child.cancel();
        }
        drop(children);
    });
    root.cancel();
    assert_eq!(wait.wakes(), 1);
}

fn a_hundred_thousand_waits_dropped_then_nothing_is_left<D: Form>() {
    let root = Token::<D>::new();
    drop(root.clone());
    assert_leaves_nothing(|| {
        let child = root.child_token();
        let waits: Vec<_> = (0..many())
            .map(|_| Task::waiting(child.cancelled()))
            .collect();
        drop(waits);
    });
}

fn parent_is_freed_with_its_last_child<D: Form>() {
    assert_leaves_nothing(|| {
        let root = Token::<D>::new();
        let low = root.child_token().child_token().child_token();
        let sibling = root.child_token();
        drop(root);
        drop(low);
        let (_, blocks, ()) = left_by(|| drop(sibling));
        assert_eq!(blocks, -2, "itself and the root");
    });
}

fn leaked_by_no_kind_of_use<D: Form>() {
    for cancels in [false, true] {
        assert_leaves_nothing(|| {
            let root = Token::<D>::new();
            let guard = root.child_token().drop_guard();
            let owned = Task::waiting(root.child_token().cancelled_owned());
            let unpolled = root.child_token().cancelled_owned();
            let run = root.child_token();
            let run = run.run_until_cancelled_owned(std::future::pending::<()>());
            let mut run = Box::pin(run);
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(run.as_mut().poll(&mut cx).is_pending());
            if cancels {
                root.cancel();
                // Made of a cancelled one.
                drop(root.child_token().child_token());
            }
            drop(guard.disarm());
            drop((root.drop_guard_ref().disarm().clone(), owned, unpolled, run));
        });
    }
}
