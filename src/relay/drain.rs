//! The task that empties a runtime's mailbox.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use compio_runtime::{CancelToken, Runtime};

use super::{
    Doorbell,
    bell::Bells,
    executor::Task,
    habit::Habit,
    mailbox::{Bell, Mail},
    pace::Pace,
    rope::Rope,
    station::Relay,
};
use crate::primitive::Ordering;

/// One in each runtime in which somebody has waited. It ends with the runtime.
pub(super) struct Drain {
    relay: &'static Relay,
    /// What is left of the mail that was taken.
    mail: Mail<Task>,
    bells: Bells,
    /// What the doorbells call. Made with the first poll.
    courier: Option<Waker>,
    /// What is pulled where there is no doorbell. Made when it is first needed.
    rope: Option<Rope>,
    habit: Habit,
    pace: Pace,
    anchor: Anchor,
}

/// Keeps alive what [`identity`](super::station) goes by: where compio cannot drop its tasks, since
/// the thread panics, no other runtime must be taken for this one.
struct Anchor {
    /// Has the driver.
    _driver: CancelToken,
    /// Has what wakes it.
    waker: Waker,
}

impl Drain {
    pub(super) fn new(relay: &'static Relay, runtime: &Runtime) -> Self {
        Self {
            relay,
            mail: Mail::none(),
            bells: Bells::new(&relay.inbox.bells, runtime),
            courier: None,
            rope: None,
            habit: Habit::new(),
            pace: Pace::new(),
            anchor: Anchor {
                _driver: CancelToken::new(),
                waker: runtime.waker(),
            },
        }
    }

    /// Takes note of doorbells that are through.
    fn look(&mut self, cx: &Context<'_>) {
        let courier = self.courier.get_or_insert_with(|| {
            Waker::from(Arc::new(Courier {
                relay: self.relay,
                drain: cx.waker().clone(),
            }))
        });
        self.bells.look(courier);
    }

    /// Hangs up a doorbell: the one that is forced, or the best of those that can be had.
    fn bell(&mut self, cx: &Context<'_>) -> Bell<Rope> {
        let courier = self.courier.as_ref().expect("it looks first");
        let best = [Doorbell::Eventfd, Doorbell::Futex];
        let forced = Doorbell::forced();
        let hung_up = forced
            .as_slice()
            .iter()
            .chain(best.iter().filter(|_| forced.is_none()))
            .find(|&&doorbell| self.bells.hang_up(doorbell, courier));
        let bell = hung_up.copied().unwrap_or(Doorbell::Waker);
        self.relay.bell.store(bell.bits(), Ordering::Relaxed);
        match hung_up {
            Some(_) => Bell::Number(bell.bits()),
            None => {
                let driver = &self.anchor.waker;
                let rope = self
                    .rope
                    .get_or_insert_with(|| Rope::new(cx.waker().clone(), driver.clone()));
                Bell::Task(rope.clone())
            }
        }
    }
}

/// What the driver calls when somebody has rung.
///
/// It wakes right there what is in the box, if that is not much: then those tasks run in the same
/// round of the runtime as the drain, and nothing has to be woken in that round, after which compio
/// would not go to sleep before it has looked at its driver once more. The tasks are dropped by the
/// drain, since dropping the last waker of a task may run user code, and the driver is in use here.
struct Courier {
    relay: &'static Relay,
    drain: Waker,
}

impl Wake for Courier {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Only the runtime's own thread may look into the box.
        if self.relay.is_here() {
            self.relay.inbox.mail.wake_inside(Task::wake_by_ref);
        }
        // Also for what was woken: the drain may be about to sleep, as it was the one who gave its
        // operation to the driver.
        self.drain.wake_by_ref();
    }
}

impl Future for Drain {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.look(cx);
        this.habit.woken();
        let mut budget = this.pace.step();
        loop {
            for task in this.mail.by_ref().take(budget) {
                wake(task);
                budget -= 1;
            }
            if budget == 0 {
                this.pace.pause();
                break;
            }
            this.mail = this.relay.inbox.mail.take();
            if !this.mail.is_empty() {
                this.habit.mail();
                continue;
            }
            if Doorbell::forced().is_none() && this.habit.stays_awake() {
                break;
            }
            let bell = this.bell(cx);
            this.habit.sleeps();
            if this.relay.inbox.mail.sleep(bell) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Wakes a task from the mail, unless it was woken in the box.
fn wake((task, woken): (Task, bool)) {
    if !woken {
        task.wake();
    }
}

/// With the mail that is left, the tasks that it is for: the runtime drops all of its tasks then,
/// and compio does not bear that one of them is woken meanwhile.
impl Drop for Drain {
    fn drop(&mut self) {
        drop(self.relay.close());
    }
}
