//! What happened: counters, failures as they come, the bar, the summary.

use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{limit::Limit, tree::Kind};

pub struct Report {
    /// Entries seen in a directory, and those of them with which one is done, one way or another.
    found: AtomicU64,
    settled: AtomicU64,
    files: AtomicU64,
    directories: AtomicU64,
    symlinks: AtomicU64,
    bytes: AtomicU64,
    skipped: AtomicU64,
    failed: AtomicU64,
    /// Draws on stderr if that is a terminal, and does nothing otherwise.
    bar: ProgressBar,
}

impl Report {
    pub fn new() -> Self {
        Self {
            found: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            files: AtomicU64::new(0),
            directories: AtomicU64::new(0),
            symlinks: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            bar: ProgressBar::new_spinner(),
        }
    }

    /// An entry was seen; `copied`, `skipped` or `given_up` follows.
    pub fn found(&self) {
        self.found.fetch_add(1, Relaxed);
    }

    pub fn copied(&self, kind: &Kind, bytes: u64) {
        let counter = match kind {
            Kind::File(_) => &self.files,
            Kind::Directory => &self.directories,
            Kind::Symlink(_) => &self.symlinks,
        };
        counter.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
        self.settle();
    }

    pub fn skipped(&self, path: &Path) {
        self.skipped.fetch_add(1, Relaxed);
        self.say(path, &"skipped, a special file");
        self.settle();
    }

    pub fn given_up(&self, path: &Path, error: &io::Error) {
        self.trouble(path, error);
        self.settle();
    }

    /// Something failed that is not the copy of an entry: a directory cannot be listed, say.
    pub fn trouble(&self, path: &Path, what: &dyn Display) {
        self.failed.fetch_add(1, Relaxed);
        self.say(path, what);
    }

    fn say(&self, path: &Path, what: &dyn Display) {
        self.bar
            .suspend(|| eprintln!("copy_tree: '{}': {what}", path.display()));
    }

    fn settle(&self) {
        self.settled.fetch_add(1, Relaxed);
        self.bar.inc(1);
    }

    /// Entries that were found and of which nothing was heard since. Unless the copy was
    /// interrupted that would be a mistake in this program, and it shall not go unnoticed.
    fn lost(&self) -> u64 {
        self.found.load(Relaxed) - self.settled.load(Relaxed)
    }

    pub fn complete(&self) -> bool {
        self.skipped.load(Relaxed) == 0 && self.failed.load(Relaxed) == 0 && self.lost() == 0
    }

    /// Counts the entries ahead of the copy, for the bar's length, if anybody is there to see it.
    pub fn count_ahead(&self, source: PathBuf) {
        if self.bar.is_hidden() {
            return;
        }
        let spinner = ProgressStyle::with_template("{spinner} {pos} entries in {elapsed}");
        self.bar.set_style(spinner.expect("a valid template"));
        self.bar.enable_steady_tick(Duration::from_millis(100));
        let bar = self.bar.clone();
        thread::spawn(move || {
            // With an unreadable directory the bar comes to its end early; the copy reports it.
            let total = count(source);
            let style = "{bar:40} {pos} of {len} entries, {eta} left";
            bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
            bar.set_length(total);
        });
    }

    pub fn finish_bar(&self) {
        self.bar.finish_and_clear();
    }

    pub fn print(&self, limit: &Limit, runtimes: usize, elapsed: Duration) {
        let number = |counter: &AtomicU64| counter.load(Relaxed);
        println!("files: {}", number(&self.files));
        println!("directories: {}", number(&self.directories));
        println!("symlinks: {}", number(&self.symlinks));
        println!("bytes: {}", number(&self.bytes));
        println!("seconds: {:.3}", elapsed.as_secs_f64());
        println!("runtimes: {runtimes}");
        println!("limit at first: {}", limit.first());
        println!("limit at the end: {}", limit.now());
        println!("limit lowered: {}", limit.lowered());
        println!("most in flight: {}", limit.peak());
        println!("skipped: {}", number(&self.skipped));
        println!("failed: {}", number(&self.failed));
    }
}

fn count(root: PathBuf) -> u64 {
    let mut total = 0;
    let mut stack = vec![root];
    while let Some(directory) = stack.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            total += 1;
            if entry.file_type().is_ok_and(|file_type| file_type.is_dir()) {
                stack.push(entry.path());
            }
        }
    }
    total
}
