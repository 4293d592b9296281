//! What is measured.

use super::{
    candidate::Candidate,
    crowd, round_trip,
    system_calls::{self, Target},
    threads,
};

/// One row of figures for each candidate.
pub struct Row {
    pub id: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    /// What a sample says, in order. It may say less, where something cannot be known.
    pub figures: &'static [&'static str],
    /// Of rows that differ in a size only, what they have in common, and the size.
    pub family: Option<(&'static str, usize)>,
    has_direct: bool,
    pub sample: fn(Candidate) -> Vec<f64>,
    /// The same in short, when nothing is measured.
    pub check: fn(Candidate) -> Vec<f64>,
}

impl Row {
    pub fn has(&self, candidate: Candidate) -> bool {
        self.has_direct || candidate != Candidate::Direct
    }
}

macro_rules! crowd {
    ($id:literal, $n:literal, $waves:literal) => {
        Row {
            id: $id,
            title: "one call wakes n tasks of a runtime that sleeps",
            unit: "µs",
            figures: &["the call", "until all have run"],
            family: Some(("crowd", $n)),
            has_direct: true,
            sample: |candidate| crowd::sample(candidate, $n, $waves),
            check: |candidate| crowd::sample(candidate, $n, 1),
        }
    };
}

macro_rules! round_trip {
    ($id:literal, $title:literal, $cpus:expr, $trips:literal, $is_busy:literal) => {
        Row {
            id: $id,
            title: $title,
            unit: "ns",
            figures: &["a round trip"],
            family: None,
            has_direct: false,
            sample: |candidate| round_trip::sample(candidate, $cpus, $trips, $is_busy),
            check: |candidate| round_trip::sample(candidate, $cpus, 100, $is_busy),
        }
    };
}

macro_rules! system_calls {
    ($id:literal, $title:literal, $figures:expr, $target:expr) => {
        Row {
            id: $id,
            title: $title,
            unit: "calls",
            figures: $figures,
            family: None,
            has_direct: false,
            sample: |candidate| system_calls::sample(candidate, 300, $target),
            check: |candidate| system_calls::sample(candidate, 1, $target),
        }
    };
}

pub fn all() -> Vec<Row> {
    vec![
        crowd!("crowd-1", 1, 9),
        crowd!("crowd-10", 10, 9),
        crowd!("crowd-100", 100, 9),
        crowd!("crowd-1000", 1_000, 5),
        crowd!("crowd-10000", 10_000, 3),
        round_trip!(
            "round-trip",
            "one wake each way between two runtimes on one CPU, both asleep when they are woken",
            {
                let [cpu, _] = threads::cpus();
                [cpu, cpu]
            },
            20_000,
            false
        ),
        round_trip!(
            "round-trip-apart",
            "the same on a CPU each",
            threads::cpus(),
            5_000,
            false
        ),
        round_trip!(
            "round-trip-busy",
            "the same on a CPU each, and the one that answers has a task that never rests",
            threads::cpus(),
            5_000,
            true
        ),
        system_calls!(
            "system-calls-asleep",
            "calls for one wake of a runtime that sleeps",
            &["whoever wakes", "whoever is woken"],
            Target::Asleep
        ),
        system_calls!(
            "system-calls-busy",
            "calls for one wake of a runtime that never rests, one wake after the other",
            &["whoever wakes"],
            Target::Busy
        ),
        system_calls!(
            "system-calls-busy-pauses",
            "the same with a pause before each wake",
            &["whoever wakes"],
            Target::BusyWithPauses
        ),
    ]
}
