//! Processes of their own, for what would disturb other tests, or be disturbed by them.

use std::{
    env,
    process::{Command, ExitStatus},
};

use super::Watchdog;

/// What a process ends with that has done all that it was to do.
pub const WELL: i32 = 42;

/// What a process ends with that was too slow for what it was to do.
pub const TOO_SLOW: i32 = 43;

const CHILD: &str = "COMPIO_SYNC_CHILD";

/// Runs `body` in a process in which nothing else runs, with these variables, and gives how it
/// ended. In that process this does not return.
fn status_alone(test: &str, env: &[(&str, &str)], body: impl FnOnce()) -> ExitStatus {
    // The same test may start several, which differ by what they are to do.
    let which = format!("{test} {env:?}");
    match env::var(CHILD) {
        Ok(child) if child == which => {
            let watchdog = Watchdog::start();
            body();
            drop(watchdog);
            std::process::exit(WELL);
        }
        Ok(_) => {
            // What a test starts before the one that this process is for.
            return ExitStatus::default();
        }
        Err(_) => {}
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, which)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output.status
}

/// Runs `body` in a process in which nothing else runs, with these variables, to its end.
#[track_caller]
pub fn alone(test: &str, env: &[(&str, &str)], body: impl FnOnce()) {
    let status = status_alone(test, env, body);
    if env::var_os(CHILD).is_none() {
        assert_eq!(status.code(), Some(WELL), "{status}");
    }
}

/// The same for what may go wrong where others take the CPU: one of these attempts counts. None
/// does where most of them have ended with [`TOO_SLOW`].
#[track_caller]
pub fn alone_once_of(attempts: usize, test: &str, env: &[(&str, &str)], body: impl Fn()) {
    let mut endings = Vec::new();
    for _ in 0..attempts {
        endings.push(status_alone(test, env, &body).code());
        if endings.ends_with(&[Some(WELL)]) {
            return;
        }
    }
    let slow = endings.iter().filter(|code| **code == Some(TOO_SLOW));
    assert!(
        2 * slow.count() > attempts || env::var_os(CHILD).is_some(),
        "{endings:?}"
    );
}

/// The variable that forces a doorbell, with each value that it takes.
pub const DOORBELLS: [(&str, &str); 3] = [
    ("COMPIO_SYNC_DOORBELL", "eventfd"),
    ("COMPIO_SYNC_DOORBELL", "futex"),
    ("COMPIO_SYNC_DOORBELL", "waker"),
];
