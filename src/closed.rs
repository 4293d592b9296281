//! The one error of waiting.

use std::{error::Error, fmt};

/// The primitive was closed, so there is nothing left to wait for.
///
/// Whoever closed it has decided that no more is given out: finish what is under way and return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed while waiting: nothing more is given out, so stop asking")
    }
}

impl Error for Closed {}
