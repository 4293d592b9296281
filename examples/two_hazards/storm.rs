//! Two runtimes that wake all tasks of each other at the same moment.

use std::{
    cell::Cell,
    env,
    future::{Future, poll_fn},
    io,
    pin::pin,
    process::{Child, Command},
    rc::Rc,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use compio::{
    runtime::{ResumeUnwind, Runtime, spawn},
    time::sleep,
};

use crate::Line;

/// Tasks of each runtime: more than an executor has room for.
const TASKS: usize = 200;

/// Some hundred times longer than it takes.
const LIMIT: Duration = Duration::from_secs(2);

/// Says that this process is the one that may hang.
pub const ARGUMENT: &str = "--storm";

#[derive(Clone, Copy)]
pub enum Notification {
    Tokio,
    Ours,
}

impl Notification {
    const ALL: [Self; 2] = [Self::Tokio, Self::Ours];

    fn name(self) -> &'static str {
        match self {
            Self::Tokio => "tokio::sync::Notify",
            Self::Ours => "compio_sync::Notify",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Runs it with each, in a process of its own.
pub fn lines() -> io::Result<Vec<Line>> {
    println!("Two runtimes wake {TASKS} tasks of each other at once:");
    let mut lines = Vec::new();
    for notification in Notification::ALL {
        let name = notification.name();
        let begin = Instant::now();
        let mut child = Command::new(env::current_exe()?)
            .args([ARGUMENT, name])
            .spawn()?;
        let (came_of_it, is_well) = outcome(&mut child, begin)?;
        println!("  {name}: {came_of_it}");
        lines.push(Line {
            what: "two runtimes wake each other",
            with: name,
            came_of_it,
            is_well,
            is_ours: matches!(notification, Notification::Ours),
        });
    }
    Ok(lines)
}

/// How it ended, or was ended, and whether that is well.
fn outcome(child: &mut Child, begin: Instant) -> io::Result<(String, bool)> {
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() {
                ("all tasks ran".to_owned(), true)
            } else {
                (format!("failed: {status}"), false)
            });
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok((format!("hung: stopped after {} s", LIMIT.as_secs()), false))
}

/// What both have: everybody waits for it, and one call tells all.
trait Notify: Send + Sync + 'static {
    fn notified(&self) -> impl Future<Output = ()>;
    fn notify_waiters(&self);
}

impl Notify for tokio::sync::Notify {
    fn notified(&self) -> impl Future<Output = ()> {
        self.notified()
    }

    fn notify_waiters(&self) {
        self.notify_waiters();
    }
}

impl Notify for compio_sync::Notify {
    fn notified(&self) -> impl Future<Output = ()> {
        self.notified()
    }

    fn notify_waiters(&self) {
        self.notify_waiters();
    }
}

/// Ends when all tasks have run, if ever.
pub fn run(notification: Notification) {
    match notification {
        Notification::Tokio => between([(); 2].map(|()| tokio::sync::Notify::new())),
        Notification::Ours => between([(); 2].map(|()| compio_sync::Notify::new())),
    }
}

fn between<N: Notify>(notifies: [N; 2]) {
    let notifies = notifies.map(Arc::new);
    let both_wait = Barrier::new(2);
    thread::scope(|scope| {
        for this in [0, 1] {
            let (own, other) = (notifies[this].clone(), &notifies[1 - this]);
            let both_wait = &both_wait;
            scope.spawn(move || {
                let runtime = Runtime::new().expect("a runtime");
                runtime.block_on(async {
                    let waiting = Rc::new(Cell::new(0));
                    let wait = |_| spawn(wait(own.clone(), waiting.clone()));
                    let tasks: Vec<_> = (0..TASKS).map(wait).collect();
                    while waiting.get() < TASKS {
                        sleep(Duration::from_millis(1)).await;
                    }
                    both_wait.wait();
                    other.notify_waiters();
                    for task in tasks {
                        task.await.resume_unwind();
                    }
                });
            });
        }
    });
}

/// Counts itself when it is in line.
async fn wait(notify: Arc<impl Notify>, waiting: Rc<Cell<usize>>) {
    let mut notified = pin!(notify.notified());
    let mut is_in_line = false;
    poll_fn(|cx| {
        let poll = notified.as_mut().poll(cx);
        if poll.is_pending() && !is_in_line {
            is_in_line = true;
            waiting.set(waiting.get() + 1);
        }
        poll
    })
    .await;
}
