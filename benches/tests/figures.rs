//! Documents get the figures that they ask for, and faults are told with their line.

use std::io::Write;

use compio_sync_benches::figures::document::fill;
use tempfile::NamedTempFile;

fn run() -> NamedTempFile {
    let json = serde_json::json!({
        "date": "2026-01-02T03:04:05Z",
        "machine": {"cpu": "some CPU", "cores": 2, "rustc": "rustc 1.95.0 (hash day)"},
        "versions": {"tokio": "1.54.1"},
        "footprints": [{"primitive": "mutex", "candidate": "quick", "object_bytes": 40, "heap_bytes_per_wait": 16.384}],
        "rows": [
            {"primitive": "mutex", "id": "cancel", "candidates": [
                {"candidate": "compio-sync strict", "kind": "ours", "form": "shared", "fairness": "strict", "nanoseconds": 12.34},
                {"candidate": "quick", "kind": "peer", "form": "shared", "fairness": "barging", "nanoseconds": 0.456, "least_share": [0.4, 0.25, 0.0]},
                {"candidate": "slow", "kind": "peer", "form": "shared", "fairness": "strict", "nanoseconds": 1234.5},
            ]},
            {"id": "crowd-1", "unit": "µs", "candidates": [
                {"candidate": "tokio", "figures": [{"name": "the call", "median": 50.0, "best": 40.0}]},
                {"candidate": "compio-sync", "figures": [{"name": "the call", "median": 25.0, "best": 30.0}]},
            ]},
        ],
    });
    let mut file = NamedTempFile::new().unwrap();
    write!(file, "{json}").unwrap();
    file
}

/// What becomes of a sentence that asks for one figure.
fn asked(words: &str) -> Result<String, String> {
    let run = run();
    let document = format!(
        "<!-- figures run = {} -->\n\nIt took <!-- figure run; {words} -->old<!-- end --> ns.",
        run.path().display()
    );
    let filled = fill(&document)?;
    assert_eq!(filled.figures, 1);
    // Filling once more changes nothing.
    assert_eq!(fill(&filled.text)?.text, filled.text);
    let (_, answer) = filled.text.rsplit_once("-->").map_or(("", ""), |_| {
        let end = filled.text.find("<!-- end").unwrap();
        filled.text[..end].rsplit_once("-->").unwrap()
    });
    Ok(answer.to_owned())
}

#[test]
fn figures_have_as_many_digits_as_mean_something() {
    let row = "row mutex/cancel";
    assert_eq!(
        asked(&format!("{row}; of compio-sync strict")).unwrap(),
        "12.3"
    );
    assert_eq!(asked(&format!("{row}; of quick")).unwrap(), "0.46");
    assert_eq!(asked(&format!("{row}; of slow")).unwrap(), "1,234");
}

#[test]
fn fastest_crate_is_named() {
    let row = "row mutex/cancel";
    assert_eq!(asked(&format!("{row}; peer shared")).unwrap(), "0.46 quick");
    assert_eq!(
        asked(&format!("{row}; peer shared strict")).unwrap(),
        "1,234 slow"
    );
    assert_eq!(asked(&format!("{row}; peer local")).unwrap(), "–");
    assert_eq!(asked(&format!("{row}; ours shared")).unwrap(), "12.3");
}

#[test]
fn ratios_are_of_the_figure_that_was_asked_for() {
    let row = "row crowd-1; figure the call; of compio-sync";
    assert_eq!(asked(row).unwrap(), "25.0");
    assert_eq!(asked(&format!("{row}; best")).unwrap(), "30.0");
    assert_eq!(asked(&format!("{row}; ratio tokio")).unwrap(), "0.50");
    assert_eq!(asked(&format!("{row}; percent tokio")).unwrap(), "50 %");
    assert_eq!(
        asked(&format!("{row}; best; percent tokio")).unwrap(),
        "25 %"
    );
}

#[test]
fn weights_are_no_rows() {
    assert_eq!(asked("weight mutex/object_bytes; of quick").unwrap(), "40");
    assert_eq!(
        asked("weight mutex/heap_bytes_per_wait; of quick").unwrap(),
        "16.4"
    );
}

#[test]
fn speed_is_what_is_done_in_the_same_time() {
    let row = "row crowd-1; figure the call";
    assert_eq!(
        asked(&format!("{row}; of compio-sync; faster tokio")).unwrap(),
        "+100 %"
    );
    assert_eq!(
        asked(&format!("{row}; of tokio; faster compio-sync")).unwrap(),
        "−50 %"
    );
    assert_eq!(
        asked(&format!("{row}; of tokio; faster tokio")).unwrap(),
        "0 %"
    );
    assert_eq!(asked("row mutex/cancel; of slow; rate").unwrap(), "810,045");
}

#[test]
fn share_of_the_slower_thread_is_the_median_where_there_is_one() {
    assert_eq!(
        asked("row mutex/cancel; of quick; share").unwrap(),
        "25.0 %"
    );
    let none = asked("row mutex/cancel; of slow; share").unwrap_err();
    assert!(none.contains("no shares"), "{none}");
}

#[test]
fn circumstances_can_be_asked_for() {
    assert_eq!(asked("about day").unwrap(), "2026-01-02");
    assert_eq!(asked("about cores").unwrap(), "2");
    assert_eq!(asked("about rustc").unwrap(), "rustc 1.95.0");
    assert_eq!(asked("about tokio").unwrap(), "1.54.1");
}

#[test]
fn slips_of_the_pen_are_told_with_their_line() {
    for (words, fault) in [
        (
            "row mutex/none; of quick",
            "line 3: 0 rows are named `mutex/none`",
        ),
        (
            "row mutex/cancel; of nobody",
            "line 3: no candidate is named `nobody`",
        ),
        ("row mutex/cancel", "line 3: no candidate is named"),
        ("of quick", "line 3: no row is named"),
        (
            "weight mutex/bytes; of quick",
            "line 3: the file does not have `mutex/bytes` of `quick`",
        ),
        ("rows mutex/cancel", "line 3: `rows` is not a word"),
        ("about nothing", "line 3: the file does not tell `nothing`"),
    ] {
        assert_eq!(asked(words).unwrap_err(), fault);
    }
    assert!(fill("\nIt took <!-- figure run; row x -->").is_err_and(|it| it.contains("line 2")));
    assert!(fill("<!-- figures run = no/such/file -->").is_err());
}

#[test]
fn figure_that_markdown_would_take_for_html_is_refused() {
    let run = run();
    let document = format!(
        "<!-- figures run = {} -->\n<!-- figure run; about day -->x<!-- end -->",
        run.path().display()
    );
    assert!(fill(&document).is_err_and(|it| it.contains("line 2")));
}

#[test]
fn table_is_made_of_its_lines_and_columns() {
    let run = run();
    let document = format!(
        "<!-- figures run = {} -->\n\n<!-- table run\nns | ours <- of compio-sync strict | peer \
         <- peer shared\ncancel <- row mutex/cancel\n-->\nold\n<!-- end -->\nafter",
        run.path().display()
    );
    let filled = fill(&document).unwrap();
    let table = "-->\n| ns | ours | peer |\n|---|---:|---:|\n| cancel | 12.3 | 0.46 quick |\n<!-- \
                 end -->\nafter";
    assert!(filled.text.ends_with(table), "{}", filled.text);
    assert_eq!(filled.figures, 2);
}

#[test]
fn other_comments_are_left_alone() {
    let document = "a <!-- remark --> b <!-- end --> c";
    assert_eq!(fill(document).unwrap().text, document);
}
