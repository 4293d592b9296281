//! What a run found out: the one source of tables, charts and JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    candidate::{Fairness, Form, Kind, Primitive},
    footprint::Footprint,
    machine::Machine,
    options::Options,
    registry::Entry,
    rows::{Family, Row, Statistic},
};

#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// 1, which was not written yet: semaphores only. 2: `primitive` in rows and footprints, and
    /// footprints name what they weigh by what it is for, not by what it is called.
    pub format: u32,
    pub date: String,
    pub machine: Machine,
    pub versions: BTreeMap<&'static str, &'static str>,
    pub settings: Settings,
    pub rows: Vec<RowResult>,
    pub footprints: Vec<FootprintResult>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Settings {
    pub quick: bool,
    pub rounds: usize,
    pub batch_milliseconds: u64,
}

impl From<&Options> for Settings {
    fn from(options: &Options) -> Self {
        Self {
            quick: options.quick,
            rounds: options.rounds(),
            batch_milliseconds: options.batch().as_millis() as u64,
        }
    }
}

/// One row, of all candidates that have it.
#[derive(Clone, Debug, Serialize)]
pub struct RowResult {
    pub primitive: Primitive,
    pub id: &'static str,
    pub title: &'static str,
    pub statistic: Statistic,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    pub candidates: Vec<Measured>,
}

impl RowResult {
    pub fn new(row: &Row, candidates: Vec<Measured>) -> Self {
        Self {
            primitive: row.primitive,
            id: row.id,
            title: row.title,
            statistic: row.statistic,
            family: row.family,
            candidates,
        }
    }

    /// What is one chart and one table: the row, or its family.
    pub fn group(&self) -> (Primitive, &'static str) {
        (self.primitive, self.family.map_or(self.id, |it| it.id))
    }

    pub fn of_form(&self, form: Form) -> impl Iterator<Item = &Measured> {
        self.candidates
            .iter()
            .filter(move |measured| measured.form == form)
    }
}

/// One row of one candidate.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub candidate: &'static str,
    pub kind: Kind,
    pub form: Form,
    pub fairness: Fairness,
    /// Nanoseconds per operation of the round that counts.
    pub nanoseconds: f64,
    /// The middle half of the rounds, from edge to edge, as a part of the median.
    pub spread: f64,
    /// Iterations of a batch; absent where batches are given their time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// Nanoseconds per operation of every round, in order.
    pub rounds: Vec<f64>,
    /// For rows on two threads: the part of the operations that the slower one did, per round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub least_share: Vec<f64>,
}

impl Measured {
    pub fn new(
        entry: &Entry,
        statistic: Statistic,
        iterations: Option<u64>,
        rounds: Vec<f64>,
        least_share: Vec<f64>,
    ) -> Self {
        Self {
            candidate: entry.info.name,
            kind: entry.info.kind,
            form: entry.form,
            fairness: entry.info.fairness,
            nanoseconds: match statistic {
                Statistic::Best => quantile(&rounds, 0.0),
                Statistic::Median => quantile(&rounds, 0.5),
            },
            spread: (quantile(&rounds, 0.75) - quantile(&rounds, 0.25)) / quantile(&rounds, 0.5),
            iterations,
            rounds,
            least_share,
        }
    }
}

/// What one candidate weighs.
#[derive(Clone, Debug, Serialize)]
pub struct FootprintResult {
    pub primitive: Primitive,
    pub candidate: &'static str,
    pub kind: Kind,
    pub form: Form,
    #[serde(flatten)]
    pub footprint: Footprint,
}

impl FootprintResult {
    pub fn of(entries: &[&Entry]) -> Vec<Self> {
        let of = |entry: &&Entry| {
            Some(Self {
                primitive: entry.primitive,
                candidate: entry.info.name,
                kind: entry.info.kind,
                form: entry.form,
                footprint: entry.footprint?(),
            })
        };
        entries.iter().filter_map(of).collect()
    }
}

/// The value below which `part` of the values are, between neighbours by proportion.
///
/// # Panics
///
/// Without values.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = part * (sorted.len() - 1) as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    below + (above - below) * position.fract()
}
