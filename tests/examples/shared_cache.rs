use std::fs;

use crate::run::{Run, refuses_and_helps};

const EXAMPLE: &str = "shared_cache";

/// Who asked was a hit or a miss, unless it gave up before it had found out.
fn adds_up(run: &Run, checks: usize) {
    let asked = run.figure("requests") + checks;
    let told = run.figure("hits") + run.figure("misses");
    let least = asked - run.figure("given up");
    assert!((least..=asked).contains(&told), "{}", run.stdout);
}

#[test]
fn each_file_of_the_sample_is_loaded_once_and_once_more_when_it_changed() {
    let run = Run::of(EXAMPLE, ["--threads", "3", "--tasks", "16"]).exits_with(0);

    assert_eq!(run.figure("files"), 32);
    assert_eq!(run.figure("changed"), 5);
    assert_eq!(run.figure("loads"), 37);
    // The first to ask for the first file is impatient, and gives up while it loads.
    assert!(run.figure("given up") >= 1);
    assert!(run.figure("loads begun") > 37, "{}", run.stdout);
    // In each of three rounds each task asks for each file, again where it gave up.
    let requests = 3 * 3 * 16 * 32 + run.figure("given up");
    assert_eq!(run.figure("requests"), requests);
    adds_up(&run, 3 * 32);
    assert_eq!(run.stderr, "");
}

#[test]
fn files_of_the_user_are_loaded_once_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let paths = ["one", "two"].map(|name| place.path().join(name));
    for path in &paths {
        fs::write(path, path.as_os_str().len().to_string()).unwrap();
    }
    let contents = || paths.each_ref().map(|path| fs::read(path).unwrap());
    let before = contents();
    let options = ["--threads", "2", "--tasks", "48"].map(Into::into);
    // One is named twice.
    let args = options.iter().chain(&paths).chain(&paths[..1]);
    let run = Run::of(EXAMPLE, args).exits_with(0);

    assert_eq!(run.figure("files"), 2);
    assert_eq!(run.figure("changed"), 0);
    assert_eq!(run.figure("loads"), 2);
    adds_up(&run, 2 * 2);
    assert_eq!(contents(), before);
}

#[test]
fn a_file_that_cannot_be_read_ends_all_runtimes() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("missing");
    let options = ["--threads", "3", "--tasks", "4"].map(Into::into);
    let run = Run::of(EXAMPLE, options.iter().chain([&missing])).exits_with(1);
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.stderr);
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    let wrong: &[&[&str]] = &[
        &["--no-such-option"],
        &["--threads", "0"],
        &["--tasks", "49"],
        &["--slow", "long"],
        &["--slow"],
    ];
    refuses_and_helps(EXAMPLE, wrong);
}
