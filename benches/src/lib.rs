//! Measures compio-sync side by side with the published crates, in one run.
//!
//! `README.md` beside this crate says how to run it, what each row does and how figures are taken.
//! In short: every candidate implements the trait of its primitive in [`candidate`], every row is a
//! function generic over it, [`registry`] holds all pairs of the two as plain function pointers,
//! [`measure`] runs them interleaved, and [`report`], [`json`] and [`chart`] show the same
//! [`results`].

#![deny(unsafe_code)]

pub mod allocations;
pub mod approaches;
pub mod candidate;
pub mod candidates;
pub mod chart;
pub mod clock;
pub mod compare;
pub mod designs;
pub mod figures;
pub mod footprint;
pub mod instructions;
pub mod json;
pub mod machine;
pub mod measure;
pub mod options;
pub mod pinned;
pub mod registry;
pub mod regressions;
#[cfg(feature = "relay")]
pub mod relay;
pub mod report;
pub mod results;
pub mod rows;
pub mod verify;
pub mod wakers;
pub mod yield_now;

use std::process::ExitCode;

use options::{Command, Options};
use registry::Registry;
use results::{FootprintResult, Results, Settings};
use rows::Row;

/// What is measured in one run, and how it is called.
pub struct Bench {
    pub help: &'static str,
    pub registry: fn() -> Registry,
    pub rows: fn(&Options) -> Result<Vec<&'static Row>, String>,
    /// Where the figures go by default.
    pub json: &'static str,
    /// What the names of charts begin with, where it is not the primitive's name.
    pub charts: Option<&'static str>,
}

const PRIMITIVES: Bench = Bench {
    help: options::HELP,
    registry,
    rows: Options::rows,
    json: "results.json",
    charts: None,
};

/// The whole program: reads the arguments, checks the candidates, measures, shows and writes.
pub fn main() -> ExitCode {
    PRIMITIVES.main()
}

/// All that is measured, by family: floors, crates, other designs.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.floors();
    candidates::register(&mut registry);
    designs::register(&mut registry);
    registry
}

impl Bench {
    pub fn main(&self) -> ExitCode {
        match self.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        let options = Options::parse(std::env::args_os().skip(1))?;
        if options.command == Command::Help {
            print!("{}", self.help);
            return Ok(());
        }

        let registry = (self.registry)();
        let entries = options.entries(&registry)?;
        let rows = (self.rows)(&options)?;
        if options.command == Command::List {
            for row in &rows {
                println!("{}: row {}", row.primitive.name(), row.id);
            }
            for entry in &entries {
                println!("{}: candidate {}", entry.primitive.name(), entry.info.name);
            }
            return Ok(());
        }

        for entry in &entries {
            (entry.verify)();
        }
        eprintln!(
            "{} candidates and floors do what they should",
            entries.len()
        );
        if options.command == Command::Verify {
            return Ok(());
        }

        let settings = Settings::from(&options);
        let results = Results {
            format: 2,
            date: machine::now(),
            machine: machine::describe(),
            versions: machine::versions(),
            footprints: FootprintResult::of(&entries),
            rows: measure::run(&entries, &rows, &settings),
            settings,
        };
        print!("{}", report::render(&results));

        let json = options.json_path(self.json);
        json::write(&results, &json)?;
        let charts = chart::draw_all(&results, &options::output_directory(), self.charts)?;
        eprintln!("figures of all rounds: {}", json.display());
        charts
            .iter()
            .for_each(|path| eprintln!("chart: {}", path.display()));
        Ok(())
    }
}
