//! Threads on CPUs of their own, with a runtime.

use std::{future::Future, sync::OnceLock, thread};

use compio::runtime::Runtime;

/// Two CPUs that this process may use.
///
/// # Panics
///
/// Where there is only one: who waits for another thread there by looking keeps it from running.
pub fn cpus() -> [usize; 2] {
    static CPUS: OnceLock<[usize; 2]> = OnceLock::new();
    *CPUS.get_or_init(|| {
        let two = imp::allowed().first_chunk::<2>().copied();
        two.expect("these rows need two CPUs")
    })
}

/// Runs it on a thread of its own, pinned to that CPU.
pub fn on<R: Send + 'static>(
    cpu: usize,
    body: impl FnOnce() -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    thread::spawn(move || {
        imp::pin(cpu);
        body()
    })
}

/// The same in a runtime of that thread.
pub fn runtime_on<F: Future>(
    cpu: usize,
    body: impl FnOnce() -> F + Send + 'static,
) -> thread::JoinHandle<F::Output>
where
    F::Output: Send + 'static,
{
    on(cpu, || {
        Runtime::new()
            .expect("a runtime")
            .block_on(async { body().await })
    })
}

#[cfg(target_os = "linux")]
mod imp {
    use nix::{
        sched::{CpuSet, sched_getaffinity, sched_setaffinity},
        unistd::Pid,
    };

    const THIS: Pid = Pid::from_raw(0);

    pub fn allowed() -> Vec<usize> {
        let set = sched_getaffinity(THIS).expect("this thread has CPUs");
        let all = 0..CpuSet::count();
        all.filter(|&cpu| set.is_set(cpu) == Ok(true)).collect()
    }

    pub fn pin(cpu: usize) {
        let mut set = CpuSet::new();
        set.set(cpu).expect("in the set of this process");
        sched_setaffinity(THIS, &set).expect("a CPU of this process");
    }
}

/// Not pinned here.
#[cfg(not(target_os = "linux"))]
mod imp {
    use std::thread;

    pub fn allowed() -> Vec<usize> {
        (0..thread::available_parallelism().map_or(1, |cpus| cpus.get())).collect()
    }

    pub fn pin(_: usize) {}
}
