//! What the process has of what could grow.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fmt, fs,
    sync::atomic::{AtomicIsize, Ordering},
};

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: the system's, with a number beside it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: by the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: by the caller's contract.
        unsafe { System.dealloc(place, layout) }
    }
}

/// A name, how to get it, and how much more of it there may be in the end.
type Field = (&'static str, fn(&Sample) -> usize, usize);

/// At one moment. What the system does not tell is zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Bytes that are allocated.
    pub heap: usize,
    /// Bytes that the process has in memory.
    pub resident: usize,
    pub descriptors: usize,
    pub threads: usize,
    /// Steps that somebody is in the middle of.
    pub steps: usize,
    /// Operations that the driver has, with the permits that they hold.
    pub held: usize,
}

impl Sample {
    const FIELDS: [Field; 6] = [
        // Tasks and runtimes come and go, and a median of what jumps around is not sharp.
        ("heap", |sample| sample.heap, 64 << 10),
        ("resident", |sample| sample.resident, 8 << 20),
        ("descriptors", |sample| sample.descriptors, 12),
        ("threads", |sample| sample.threads, 8),
        ("steps", |sample| sample.steps, 16),
        ("held", |sample| sample.held, 8),
    ];

    pub fn now(steps: usize, held: usize) -> Self {
        let field = |name: &str| {
            let status = fs::read_to_string("/proc/self/status").ok()?;
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_ascii_whitespace().nth(1)?.parse::<usize>().ok()
        };
        Self {
            heap: LIVE.load(Ordering::Relaxed).try_into().unwrap_or(0),
            resident: field("VmRSS:").unwrap_or(0) << 10,
            descriptors: fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
            threads: field("Threads:").unwrap_or(0),
            steps,
            held,
        }
    }

    pub fn json(&self) -> String {
        let fields = Self::FIELDS.map(|(name, get, _)| format!("\"{name}\":{}", get(self)));
        format!("{{{}}}", fields.join(","))
    }

    fn median(samples: &[Self]) -> Self {
        let median = |get: fn(&Self) -> usize| {
            let mut values: Vec<_> = samples.iter().map(get).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or(0)
        };
        Self {
            heap: median(|sample| sample.heap),
            resident: median(|sample| sample.resident),
            descriptors: median(|sample| sample.descriptors),
            threads: median(|sample| sample.threads),
            steps: median(|sample| sample.steps),
            held: median(|sample| sample.held),
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "heap {} KiB, resident {} KiB, {} descriptors, {} threads, {} in a step, {} held",
            self.heap >> 10,
            self.resident >> 10,
            self.descriptors,
            self.threads,
            self.steps,
            self.held
        )
    }
}

/// The first third of a run is for warming up; the medians of the other two are compared.
pub struct Growth {
    pub before: Sample,
    pub after: Sample,
}

impl Growth {
    pub fn of(samples: &[Sample]) -> Self {
        let third = samples.len() / 3;
        Self {
            before: Sample::median(&samples[third..2 * third]),
            after: Sample::median(&samples[2 * third..]),
        }
    }

    /// What has grown by more than its margin, and by a tenth.
    pub fn faults(&self) -> Vec<String> {
        let grown = Sample::FIELDS.iter().filter_map(|&(name, get, margin)| {
            let (before, after) = (get(&self.before), get(&self.after));
            let limit = before + margin.max(before / 10);
            (after > limit).then(|| format!("{name} has grown from {before} to {after}"))
        });
        grown.collect()
    }
}
