//! A file with figures, whichever of the benches it is from.

use std::fs;

use serde_json::Value;

use crate::results::quantile;

pub struct Source {
    json: Value,
}

/// What a row says of one candidate.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    pub unit: &'a str,
    pub candidate: &'a str,
    pub value: f64,
    /// Where the work was divided among threads: the part of the one that did least.
    pub least_share: Option<f64>,
}

/// How a candidate is chosen.
pub enum Choice<'a> {
    Named(&'a str),
    /// compio-sync in this form, where it is one candidate.
    Ours(&'a str),
    /// The fastest published crate of this form, perhaps with this fairness only.
    Peer(&'a str, Option<&'a str>),
}

impl Source {
    pub fn open(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let json = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self { json })
    }

    /// Something that is not a figure of a row.
    pub fn about(&self, what: &str) -> Option<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let machine = &self.json["machine"];
        match what {
            "day" => Some(self.json["date"].as_str()?.split('T').next()?.to_owned()),
            "cpu" | "kernel" => text(&machine[what]),
            // Without hash and day.
            "rustc" => {
                let words = machine[what].as_str()?.split(' ');
                Some(words.take(2).collect::<Vec<_>>().join(" "))
            }
            "cores" | "load" => Some(machine[what].to_string()),
            "rounds" => Some(self.json["settings"][what].to_string()),
            package => text(&self.json["versions"][package]),
        }
    }

    /// What the footprints say.
    pub fn weight(&self, what: &str, candidate: &str) -> Option<f64> {
        let (primitive, what) = what.split_once('/')?;
        let mut all = self.json["footprints"].as_array()?.iter();
        let found = all.find(|it| it["primitive"] == primitive && it["candidate"] == candidate)?;
        found[what].as_f64()
    }

    /// `None` if the candidate does not have the row; an error if there is no such row.
    pub fn cell(
        &self,
        row: &str,
        choice: &Choice,
        figure: Option<&str>,
        best: bool,
    ) -> Result<Option<Cell<'_>>, String> {
        let rows = self.json["rows"].as_array().into_iter().flatten();
        let found = rows.filter(|it| is_row(it, row)).collect::<Vec<_>>();
        let [found] = found[..] else {
            return Err(format!("{} rows are named `{row}`", found.len()));
        };
        let unit = found["unit"].as_str().unwrap_or("ns");
        let candidates = found["candidates"].as_array().into_iter().flatten();
        let cells = candidates
            .filter(|candidate| fits(candidate, choice))
            .filter_map(|candidate| cell(unit, candidate, figure, best));
        Ok(cells.min_by(|a, b| a.value.total_cmp(&b.value)))
    }

    /// Whether there is such a candidate in any row: a name that none has is a slip of the pen.
    pub fn has(&self, name: &str) -> bool {
        let rows = self.json["rows"].as_array().into_iter().flatten();
        rows.flat_map(|row| row["candidates"].as_array().into_iter().flatten())
            .any(|candidate| candidate["candidate"] == name)
    }
}

fn is_row(row: &Value, name: &str) -> bool {
    let id = row["id"].as_str().unwrap_or_default();
    match (row["primitive"].as_str(), name.split_once('/')) {
        (Some(primitive), Some((first, second))) => primitive == first && id == second,
        _ => id == name,
    }
}

fn fits(candidate: &Value, choice: &Choice) -> bool {
    match *choice {
        Choice::Named(name) => candidate["candidate"] == name,
        Choice::Ours(form) => candidate["kind"] == "ours" && candidate["form"] == form,
        Choice::Peer(form, fairness) => {
            candidate["kind"] == "peer"
                && candidate["form"] == form
                && fairness.is_none_or(|it| candidate["fairness"] == it)
        }
    }
}

fn cell<'a>(
    unit: &'a str,
    candidate: &'a Value,
    figure: Option<&str>,
    best: bool,
) -> Option<Cell<'a>> {
    let name = candidate["candidate"].as_str()?;
    let (measured, value) = match figure {
        None => (candidate, "nanoseconds"),
        Some(figure) => {
            let figures = candidate["figures"].as_array()?;
            let found = figures.iter().find(|it| it["name"] == figure)?;
            (found, if best { "best" } else { "median" })
        }
    };
    Some(Cell {
        unit,
        candidate: name,
        value: measured[value].as_f64()?,
        least_share: median(&candidate["least_share"]),
    })
}

fn median(values: &Value) -> Option<f64> {
    let values: Vec<f64> = values
        .as_array()?
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    (!values.is_empty()).then(|| quantile(&values, 0.5))
}
