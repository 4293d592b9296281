//! The tree as it is walked: directories, their entries, and when a directory is finished.
//!
//! Every piece of work holds its [`Directory`], every directory its parent. So the drop of the last
//! reference says that a directory's contents are all there, whoever drops it and for whatever
//! reason; the drop then puts it up for [finishing](Finished), which holds on to the parent. The
//! root's turn comes last, and with it the pool closes: the tree itself is what joins the tasks.

use std::{
    ffi::OsString,
    fs, io, mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    attributes::Attributes,
    pool::{Pool, Work},
    report::Report,
};

/// How many entries are read in one go. Their metadata comes along: one trip to the thread pool
/// instead of one per entry.
const BATCH: usize = 128;

/// A directory with work left in it.
pub struct Directory {
    pub source: PathBuf,
    pub target: PathBuf,
    attributes: Attributes,
    /// `None` for the root.
    parent: Option<Arc<Directory>>,
    pool: Arc<Pool>,
}

/// A directory whose contents are complete.
pub struct Finished {
    pub target: PathBuf,
    pub attributes: Attributes,
    parent: Option<Arc<Directory>>,
    pool: Arc<Pool>,
}

/// Something in a directory, to be copied.
pub struct Entry {
    pub directory: Arc<Directory>,
    pub name: OsString,
    pub kind: Kind,
    pub attributes: Attributes,
}

pub enum Kind {
    /// With the length it had when it was listed.
    File(u64),
    Directory,
    Symlink(Link),
}

pub struct Link {
    pub to: PathBuf,
    /// Windows has two kinds of links.
    #[cfg(windows)]
    pub to_directory: bool,
}

/// A directory that is being read.
pub struct Listing {
    directory: Arc<Directory>,
    entries: fs::ReadDir,
}

impl Directory {
    pub fn root(source: &Path, target: &Path, attributes: Attributes, pool: &Arc<Pool>) -> Self {
        Self {
            source: source.to_owned(),
            target: target.to_owned(),
            attributes,
            parent: None,
            pool: Arc::clone(pool),
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let finished = Finished {
            target: mem::take(&mut self.target),
            attributes: self.attributes.clone(),
            parent: self.parent.take(),
            pool: Arc::clone(&self.pool),
        };
        self.pool.push(Work::Finish(finished));
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if self.parent.is_none() {
            self.pool.close();
        }
    }
}

impl Entry {
    pub fn source(&self) -> PathBuf {
        self.directory.source.join(&self.name)
    }

    pub fn target(&self) -> PathBuf {
        self.directory.target.join(&self.name)
    }

    /// This entry as a directory to be listed.
    pub fn as_directory(&self) -> Directory {
        Directory {
            source: self.source(),
            target: self.target(),
            attributes: self.attributes.clone(),
            parent: Some(Arc::clone(&self.directory)),
            pool: Arc::clone(&self.directory.pool),
        }
    }
}

impl Listing {
    pub fn open(directory: &Arc<Directory>) -> io::Result<Self> {
        Ok(Self {
            entries: fs::read_dir(&directory.source)?,
            directory: Arc::clone(directory),
        })
    }

    /// Reads the next entries, and returns itself unless that was the end. What cannot be copied is
    /// reported here and now.
    pub fn read(mut self, report: &Report) -> (Vec<Entry>, Option<Self>) {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            match self.entries.next() {
                Some(Ok(entry)) => {
                    report.found();
                    match self.classify(&entry) {
                        Ok(Some(entry)) => batch.push(entry),
                        Ok(None) => report.skipped(&entry.path()),
                        Err(error) => report.given_up(&entry.path(), &error),
                    }
                }
                Some(Err(error)) => {
                    report.trouble(&self.directory.source, &error);
                    return (batch, None);
                }
                None => return (batch, None),
            }
        }
        (batch, Some(self))
    }

    /// `None` for what is neither file nor directory nor link.
    fn classify(&self, entry: &fs::DirEntry) -> io::Result<Option<Entry>> {
        let metadata = entry.metadata()?;
        let file_type = metadata.file_type();
        let kind = if file_type.is_symlink() {
            Kind::Symlink(Link {
                to: fs::read_link(entry.path())?,
                #[cfg(windows)]
                to_directory: std::os::windows::fs::FileTypeExt::is_symlink_dir(&file_type),
            })
        } else if file_type.is_dir() {
            Kind::Directory
        } else if file_type.is_file() {
            Kind::File(metadata.len())
        } else {
            return Ok(None);
        };
        Ok(Some(Entry {
            directory: Arc::clone(&self.directory),
            name: entry.file_name(),
            kind,
            attributes: Attributes::of(&metadata)?,
        }))
    }
}
