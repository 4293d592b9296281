//! Tasks that take a permit, read from a file, and give the permit back.
//!
//! The file is small and stays in the system's cache, so that what is measured is the runtime, the
//! kernel's part of a read, and the semaphore. In real time, as a runtime sleeps while the kernel
//! works.

use std::{future::Future, io::Write, rc::Rc, time::Instant};

use compio::{
    BufResult,
    fs::File,
    io::AsyncReadAt,
    runtime::{Runtime, spawn},
};

use crate::{
    candidate::{Candidate, Primitive},
    rows::{Row, Sample},
};

pub static ROW: Row = Row::median(
    Primitive::Semaphore,
    "files",
    "one runtime, 64 tasks, 4 permits, each held over a read of 4 KiB of a file",
);

const TASKS: u64 = 64;
const PERMITS: usize = 4;
const BLOCK: usize = 4096;
/// Of the file.
const BLOCKS: u8 = 64;

pub fn batch<S: Candidate>(iterations: u64) -> Sample {
    let semaphore = Rc::new(S::new(PERMITS));
    in_tasks(TASKS, iterations, |file, each| {
        let semaphore = semaphore.clone();
        async move {
            let mut block = Block::new();
            for turn in 0..each {
                let permit = S::permit(semaphore.acquire().await);
                block.read(&file, turn).await;
                drop(permit);
            }
        }
    })
}

/// As many tasks as there are permits, and no semaphore.
pub fn without(iterations: u64) -> Sample {
    in_tasks(PERMITS as u64, iterations, |file, each| async move {
        let mut block = Block::new();
        for turn in 0..each {
            block.read(&file, turn).await;
        }
    })
}

fn in_tasks<F: Future<Output = ()> + 'static>(
    tasks: u64,
    iterations: u64,
    task: impl Fn(File, u64) -> F,
) -> Sample {
    let each = iterations.div_ceil(tasks);
    let written = write().expect("a file for a while");
    let elapsed = Runtime::new()
        .expect("a runtime of compio")
        .block_on(async {
            let file = File::open(written.path()).await.expect("it was written");
            let tasks: Vec<_> = (0..tasks)
                .map(|_| spawn(task(file.clone(), each)))
                .collect();
            let start = Instant::now();
            for task in tasks {
                task.await.expect("the task ends by itself");
            }
            start.elapsed()
        });
    Sample::new(elapsed, each * tasks)
}

/// Each block is full of its number.
fn write() -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    for block in 0..BLOCKS {
        file.write_all(&[block; BLOCK])?;
    }
    Ok(file)
}

/// A buffer that goes to the kernel and comes back.
struct Block(Vec<u8>);

impl Block {
    fn new() -> Self {
        Self(Vec::with_capacity(BLOCK))
    }

    async fn read(&mut self, file: &File, turn: u64) {
        let number = (turn % u64::from(BLOCKS)) as u8;
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        let at = u64::from(number) * BLOCK as u64;
        let BufResult(read, buffer) = file.read_at(buffer, at).await;
        assert_eq!(read.expect("the file can be read"), BLOCK, "all of it");
        assert_eq!(buffer[BLOCK - 1], number, "the block asked for");
        self.0 = buffer;
    }
}
