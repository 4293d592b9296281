//! One after the other instead of one inside the other.
//!
//! Cancelling a node wakes its children, each of which cancels itself and wakes its own; and the
//! last pointer to a node that is dropped may drop the last one to its parent. Done directly, that
//! is a call in a call for each level of the tree. So the outermost of such calls on a thread keeps
//! a list, and the inner ones put their node on it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    mem::{self, ManuallyDrop},
};

use super::Node;
use crate::{domain::Domain, primitive::LocalKey, queue::FirstPanic};

/// Nodes that come next.
type Line<D> = VecDeque<<D as Domain>::Ref<Node<D>>>;

/// A thread's account of what is under way and what comes next.
///
/// Without a destructor, so that it is there for tokens that a thread drops as its last act. The
/// list is empty and takes no room whenever nothing is under way.
pub struct Turns<D: Domain> {
    running: Cell<bool>,
    next: RefCell<ManuallyDrop<Line<D>>>,
}

impl<D: Domain> Turns<D> {
    pub(crate) const fn new() -> Self {
        Self {
            running: Cell::new(false),
            next: RefCell::new(ManuallyDrop::new(VecDeque::new())),
        }
    }
}

/// Runs `each` on the node and on all that come up meanwhile, unless this thread is at it already:
/// then the node is for the one who is.
///
/// A panic in `each` keeps none of the others from their turn; the first goes on afterwards.
pub(super) fn in_turn<D: Domain>(
    turns: &'static LocalKey<Turns<D>>,
    node: D::Ref<Node<D>>,
    each: fn(D::Ref<Node<D>>),
) {
    let mut node = Some(node);
    let outermost = turns.try_with(|turns| {
        if turns.running.replace(true) {
            turns.next.borrow_mut().extend(node.take());
        }
    });
    let Some(mut node) = node else {
        return;
    };
    if outermost.is_err() {
        // Only a model's thread that is ending keeps no account.
        return each(node);
    }
    let mut panic = FirstPanic::new();
    loop {
        panic.catch(|| each(node));
        let next = turns.try_with(|turns| {
            let mut list = turns.next.borrow_mut();
            let next = list.pop_front();
            if next.is_none() {
                turns.running.set(false);
                // A thread does not keep the room that a large tree took.
                mem::take(&mut **list);
            }
            next
        });
        node = match next {
            Ok(Some(next)) => next,
            Ok(None) | Err(_) => break,
        };
    }
    panic.resume();
}
