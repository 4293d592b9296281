//! A tree to try it on: [`FILES`] files in nested directories, with what makes copying awkward.

#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_file as symlink;
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use filetime::FileTime;

pub const FILES: usize = 2000;
const DIRECTORIES: usize = 100;

/// A source and a place for its copy, gone when dropped.
pub struct Sample {
    place: tempfile::TempDir,
}

impl Sample {
    pub fn make() -> io::Result<Self> {
        let sample = Self {
            place: tempfile::Builder::new()
                .prefix("copy_tree-sample-")
                .tempdir()?,
        };
        fill(&sample.source())?;
        Ok(sample)
    }

    pub fn source(&self) -> PathBuf {
        self.place.path().join("source")
    }

    pub fn copy(&self) -> PathBuf {
        self.place.path().join("copy")
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // What is in a read-only directory cannot be removed before the directory is writable.
        for tree in [self.source(), self.copy()] {
            set_mode(&read_only_directory(&tree), 0o700).ok();
        }
    }
}

fn fill(root: &Path) -> io::Result<()> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut directories = vec![root.to_owned()];
    fs::create_dir(root)?;
    for index in 1..DIRECTORIES {
        let parent = random.below(directories.len().min(index));
        let directory = directories[parent].join(format!("directory {index}"));
        fs::create_dir(&directory)?;
        directories.push(directory);
    }
    let read_only = read_only_directory(root);
    fs::create_dir(&read_only)?;
    directories.push(read_only.clone());

    let names = odd_names();
    for index in 0..FILES {
        let directory = &directories[index % directories.len()];
        let path = match names.get(index) {
            Some(name) => directory.join(name),
            None => directory.join(format!("file-{index}")),
        };
        make_file(&path, index, &mut random)?;
    }
    make_links(&directories, &mut random)?;

    for (index, directory) in directories.iter().enumerate() {
        let time = FileTime::from_unix_time(1_000_000_000 + index as i64, 123_456_700);
        filetime::set_file_times(directory, time, time)?;
    }
    set_mode(&read_only, 0o555)
}

fn make_file(path: &Path, index: usize, random: &mut Random) -> io::Result<()> {
    let length = match index % 100 {
        0..10 => 0,
        10..95 => random.below(8 * 1024),
        95..99 => random.below(128 * 1024),
        // One chunk or a few, or a byte more or less.
        _ => 256 * 1024 * (1 + random.below(3)) - 1 + random.below(3),
    };
    fs::write(path, random.bytes(length))?;
    // In tenths of a microsecond, which is what Windows can keep.
    let nanoseconds = 100 * random.below(10_000_000) as u32;
    let time = FileTime::from_unix_time(random.below(1_500_000_000) as i64, nanoseconds);
    filetime::set_file_times(path, time, time)?;
    set_mode(path, [0o644, 0o600, 0o755, 0o444, 0o640][index % 5])
}

fn make_links(directories: &[PathBuf], random: &mut Random) -> io::Result<()> {
    let targets = [
        ".",
        "..",
        "file-10",
        "nowhere at all",
        "/nowhere/either",
        "link",
    ];
    for (index, directory) in directories.iter().enumerate() {
        let link = directory.join("link");
        match symlink(targets[index % targets.len()], &link) {
            // Windows wants a privilege for it; the sample does without then.
            Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied => break,
            made => made?,
        }
        let time = FileTime::from_unix_time(1_100_000_000 + random.below(1_000_000) as i64, 0);
        filetime::set_symlink_file_times(&link, time, time)?;
    }
    Ok(())
}

fn odd_names() -> Vec<&'static OsStr> {
    let mut names: Vec<&OsStr> = [
        "-leading-dash",
        "two  spaces ",
        " ",
        "größer, 木, 🦀, e\u{301}",
        ".hidden",
        "...",
        "percent%20",
    ]
    .map(OsStr::new)
    .to_vec();
    if cfg!(windows) {
        // No trailing spaces or dots there.
        names.retain(|name| !name.to_string_lossy().ends_with([' ', '.']));
    }
    #[cfg(unix)]
    names.extend(["new\nline", "back\\slash", "quote\"'", "star*?"].map(OsStr::new));
    // Names are bytes on unix, but macOS's file systems want UTF-8 all the same.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    {
        use std::os::unix::ffi::OsStrExt;

        names.push(OsStr::from_bytes(b"not \xff\xfe UTF-8"));
    }
    names
}

fn read_only_directory(root: &Path) -> PathBuf {
    root.join("read-only")
}

/// Elsewhere than on unix all there is to permissions is whether one may write.
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    #[cfg(not(unix))]
    let permissions = {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_readonly(mode & 0o200 == 0);
        permissions
    };
    fs::set_permissions(path, permissions)
}

/// xorshift64*: contents that no two chunks share, the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        for word in bytes.chunks_mut(8) {
            word.copy_from_slice(&self.next().to_le_bytes()[..word.len()]);
        }
        bytes
    }
}
