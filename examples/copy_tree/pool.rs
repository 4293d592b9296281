//! What there is to do, shared by the walkers of all runtimes.
//!
//! A stack behind a mutex, and a semaphore that holds one permit per item on it: to wait for a
//! permit is to wait for work, and closing the semaphore is the end of the work. The mutex is held
//! for a push or a pop and never across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compio_sync::Semaphore;

use crate::tree::{Directory, Entry, Finished, Listing};

pub enum Work {
    /// An entry that ran out of descriptors and is to be tried again.
    Again(Entry),
    /// A directory whose contents are all there: its own attributes come last.
    Finish(Finished),
    /// An open directory with more entries to read.
    Read(Listing),
    /// A directory that exists in the copy and is to be listed.
    Open(Arc<Directory>),
}

pub struct Pool {
    ready: Semaphore,
    stacks: Mutex<Stacks>,
}

#[derive(Default)]
struct Stacks {
    again: Vec<Entry>,
    finish: Vec<Finished>,
    read: Vec<Listing>,
    open: Vec<Arc<Directory>>,
}

impl Pool {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            ready: Semaphore::new(0),
            stacks: Mutex::default(),
        })
    }

    pub fn push(&self, work: Work) {
        let mut stacks = self.stacks();
        match work {
            Work::Again(entry) => stacks.again.push(entry),
            Work::Finish(directory) => stacks.finish.push(directory),
            Work::Read(listing) => stacks.read.push(listing),
            Work::Open(directory) => stacks.open.push(directory),
        }
        drop(stacks);
        self.ready.add_permits(1);
    }

    /// The next piece of work, or `None` when all of it is done.
    pub async fn next(&self) -> Option<Work> {
        self.ready.acquire_or_closed().await.ok()?.forget();
        // What ends soonest goes first. That open directories go before unopened ones also bounds
        // their number: a walker opens another only when every open one is in the hands of a
        // walker, so there are never more than walkers.
        let mut stacks = self.stacks();
        let work = None
            .or_else(|| stacks.finish.pop().map(Work::Finish))
            .or_else(|| stacks.again.pop().map(Work::Again))
            .or_else(|| stacks.read.pop().map(Work::Read))
            .or_else(|| stacks.open.pop().map(Work::Open));
        Some(work.expect("one permit per item"))
    }

    /// Ends every walker's wait. Called when the root of the tree is finished.
    pub fn close(&self) {
        self.ready.close();
    }

    fn stacks(&self) -> MutexGuard<'_, Stacks> {
        self.stacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
