//! Running an example, and what a run leaves behind.

use std::{
    env,
    ffi::OsStr,
    path::PathBuf,
    process::{Command, Output},
};

pub struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Runs it to its end.
    pub fn of<A: AsRef<OsStr>>(example: &str, args: impl IntoIterator<Item = A>) -> Self {
        let output = Command::new(program(example)).args(args).output();
        output.expect("the program starts").into()
    }

    #[track_caller]
    pub fn exits_with(self, status: i32) -> Self {
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
    pub fn figure(&self, name: &str) -> usize {
        let prefix = format!("{name}: ");
        let figure = self
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(&prefix));
        let figure = figure.unwrap_or_else(|| panic!("no '{name}' in:\n{}", self.stdout));
        figure.parse().expect("a number")
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

/// Examples lie beside the directory of this test's own executable.
pub fn program(example: &str) -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("target/<profile>");
    let program = profile
        .join("examples")
        .join(format!("{example}{}", env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{program:?}: run `cargo build --example {example}`"
    );
    program
}

/// Arguments that the program has to refuse, and that it tells of itself.
#[track_caller]
pub fn refuses_and_helps(example: &str, wrong: &[&[&str]]) {
    for &args in wrong {
        let run = Run::of(example, args).exits_with(2);
        assert!(run.stderr.contains("--help"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let help = Run::of(example, ["--help"]).exits_with(0);
    let usage = format!("Usage: {example} ");
    assert!(help.stdout.contains(&usage), "{}", help.stdout);
}
