//! Every registered candidate does what the rows take for granted, and every row can be run.

use std::{collections::HashSet, time::Duration};

use compio_sync_benches::{
    registry,
    rows::{self, Run},
};

#[test]
fn every_candidate_and_floor_does_its_work() {
    let registry = registry();
    assert!(!registry.entries.is_empty());
    for entry in &registry.entries {
        (entry.verify)();
    }
}

#[test]
fn every_case_gives_a_figure() {
    for entry in &registry().entries {
        // The large rows only differ from their small ones in a number.
        for case in entry.cases.iter().filter(|case| case.row.family.is_none()) {
            let sample = match case.run {
                Run::Iterations(batch) => batch(100),
                Run::Span(batch, _) => batch(Duration::from_millis(1)),
            };
            let figure = sample.nanoseconds();
            assert!(
                figure.is_finite() && figure > 0.0,
                "{} in row {} {}: {figure}",
                entry.info.name,
                entry.primitive.name(),
                case.row.id
            );
        }
    }
}

#[test]
fn names_are_unique_within_a_form() {
    let mut seen = HashSet::new();
    for entry in &registry().entries {
        for case in &entry.cases {
            assert!(
                seen.insert((
                    entry.primitive.name(),
                    entry.form as u8,
                    entry.info.name,
                    case.row.id
                )),
                "two candidates named {} in row {} {}",
                entry.info.name,
                entry.primitive.name(),
                case.row.id
            );
        }
    }
}

#[test]
fn rows_and_candidates_do_not_mix_primitives() {
    let all = rows::all();
    for entry in &registry().entries {
        for case in &entry.cases {
            assert_eq!(case.row.primitive, entry.primitive, "{}", entry.info.name);
            let listed = all.iter().filter(|row| row.is(case.row)).count();
            assert_eq!(listed, 1, "row {} is listed once", case.row.id);
        }
    }
}
