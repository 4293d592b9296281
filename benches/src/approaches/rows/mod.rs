//! The rows that only this bench has; the others are those of the primitives.

pub mod contention;
pub mod files;
pub mod give_up;
pub mod one_by_one;

use crate::{
    registry::Case,
    rows::{Row, cancel, hand_off, uncontended, wake},
};

/// All rows, in the order in which they run.
pub fn all() -> Vec<&'static Row> {
    let mut all = vec![
        &uncontended::ACQUIRE,
        &uncontended::TRY_ACQUIRE,
        &hand_off::ROW,
    ];
    all.extend(&one_by_one::ROWS);
    all.extend(wake_all());
    all.extend([&cancel::ROW, &give_up::ON_RUNTIME]);
    all.extend(&give_up::HALF);
    all.extend(&contention::ONE_RUNTIME);
    all.extend(&contention::TWO_RUNTIMES);
    all.push(&files::ROW);
    all
}

/// Those of the rows that wake all, where few and many wait.
fn wake_all() -> impl Iterator<Item = &'static Row> {
    let sized = |row: &&Row| row.family.is_some_and(|it| [10, 1_000].contains(&it.size));
    wake::WAVE.iter().filter(sized)
}

/// Whether a case of the primitives' is measured here, too.
pub(super) fn is_listed(case: &Case) -> bool {
    all().iter().any(|row| row.is(case.row))
}
