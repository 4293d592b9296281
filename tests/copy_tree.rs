//! Drives the example `copy_tree` as its user would: arguments in, files, exit status and summary
//! out. `cargo test` builds the example; to run this file alone, `cargo build --example copy_tree`
//! first.

#![cfg(not(loom))]

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

/// What one run of the program left behind, besides files.
struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    #[track_caller]
    fn exits_with(self, status: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(
            self.status,
            Some(status),
            "\nstdout:\n{stdout}\nstderr:\n{stderr}"
        );
        self
    }

    /// A number from the summary.
    #[track_caller]
    fn figure(&self, name: &str) -> usize {
        let prefix = format!("{name}: ");
        let figure = self
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(&prefix));
        let figure = figure.unwrap_or_else(|| panic!("no '{name}' in:\n{}", self.stdout));
        figure.parse().expect("a number")
    }

    /// The lines on stderr that mention `path`.
    fn complaints_about(&self, path: &Path) -> usize {
        let path = format!("'{}'", path.display());
        self.stderr
            .lines()
            .filter(|line| line.contains(&path))
            .count()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self {
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The example lies beside the directory of this test's own executable.
fn program() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("target/<profile>");
    let program = profile
        .join("examples")
        .join(format!("copy_tree{}", env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{program:?}: run `cargo build --example copy_tree`"
    );
    program
}

fn copy_tree<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    let output = Command::new(program()).args(args).output();
    output.expect("the program starts").into()
}

fn copy(source: &Path, target: &Path, options: &[&str]) -> Run {
    let paths = [source.as_os_str(), target.as_os_str()];
    copy_tree(options.iter().map(OsStr::new).chain(paths))
}

/// A directory for one test, and in it a source with two files, a directory and a third file.
fn place() -> (TempDir, PathBuf, PathBuf) {
    let place = tempfile::tempdir().expect("a temporary directory");
    // Resolved, for the program names what it has resolved.
    let root = place.path().canonicalize().expect("a path");
    let (source, target) = (root.join("source"), root.join("target"));
    fs::create_dir_all(source.join("inner")).unwrap();
    fs::write(source.join("one"), "1").unwrap();
    fs::write(source.join("two"), "22").unwrap();
    fs::write(source.join("inner").join("three"), "333").unwrap();
    (place, source, target)
}

/// Adds so many directories with so many files each.
fn fill(source: &Path, directories: usize, files: usize) {
    for directory in 0..directories {
        let directory = source.join(directory.to_string());
        fs::create_dir(&directory).unwrap();
        for file in 0..files {
            fs::write(directory.join(file.to_string()), vec![b'x'; file * 100]).unwrap();
        }
    }
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{:?}: {error}", path.as_ref()))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("UTF-8");
    let mut names: Vec<_> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

#[test]
fn without_arguments_a_sample_is_copied_and_verified_and_removed() {
    let place = tempfile::tempdir().unwrap();
    let output = Command::new(program())
        .env("TMPDIR", place.path())
        .env("TMP", place.path())
        .output();
    let run = Run::from(output.unwrap()).exits_with(0);
    assert_eq!(run.figure("files"), 2000);
    assert!(run.figure("directories") >= 100);
    // All of it, and the root.
    let entries = run.figure("files") + run.figure("directories") + run.figure("symlinks");
    assert_eq!(run.figure("verified"), entries + 1);
    assert_eq!(run.figure("limit at first"), 1024);
    assert!(run.figure("most in flight") <= 1024);
    assert_eq!(run.stderr, "");
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn the_limit_holds_across_runtimes_and_is_made_use_of() {
    let (_place, source, target) = place();
    fill(&source, 3, 50);
    for (threads, limit) in [(1, 5), (3, 1), (3, 2), (3, 7)] {
        let arguments = [threads, limit].map(|number| number.to_string());
        let options = [
            "--threads",
            &arguments[0],
            "--max-files-in-flight",
            &arguments[1],
        ];
        let run = copy(&source, &target, &options).exits_with(0);
        assert_eq!(run.figure("files"), 153);
        assert_eq!(run.figure("runtimes"), threads);
        assert_eq!(run.figure("limit at first"), limit);
        assert_eq!(run.figure("limit at the end"), limit);
        assert_eq!(run.figure("limit lowered"), 0);
        assert_eq!(run.figure("most in flight"), limit);
    }
}

#[test]
fn a_tree_is_copied_with_its_contents_and_times() {
    let (_place, source, target) = place();
    // More than a few chunks, and not a multiple of one.
    let large: Vec<u8> = (0..1_500_001u32)
        .map(|n| (n.wrapping_mul(2654435761) >> 24) as u8)
        .collect();
    fs::write(source.join("large"), &large).unwrap();
    fs::write(source.join("empty"), "").unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_234_567_890, 987_654_300);
    for name in ["large", "inner", "."] {
        filetime::set_file_mtime(source.join(name), time.into()).unwrap();
    }

    let run = copy(&source, &target, &["--verify"]).exits_with(0);

    assert_eq!(run.figure("files"), 5);
    assert_eq!(run.figure("directories"), 1);
    assert_eq!(run.figure("bytes"), large.len() + 6);
    assert_eq!(run.figure("verified"), 7);
    assert_eq!(names(&target), ["empty", "inner", "large", "one", "two"]);
    assert!(
        fs::read(target.join("large")).unwrap() == large,
        "the large file differs"
    );
    assert_eq!(read(target.join("empty")), "");
    assert_eq!(read(target.join("inner").join("three")), "333");
    for name in ["large", "inner", "."] {
        let modified = fs::metadata(target.join(name)).unwrap().modified().unwrap();
        assert_eq!(modified, time, "{name}");
    }
}

#[test]
fn an_existing_target_is_merged_into() {
    let (_place, source, target) = place();
    fs::create_dir_all(target.join("inner")).unwrap();
    fs::write(target.join("one"), "an older and longer one").unwrap();
    fs::write(target.join("inner").join("of its own"), "kept").unwrap();

    let run = copy(&source, &target, &["--verify"]).exits_with(0);

    assert_eq!(run.stderr, "");
    assert_eq!(names(&target), ["inner", "one", "two"]);
    assert_eq!(names(&target.join("inner")), ["of its own", "three"]);
    assert_eq!(read(target.join("one")), "1");
    assert_eq!(read(target.join("inner").join("of its own")), "kept");
}

#[test]
fn what_cannot_be_copied_is_named_and_the_rest_is_copied() {
    let (_place, source, target) = place();
    // A file for which there is a directory, and a directory for which there is a file.
    fs::create_dir_all(target.join("one").join("occupied")).unwrap();
    fs::write(target.join("inner"), "a file").unwrap();

    let run = copy(&source, &target, &[]).exits_with(1);

    assert_eq!(
        run.complaints_about(&source.join("one")),
        1,
        "{}",
        run.stderr
    );
    assert_eq!(
        run.complaints_about(&source.join("inner")),
        1,
        "{}",
        run.stderr
    );
    assert_eq!(run.figure("failed"), 2);
    assert_eq!(run.figure("files"), 1);
    assert_eq!(names(&target), ["inner", "one", "two"]);
    assert_eq!(read(target.join("inner")), "a file");
    assert_eq!(names(&target.join("one")), ["occupied"]);
    assert_eq!(read(target.join("two")), "22");
}

#[test]
fn a_tree_is_not_copied_into_itself() {
    let (_place, source, _) = place();
    let before = names(&source);
    let detour = source.join("inner").join("..").join("..").join("source");
    for target in [
        source.clone(),
        source.join("inner"),
        source.join("new"),
        source.join("inner").join("new"),
        detour.join("inner"),
        detour.join("new"),
    ] {
        let run = copy(&source, &target, &[]).exits_with(2);
        assert!(run.stderr.contains("into itself"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    assert_eq!(names(&source), before);
    assert_eq!(names(&source.join("inner")), ["three"]);
}

#[test]
fn a_tree_is_not_copied_over_its_own_source() {
    let (_place, source, _) = place();
    // The parent is a good target, unless the source would be overwritten by its own contents.
    let parent = source.parent().unwrap();
    copy(&source, parent, &[]).exits_with(0);
    assert_eq!(names(parent), ["inner", "one", "source", "two"]);

    fs::create_dir(source.join("source")).unwrap();
    let run = copy(&source, parent, &[]).exits_with(2);
    assert!(run.stderr.contains("over the source"), "{}", run.stderr);
}

#[test]
fn unfit_paths_are_refused() {
    let (_place, source, target) = place();
    let file = source.join("one");
    let missing = source.join("missing");
    for (from, to, reason) in [
        (&source, &file, "exists and is not a directory"),
        (&file, &target, "is not a directory"),
        (&missing, &target, "missing"),
        (&source, &target.join("too").join("deep"), "deep"),
    ] {
        let run = copy(from, to, &[]).exits_with(2);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    assert_eq!(read(file), "1");
    assert!(!target.exists());
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    for args in [
        &["only-one"][..],
        &["one", "two", "three"],
        &["--no-such-option"],
        &["--threads"],
        &["--threads", "0"],
        &["--max-files-in-flight", "0"],
        &["--max-files-in-flight", "many"],
    ] {
        let run = copy_tree(args).exits_with(2);
        assert!(run.stderr.contains("--help"), "{}", run.stderr);
    }
    let help = copy_tree(["--help"]).exits_with(0);
    assert!(help.stdout.contains("--max-files-in-flight N"));
}

#[cfg(unix)]
mod unix {
    use std::{
        os::unix::fs::{PermissionsExt, symlink},
        process::Stdio,
        thread,
    };

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path)
            .expect("an entry")
            .permissions()
            .mode()
            & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn permissions_are_kept_even_where_they_forbid_writing() {
        let (_place, source, target) = place();
        let read_only = [Path::new(""), Path::new("inner")];
        set_mode(&source.join("one"), 0o4711);
        set_mode(&source.join("two"), 0o400);
        for directory in read_only {
            set_mode(&source.join(directory), 0o555);
        }

        let run = copy(&source, &target, &["--verify"]);

        let modes = ["", "inner", "one", "two"].map(|name| mode(&target.join(name)));
        // So that a user's temporary directory can be removed.
        for directory in read_only {
            set_mode(&source.join(directory), 0o755);
            set_mode(&target.join(directory), 0o755);
        }
        run.exits_with(0);
        assert_eq!(modes, [0o555, 0o555, 0o4711, 0o400]);
        assert_eq!(read(target.join("inner").join("three")), "333");
    }

    #[test]
    fn links_are_copied_as_links() {
        let (_place, source, target) = place();
        for to in ["one", "inner", "nowhere", "/", "../source", "loop"] {
            let link = source.join(format!("to {}", to.replace('/', "-")));
            symlink(to, &link).unwrap();
            let time = filetime::FileTime::from_unix_time(1_000_000_000, 5_000_000);
            filetime::set_symlink_file_times(&link, time, time).unwrap();
        }
        // What is there already is replaced, and not followed.
        fs::create_dir(&target).unwrap();
        symlink(source.join("two"), target.join("one")).unwrap();

        let run = copy(&source, &target, &["--verify"]).exits_with(0);

        assert_eq!(run.figure("symlinks"), 6);
        assert_eq!(
            fs::read_link(target.join("to nowhere")).unwrap(),
            Path::new("nowhere")
        );
        assert_eq!(fs::read_link(target.join("to -")).unwrap(), Path::new("/"));
        assert!(fs::symlink_metadata(target.join("one")).unwrap().is_file());
        assert_eq!(read(source.join("two")), "22");
    }

    #[test]
    fn links_do_not_hide_that_the_target_is_inside() {
        let (place, source, _) = place();
        let link = place.path().join("link");
        symlink(source.join("inner"), &link).unwrap();
        for target in [link.clone(), link.join("new")] {
            let run = copy(&source, &target, &[]).exits_with(2);
            assert!(run.stderr.contains("into itself"), "{}", run.stderr);
        }
        // A link to nowhere is no place either.
        let dangling = place.path().join("dangling");
        symlink("nowhere", &dangling).unwrap();
        copy(&source, &dangling, &[]).exits_with(2);
        assert_eq!(names(&source.join("inner")), ["three"]);
    }

    #[test]
    fn special_files_are_skipped_and_named() {
        let (_place, source, target) = place();
        let pipe = source.join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let socket = source.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();

        let run = copy(&source, &target, &["--verify"]).exits_with(1);

        assert_eq!(run.figure("skipped"), 2);
        assert_eq!(run.figure("failed"), 0);
        assert_eq!(run.figure("files"), 3);
        assert_eq!(run.complaints_about(&pipe), 1, "{}", run.stderr);
        assert_eq!(run.complaints_about(&socket), 1, "{}", run.stderr);
        assert_eq!(names(&target), ["inner", "one", "two"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn verifying_finds_contents_that_differ() {
        // Another number whenever it is read; and a length of 0, which nobody may rely on.
        let source = Path::new("/proc/sys/kernel/random");
        let (_place, _, target) = place();

        let run = copy(source, &target, &["--verify"]).exits_with(1);

        assert_eq!(run.figure("failed"), 0);
        assert_eq!(read(target.join("uuid")).len(), 37);
        assert_eq!(
            run.complaints_about(&target.join("uuid")),
            1,
            "{}",
            run.stderr
        );
        assert_eq!(read(target.join("boot_id")), read(source.join("boot_id")));
    }

    /// Runs the program with at most so many descriptors.
    fn copy_with_descriptors(descriptors: usize, source: &Path, target: &Path) -> Run {
        let output = Command::new("sh")
            .arg("-c")
            .arg(r#"ulimit -n "$0" && exec "$@" --verify --threads 2"#)
            .arg(descriptors.to_string())
            .args([program().as_path(), source, target])
            .output();
        output.unwrap().into()
    }

    #[test]
    fn without_descriptors_the_limit_is_lowered_and_everything_copied() {
        let (_place, source, target) = place();
        fill(&source, 10, 100);
        for descriptors in [64, 32, 20] {
            let run = copy_with_descriptors(descriptors, &source, &target).exits_with(0);
            assert_eq!(run.stderr, "");
            assert_eq!(run.figure("files"), 1003);
            assert_eq!(run.figure("verified"), 1015);
            assert!(run.figure("limit lowered") >= 1);
            assert!((1..descriptors).contains(&run.figure("limit at the end")));
            assert!(run.figure("most in flight") <= 1024);
            fs::remove_dir_all(&target).unwrap();
        }
    }

    #[test]
    fn an_interrupt_leaves_no_temporary_file() {
        let (_place, source, target) = place();
        // Takes long to copy and no time to make.
        let endless = fs::File::create(source.join("endless")).unwrap();
        endless.set_len(64 << 30).unwrap();
        let mut child = Command::new(program())
            .args([&source, &target])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let temporary = |name: &String| name.starts_with(".copy_tree.");
        while !(target.exists() && names(&target).iter().any(temporary)) {
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "it ended before it could be interrupted"
            );
            thread::sleep(Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );

        let run = Run::from(child.wait_with_output().unwrap()).exits_with(130);

        assert!(run.stderr.contains("interrupted"), "{}", run.stderr);
        let left = names(&target);
        assert!(!left.contains(&"endless".to_owned()), "{left:?}");
        assert!(!left.iter().any(temporary), "{left:?}");
        for (name, contents) in [("one", "1"), ("two", "22")] {
            let path = target.join(name);
            assert!(!path.exists() || read(&path) == contents, "half of {name}");
        }
    }
}
