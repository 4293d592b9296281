//! The tables, as Markdown that also reads well in a terminal.

use super::{
    candidate::Candidate,
    results::{Figure, Results, RowResult},
};
use crate::{
    compare,
    report::{line, nanoseconds, table, thousands},
};

pub fn render(results: &Results) -> String {
    let mut out = String::new();
    heading(&mut out, results);
    let mut families = Vec::new();
    for row in &results.rows {
        match row.family {
            None => single(&mut out, row),
            Some((family, _)) if !families.contains(&family) => {
                families.push(family);
                let fits = |row: &&RowResult| row.family.is_some_and(|it| it.0 == family);
                let rows: Vec<_> = results.rows.iter().filter(fits).collect();
                sizes(&mut out, family, &rows);
            }
            Some(_) => {}
        }
    }
    out
}

fn heading(out: &mut String, results: &Results) {
    let machine = &results.machine;
    line(out, &format!("# Wakes between threads, {}", results.date));
    line(
        out,
        &format!(
            "{}, {} cores, {}, {}",
            machine.cpu, machine.cores, machine.kernel, machine.rustc
        ),
    );
    let versions = results.versions.iter();
    let versions: Vec<_> = versions
        .filter(|(name, _)| ["compio", "compio-sync", "tokio"].contains(name))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    line(out, &versions.join(", "));
    if let Some(doorbell) = &results.doorbell {
        line(
            out,
            &format!("Where none is forced, the doorbell is {doorbell}."),
        );
    }
    if let Some(load) = machine.load
        && load > 0.5
    {
        line(
            out,
            &format!("The machine was not idle: load {load:.1} when the run began."),
        );
    }
    line(
        out,
        &format!("Medians of {} rounds.", results.settings.rounds),
    );
}

fn label(candidate: Candidate) -> String {
    let mark = if candidate.is_ours() { '*' } else { ' ' };
    format!("{mark} {}", candidate.name())
}

fn value(unit: &str, value: f64) -> String {
    match unit {
        "calls" => format!("{value:.2}"),
        _ => nanoseconds(value),
    }
}

fn ratio(row: &RowResult, figure: &Figure) -> String {
    match row.figure(Candidate::Tokio, figure.name) {
        Some(tokio) if tokio.median > 0.0 => format!("{:.2}", figure.median / tokio.median),
        _ => String::new(),
    }
}

/// What the crate's own are to tokio's, in words; counts have no need of it.
fn verdict(row: &RowResult, name: &str) -> Option<String> {
    let ours = row.figure(Candidate::Ours(None), name)?;
    let tokio = row.figure(Candidate::Tokio, name)?;
    Some(compare::against(ours.median, tokio.median, "tokio"))
}

fn single(out: &mut String, row: &RowResult) {
    line(out, &format!("\n## {}: {}", row.id, row.title));
    let Some(most) = row.candidates.iter().max_by_key(|it| it.figures.len()) else {
        return;
    };
    if most.figures.is_empty() {
        line(out, "Cannot be counted here.");
    }
    for figure in &most.figures {
        let title = format!("{}, {}", figure.name, row.unit);
        let header = [&*title, "median", "best", "spread", "of tokio"];
        let body = row.candidates.iter().filter_map(|measured| {
            let figure = row.figure(measured.candidate, figure.name)?;
            Some(vec![
                label(measured.candidate),
                value(row.unit, figure.median),
                value(row.unit, figure.best),
                figure
                    .spread
                    .map_or(String::new(), |spread| format!("{:.0} %", spread * 100.0)),
                ratio(row, figure),
            ])
        });
        table(out, &header, body);
        if row.unit != "calls"
            && let Some(verdict) = verdict(row, figure.name)
        {
            line(out, &format!("compio-sync: {verdict}"));
        }
    }
}

/// A family of rows: a table for each figure, with a column for each size.
fn sizes(out: &mut String, family: &str, rows: &[&RowResult]) {
    let Some(first) = rows.first() else {
        return;
    };
    line(out, &format!("\n## {family}-n: {}", first.title));
    let columns: Vec<_> = rows
        .iter()
        .filter_map(|row| Some(format!("n = {}", thousands(row.family?.1 as f64))))
        .collect();
    let Some(measured) = first.candidates.first() else {
        return;
    };
    for figure in &measured.figures {
        let title = format!("{}, {}", figure.name, first.unit);
        let header: Vec<_> = [&*title]
            .into_iter()
            .chain(columns.iter().map(String::as_str))
            .collect();
        let body = first.candidates.iter().map(|measured| {
            let cells = rows.iter().map(|row| {
                let figure = row.figure(measured.candidate, figure.name);
                figure.map_or(String::new(), |figure| value(row.unit, figure.median))
            });
            [label(measured.candidate)]
                .into_iter()
                .chain(cells)
                .collect()
        });
        table(out, &header, body);
        line(out, "compio-sync:");
        for (row, column) in rows.iter().zip(&columns) {
            if let Some(verdict) = verdict(row, figure.name) {
                line(out, &format!("- {column}: {verdict}"));
            }
        }
    }
}
