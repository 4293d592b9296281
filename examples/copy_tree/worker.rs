//! One runtime's share of the work: a walker, and the tasks it starts.
//!
//! The walker is the only task of its runtime that ever waits for the shared limit. It takes the
//! slot first and starts the task then, so that there are never more tasks than slots; and a task
//! that must give its slot up does not queue for another one, its entry goes back to the pool. That
//! keeps the wakes between runtimes to one per walker at a time. They are the costly ones, and
//! compio 0.19 has room for 64 of them: two runtimes that wake hundreds of each other's tasks can
//! come to wait for each other.

use std::{io, rc::Rc, sync::Arc};

use compio::runtime::{ResumeUnwind, spawn, spawn_blocking};
use compio_sync::local::Semaphore;

use crate::{
    Job,
    copy::Failure,
    limit::Slot,
    pool::Work,
    tree::{Directory, Entry, Finished, Kind, Listing},
};

/// Threads of the runtime's pool in use at a time. compio's pool grows to hundreds of threads
/// before it makes its caller spin; a local semaphore keeps well below that.
const POOL_THREADS: usize = 4;

/// Memory for file contents, in KiB, and so permits of a semaphore.
const BUFFER_KIB: usize = 32 * 1024;

pub struct Worker {
    pub job: Arc<Job>,
    pub buffers: Semaphore,
    threads: Semaphore,
}

impl Worker {
    pub fn new(job: Arc<Job>) -> Rc<Self> {
        Rc::new(Self {
            job,
            buffers: Semaphore::new(BUFFER_KIB),
            threads: Semaphore::new(POOL_THREADS),
        })
    }

    /// Takes work from the pool until all of it is done, here and in the other runtimes.
    pub async fn walk(self: Rc<Self>) {
        while let Some(work) = self.job.pool.next().await {
            let Ok(slot) = self.job.limit.enter().await else {
                // Interrupted: what was begun gets its attributes, the rest is let go.
                if let Work::Finish(directory) = work {
                    self.finish(directory).await;
                }
                continue;
            };
            match work {
                Work::Finish(directory) => self.start_finish(directory, slot),
                Work::Again(entry) => self.start(entry, slot),
                Work::Open(directory) => self.open(directory, slot).await,
                Work::Read(listing) => {
                    drop(slot);
                    self.read(listing).await;
                }
            }
        }
    }

    /// Runs blocking `work` on the runtime's thread pool.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let _thread = self.threads.acquire().await;
        let done = spawn_blocking(work).await.resume_unwind();
        done.expect("the pool cancels nothing")
    }

    /// Opens a directory, which takes a descriptor and so a slot, and begins to read it.
    async fn open(self: &Rc<Self>, directory: Arc<Directory>, slot: Slot) {
        let job = Arc::clone(&self.job);
        let open = move || match Listing::open(&directory) {
            Ok(listing) => Ok(listing.read(&job.report)),
            Err(error) => Err((error, directory)),
        };
        match self.blocking(open).await {
            Ok((batch, rest)) => {
                drop(slot);
                self.start_batch(batch, rest).await;
            }
            Err((error, directory)) => {
                if out_of_descriptors(&error) && slot.give_way() {
                    self.job.pool.push(Work::Open(directory));
                } else {
                    self.job.report.trouble(&directory.source, &error);
                }
            }
        }
    }

    /// Reads on in an open directory.
    async fn read(self: &Rc<Self>, listing: Listing) {
        let job = Arc::clone(&self.job);
        let (batch, rest) = self.blocking(move || listing.read(&job.report)).await;
        self.start_batch(batch, rest).await;
    }

    /// Starts what has been read. The rest of the directory goes back to the pool first, so that
    /// another runtime can share in a large one.
    async fn start_batch(self: &Rc<Self>, batch: Vec<Entry>, rest: Option<Listing>) {
        if let Some(rest) = rest {
            self.job.pool.push(Work::Read(rest));
        }
        for entry in batch {
            match self.job.limit.enter().await {
                Ok(slot) => self.start(entry, slot),
                Err(_interrupted) => return,
            }
        }
    }

    fn start(self: &Rc<Self>, entry: Entry, slot: Slot) {
        let worker = Rc::clone(self);
        spawn(async move { worker.attempt(entry, slot).await }).detach();
    }

    fn start_finish(self: &Rc<Self>, directory: Finished, slot: Slot) {
        let worker = Rc::clone(self);
        spawn(async move {
            worker.finish(directory).await;
            drop(slot);
        })
        .detach();
    }

    async fn attempt(&self, entry: Entry, slot: Slot) {
        let job = &self.job;
        match self.copy(&entry).await {
            Ok(bytes) => {
                job.report.copied(&entry.kind, bytes);
                if let Kind::Directory = entry.kind {
                    job.pool.push(Work::Open(Arc::new(entry.as_directory())));
                }
            }
            Err(Failure::Interrupted) => {}
            Err(Failure::Io(error)) => {
                if out_of_descriptors(&error) && slot.give_way() {
                    job.pool.push(Work::Again(entry));
                } else {
                    job.report.given_up(&entry.source(), &error);
                }
            }
        }
    }

    async fn finish(&self, directory: Finished) {
        let job = Arc::clone(&self.job);
        let finish = move || {
            let set = directory.attributes.set_on_directory(&directory.target);
            if let Err(error) = set {
                job.report.trouble(&directory.target, &error);
            }
        };
        self.blocking(finish).await;
    }
}

/// Whether the process, or the whole system, has run out of descriptors.
fn out_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;

        matches!(
            Errno::from_io_error(error),
            Some(Errno::MFILE | Errno::NFILE)
        )
    }
    #[cfg(windows)]
    {
        const ERROR_TOO_MANY_OPEN_FILES: i32 = 4;
        error.raw_os_error() == Some(ERROR_TOO_MANY_OPEN_FILES)
    }
}
