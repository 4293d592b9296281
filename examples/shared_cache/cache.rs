//! The cache: a map of cells, each of which is filled once.
//!
//! Two things are kept apart. The map is locked for as long as it takes to find a cell or to add
//! one, never while a file is read; and reading is the affair of the cell. So who asks for one file
//! does not wait for another, and of those who ask for the same file at the same time, on whatever
//! runtime, one reads it and the others wait for that one. Should that one be cancelled, the next
//! of them reads.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use compio::{fs, time::sleep};
use compio_sync::{OnceCell, RwLock, RwLockUpgradableReadGuard};

pub struct Cache {
    entries: RwLock<HashMap<PathBuf, Arc<Entry>>>,
    slow: Duration,
    pub hits: AtomicUsize,
    pub misses: AtomicUsize,
    /// Loads that began, and those of them that came to their end.
    pub begun: AtomicUsize,
    pub loads: AtomicUsize,
}

type Entry = OnceCell<Arc<File>>;

pub struct File {
    pub contents: Vec<u8>,
    stamp: Stamp,
}

/// What tells whether a file has changed.
#[derive(PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl Cache {
    /// Makes one that takes so much longer than it has to, for it to be seen.
    pub fn new(slow: Duration) -> Self {
        Self {
            entries: RwLock::default(),
            slow,
            hits: AtomicUsize::new(0),
            misses: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            loads: AtomicUsize::new(0),
        }
    }

    /// The file, which is read if nobody has, and nobody else is doing so.
    ///
    /// An error is not kept: the next who asks tries again.
    pub async fn get(&self, path: &Path) -> io::Result<Arc<File>> {
        let entry = self.entry(path).await;
        if let Some(file) = entry.get() {
            self.hits.fetch_add(1, Relaxed);
            return Ok(Arc::clone(file));
        }
        self.misses.fetch_add(1, Relaxed);
        let file = entry.get_or_try_init(async || self.load(path).await);
        file.await.map(Arc::clone)
    }

    async fn entry(&self, path: &Path) -> Arc<Entry> {
        if let Some(entry) = self.entries.read().await.get(path) {
            return Arc::clone(entry);
        }
        // Somebody else may have added it by now.
        let mut entries = self.entries.write().await;
        Arc::clone(entries.entry(path.to_owned()).or_default())
    }

    async fn load(&self, path: &Path) -> io::Result<Arc<File>> {
        self.begun.fetch_add(1, Relaxed);
        sleep(self.slow).await;
        // Before the contents: should the file change in between, it looks changed afterwards.
        let stamp = Stamp::of(&fs::metadata(path).await?);
        let contents = fs::read(path).await?;
        self.loads.fetch_add(1, Relaxed);
        Ok(Arc::new(File { contents, stamp }))
    }

    /// Looks at all the files, and forgets those that have changed. Returns how many there were.
    ///
    /// Looking takes long, and the upgradable access keeps nobody from reading meanwhile; only
    /// adding files, and another such look, have to wait. The upgrade waits for the readers of the
    /// moment, and lets nobody write in between, so what was found is still true.
    pub async fn refresh(&self) -> usize {
        let entries = self.entries.upgradable_read().await;
        let mut changed = Vec::new();
        for (path, entry) in entries.iter() {
            // One that is being loaded now is for the next look.
            let Some(file) = entry.get() else {
                continue;
            };
            // One that cannot be looked at any more is forgotten, too.
            let now = fs::metadata(path).await;
            if now.is_ok_and(|now| Stamp::of(&now) == file.stamp) {
                continue;
            }
            changed.push(path.clone());
        }
        if changed.is_empty() {
            return 0;
        }
        let mut entries = RwLockUpgradableReadGuard::upgrade(entries).await;
        for path in &changed {
            // Who has the old cell keeps what is in it.
            entries.remove(path);
        }
        changed.len()
    }
}
