//! Fills figures into documents, from the JSON of a run, so that none is typed by hand.
//!
//! What a document asks for stands in comments, which Markdown does not show:
//!
//! ```text
//! <!-- figures run = benches/results/2026-11-21.json -->      the file, and what it is called here
//!
//! It took <!-- figure run; row mutex/cancel; of tokio -->23<!-- end --> ns.
//!
//! <!-- table run
//! ns | ours <- of compio-sync strict | best peer <- peer shared
//! wait, then cancel <- row mutex/cancel
//! -->
//! (a table, with this heading and this line)
//! <!-- end -->
//! ```
//!
//! What is between such a comment and its `end` is replaced. A cell of a table is asked for by what
//! the comment's first line, the column and the line of the table say together. [`query`] says what
//! can be asked.

pub mod document;
pub mod query;
pub mod source;

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::prelude::*;

const HELP: &str = "\
Fills the figures of documents in from the files that the documents name.

    cargo run -p compio-sync-benches --bin figures -- [--check] [DOCUMENT…]

    --check    changes nothing, and fails if a figure is not what its file says
    DOCUMENT   without any: README.md, benches/README.md, and all of docs/

Paths are from the root of the workspace, where it is to be started.
";

pub fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let (mut check, mut documents) = (false, Vec::new());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("check") => check = true,
            Long("help") | Short('h') => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            Value(path) => documents.push(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if documents.is_empty() {
        documents = vec!["README.md".into(), "benches/README.md".into()];
        markdown_below(Path::new("docs"), &mut documents)?;
    }

    let (mut figures, mut stale) = (0, false);
    for path in &documents {
        let name = path.display();
        let before = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        let filled = document::fill(&before).map_err(|error| format!("{name}: {error}"))?;
        figures += filled.figures;
        if filled.text == before {
            continue;
        }
        if check {
            stale = true;
            eprintln!("{name}: figures are not those of their files");
        } else {
            fs::write(path, filled.text)?;
            eprintln!("{name}: filled in anew");
        }
    }
    println!("{figures} figures in {} documents", documents.len());
    Ok(if stale {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn markdown_below(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let entries = fs::read_dir(directory).map_err(|error| format!("docs: {error}"))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            markdown_below(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "md") {
            found.push(path);
        }
    }
    Ok(())
}
