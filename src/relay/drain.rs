//! The task that empties a runtime's mailbox.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use compio_runtime::{CancelToken, Runtime};

use super::{
    Doorbell,
    bell::Futex,
    executor::Task,
    habit::Habit,
    mailbox::{Bell, Mail},
    station::Relay,
};
use crate::primitive::Ordering;

/// How many it wakes before other tasks get their turn.
const BUDGET: usize = 1024;

/// One in each runtime in which somebody has waited. It ends with the runtime.
pub(super) struct Drain {
    relay: &'static Relay,
    /// What is left of the mail that was taken.
    mail: Mail<Task>,
    futex: Futex,
    habit: Habit,
    _anchor: Anchor,
}

/// Keeps alive what [`identity`](super::station) goes by: where compio cannot drop its tasks, since
/// the thread panics, no other runtime must be taken for this one.
struct Anchor {
    /// Has the driver.
    _driver: CancelToken,
    /// Has what wakes it.
    _waker: Waker,
}

impl Drain {
    pub(super) fn new(relay: &'static Relay, runtime: &Runtime) -> Self {
        Self {
            relay,
            mail: Mail::none(),
            futex: Futex::new(&relay.inbox.word, runtime),
            habit: Habit::new(),
            _anchor: Anchor {
                _driver: CancelToken::new(),
                _waker: runtime.waker(),
            },
        }
    }

    /// Hangs up a doorbell.
    fn bell(&mut self, cx: &mut Context<'_>) -> Bell<Task> {
        let wanted = Doorbell::forced().unwrap_or_else(|| self.habit.doorbell());
        let hung_up = match wanted {
            Doorbell::Futex if self.futex.hang_up(cx) => Doorbell::Futex,
            _ => Doorbell::Waker,
        };
        self.relay.bell.store(hung_up as u8, Ordering::Relaxed);
        match hung_up {
            Doorbell::Futex => Bell::Word,
            Doorbell::Waker => Bell::Task(Task::of(cx.waker().clone())),
        }
    }
}

impl Future for Drain {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.futex.look(cx);
        this.habit.woken();
        let mut budget = BUDGET;
        loop {
            for task in this.mail.by_ref().take(budget) {
                task.wake();
                budget -= 1;
            }
            if budget == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            this.mail = this.relay.inbox.mail.take();
            if this.mail.is_empty() {
                let bell = this.bell(cx);
                this.habit.sleeps();
                if this.relay.inbox.mail.sleep(bell) {
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        mem::replace(&mut self.mail, Mail::none()).for_each(Task::wake);
        self.relay.close();
    }
}
