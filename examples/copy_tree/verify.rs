//! Compares the copy with its source, by means as plain as possible: std, one thread, none of the
//! code that made the copy except for what permissions a copy ought to have.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File, Metadata},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use crate::{attributes::Attributes, limit::Limit, report::Report, roots::Roots};

const BUFFER: usize = 128 * 1024;

type Pair = (PathBuf, PathBuf);

/// Reports every difference and returns how many entries were compared. Ends early if interrupted.
pub fn verify(roots: &Roots, report: &Report, limit: &Limit) -> u64 {
    let mut compared = 0;
    let mut stack = vec![(roots.source.clone(), roots.target.clone())];
    while let Some(pair) = stack.pop()
        && !limit.interrupted()
    {
        compared += 1;
        match compare(&pair, roots.new, &mut stack) {
            Ok(None) => {}
            Ok(Some(difference)) => report.trouble(&pair.1, &difference),
            Err(error) => report.trouble(&pair.1, &error),
        }
    }
    compared
}

/// Compares one entry, and puts what is in it on the stack.
fn compare(
    (source, target): &Pair,
    exactly: bool,
    stack: &mut Vec<Pair>,
) -> io::Result<Option<&'static str>> {
    let is = fs::symlink_metadata(source)?;
    if !(is.is_file() || is.is_dir() || is.is_symlink()) {
        return Ok(None); // a special file, and reported as such
    }
    if let Some(difference) = differ(source, &is, target)? {
        return Ok(Some(difference));
    }
    if is.is_dir() {
        let mut extra = names(target)?;
        for name in names(source)? {
            extra.remove(&name);
            stack.push((source.join(&name), target.join(&name)));
        }
        if exactly && !extra.is_empty() {
            return Ok(Some("has entries that the source does not have"));
        }
    }
    Ok(None)
}

fn names(directory: &Path) -> io::Result<HashSet<OsString>> {
    fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}

fn differ(source: &Path, is: &Metadata, target: &Path) -> io::Result<Option<&'static str>> {
    let copy = fs::symlink_metadata(target)?;
    if is.file_type() != copy.file_type() {
        return Ok(Some("another kind of entry"));
    }
    if is.is_symlink() && fs::read_link(source)? != fs::read_link(target)? {
        return Ok(Some("another link target"));
    }
    if is.is_file() && !same_contents(source, target)? {
        return Ok(Some("other contents"));
    }
    Attributes::of(is)?.differ_from(&copy)
}

fn same_contents(a: &Path, b: &Path) -> io::Result<bool> {
    let mut a = BufReader::with_capacity(BUFFER, File::open(a)?);
    let mut b = BufReader::with_capacity(BUFFER, File::open(b)?);
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let common = left.len().min(right.len());
        if common == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..common] != right[..common] {
            return Ok(false);
        }
        a.consume(common);
        b.consume(common);
    }
}
