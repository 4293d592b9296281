//! What the tests of the cells share: initialisers that stop where a test wants them to.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};

pub use crate::tools::{
    Driver, Event, Pointer as Form, Seed, Spy, Task, Watchdog, fewer, kept, on_a_runtime, panic_of,
    runtime, seeds, spin_until, turn,
};

/// What the next poll of an initialiser does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Wait,
    Finish,
    Fail,
    Panic,
}

/// An initialiser's end in the hands of a test.
#[derive(Clone)]
pub struct Gate {
    next: Rc<Cell<Next>>,
    polls: Rc<Cell<usize>>,
    /// The initialisers that began and have not ended.
    running: Rc<Cell<usize>>,
}

impl Gate {
    pub fn new(next: Next) -> Self {
        Self {
            next: Rc::new(Cell::new(next)),
            polls: Rc::default(),
            running: Rc::default(),
        }
    }

    pub fn set(&self, next: Next) {
        self.next.set(next);
    }

    pub fn next(&self) -> Next {
        self.next.get()
    }

    pub fn polls(&self) -> usize {
        self.polls.get()
    }

    pub fn running(&self) -> usize {
        self.running.get()
    }

    /// An initialiser.
    pub async fn pass<T>(&self, value: T) -> Result<T, &'static str> {
        let _running = Running::new(&self.running);
        poll_fn(|_| {
            self.polls.set(self.polls.get() + 1);
            match self.next.get() {
                Next::Wait => Poll::Pending,
                Next::Finish => Poll::Ready(Ok(())),
                Next::Fail => Poll::Ready(Err("it failed")),
                Next::Panic => std::panic::resume_unwind(Box::new("it panicked")),
            }
        })
        .await?;
        Ok(value)
    }
}

struct Running<'a>(&'a Cell<usize>);

impl<'a> Running<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// A value whose drops are counted.
#[derive(Debug)]
pub struct Counted(pub u32, pub Rc<RefCell<Vec<u32>>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}
