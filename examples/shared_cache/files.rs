//! The files to ask for: those of the user, or a sample of its own making.

use std::{
    io,
    path::{Path, PathBuf},
};

use compio::fs;
use tempfile::TempDir;

use crate::cache::Cache;

const SAMPLE: usize = 32;
/// How many files of the sample are changed on the way.
const CHANGED: usize = 5;

pub struct Files {
    paths: Vec<PathBuf>,
    /// Gone when dropped. `None` if the files are the user's, who does not want them changed.
    sample: Option<TempDir>,
}

impl Files {
    pub fn of_the_user(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            sample: None,
        }
    }

    pub fn sample() -> io::Result<Self> {
        let sample = tempfile::Builder::new().prefix("shared_cache-").tempdir()?;
        let name = |index| sample.path().join(format!("file {index}"));
        let paths: Vec<_> = (0..SAMPLE).map(name).collect();
        for (index, path) in paths.iter().enumerate() {
            std::fs::write(path, vec![b'a'; 1000 * index])?;
        }
        Ok(Self {
            paths,
            sample: Some(sample),
        })
    }

    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Changes some files of the sample.
    pub async fn change(&self) -> io::Result<()> {
        if self.sample.is_some() {
            for path in self.paths.iter().take(CHANGED) {
                // Of another length, for times may be too coarse to tell.
                fs::write(path, "changed").await.0?;
            }
        }
        Ok(())
    }

    /// Fails if the cache has something else than the disk.
    pub async fn compare(&self, cache: &Cache) -> io::Result<()> {
        for path in &self.paths {
            if cache.get(path).await?.contents != fs::read(path).await? {
                return Err(differs(path));
            }
        }
        Ok(())
    }
}

fn differs(path: &Path) -> io::Error {
    io::Error::other(format!("'{}' is not as it is on disk", path.display()))
}
