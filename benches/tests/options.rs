//! What the command line selects.

use std::ffi::OsString;

use compio_sync_benches::{
    candidate::Kind,
    options::{Command, Options},
    registry, rows,
};

fn parse(line: &str) -> Options {
    Options::parse(line.split_whitespace().map(OsString::from)).expect("a valid line")
}

fn is_refused(line: &str) -> bool {
    Options::parse(line.split_whitespace().map(OsString::from)).is_err()
}

#[test]
fn measures_only_when_cargo_bench_says_so() {
    assert_eq!(parse("").command, Command::Verify);
    assert_eq!(parse("--quick --bench").command, Command::Measure);
    assert_eq!(parse("--list --bench").command, Command::List);
    assert_eq!(parse("--bench --help").command, Command::Help);
}

#[test]
fn rows_are_selected_by_part_of_their_name() {
    assert_eq!(parse("").rows().expect("all").len(), rows::ALL.len());
    let ids: Vec<_> = parse("--rows hand,wake-1000")
        .rows()
        .expect("both fit")
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(ids, ["hand-off", "wake-1000", "wake-10000", "wake-100000"]);
    assert!(parse("--rows hand,typo").rows().is_err());
}

#[test]
fn floors_stay_whatever_candidates_are_selected() {
    let registry = registry();
    let entries = parse("--candidates tokio")
        .entries(&registry)
        .expect("it fits");
    let floors = registry
        .entries
        .iter()
        .filter(|entry| entry.info.kind == Kind::Floor);
    assert_eq!(entries.len(), floors.count() + 1);
    assert!(entries.iter().any(|entry| entry.info.name == "tokio"));
    assert!(parse("--candidates typo").entries(&registry).is_err());
}

#[test]
fn nonsense_is_refused() {
    assert!(is_refused("--rounds 0"));
    assert!(is_refused("--rounds many"));
    assert!(is_refused("--unknown"));
}
