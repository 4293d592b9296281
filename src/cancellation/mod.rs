//! Telling a tree of tasks to stop.
//!
//! * [`token`]: the public type, a counted pointer to a node
//! * [`node`]: the tree, and how a cancellation goes down in it
//! * [`turn`]: going down without recursion
//! * [`guard`]: cancelling on drop

mod guard;
mod node;
mod token;
mod turn;

pub use self::{
    guard::{DropGuard, DropGuardRef},
    token::{CancellationToken, Cancelled, OwnedCancelled},
};
pub(crate) use self::{node::Node, turn::Turns};
