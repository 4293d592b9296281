//! Who is ahead of whom.

use crate::{
    candidate::{Form, Kind},
    results::{Measured, RowResult},
};

/// The fastest published crate of a form.
pub fn best_peer(row: &RowResult, form: Form) -> Option<&Measured> {
    best_peer_where(row, form, |_| true)
}

/// The floor of a form, if the row has one.
pub fn floor(row: &RowResult, form: Form) -> Option<&Measured> {
    row.of_form(form)
        .find(|measured| measured.kind == Kind::Floor)
}

fn best_peer_where(
    row: &RowResult,
    form: Form,
    select: impl Fn(&Measured) -> bool,
) -> Option<&Measured> {
    row.of_form(form)
        .filter(|measured| measured.kind == Kind::Peer && select(measured))
        .min_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds))
}

/// "ahead of tokio by 12 %": the part of the peer's time that is saved. "behind tokio by 3 %": the
/// part of the peer's time that comes on top.
pub fn against(ours: f64, peer: f64, name: &str) -> String {
    let percent = (ours / peer - 1.0) * 100.0;
    if percent <= 0.0 {
        format!("ahead of {name} by {:.0} %", percent.abs())
    } else {
        format!("behind {name} by {percent:.0} %")
    }
}

/// For one of ours: against the best peer, and if that one plays by other rules of fairness,
/// against the best of those that play by ours.
pub fn verdict(row: &RowResult, ours: &Measured) -> Option<String> {
    let against = |peer: &Measured| against(ours.nanoseconds, peer.nanoseconds, peer.candidate);
    let best = best_peer(row, ours.form)?;
    let alike = best_peer_where(row, ours.form, |peer| peer.fairness == ours.fairness);
    Some(match alike {
        Some(alike) if alike.candidate != best.candidate => format!(
            "{}, {} (the best of the same fairness)",
            against(best),
            against(alike)
        ),
        _ => against(best),
    })
}

/// Those of a form that are compio-sync's.
pub fn ours(row: &RowResult, form: Form) -> impl Iterator<Item = &Measured> {
    row.of_form(form)
        .filter(|measured| measured.kind == Kind::Ours)
}
