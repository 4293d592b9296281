//! The tables, as Markdown that also reads well in a terminal.

use std::fmt::Write;

use crate::{
    candidate::{Form, Kind, Primitive},
    compare,
    footprint::{Footprint, Waits},
    results::{FootprintResult, Measured, Results, RowResult},
    rows::Statistic,
};

const FORMS: [(Form, &str); 2] = [(Form::Shared, "shared form"), (Form::Local, "local form")];

pub fn render(results: &Results) -> String {
    let mut out = String::new();
    heading(&mut out, results);
    for primitive in Primitive::ALL {
        of_primitive(&mut out, results, primitive);
    }
    out
}

fn of_primitive(out: &mut String, results: &Results, primitive: Primitive) {
    let rounds = results.settings.rounds;
    let mut groups = Vec::new();
    let rows = results.rows.iter().filter(|row| row.primitive == primitive);
    for row in rows.clone() {
        let group = row.group();
        if groups.contains(&group) {
            continue;
        }
        groups.push(group);
        if row.family.is_none() {
            single(out, row, rounds);
        } else {
            let rows: Vec<_> = rows.clone().filter(|row| row.group() == group).collect();
            sizes(out, &rows, rounds);
        }
    }
    let footprints = results.footprints.iter();
    let of_primitive: Vec<_> = footprints
        .filter(|footprint| footprint.primitive == primitive)
        .collect();
    if !of_primitive.is_empty() {
        footprint(out, primitive, &of_primitive);
    }
}

fn heading(out: &mut String, results: &Results) {
    let machine = &results.machine;
    let versions: Vec<_> = results
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    line(out, &format!("# Primitives side by side, {}", results.date));
    line(
        out,
        &format!(
            "{}, {} cores, {}, {}",
            machine.cpu, machine.cores, machine.kernel, machine.rustc
        ),
    );
    line(out, &versions.join(", "));
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
        "`*` marks compio-sync. Ratios below 1 are faster than the best peer of that form.",
    );
}

fn single(out: &mut String, row: &RowResult, rounds: usize) {
    line(
        out,
        &format!("\n## {}, {}: {}", row.primitive.name(), row.id, row.title),
    );
    line(
        out,
        &format!("ns per operation, {}", statistic(row.statistic, rounds)),
    );
    for (form, name) in FORMS {
        if !row
            .of_form(form)
            .any(|measured| measured.kind != Kind::Floor)
        {
            continue;
        }
        let best = compare::best_peer(row, form);
        let floor = compare::floor(row, form);
        let shares = row
            .of_form(form)
            .any(|measured| !measured.least_share.is_empty());
        let mut header = vec![name, "ns", "spread", "of best peer"];
        header.extend(floor.map(|_| "of floor"));
        header.extend(shares.then_some("slower thread's share"));
        let body = row.of_form(form).map(|measured| {
            let mut cells = vec![
                label(measured.candidate, measured.kind),
                nanoseconds(measured.nanoseconds),
                format!("{:.0} %", measured.spread * 100.0),
                ratio(measured, best),
            ];
            cells.extend(floor.map(|floor| ratio(measured, Some(floor))));
            cells.extend(shares.then(|| share(measured)));
            cells
        });
        table(out, &header, body);
        for ours in compare::ours(row, form) {
            if let Some(verdict) = compare::verdict(row, ours) {
                line(out, &format!("{}: {verdict}", ours.candidate));
            }
        }
    }
}

/// A family of rows: a column for each size, and how much the figures grow over all of them.
fn sizes(out: &mut String, rows: &[&RowResult], rounds: usize) {
    let Some(family) = rows[0].family else {
        return;
    };
    let (sized, per) = family.units;
    line(
        out,
        &format!(
            "\n## {}, {}-n: {}",
            rows[0].primitive.name(),
            family.id,
            family.title
        ),
    );
    line(
        out,
        &format!("ns per {per}, {}", statistic(rows[0].statistic, rounds)),
    );
    let columns: Vec<_> = rows
        .iter()
        .filter_map(|row| Some(format!("{sized} = {}", thousands(row.family?.size as f64))))
        .collect();
    for (form, name) in FORMS {
        if rows[0].of_form(form).next().is_none() {
            continue;
        }
        let mut header = vec![name];
        header.extend(columns.iter().map(String::as_str));
        header.push("most : least");
        let body = rows[0].of_form(form).map(|first| {
            let of_candidate = |row: &&&RowResult| {
                let mut of_form = row.of_form(form);
                let same = of_form.find(|measured| measured.candidate == first.candidate);
                same.map(|measured| measured.nanoseconds)
            };
            let values: Vec<Option<f64>> = rows.iter().map(|row| of_candidate(&row)).collect();
            let most = values.iter().flatten().copied().fold(f64::MIN, f64::max);
            let least = values.iter().flatten().copied().fold(f64::MAX, f64::min);
            let mut cells = vec![label(first.candidate, first.kind)];
            cells.extend(
                values
                    .iter()
                    .map(|it| it.map_or(String::new(), nanoseconds)),
            );
            cells.push(format!("{:.2}", most / least));
            cells
        });
        table(out, &header, body);
        for first in compare::ours(rows[0], form) {
            line(out, &format!("{}:", first.candidate));
            for (row, column) in rows.iter().zip(&columns) {
                let ours = compare::ours(row, form).find(|ours| ours.candidate == first.candidate);
                if let Some(verdict) = ours.and_then(|ours| compare::verdict(row, ours)) {
                    line(out, &format!("- {column}: {verdict}"));
                }
            }
        }
    }
}

