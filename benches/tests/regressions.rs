//! What counts as worse.

use std::collections::BTreeMap;

use compio_sync_benches::regressions::{Figure, Name, compare, figures};

fn one(value: f64, spread: f64) -> BTreeMap<Name, Figure> {
    let name = ("row".into(), "compio-sync".into(), "ns".into());
    BTreeMap::from([(name, Figure { value, spread })])
}

fn worse(before: (f64, f64), now: (f64, f64)) -> usize {
    compare(&one(before.0, before.1), &one(now.0, now.1), 5.0, false).worse
}

#[test]
fn worse_than_tolerance_and_spread_together_is_worse() {
    assert_eq!(worse((100.0, 0.0), (104.9, 0.0)), 0);
    assert_eq!(worse((100.0, 0.0), (105.1, 0.0)), 1);
    assert_eq!(worse((100.0, 0.1), (114.9, 0.0)), 0);
    assert_eq!(worse((100.0, 0.0), (115.1, 0.1)), 1);
}

#[test]
fn what_was_zero_may_not_grow() {
    assert_eq!(worse((0.0, 0.0), (0.0, 0.0)), 0);
    assert_eq!(worse((0.0, 0.0), (0.1, 0.0)), 1);
}

#[test]
fn better_is_shown_and_no_failure() {
    let comparison = compare(&one(100.0, 0.0), &one(50.0, 0.0), 5.0, false);
    assert_eq!((comparison.compared, comparison.worse), (1, 0));
    assert!(comparison.table.contains("-50.0 %"), "{}", comparison.table);
}

#[test]
fn what_is_no_longer_there_is_missed() {
    let comparison = compare(&one(1.0, 0.0), &BTreeMap::new(), 5.0, false);
    assert_eq!((comparison.compared, comparison.missing), (0, 1));
}

#[test]
fn only_its_own_figures_are_looked_at() {
    let file = serde_json::json!({"rows": [{"id": "row", "candidates": [
        {"candidate": "compio-sync strict", "nanoseconds": 1.5, "spread": 0.2},
        {"candidate": "tokio", "nanoseconds": 2.5, "spread": 0.2},
        {"candidate": "compio-sync", "figures": [{"name": "the call", "median": 3.0, "spread": null}]},
    ]}]});
    let of = |candidate: &str, figure: &str, value, spread| {
        let name = ("row".into(), candidate.into(), figure.into());
        (name, Figure { value, spread })
    };
    let expected = [
        of("compio-sync", "the call", 3.0, 0.0),
        of("compio-sync strict", "ns", 1.5, 0.2),
    ];
    assert_eq!(figures(&file), BTreeMap::from(expected));
}
