//! What can be asked of a [`Source`]: words, each with what it is about, and `;` between them.
//!
//! | word | |
//! |---|---|
//! | `row ID` | which row; `PRIMITIVE/ID` where the file has primitives |
//! | `weight PRIMITIVE/WHAT` | instead of a row: `object_bytes` and the like |
//! | `of CANDIDATE` | whose figure |
//! | `ours FORM` | compio-sync's, `shared` or `local`, where that is one candidate |
//! | `peer FORM`, `peer FORM FAIRNESS` | that of the fastest crate, and its name after it |
//! | `figure NAME` | which, where a row has several |
//! | `best` | of all rounds, and not the median, where the file has both |
//! | `ratio CANDIDATE` | as a part of that of another, like 0.93 |
//! | `percent CANDIDATE` | how much more or less than that of another, like 7 % |
//! | `faster CANDIDATE` | how much more is done in the same time than by another, like +50 %; −20 % is less |
//! | `share` | what the slower of two threads got done of all, in percent |
//! | `rate` | operations a second, where the figure is a time in nanoseconds |
//! | `about WHAT` | no figure: `day`, `cpu`, `cores`, `kernel`, `rustc`, `load`, `rounds`, or a package, whose version it is |

use super::source::{Cell, Choice, Source};
use crate::report::thousands;

/// What a cell of a table shows where a candidate does not have a row.
const NOTHING: &str = "–";

/// Answers what `words` ask.
pub fn answer<'a>(source: &Source, words: impl Iterator<Item = &'a str>) -> Result<String, String> {
    let (mut row, mut choice, mut figure, mut best) = (None, None, None, false);
    let (mut ratio, mut percent, mut weight) = (None, None, None);
    let (mut faster, mut rate, mut share) = (None, false, false);
    for word in words.map(str::trim).filter(|word| !word.is_empty()) {
        let (word, what) = word.split_once(' ').unwrap_or((word, ""));
        match word {
            "row" => row = Some(what),
            "weight" => weight = Some(what),
            "of" => choice = Some(Choice::Named(what)),
            "ours" => choice = Some(Choice::Ours(what)),
            "peer" => {
                let (form, fairness) = what.split_once(' ').unzip();
                choice = Some(Choice::Peer(form.unwrap_or(what), fairness));
            }
            "figure" => figure = Some(what),
            "best" => best = true,
            "ratio" => ratio = Some(what),
            "percent" => percent = Some(what),
            "faster" => faster = Some(what),
            "rate" => rate = true,
            "share" => share = true,
            "about" => {
                return source
                    .about(what)
                    .ok_or_else(|| format!("the file does not tell `{what}`"));
            }
            _ => return Err(format!("`{word}` is not a word")),
        }
    }
    let choice = choice.ok_or("no candidate is named")?;
    if let (Some(what), Choice::Named(name)) = (weight, &choice) {
        let weight = source.weight(what, name).map(whole);
        return weight.ok_or_else(|| format!("the file does not have `{what}` of `{name}`"));
    }
    let row = row.ok_or("no row is named")?;
    if let Choice::Named(name) = choice
        && !source.has(name)
    {
        return Err(format!("no candidate is named `{name}`"));
    }
    let Some(cell) = source.cell(row, &choice, figure, best)? else {
        return Ok(NOTHING.to_owned());
    };
    if let Some(other) = ratio.or(percent).or(faster) {
        let other = source
            .cell(row, &Choice::Named(other), figure, best)?
            .ok_or_else(|| format!("`{other}` does not have `{row}`"))?;
        let ratio = cell.value / other.value;
        return Ok(match (percent, faster) {
            (Some(_), _) => format!("{:.0} %", (ratio - 1.0).abs() * 100.0),
            (_, Some(_)) => signed((1.0 / ratio - 1.0) * 100.0),
            _ => format!("{ratio:.2}"),
        });
    }
    if share {
        let share = cell.least_share.ok_or("no shares were measured")?;
        return Ok(format!("{:.1} %", share * 100.0));
    }
    if rate {
        return Ok(thousands(1e9 / cell.value));
    }
    Ok(match choice {
        Choice::Peer(..) => format!("{} {}", format(cell), cell.candidate),
        _ => format(cell),
    })
}

/// A whole number of percent, with its sign.
fn signed(percent: f64) -> String {
    match percent.round() {
        0.0 => "0 %".to_owned(),
        percent @ 0.0.. => format!("+{percent} %"),
        percent => format!("−{} %", percent.abs()),
    }
}

/// A weight: whole, but for averages that are not.
fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 {
        thousands(value)
    } else {
        format!("{value:.1}")
    }
}

/// Digits as many as mean something.
fn format(cell: Cell) -> String {
    match cell.value {
        value if cell.unit == "calls" => format!("{value:.2}"),
        value @ ..1.0 => format!("{value:.2}"),
        value @ ..100.0 => format!("{value:.1}"),
        value => thousands(value),
    }
}
