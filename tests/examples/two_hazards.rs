use crate::run::{Run, refuses_and_helps};

const EXAMPLE: &str = "two_hazards";

/// The lines of the table: with what, what came of it, and whether that is well.
fn table(run: &Run) -> Vec<[&str; 3]> {
    let lines = run.stdout.lines().filter(|line| line.starts_with("| "));
    let line = |line| {
        let cells: Vec<_> = str::trim_matches(line, ['|', ' ']).split(" | ").collect();
        match *cells {
            [_, with, came_of_it, verdict] => [with, came_of_it, verdict],
            _ => panic!("not of the table: {line}"),
        }
    };
    // The first names the columns, and has nothing in the last.
    lines.skip(1).map(line).collect()
}

#[test]
fn runtimes_that_wake_each_other_hang_and_buffers_pass_the_limit_but_not_with_the_crates_own() {
    let run = Run::of(EXAMPLE, [""; 0]).exits_with(0);
    let table = table(&run);
    let [storms, reads] = [&table[..2], &table[2..]];

    assert_eq!(
        storms,
        [
            ["tokio::sync::Notify", "hung: stopped after 2 s", "NOT WELL"],
            ["compio_sync::Notify", "all tasks ran", "well"],
        ]
    );
    if cfg!(unix) {
        let most = |line: &[&str; 3]| -> usize {
            let numbers = line[1].split(|c: char| !c.is_ascii_digit());
            let mut numbers = numbers.filter_map(|number| number.parse().ok());
            let most = numbers.next().expect("how many there were");
            assert_eq!(numbers.next(), Some(16), "the limit");
            most
        };
        let [tokio, ours] = reads else {
            panic!("two of reads are expected:\n{}", run.stdout);
        };
        assert!(most(tokio) > 16 && tokio[2] == "NOT WELL", "{}", run.stdout);
        assert!(most(ours) == 16 && ours[2] == "well", "{}", run.stdout);
    }
    assert_eq!(run.stderr, "");
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    let wrong: &[&[&str]] = &[
        &["--no-such-option"],
        &["--storm"],
        &["--storm", "of no name"],
        &["2"],
    ];
    refuses_and_helps(EXAMPLE, wrong);
}
