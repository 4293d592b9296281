//! Wide and deep trees on a small stack: a call in a call for each level would overflow it.

use compio_sync::{
    generic::{Local, Shared},
    local,
};

use crate::common::{Form, Task, Token, Watchdog, fewer, on_a_small_stack};

fn many() -> usize {
    fewer(100_000)
}

/// Instantiates tests for both forms, each on a thread of its own with a small stack.
macro_rules! on_small_stacks {
    ($($name:ident),+ $(,)?) => {
        mod shared {
            on_small_stacks!(@tests Shared, $($name,)+);
        }
        mod local_form {
            on_small_stacks!(@tests Local, $($name,)+);
        }
    };
    (@tests $form:ident, $($name:ident,)+) => {
        $(
            #[test]
            fn $name() {
                let _watchdog = super::Watchdog::start();
                super::on_a_small_stack(|| super::$name::<super::$form>());
            }
        )+
    };
}

on_small_stacks!(
    wide_tree_cancelled_and_dropped,
    chain_cancelled_from_the_top_and_dropped,
    chain_dropped_in_every_order,
    chain_cancelled_in_the_middle,
    chain_with_waits_is_told_to_its_end,
    comb_cancelled_and_dropped,
    wakes_cancel_further_trees,
);

fn chain<D: Form>(length: usize) -> Vec<Token<D>> {
    let mut chain = vec![Token::new()];
    for at in 1..length {
        chain.push(chain[at - 1].child_token());
    }
    chain
}

fn wide_tree_cancelled_and_dropped<D: Form>() {
    let root = Token::<D>::new();
    let children: Vec<_> = (0..many()).map(|_| root.child_token()).collect();
    let mut waits: Vec<_> = children
        .iter()
        .step_by(100)
        .map(|child| Task::waiting(child.clone().cancelled_owned()))
        .collect();
    root.cancel();
    assert!(children.iter().all(Token::is_cancelled));
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
    drop(root);
    drop(children);
}

fn chain_cancelled_from_the_top_and_dropped<D: Form>() {
    let chain = chain::<D>(many());
    chain[0].cancel();
    assert!(chain.iter().all(Token::is_cancelled));
    drop(chain);
    // With only the last one held, which is the way it is used.
    let mut last = Token::<D>::new();
    let root = last.clone();
    for _ in 0..many() {
        last = last.child_token();
    }
    let mut wait = Task::waiting(last.cancelled());
    root.cancel();
    assert_eq!(wait.wakes(), 1);
    wait.ready();
    drop(wait);
    drop(root);
    drop(last);
}

fn chain_dropped_in_every_order<D: Form>() {
    for order in 0..4 {
        let mut chain = chain::<D>(many());
        match order {
            // The last pointer to each is its child's, but for the very last.
            0 => drop(chain),
            1 => while chain.pop().is_some() {},
            2 => {
                fastrand::Rng::with_seed(3).shuffle(&mut chain);
                drop(chain);
            }
            _ => drop(chain.pop()),
        }
    }
}

fn chain_cancelled_in_the_middle<D: Form>() {
    let chain = chain::<D>(many());
    chain[many() / 2].cancel();
    assert!(!chain[many() / 2 - 1].is_cancelled());
    assert!(chain[many() / 2..].iter().all(Token::is_cancelled));
    chain[0].cancel();
    assert!(chain.iter().all(Token::is_cancelled));
}

fn chain_with_waits_is_told_to_its_end<D: Form>() {
    // Asking whether one is cancelled asks all above it, so few waits.
    let chain = chain::<D>(many());
    let mut waits: Vec<_> = chain
        .iter()
        .step_by(many() / 20)
        .map(|token| Task::waiting(token.clone().cancelled_owned()))
        .collect();
    chain[0].cancel();
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
}

/// Each of a chain has children beside the next.
fn comb_cancelled_and_dropped<D: Form>() {
    let mut spine = Token::<D>::new();
    let root = spine.clone();
    let mut teeth = Vec::new();
    for at in 0..many() / 4 {
        teeth.push(spine.child_token());
        let next = spine.child_token();
        if at % 2 == 0 {
            teeth.push(spine.child_token());
        }
        spine = next;
    }
    let mut wait = Task::waiting(spine.cancelled());
    root.cancel();
    wait.ready();
    drop(wait);
    assert!(teeth.iter().all(Token::is_cancelled));
    drop((root, spine));
    drop(teeth);
}

/// The children of what a waker cancels are told after that waker has returned.
fn wakes_cancel_further_trees<D: Form>() {
    let trees: Vec<_> = (0..1000).map(|_| Token::<D>::new()).collect();
    let mut waits: Vec<_> = trees
        .iter()
        .map(|tree| Task::waiting(tree.child_token().child_token().cancelled_owned()))
        .collect();
    for (wait, next) in waits.iter().zip(&trees[1..]) {
        let next = next.clone();
        wait.spy()
            .on(crate::common::Event::Wake, move || next.cancel());
    }
    trees[0].cancel();
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        wait.ready();
    }
}

/// Destructors of thread-locals run when others of the thread are gone already.
#[test]
fn cancelled_and_dropped_by_a_thread_that_is_ending() {
    struct Last {
        root: compio_sync::CancellationToken,
        local: local::CancellationToken,
        low: Vec<local::CancellationToken>,
    }

    impl Drop for Last {
        fn drop(&mut self) {
            self.root.cancel();
            self.local.cancel();
            assert!(self.low.iter().all(|token| token.is_cancelled()));
            self.low.clear();
        }
    }

    thread_local! {
        static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
    }

    let root = compio_sync::CancellationToken::new();
    let low = root.child_token().child_token();
    std::thread::spawn(move || {
        let local = local::CancellationToken::new();
        let mut line = vec![local.child_token()];
        for at in 0..50 {
            line.push(line[at].child_token());
        }
        LAST.set(Some(Last {
            root,
            local,
            low: line,
        }));
    })
    .join()
    .unwrap();
    assert!(low.is_cancelled());
    let mut wait = Task::new(low.cancelled());
    wait.ready();
}
