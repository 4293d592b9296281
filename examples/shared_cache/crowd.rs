//! Who asks: a crowd of tasks on each of several runtimes, in three rounds.
//!
//! In the first the cache is empty, and all ask for the same file, then all for the next. In the
//! second, files change and the cache is refreshed while all go on asking. In the third, all has to
//! be as it is on disk.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use compio::{
    runtime::{ResumeUnwind, spawn},
    time::timeout,
};
use compio_sync::{Barrier, CancellationToken};

use crate::{cache::Cache, files::Files};

/// How long an impatient task waits: less than it takes to load a file.
const PATIENCE: Duration = Duration::from_millis(1);
/// One in so many is impatient, each time another.
const IMPATIENT: usize = 4;

/// What all the runtimes share.
pub struct Job {
    pub cache: Cache,
    pub files: Files,
    pub tasks: usize,
    /// Between rounds, one task of each runtime waits here for those of the others.
    pub rounds: Barrier,
    /// One of the runtimes has failed.
    pub trouble: CancellationToken,
    pub requests: AtomicUsize,
    pub given_up: AtomicUsize,
    pub changed: AtomicUsize,
}

/// One runtime's part in all three rounds.
pub async fn work(job: Arc<Job>) -> io::Result<()> {
    meet(&job).await?;
    ask(&job).await?;
    let leader = meet(&job).await?;
    let asking = ask(&job);
    if leader {
        let changing = spawn(change(Arc::clone(&job)));
        asking.await?;
        changing.await.resume_unwind().expect("it is awaited")?;
    } else {
        asking.await?;
    }
    meet(&job).await?;
    ask(&job).await?;
    job.files.compare(&job.cache).await
}

/// Waits for the other runtimes, and says whether this one was the last.
async fn meet(job: &Job) -> io::Result<bool> {
    // Whoever fails does not come any more. Dropping the wait takes the arrival back.
    let met = job.trouble.run_until_cancelled(job.rounds.wait()).await;
    met.map(|met| met.is_leader())
        .ok_or_else(|| io::Error::other("another runtime has failed"))
}

/// Has all tasks of this runtime ask for all files at the same time.
async fn ask(job: &Arc<Job>) -> io::Result<()> {
    let start = |task| {
        let job = Arc::clone(job);
        spawn(async move {
            for (index, path) in job.files.paths().iter().enumerate() {
                let impatient = (task + index) % IMPATIENT == 0;
                request(&job, path, impatient).await?;
            }
            io::Result::Ok(())
        })
    };
    let tasks: Vec<_> = (0..job.tasks).map(start).collect();
    for task in tasks {
        task.await.resume_unwind().expect("it is awaited")?;
    }
    Ok(())
}

/// Asks for a file. Who is impatient gives up first, and asks again.
async fn request(job: &Job, path: &Path, impatient: bool) -> io::Result<()> {
    if impatient {
        job.requests.fetch_add(1, Relaxed);
        if let Ok(got) = timeout(PATIENCE, job.cache.get(path)).await {
            return got.map(drop);
        }
        job.given_up.fetch_add(1, Relaxed);
    }
    job.requests.fetch_add(1, Relaxed);
    job.cache.get(path).await.map(drop)
}

async fn change(job: Arc<Job>) -> io::Result<()> {
    job.files.change().await?;
    job.changed.fetch_add(job.cache.refresh().await, Relaxed);
    Ok(())
}
