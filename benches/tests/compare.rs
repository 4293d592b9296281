//! Who is ahead, and of whom.

use compio_sync_benches::{
    candidate::{Fairness, Form, Kind, Primitive},
    compare,
    results::{Measured, RowResult, quantile},
    rows::Statistic,
};

fn measured(candidate: &'static str, kind: Kind, fairness: Fairness, nanoseconds: f64) -> Measured {
    Measured {
        candidate,
        kind,
        form: Form::Shared,
        fairness,
        nanoseconds,
        spread: 0.0,
        iterations: None,
        rounds: vec![nanoseconds],
        least_share: Vec::new(),
    }
}

fn row(candidates: Vec<Measured>) -> RowResult {
    RowResult {
        primitive: Primitive::Mutex,
        id: "row",
        title: "a row",
        statistic: Statistic::Best,
        family: None,
        candidates,
    }
}

#[test]
fn part_of_the_peers_time_is_saved_or_comes_on_top() {
    assert_eq!(
        compare::against(88.0, 100.0, "peer"),
        "ahead of peer by 12 %"
    );
    assert_eq!(compare::against(103.0, 100.0, "peer"), "behind peer by 3 %");
    assert_eq!(
        compare::against(100.0, 100.0, "peer"),
        "ahead of peer by 0 %"
    );
}

#[test]
fn floors_designs_and_other_forms_are_no_peers() {
    let mut local = measured("local", Kind::Peer, Fairness::Strict, 1.0);
    local.form = Form::Local;
    let row = row(vec![
        measured("floor", Kind::Floor, Fairness::Barging, 1.0),
        measured("design", Kind::Design, Fairness::Strict, 2.0),
        measured("peer", Kind::Peer, Fairness::Strict, 30.0),
        measured("slow peer", Kind::Peer, Fairness::Strict, 40.0),
        local,
    ]);
    let best = compare::best_peer(&row, Form::Shared).expect("there are two peers");
    assert_eq!(best.candidate, "peer");
    let floor = compare::floor(&row, Form::Shared).expect("there is a floor");
    assert_eq!(floor.candidate, "floor");
    assert!(compare::floor(&row, Form::Local).is_none());
}

#[test]
fn verdict_names_the_best_peer_of_the_same_fairness_too() {
    let row = row(vec![
        measured("ours", Kind::Ours, Fairness::Strict, 20.0),
        measured("fast", Kind::Peer, Fairness::Barging, 10.0),
        measured("fair", Kind::Peer, Fairness::Strict, 40.0),
    ]);
    let ours = compare::ours(&row, Form::Shared)
        .next()
        .expect("there is one");
    let verdict = compare::verdict(&row, ours).expect("there are peers");
    assert_eq!(
        verdict,
        "behind fast by 100 %, ahead of fair by 50 % (the best of the same fairness)"
    );
}

#[test]
fn quantiles_are_between_neighbours() {
    let values = [4.0, 1.0, 3.0, 2.0];
    assert_eq!(quantile(&values, 0.0), 1.0);
    assert_eq!(quantile(&values, 0.5), 2.5);
    assert_eq!(quantile(&values, 1.0), 4.0);
    assert_eq!(quantile(&[7.0], 0.25), 7.0);
}
