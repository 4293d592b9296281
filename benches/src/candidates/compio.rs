//! The runtime's own token, which stops its operations. It has no children.

use compio::runtime::{CancelToken, Runtime};

use crate::candidate::{self, Fairness, Info};

thread_local! {
    /// A token belongs to a runtime, and is made and cancelled inside it.
    static RUNTIME: Runtime = Runtime::new().expect("a runtime of compio");
}

pub struct Token(CancelToken);

impl candidate::Token for Token {
    const INFO: Info = Info::peer("compio CancelToken", Fairness::Strict);
    const LONGEST: usize = 100;

    fn new() -> Self {
        Self(RUNTIME.with(|runtime| runtime.enter(CancelToken::new)))
    }

    fn cancel(&self) {
        RUNTIME.with(|runtime| runtime.enter(|| self.0.clone().cancel()));
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn cancelled(&self) -> impl Future<Output = ()> {
        self.0.clone().wait()
    }
}
