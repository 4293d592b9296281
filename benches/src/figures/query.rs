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
//! | `about WHAT` | no figure: `day`, `cpu`, `cores`, `kernel`, `rustc`, `load`, `rounds`, or a package, whose version it is |

use super::source::{Cell, Choice, Source};
use crate::report::thousands;

/// What a cell of a table shows where a candidate does not have a row.
const NOTHING: &str = "–";

/// Answers what `words` ask.
pub fn answer<'a>(source: &Source, words: impl Iterator<Item = &'a str>) -> Result<String, String> {
    let (mut row, mut choice, mut figure, mut best) = (None, None, None, false);
    let (mut ratio, mut percent, mut weight) = (None, None, None);
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
        let bytes = source.weight(what, name);
        return bytes.ok_or_else(|| format!("the file does not have `{what}` of `{name}`"));
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
    if let Some(other) = ratio.or(percent) {
        let other = source
            .cell(row, &Choice::Named(other), figure, best)?
            .ok_or_else(|| format!("`{other}` does not have `{row}`"))?;
        let ratio = cell.value / other.value;
        return Ok(match percent {
            Some(_) => format!("{:.0} %", (ratio - 1.0).abs() * 100.0),
            None => format!("{ratio:.2}"),
        });
    }
    Ok(match choice {
        Choice::Peer(..) => format!("{} {}", format(cell), cell.candidate),
        _ => format(cell),
    })
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
