//! A future with its waker, polled by hand.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::Spy;

/// A future that a test polls, wakes and drops as it likes, and its counts.
pub struct Task<F: Future> {
    future: Option<Pin<Box<F>>>,
    spy: Spy,
    polls: usize,
}

impl<F: Future> Task<F> {
    pub fn new(future: F) -> Self {
        Self::watched(future, Spy::new())
    }

    pub fn watched(future: F, spy: Spy) -> Self {
        Self {
            future: Some(Box::pin(future)),
            spy,
            polls: 0,
        }
    }

    /// A task that was polled once, and waits.
    #[track_caller]
    pub fn waiting(future: F) -> Self {
        let mut task = Self::new(future);
        task.pends();
        task
    }

    pub fn spy(&self) -> &Spy {
        &self.spy
    }

    pub fn polls(&self) -> usize {
        self.polls
    }

    pub fn wakes(&self) -> usize {
        self.spy.wakes()
    }

    #[track_caller]
    pub fn poll(&mut self) -> Poll<F::Output> {
        let spy = self.spy.clone();
        self.poll_as(&spy)
    }

    /// Polls with another waker than its own, as after a move to another task.
    #[track_caller]
    pub fn poll_as(&mut self, spy: &Spy) -> Poll<F::Output> {
        self.polls += 1;
        spy.take_pending();
        let waker = spy.waker();
        let future = self.future.as_mut().expect("the task is over");
        future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    #[track_caller]
    pub fn pends(&mut self) {
        assert!(self.poll().is_pending(), "ready, not pending");
    }

    #[track_caller]
    pub fn ready(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("pending, not ready"),
        }
    }

    /// The future, to do with it what is not polling.
    #[track_caller]
    pub fn future(&mut self) -> Pin<&mut F> {
        self.future.as_mut().expect("the task is over").as_mut()
    }

    pub fn cancel(&mut self) {
        self.future = None;
    }
}

/// Polls those that were woken, in rounds, until nobody is. Gives the outputs in the order in which
/// they came, with their tasks' places.
pub fn run_woken<F: Future>(tasks: &mut [Task<F>]) -> Vec<(usize, F::Output)> {
    let mut outputs = Vec::new();
    loop {
        let mut quiet = true;
        for (place, task) in tasks.iter_mut().enumerate() {
            if task.future.is_some() && task.spy.take_pending() {
                quiet = false;
                if let Poll::Ready(output) = task.poll() {
                    task.cancel();
                    outputs.push((place, output));
                }
            }
        }
        if quiet {
            return outputs;
        }
    }
}
