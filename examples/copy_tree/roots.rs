//! Where from and where to, and what is refused before anything is touched.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

/// Both resolved: absolute, without links and `..`.
pub struct Roots {
    pub source: PathBuf,
    pub target: PathBuf,
    /// The target was made just now, and so has nothing that the source has not.
    pub new: bool,
}

impl Roots {
    /// Checks both paths and makes the target directory if it is not there.
    pub fn prepare(source: &Path, target: &Path) -> Result<Self, String> {
        let about = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| format!("'{path}': {error}")
        };
        if !fs::metadata(source).map_err(about(source))?.is_dir() {
            return Err(format!("'{}' is not a directory", source.display()));
        }
        let new = match fs::symlink_metadata(target) {
            Ok(_) if target.is_dir() => false,
            Ok(_) => {
                return Err(format!(
                    "'{}' exists and is not a directory",
                    target.display()
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(about(target)(error)),
        };
        let roots = Self {
            source: source.canonicalize().map_err(about(source))?,
            target: resolve(target, new).map_err(about(target))?,
            new,
        };
        roots.refuse_overlap()?;
        if new {
            make_private(&roots.target).map_err(about(target))?;
        }
        Ok(roots)
    }

    fn refuse_overlap(&self) -> Result<(), String> {
        let source = fs::metadata(&self.source).map_err(|error| error.to_string())?;
        // By identity as well as by name: the same directory may be mounted twice, or have another
        // spelling where case does not matter.
        let is_source = |path: &Path| {
            path == self.source || fs::metadata(path).is_ok_and(|path| same(&path, &source))
        };
        if self.target.ancestors().any(is_source) {
            return Err(format!(
                "cannot copy '{}' into itself, '{}'",
                self.source.display(),
                self.target.display()
            ));
        }
        // The other way round, /a/b to /a, is fine unless there is a /a/b/b: that would go to /a/b.
        if let Ok(below) = self.source.strip_prefix(&self.target)
            && let inner = self.source.join(below)
            && fs::symlink_metadata(&inner).is_ok()
        {
            return Err(format!(
                "cannot copy '{}' over the source, '{}'",
                inner.display(),
                self.source.display()
            ));
        }
        Ok(())
    }
}

fn resolve(target: &Path, new: bool) -> io::Result<PathBuf> {
    if !new {
        return target.canonicalize();
    }
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let parent = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    Ok(parent.canonicalize()?.join(name))
}

/// Like any directory of the copy, open to others only when it is complete.
fn make_private(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same(_: &Metadata, _: &Metadata) -> bool {
    false
}
