//! Bar charts as SVG: one for each row, one for each family of rows.
//!
//! There is no background, and all colours can be told from a white page as well as from a dark
//! one.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    candidate::{Form, Kind, Primitive},
    report::{nanoseconds, thousands},
    results::{Measured, Results, RowResult},
};

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const TEXT: RGBColor = RGBColor(116, 124, 134);
const OURS: RGBColor = RGBColor(16, 140, 132);
const PEER: RGBColor = RGBColor(128, 137, 150);
const DESIGN: RGBColor = RGBColor(196, 138, 44);
const FLOOR: RGBColor = RGBColor(160, 120, 170);

const WIDTH: i32 = 900;
const BARS_FROM: i32 = 270;
const BARS_TO: i32 = 810;
const MARGIN: i32 = 24;
/// Bars longer than this many times the shortest, but for floors, are cut, or the rest would
/// vanish.
const CUT: f64 = 10.0;

/// A candidate with its bars: one, or one for each size of a family.
struct Group<'a> {
    first: &'a Measured,
    bars: Vec<f64>,
}

struct Section<'a> {
    name: &'static str,
    groups: Vec<Group<'a>>,
}

/// Draws every row of the results into a directory and tells the files. Their names begin with
/// `prefix`, or with the name of the primitive.
pub fn draw_all(
    results: &Results,
    directory: &Path,
    prefix: Option<&str>,
) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let mut drawn: Vec<((Primitive, &str), PathBuf)> = Vec::new();
    for row in &results.rows {
        let group = row.group();
        if drawn.iter().any(|(other, _)| *other == group) {
            continue;
        }
        let rows: Vec<_> = results
            .rows
            .iter()
            .filter(|other| other.group() == group)
            .collect();
        let prefix = prefix.unwrap_or(group.0.name());
        let path = directory.join(format!("{prefix}-{}.svg", group.1));
        draw(&rows, &path)?;
        drawn.push((group, path));
    }
    Ok(drawn.into_iter().map(|(_, path)| path).collect())
}

fn draw(rows: &[&RowResult], path: &Path) -> Result<(), Box<dyn Error>> {
    let sections = sections(rows);
    let thickness = if rows.len() == 1 { 18 } else { 12 };
    let gap = 7;
    let body: i32 = sections
        .iter()
        .map(|section| {
            let bars: usize = section.groups.iter().map(|group| group.bars.len()).sum();
            34 + bars as i32 * thickness + section.groups.len() as i32 * gap
        })
        .sum();
    let height = 72 + body + 44;

    let canvas = SVGBackend::new(path, (WIDTH as u32, height as u32)).into_drawing_area();
    let unit = match rows[0].family {
        None => "ns per operation, less is better".to_owned(),
        Some(family) => {
            let (sized, per) = family.units;
            format!(
                "ns per {per}, less is better; bars from above: {sized} = {}",
                list(rows)
            )
        }
    };
    let title = format!("{}: {}", rows[0].primitive.name(), rows[0].title);
    text(&canvas, &title, (MARGIN, 28), 20, &TEXT, HPos::Left)?;
    text(&canvas, &unit, (MARGIN, 52), 15, &TEXT, HPos::Left)?;

    let mut y = 72;
    for section in &sections {
        text(
            &canvas,
            section.name,
            (MARGIN, y + 16),
            15,
            &TEXT,
            HPos::Left,
        )?;
        y += 34;
        let scale = Scale::of(section);
        for group in &section.groups {
            let middle = y + group.bars.len() as i32 * thickness / 2;
            let colour = match group.first.kind {
                Kind::Ours => &OURS,
                _ => &TEXT,
            };
            let name = group.first.candidate;
            text(
                &canvas,
                name,
                (BARS_FROM - 10, middle),
                16,
                colour,
                HPos::Right,
            )?;
            for &value in &group.bars {
                bar(&canvas, value, &scale, y, thickness, group.first.kind)?;
                y += thickness;
            }
            y += gap;
        }
    }
    legend(&canvas, height - 22)?;
    canvas.present()?;
    Ok(())
}

