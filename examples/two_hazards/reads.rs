//! Reads of a pipe into which nobody writes, each given up after a moment.

use std::{cell::Cell, io, mem::MaybeUninit, rc::Rc, sync::Arc, time::Duration};

use compio::{
    buf::{IoBuf, IoBufMut, SetLen},
    fs::pipe::{Receiver, anonymous},
    io::AsyncRead,
    runtime::{ResumeUnwind, Runtime, spawn},
    time::{sleep, timeout},
};

use crate::Line;

/// How many buffers there may be at a time.
const LIMIT: usize = 16;

/// Tasks that read, and how often each does.
const TASKS: usize = 100;
const READS: usize = 20;

const A_MOMENT: Duration = Duration::from_millis(1);

/// How many buffers there are, and the most that there were at a time.
#[derive(Default)]
struct Gauge {
    now: Cell<usize>,
    most: Cell<usize>,
}

/// A buffer that is counted as long as it exists. The driver has it from the beginning of the read
/// until the kernel is done with it, and nobody else does.
struct Buffer {
    bytes: Vec<u8>,
    gauge: Rc<Gauge>,
}

impl Buffer {
    fn new(gauge: &Rc<Gauge>) -> Self {
        let now = gauge.now.get() + 1;
        gauge.now.set(now);
        gauge.most.set(gauge.most.get().max(now));
        Self {
            bytes: Vec::with_capacity(4096),
            gauge: gauge.clone(),
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.gauge.now.set(self.gauge.now.get() - 1);
    }
}

impl IoBuf for Buffer {
    fn as_init(&self) -> &[u8] {
        &self.bytes
    }
}

impl SetLen for Buffer {
    unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.bytes.set_len(len) }
    }
}

impl IoBufMut for Buffer {
    fn as_uninit(&mut self) -> &mut [MaybeUninit<u8>] {
        self.bytes.as_uninit()
    }
}

/// Reads what never comes, again and again in each of the tasks. Gives the most buffers that there
/// were at a time.
fn read_in_vain(read: impl AsyncFn(&Rc<Gauge>, &Receiver) + Clone + 'static) -> io::Result<usize> {
    Runtime::new()?.block_on(async {
        let gauge = Rc::new(Gauge::default());
        let (pipe, _nobody_writes) = anonymous().await?;
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (gauge, pipe, read) = (gauge.clone(), pipe.clone(), read.clone());
                spawn(async move {
                    for _ in 0..READS {
                        read(&gauge, &pipe).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.resume_unwind();
        }
        while gauge.now.get() > 0 {
            sleep(A_MOMENT).await;
        }
        Ok(gauge.most.get())
    })
}

pub fn lines() -> io::Result<Vec<Line>> {
    println!("{TASKS} tasks read with {LIMIT} permits, and give up after a moment:");
    let permits = Arc::new(tokio::sync::Semaphore::new(LIMIT));
    let most = read_in_vain(async move |gauge, mut pipe| {
        let permit = permits.clone().acquire_owned().await;
        let _permit = permit.expect("never closed");
        let read = pipe.read(Buffer::new(gauge));
        let _ = timeout(A_MOMENT, read).await;
    })?;
    let tokio = line("a tokio permit in the task", most, false);

    let permits = Arc::new(compio_sync::Semaphore::new(LIMIT));
    let most = read_in_vain(async move |gauge, mut pipe| {
        let permit = permits.clone().acquire_owned().await;
        let read = pipe.read(permit.hold(Buffer::new(gauge)));
        let _ = timeout(A_MOMENT, read).await;
    })?;
    let ours = line("permit.hold(buffer)", most, true);
    Ok(vec![tokio, ours])
}

fn line(with: &'static str, most: usize, is_ours: bool) -> Line {
    let came_of_it = format!("at most {most} buffers at a time, limit {LIMIT}");
    println!("  {with}: {came_of_it}");
    Line {
        what: "reads are given up",
        with,
        came_of_it,
        is_well: most <= LIMIT,
        is_ours,
    }
}
