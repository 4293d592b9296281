//! Values that are made once.
//!
//! * [`once_cell`]: by whoever asks first
//! * [`lazy_cell`]: in a way that is known beforehand
//! * [`recursion`]: telling a cell that waits for itself

mod lazy_cell;
mod once_cell;
mod recursion;

pub use self::{
    lazy_cell::{Init, LazyCell},
    once_cell::{OnceCell, OnceCellWait, SetError},
};