fn footprint(out: &mut String, primitive: Primitive, footprints: &[&FootprintResult]) {
    line(out, &format!("\n## {}, footprint", primitive.name()));
    for (form, name) in FORMS {
        let of_form = || footprints.iter().filter(move |result| result.form == form);
        if of_form().next().is_none() {
            continue;
        }
        let header = [
            name,
            "object, bytes",
            "future, bytes",
            "guard, bytes",
            "heap kept after a wait, bytes",
            "allocations, wait cancelled",
            "allocations, wait granted",
            "heap per wait, bytes",
        ];
        let body = of_form().map(|result| {
            let of = &result.footprint;
            let waits = |what: fn(&Waits) -> f64| number(of.waits.as_ref().map(what));
            vec![
                label(result.candidate, result.kind),
                of.object_bytes.to_string(),
                of.future_bytes.to_string(),
                number(of.guard_bytes),
                waits(|of| of.heap_bytes_kept as f64),
                waits(|of| of.allocations_per_cancelled_wait),
                number(of.waits.and_then(|of| of.allocations_per_granted_wait)),
                waits(|of| of.heap_bytes_per_wait),
            ]
        });
        table(out, &header, body);
        for ours in of_form().filter(|result| result.kind == Kind::Ours) {
            let peers = || of_form().filter(|result| result.kind == Kind::Peer);
            let least = |what: fn(&Footprint) -> usize| {
                let least = peers().map(|peer| what(&peer.footprint)).min()?;
                let ours = what(&ours.footprint);
                Some(format!("{ours} bytes (least of a peer: {least})"))
            };
            if let (Some(object), Some(future)) =
                (least(|of| of.object_bytes), least(|of| of.future_bytes))
            {
                line(
                    out,
                    &format!("{}: object {object}, future {future}", ours.candidate),
                );
            }
        }
    }
}

fn number(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn label(candidate: &str, kind: Kind) -> String {
    match kind {
        Kind::Ours => format!("* {candidate}"),
        Kind::Design => format!("  design: {candidate}"),
        Kind::Peer | Kind::Floor => format!("  {candidate}"),
    }
}

fn statistic(statistic: Statistic, rounds: usize) -> String {
    match statistic {
        Statistic::Best => format!("best of {rounds} rounds"),
        Statistic::Median => format!("median of {rounds} rounds"),
    }
}

fn ratio(measured: &Measured, reference: Option<&Measured>) -> String {
    match reference {
        Some(reference) if measured.kind != Kind::Floor => {
            format!("{:.2}", measured.nanoseconds / reference.nanoseconds)
        }
        _ => String::new(),
    }
}

fn share(measured: &Measured) -> String {
    if measured.least_share.is_empty() {
        return String::new();
    }
    let median = crate::results::quantile(&measured.least_share, 0.5);
    format!("{:.0} %", median * 100.0)
}

/// Three digits, as more would be noise.
pub fn nanoseconds(value: f64) -> String {
    match value {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The first column to the left, the others to the right.
pub(crate) fn table(out: &mut String, header: &[&str], body: impl Iterator<Item = Vec<String>>) {
    let mut lines: Vec<Vec<String>> = vec![header.iter().map(|&cell| cell.to_owned()).collect()];
    lines.extend(body);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|cells| cells.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();

    out.push('\n');
    for (index, cells) in lines.iter().enumerate() {
        let empty = String::new();
        let padded = widths.iter().enumerate().map(|(column, &width)| {
            let cell = cells.get(column).unwrap_or(&empty);
            if column == 0 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        line(
            out,
            &format!("| {} |", padded.collect::<Vec<_>>().join(" | ")),
        );
        if index == 0 {
            let rules = widths.iter().enumerate().map(|(column, &width)| {
                let end = if column == 0 { '-' } else { ':' };
                format!("{}{end}", "-".repeat(width + 1))
            });
            line(out, &format!("|{}|", rules.collect::<Vec<_>>().join("|")));
        }
    }
    out.push('\n');
}

pub(crate) fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes all");
}
