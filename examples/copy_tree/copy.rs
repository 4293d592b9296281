//! How one entry is copied.
//!
//! A file is written under a temporary name in its directory and renamed when it is complete, so
//! that its name never stands for half of it. Whatever goes wrong in between removes the temporary
//! file. Permissions and times are set in place and not on the thread pool: that is two system
//! calls on an inode just made and in memory, and the way to a thread and back for each file made
//! the whole copy a third slower. Files are closed and the close awaited, on every path: in compio
//! a file that is merely dropped may keep its descriptor for a while, and the limit is there to
//! count descriptors.

use std::{
    io,
    path::{Path, PathBuf},
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::SystemTime,
};

use compio::{
    BufResult,
    driver::ToSharedFd,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{AsyncReadAt, AsyncWriteAtExt},
};
use futures_util::join;

use crate::{
    tree::{Entry, Kind, Link},
    worker::Worker,
};

/// What is read at a time of a large file, and the least that is asked for of a small one.
const CHUNK: u64 = 256 * 1024;
const SMALL: u64 = 4 * 1024;

pub enum Failure {
    Io(io::Error),
    Interrupted,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Worker {
    /// Copies one entry, a directory without its contents, and returns how many bytes it had.
    pub async fn copy(&self, entry: &Entry) -> Result<u64, Failure> {
        match &entry.kind {
            Kind::File(length) => return self.file(entry, *length).await,
            Kind::Directory => make_directory(&entry.target()).await?,
            Kind::Symlink(link) => self.link(entry, link).await?,
        }
        Ok(0)
    }

    async fn file(&self, entry: &Entry, length: u64) -> Result<u64, Failure> {
        let source = open_source(&entry.source()).await?;
        let to = entry.target();
        let temporary = temporary_beside(&to);
        let copied = match create_new(&temporary).await {
            Ok(target) => {
                let filled = self.fill(&target, &source, entry, length).await;
                let closed = target.close().await.map_err(Failure::from);
                let made = filled.and_then(|bytes| closed.map(|()| bytes));
                self.put_in_place(made, &temporary, &to).await
            }
            Err(error) => Err(error.into()),
        };
        source.close().await?;
        copied
    }

    async fn link(&self, entry: &Entry, link: &Link) -> Result<(), Failure> {
        let to = entry.target();
        let temporary = temporary_beside(&to);
        make_link(link, &temporary).await?;
        let set = entry.attributes.set_on_link(&temporary);
        self.put_in_place(set.map_err(Failure::from), &temporary, &to)
            .await
    }

    /// Gives what was made its name, if it turned out well, and removes it otherwise.
    async fn put_in_place<T>(
        &self,
        made: Result<T, Failure>,
        temporary: &Path,
        to: &Path,
    ) -> Result<T, Failure> {
        let placed = match made {
            Ok(value) => fs::rename(temporary, to)
                .await
                .map(|()| value)
                .map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        if placed.is_err()
            && let Err(error) = fs::remove_file(temporary).await
        {
            self.job.report.trouble(temporary, &error);
        }
        placed
    }

    async fn fill(
        &self,
        target: &File,
        source: &File,
        entry: &Entry,
        length: u64,
    ) -> Result<u64, Failure> {
        let bytes = self.contents(source, target, length).await?;
        entry.attributes.set_on_file(&target.to_shared_fd())?;
        Ok(bytes)
    }

    /// Copies until the end of the file, wherever that has moved since it was listed. While one
    /// chunk is written the next is read.
    async fn contents(&self, source: &File, target: &File, length: u64) -> Result<u64, Failure> {
        let size = length.saturating_add(1).clamp(SMALL, CHUNK) as usize;
        let buffers = if length < CHUNK { 1 } else { 2 };
        let _memory = self
            .buffers
            .acquire_many(buffers * size.div_ceil(1024))
            .await;

        let mut writer = target;
        let mut spare = Vec::new();
        let mut start = 0;
        let BufResult(read, mut full) = source.read_at(Vec::with_capacity(size), 0).await;
        let mut read = read?;
        while read > 0 {
            let end = start + read as u64;
            if end >= length && read < size {
                // Less than was asked for, and all that there was to be: no need to ask again.
                writer.write_all_at(full, start).await.0?;
                return Ok(end);
            }
            if self.job.limit.interrupted() {
                return Err(Failure::Interrupted);
            }
            spare.clear();
            spare.reserve_exact(size);
            let (BufResult(written, empty), BufResult(next, filled)) =
                join!(writer.write_all_at(full, start), source.read_at(spare, end));
            written?;
            read = next?;
            (spare, full) = (empty, filled);
            start = end;
        }
        Ok(start)
    }
}

/// Makes a directory, or takes the one that is there. Its own permissions come when it is complete;
/// until then it must be open to us and need not be to others.
async fn make_directory(to: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(to).await {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(to).await?.is_dir() {
                Ok(())
            } else {
                Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "the destination has something else than a directory there",
                ))
            }
        }
        made => made,
    }
}

async fn open_source(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // If a link has taken the file's place since it was listed, it is not followed.
    #[cfg(unix)]
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options.open(path).await
}

async fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Ours alone while it is incomplete.
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await
}

async fn make_link(link: &Link, at: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return fs::symlink(&link.to, at).await;
    #[cfg(windows)]
    return match link.to_directory {
        true => fs::symlink_dir(&link.to, at).await,
        false => fs::symlink_file(&link.to, at).await,
    };
}

/// A name in the same directory that nothing has: no other entry of this run, and no leftover of an
/// earlier one that was killed and had the same process id.
fn temporary_beside(path: &Path) -> PathBuf {
    static RUN: OnceLock<String> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let run = RUN.get_or_init(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let time = since.unwrap_or_default().as_nanos();
        format!("{}.{time:x}", process::id())
    });
    path.with_file_name(format!(".copy_tree.{run}.{}", NEXT.fetch_add(1, Relaxed)))
}
