//! Where the figures come from.

use std::{collections::BTreeMap, env, fs, process::Command, thread, time::SystemTime};

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub kernel: String,
    pub rustc: &'static str,
    /// What else ran when the run began, as the system's average over a minute; only Linux tells.
    pub load: Option<f64>,
}

pub fn describe() -> Machine {
    Machine {
        cpu: cpu().unwrap_or_else(|| env::consts::ARCH.to_owned()),
        cores: thread::available_parallelism().map_or(1, |cores| cores.get()),
        kernel: kernel().unwrap_or_else(|| env::consts::OS.to_owned()),
        rustc: env!("BENCH_RUSTC"),
        load: load(),
    }
}

/// Now, by the system's clock.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// The versions that this program was built with.
pub fn versions() -> BTreeMap<&'static str, &'static str> {
    env!("BENCH_VERSIONS")
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .collect()
}

fn cpu() -> Option<String> {
    if cfg!(target_os = "linux") {
        let info = fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    } else if cfg!(target_os = "macos") {
        output("sysctl", &["-n", "machdep.cpu.brand_string"])
    } else {
        env::var("PROCESSOR_IDENTIFIER").ok()
    }
}

fn kernel() -> Option<String> {
    if cfg!(windows) {
        output("cmd", &["/C", "ver"])
    } else {
        output("uname", &["-sr"])
    }
}

fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