fn sections<'a>(rows: &[&'a RowResult]) -> Vec<Section<'a>> {
    [(Form::Shared, "shared form"), (Form::Local, "local form")]
        .into_iter()
        .map(|(form, name)| Section {
            name,
            groups: rows[0]
                .of_form(form)
                .map(|first| Group {
                    first,
                    bars: rows
                        .iter()
                        .filter_map(|row| {
                            row.of_form(form)
                                .find(|other| other.candidate == first.candidate)
                        })
                        .map(|measured| measured.nanoseconds)
                        .collect(),
                })
                .collect(),
        })
        .filter(|section| {
            section
                .groups
                .iter()
                .any(|group| group.first.kind != Kind::Floor)
        })
        .collect()
}

/// From nanoseconds to pixels, within a section.
struct Scale {
    longest: f64,
}

impl Scale {
    fn of(section: &Section) -> Self {
        let measured = section
            .groups
            .iter()
            .filter(|group| group.first.kind != Kind::Floor);
        let values = measured.flat_map(|group| group.bars.iter().copied());
        let (least, most) = values.fold((f64::MAX, 0.0_f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        Self {
            longest: most.min(least * CUT),
        }
    }

    /// Where the bar of a value ends, and whether it had to be cut.
    fn end(&self, value: f64) -> (i32, bool) {
        let part = (value / self.longest).min(1.0);
        let end = BARS_FROM + ((BARS_TO - BARS_FROM) as f64 * part).round() as i32;
        (end.max(BARS_FROM + 1), value > self.longest * 1.001)
    }
}

fn bar(
    canvas: &Canvas,
    value: f64,
    scale: &Scale,
    y: i32,
    thickness: i32,
    kind: Kind,
) -> Result<(), Box<dyn Error>> {
    let (end, cut) = scale.end(value);
    let colour = colour(kind).filled();
    let bottom = y + thickness - 1;
    if cut {
        // In two parts, with a slanting gap.
        let (foot, head) = (end - 20, end - 14);
        let before = [
            (BARS_FROM, y),
            (head - 2, y),
            (foot - 2, bottom),
            (BARS_FROM, bottom),
        ];
        let after = [(head + 4, y), (end, y), (end, bottom), (foot + 4, bottom)];
        canvas.draw(&Polygon::new(before, colour))?;
        canvas.draw(&Polygon::new(after, colour))?;
    } else {
        canvas.draw(&Rectangle::new([(BARS_FROM, y), (end, bottom)], colour))?;
    }
    let size = (thickness + 2).min(16);
    text(
        canvas,
        &nanoseconds(value),
        (end + 8, y + thickness / 2),
        size,
        &TEXT,
        HPos::Left,
    )
}

fn legend(canvas: &Canvas, y: i32) -> Result<(), Box<dyn Error>> {
    let entries = [
        (Kind::Ours, "compio-sync"),
        (Kind::Peer, "published crates"),
        (Kind::Design, "other designs"),
        (Kind::Floor, "the least possible"),
    ];
    let mut x = MARGIN;
    for (kind, name) in entries {
        let swatch = [(x, y - 6), (x + 14, y + 6)];
        canvas.draw(&Rectangle::new(swatch, colour(kind).filled()))?;
        text(canvas, name, (x + 21, y), 14, &TEXT, HPos::Left)?;
        x += 40 + name.len() as i32 * 7;
    }
    text(
        canvas,
        "a gap: the bar is cut",
        (WIDTH - MARGIN, y),
        14,
        &TEXT,
        HPos::Right,
    )
}

fn colour(kind: Kind) -> RGBColor {
    match kind {
        Kind::Ours => OURS,
        Kind::Peer => PEER,
        Kind::Design => DESIGN,
        Kind::Floor => FLOOR,
    }
}

fn list(rows: &[&RowResult]) -> String {
    let sizes = rows.iter().filter_map(|row| row.family);
    sizes
        .map(|family| thousands(family.size as f64))
        .collect::<Vec<_>>()
        .join("; ")
}

fn text(
    canvas: &Canvas,
    text: &str,
    at: (i32, i32),
    size: i32,
    colour: &RGBColor,
    from: HPos,
) -> Result<(), Box<dyn Error>> {
    let style = ("sans-serif", size)
        .into_text_style(canvas)
        .color(colour)
        .pos(Pos::new(from, VPos::Center));
    canvas.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}
