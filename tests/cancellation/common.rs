//! What the tests of `CancellationToken` share.

use compio_sync::generic::CancellationToken;

pub use crate::tools::{
    Counter, Event, Pointer as Form, Seed, Spy, Task, Watchdog, fewer, kept, on_a_runtime,
    on_a_small_stack, panic_of, runtime, seeds, spin_until, turn,
};

pub type Token<D> = CancellationToken<D>;

/// Which of them are cancelled.
pub fn cancelled<D: Form, const N: usize>(tokens: [&Token<D>; N]) -> [bool; N] {
    tokens.map(Token::is_cancelled)
}
