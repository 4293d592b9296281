//! What a run found out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{candidate::Candidate, rows::Row};
use crate::{machine::Machine, results::quantile};

#[derive(Clone, Debug, Serialize)]
pub struct Results {
    pub format: u32,
    pub date: String,
    pub machine: Machine,
    pub versions: BTreeMap<&'static str, &'static str>,
    /// Whoever wakes is on the first, and whoever is woken on the second.
    pub cpus: [usize; 2],
    /// The one in use when none is forced.
    pub doorbell: Option<String>,
    pub settings: Settings,
    pub rows: Vec<RowResult>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Settings {
    pub quick: bool,
    pub rounds: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct RowResult {
    pub id: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<(&'static str, usize)>,
    pub candidates: Vec<Measured>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub candidate: Candidate,
    pub figures: Vec<Figure>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub median: f64,
    pub best: f64,
    /// The middle half of the rounds, from edge to edge, as a part of the median. None where that
    /// is zero.
    pub spread: Option<f64>,
    /// Of every round, in order.
    pub rounds: Vec<f64>,
}

impl RowResult {
    /// Of the samples of each candidate.
    pub fn new(row: &Row, jobs: Vec<(Candidate, Vec<Vec<f64>>)>) -> Self {
        let of = |(candidate, samples): (Candidate, Vec<Vec<f64>>)| {
            let figures = row.figures.iter().enumerate();
            let figures = figures.filter_map(|(index, name)| {
                let rounds: Vec<f64> = samples
                    .iter()
                    .filter_map(|it| it.get(index).copied())
                    .collect();
                (!rounds.is_empty()).then(|| Figure::new(name, rounds))
            });
            Measured {
                candidate,
                figures: figures.collect(),
            }
        };
        Self {
            id: row.id,
            title: row.title,
            unit: row.unit,
            family: row.family,
            candidates: jobs.into_iter().map(of).collect(),
        }
    }

    /// What was measured of a candidate.
    pub fn figure(&self, candidate: Candidate, name: &str) -> Option<&Figure> {
        let mut candidates = self.candidates.iter();
        let measured = candidates.find(|measured| measured.candidate == candidate)?;
        measured.figures.iter().find(|figure| figure.name == name)
    }
}

impl Figure {
    fn new(name: &'static str, rounds: Vec<f64>) -> Self {
        let median = quantile(&rounds, 0.5);
        let middle = quantile(&rounds, 0.75) - quantile(&rounds, 0.25);
        Self {
            name,
            median,
            best: quantile(&rounds, 0.0),
            spread: (median > 0.0).then(|| middle / median),
            rounds,
        }
    }
}
