//! Permission bits and times, carried from the source to the copy.
//!
//! All of this is blocking. On a file it acts through the open descriptor, so that nobody can slip
//! another file under the name in between.

use std::{
    fs::{self, File, FileTimes, Metadata, Permissions},
    io,
    path::Path,
    time::SystemTime,
};

use filetime::set_symlink_file_times;

#[derive(Clone)]
pub struct Attributes {
    accessed: SystemTime,
    modified: SystemTime,
    permissions: Permissions,
    #[cfg(unix)]
    owner: (u32, u32),
}

impl Attributes {
    pub fn of(metadata: &Metadata) -> io::Result<Self> {
        Ok(Self {
            accessed: metadata.accessed()?,
            modified: metadata.modified()?,
            permissions: metadata.permissions(),
            #[cfg(unix)]
            owner: owner(metadata),
        })
    }

    // Times go before permissions: Windows does not change the times of what is read-only.

    pub fn set_on_file(&self, file: &File) -> io::Result<()> {
        let times = FileTimes::new()
            .set_accessed(self.accessed)
            .set_modified(self.modified);
        file.set_times(times)?;
        file.set_permissions(self.permissions_for(|| file.metadata())?)
    }

    pub fn set_on_directory(&self, path: &Path) -> io::Result<()> {
        self.set_on_link(path)?;
        fs::set_permissions(path, self.permissions_for(|| fs::symlink_metadata(path))?)
    }

    /// Links have times of their own, but no permissions worth the name.
    pub fn set_on_link(&self, path: &Path) -> io::Result<()> {
        let (accessed, modified) = (self.accessed.into(), self.modified.into());
        set_symlink_file_times(path, accessed, modified)
    }

    /// Whether `copy` has the times and permissions it ought to have.
    pub fn differ_from(&self, copy: &Metadata) -> io::Result<Option<&'static str>> {
        if self.modified != copy.modified()? {
            return Ok(Some("another modification time"));
        }
        let ought = self.permissions_for(|| Ok(copy.clone()))?;
        let same = copy.is_symlink() || comparable(&ought) == comparable(&copy.permissions());
        Ok((!same).then_some("other permissions"))
    }

    /// The permissions for a copy, whose metadata is only fetched if it matters: set-user-ID and
    /// set-group-ID are for the owner and the group that granted them, and nobody else's copy.
    #[cfg(unix)]
    fn permissions_for(
        &self,
        copy: impl FnOnce() -> io::Result<Metadata>,
    ) -> io::Result<Permissions> {
        use std::os::unix::fs::PermissionsExt;

        const SET_ID: u32 = 0o6000;
        let mode = self.permissions.mode() & 0o7777;
        let keep = mode & SET_ID == 0 || owner(&copy()?) == self.owner;
        Ok(Permissions::from_mode(if keep {
            mode
        } else {
            mode & !SET_ID
        }))
    }

    #[cfg(not(unix))]
    fn permissions_for(
        &self,
        _copy: impl FnOnce() -> io::Result<Metadata>,
    ) -> io::Result<Permissions> {
        Ok(self.permissions.clone())
    }
}

#[cfg(unix)]
fn owner(metadata: &Metadata) -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;

    (metadata.uid(), metadata.gid())
}

#[cfg(unix)]
fn comparable(permissions: &Permissions) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    permissions.mode() & 0o7777
}

#[cfg(not(unix))]
fn comparable(permissions: &Permissions) -> bool {
    permissions.readonly()
}
