//! Finds what a document asks for, and puts the answers in.

use std::collections::BTreeMap;

use super::{query, source::Source};

pub struct Filled {
    pub text: String,
    /// How many answers were put in.
    pub figures: usize,
}

const OPEN: &str = "<!--";
const CLOSE: &str = "-->";
const END: &str = "<!-- end -->";

/// # Errors
///
/// With the number of the line, where something asked for is not to be had.
pub fn fill(document: &str) -> Result<Filled, String> {
    let mut sources = BTreeMap::new();
    let mut filled = Filled {
        text: String::with_capacity(document.len()),
        figures: 0,
    };
    let mut rest = document;
    while let Some(start) = rest.find(OPEN) {
        let line = 1 + document[..document.len() - rest.len() + start]
            .matches('\n')
            .count();
        let fault = |what: String| format!("line {line}: {what}");
        let length = rest[start..].find(CLOSE);
        let length = length.ok_or_else(|| fault("a comment without end".into()))?;
        let comment = rest[start + OPEN.len()..start + length].trim();
        let after = start + length + CLOSE.len();
        filled.text.push_str(&rest[..after]);
        rest = &rest[after..];

        let (word, asked) = comment.split_once(char::is_whitespace).unwrap_or_default();
        if word == "figures" {
            let (name, path) = asked
                .split_once('=')
                .ok_or_else(|| fault("`figures NAME = PATH`".into()))?;
            let source = Source::open(path.trim()).map_err(fault)?;
            sources.insert(name.trim().to_owned(), source);
            continue;
        }
        let answer = match word {
            "figure"
                if filled
                    .text
                    .lines()
                    .next_back()
                    .is_some_and(|it| it.starts_with(OPEN)) =>
            {
                Err("at the beginning of a line Markdown takes the line for HTML".into())
            }
            "figure" => one(&sources, asked),
            "table" => table(&sources, asked),
            _ => continue,
        };
        let (answer, figures) = answer.map_err(fault)?;
        let end = rest.find(END);
        let end = end.ok_or_else(|| fault(format!("no `{END}` follows")))?;
        if rest[..end].contains(OPEN) {
            return Err(fault(format!("no `{END}` before the next comment")));
        }
        filled.text.push_str(&answer);
        filled.figures += figures;
        rest = &rest[end..];
    }
    filled.text.push_str(rest);
    Ok(filled)
}

type Sources = BTreeMap<String, Source>;

/// The source, and what else the first line says.
fn source<'a, 's>(sources: &'s Sources, asked: &'a str) -> Result<(&'s Source, &'a str), String> {
    let (name, words) = asked.split_once(';').unwrap_or((asked, ""));
    let source = sources.get(name.trim());
    let source = source.ok_or_else(|| format!("no file is called `{}` here", name.trim()))?;
    Ok((source, words))
}

fn one(sources: &Sources, asked: &str) -> Result<(String, usize), String> {
    let (source, words) = source(sources, asked)?;
    Ok((query::answer(source, words.split(';'))?, 1))
}

fn table(sources: &Sources, asked: &str) -> Result<(String, usize), String> {
    let mut lines = asked.lines();
    let (source, common) = source(sources, lines.next().unwrap_or_default())?;
    let (corner, columns) = lines
        .next()
        .and_then(|line| line.split_once('|'))
        .ok_or("a table's second line is CORNER | HEADING <- WORDS | …")?;
    let columns = columns
        .split('|')
        .map(labelled)
        .collect::<Result<Vec<_>, _>>()?;

    let mut text = format!("\n| {} |", corner.trim());
    columns
        .iter()
        .for_each(|(heading, _)| text.push_str(&format!(" {heading} |")));
    text.push_str(&format!("\n|---|{}\n", "---:|".repeat(columns.len())));
    let mut figures = 0;
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let (label, of_line) = labelled(line)?;
        text.push_str(&format!("| {label} |"));
        for (heading, of_column) in &columns {
            let words = [common, of_column, of_line];
            let words = words.into_iter().flat_map(|words| words.split(';'));
            let answer = query::answer(source, words);
            let answer = answer.map_err(|error| format!("{label}, {heading}: {error}"))?;
            text.push_str(&format!(" {answer} |"));
            figures += 1;
        }
        text.push('\n');
    }
    Ok((text, figures))
}

fn labelled(text: &str) -> Result<(&str, &str), String> {
    let (label, words) = text
        .split_once("<-")
        .ok_or_else(|| format!("no `<-` in `{}`", text.trim()))?;
    Ok((label.trim(), words.trim()))
}
