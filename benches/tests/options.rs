//! What the command line selects.

use std::ffi::OsString;

use compio_sync_benches::{
    candidate::{Kind, Primitive},
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
    assert_eq!(parse("").rows().expect("all").len(), rows::all().len());
    let ids: Vec<_> = parse("--rows hand,wake-1000")
        .rows()
        .expect("both fit")
        .iter()
        .map(|row| (row.primitive.name(), row.id))
        .collect();
    let expected = [
        ("semaphore", "hand-off"),
        ("semaphore", "wake-1000"),
        ("semaphore", "wake-10000"),
        ("semaphore", "wake-100000"),
        ("mutex", "hand-off"),
    ];
    assert_eq!(ids, expected);
    assert!(parse("--rows hand,typo").rows().is_err());
}

#[test]
fn floors_stay_whatever_candidates_are_selected() {
    let registry = registry();
    let entries = parse("--primitives semaphore --candidates tokio")
        .entries(&registry)
        .expect("it fits");
    let floors = registry
        .entries
        .iter()
        .filter(|entry| entry.primitive == Primitive::Semaphore)
        .filter(|entry| entry.info.kind == Kind::Floor);
    assert_eq!(entries.len(), floors.count() + 1);
    assert!(entries.iter().any(|entry| entry.info.name == "tokio"));
    assert!(parse("--candidates typo").entries(&registry).is_err());
}

#[test]
fn other_primitives_rows_and_candidates_are_left_out() {
    let registry = registry();
    let options = parse("--primitives mutex,notify");
    let selected = [Primitive::Mutex, Primitive::Notify];
    let rows = options.rows().expect("there are");
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| selected.contains(&row.primitive)));
    let entries = options.entries(&registry).expect("there are");
    assert!(!entries.is_empty());
    let fits = |primitive| selected.contains(&primitive);
    assert!(entries.iter().all(|entry| fits(entry.primitive)));
    assert!(parse("--primitives mutex --rows wake").rows().is_err());
}

#[test]
fn quick_leaves_sizes_out_unless_rows_are_named() {
    let ids = |line| -> Vec<_> {
        let rows = parse(line).rows().expect("there are");
        rows.iter().map(|row| row.id).collect()
    };
    assert!(!ids("--quick").contains(&"wake-100"));
    assert!(ids("--quick").contains(&"wake-1000"));
    assert!(ids("--quick --rows wake").contains(&"wake-100"));
}

#[test]
fn nonsense_is_refused() {
    assert!(is_refused("--rounds 0"));
    assert!(is_refused("--rounds many"));
    assert!(is_refused("--primitives mutexes"));
    assert!(is_refused("--unknown"));
}
