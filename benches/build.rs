//! Records what the figures depend on and the program cannot ask for later: the compiler, and the
//! exact versions of the peers.

use std::{env, fs, path::Path, process::Command};

const RECORDED: [&str; 13] = [
    "async-lock",
    "asyncband",
    "atomic-waker",
    "compio",
    "compio-sync",
    "crossbeam-queue",
    "event-listener",
    "futures-intrusive",
    "local-sync",
    "parking_lot",
    "synchrony",
    "tokio",
    "tokio-util",
];

fn main() {
    let rustc = env::var("RUSTC").expect("cargo sets RUSTC");
    let output = Command::new(rustc)
        .arg("-V")
        .output()
        .expect("the compiler tells its version");
    println!(
        "cargo::rustc-env=BENCH_RUSTC={}",
        String::from_utf8_lossy(&output.stdout).trim()
    );

    let member = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let lock = Path::new(&member)
        .parent()
        .expect("a member of the workspace")
        .join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let lock = fs::read_to_string(lock).expect("cargo writes the lock file before it builds");
    println!(
        "cargo::rustc-env=BENCH_VERSIONS={}",
        versions(&lock).join(",")
    );
}

/// `name=version` of every recorded package in a lock file.
fn versions(lock: &str) -> Vec<String> {
    let value = |line: &str, key: &str| {
        Some(
            line.strip_prefix(key)?
                .strip_prefix(" = \"")?
                .strip_suffix('"')?
                .to_owned(),
        )
    };
    let mut name = None;
    let mut found = Vec::new();
    for line in lock.lines() {
        if let Some(new) = value(line, "name") {
            name = Some(new);
        } else if let (Some(name), Some(version)) = (&name, value(line, "version"))
            && RECORDED.contains(&name.as_str())
        {
            found.push(format!("{name}={version}"));
        }
    }
    found
}
