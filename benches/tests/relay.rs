//! The bench of the relay: what its command line selects, and that its samples are what they say.

#![cfg(feature = "relay")]

use std::{ffi::OsString, fs};

use compio_sync_benches::relay::{
    candidate::{self, Candidate},
    counter::Counter,
    crowd,
    options::{Command, Options},
    results::RowResult,
    rows,
};

fn parse(line: &str) -> Options {
    Options::parse(line.split_whitespace().map(OsString::from)).expect("a valid line")
}

#[test]
fn measures_only_when_cargo_bench_says_so() {
    assert_eq!(parse("").command, Command::Verify);
    assert_eq!(parse("--quick --bench").command, Command::Measure);
    assert_eq!(parse("--bench --list").command, Command::List);
    assert_eq!(parse("--help").command, Command::Help);
    assert!(parse("--quick").rounds() < parse("").rounds());
    assert_eq!(parse("--quick --rounds 7").rounds(), 7);
}

#[test]
fn rows_and_candidates_are_selected_by_part_of_their_name() {
    let rows = parse("--rows crowd-1000,busy").rows().expect("they fit");
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let expected = [
        "crowd-1000",
        "crowd-10000",
        "round-trip-busy",
        "system-calls-busy",
        "system-calls-busy-pauses",
    ];
    assert_eq!(ids, expected);
    let candidates = parse("--candidates tokio,direct").candidates();
    let expected = [Candidate::Tokio, Candidate::Direct];
    assert_eq!(candidates.expect("they fit"), expected);
    assert!(parse("--rows typo").rows().is_err());
    assert!(parse("--candidates typo").candidates().is_err());
}

#[test]
fn nonsense_is_refused() {
    for line in [
        "--rounds 0",
        "--rounds many",
        "--unknown",
        "--primitives mutex",
    ] {
        let arguments = line.split_whitespace().map(OsString::from);
        assert!(Options::parse(arguments).is_err(), "{line}");
    }
}

#[test]
fn the_call_that_wakes_a_crowd_is_part_of_the_time_until_all_have_run() {
    for candidate in candidate::usable(Candidate::ALL.to_vec()) {
        let sample = crowd::sample(candidate, 100, 3);
        let [call, all] = *sample else {
            panic!("two figures: {sample:?}");
        };
        assert!(0.0 < call && call <= all, "{candidate:?}: {sample:?}");
    }
}

#[test]
fn each_row_can_be_gone_through_and_says_what_its_figures_are() {
    for row in rows::all() {
        let candidates = [Candidate::Ours(None), Candidate::Tokio, Candidate::Direct];
        for candidate in candidates.into_iter().filter(|&it| row.has(it)) {
            let sample = (row.check)(candidate);
            // Calls may not be there to be counted.
            assert!(
                sample.len() == row.figures.len() || row.unit == "calls" && sample.is_empty(),
                "{}",
                row.id
            );
        }
    }
}

#[test]
fn figures_are_of_the_rounds_in_order() {
    let rows = rows::all();
    let row = rows.iter().find(|row| row.id == "crowd-1").expect("it is");
    let samples = vec![vec![3.0, 40.0], vec![1.0, 20.0], vec![2.0, 30.0]];
    let result = RowResult::new(row, vec![(Candidate::Tokio, samples)]);
    let figure = |name| result.figure(Candidate::Tokio, name).expect("it is");
    assert_eq!(figure("the call").rounds, [3.0, 1.0, 2.0]);
    assert_eq!(figure("the call").best, 1.0);
    assert_eq!(figure("until all have run").median, 30.0);
    assert!(result.figure(Candidate::Direct, "the call").is_none());
}

#[test]
fn counter_counts_the_calls_of_its_thread_and_not_its_own() {
    let Some(mut counter) = Counter::new() else {
        eprintln!("calls cannot be counted here");
        return;
    };
    let before = counter.calls();
    assert_eq!(counter.calls(), before);
    assert!(fs::metadata("/no such file").is_err());
    assert_eq!(counter.calls(), before + 1);
}
