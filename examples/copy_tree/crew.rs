//! One thread per runtime, from the first runtime to the last piece of work.

use std::{
    fs::{self, File},
    io,
    sync::{Arc, mpsc},
    thread,
};

use compio::{driver::ProactorBuilder, runtime::Runtime};

use crate::{
    Job, attributes::Attributes, pool::Work, roots::Roots, tree::Directory, worker::Worker,
};

/// Descriptors that a runtime must be able to have besides its own: a directory, the two ends of a
/// file, and one to spare. A runtime that cannot get so many is one too many.
const DESCRIPTORS: usize = 4;

/// Copies the tree and returns how many runtimes took part.
pub fn copy(job: &Arc<Job>, roots: &Roots, threads: usize) -> io::Result<usize> {
    let attributes = Attributes::of(&fs::metadata(&roots.source)?)?;
    let root = Directory::root(&roots.source, &roots.target, attributes, &job.pool);

    // One after the other, each with its descriptors, which are held until all of them have
    // started: so as many runtimes start as can work at the same time.
    let mut crew = Vec::new();
    let mut reserve = Vec::new();
    for _ in 0..threads {
        let job = Arc::clone(job);
        let (started, outcome) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || match start() {
            Ok((runtime, descriptors)) => {
                started.send(Ok(descriptors)).ok();
                drop(started);
                runtime.block_on(Worker::new(job).walk());
            }
            Err(error) => {
                started.send(Err(error)).ok();
            }
        });
        let started = thread.and_then(|thread| {
            let outcome = outcome.recv().expect("the thread sends before it ends");
            outcome.map(|descriptors| (thread, descriptors))
        });
        match started {
            Ok((thread, descriptors)) => {
                crew.push(thread);
                reserve.push(descriptors);
            }
            Err(error) if crew.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    drop(reserve);

    job.pool.push(Work::Open(Arc::new(root)));
    let runtimes = crew.len();
    for thread in crew {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
    Ok(runtimes)
}

fn start() -> io::Result<(Runtime, Vec<File>)> {
    const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let runtime = runtime()?;
    let descriptors = (0..DESCRIPTORS).map(|_| File::open(NOTHING));
    Ok((runtime, descriptors.collect::<io::Result<_>>()?))
}

/// A runtime that is not interrupted for each completion, if the kernel can do that, or a plain
/// one.
fn runtime() -> io::Result<Runtime> {
    let mut ring = ProactorBuilder::new();
    ring.coop_taskrun(true).taskrun_flag(true);
    let runtime = Runtime::builder().with_proactor(ring).build();
    runtime.or_else(|_| Runtime::new())
}
