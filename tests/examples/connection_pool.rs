use crate::run::{Run, refuses_and_helps};

const EXAMPLE: &str = "connection_pool";

#[test]
fn every_request_is_answered_though_the_server_hangs_up() {
    let args = ["--connections", "3", "--tasks", "12", "--requests", "5"];
    let patient = ["--patience", "60000", "--hang-up-after", "4"];
    let run = Run::of(EXAMPLE, args.iter().chain(&patient)).exits_with(0);

    assert_eq!(run.figure("answered"), 60);
    assert_eq!(run.figure("unanswered"), 0);
    assert_eq!(run.figure("timed out"), 0);
    assert_eq!(run.figure("most out"), 3);
    // Each connection is good for four: sixty take fifteen, and each but those in the pool at the
    // end was found broken.
    let opened = run.figure("opened");
    assert!(opened >= 15, "{}", run.stdout);
    assert!(run.figure("broken") >= 12, "{}", run.stdout);
    // One is opened for one that broke, and at most one a place is still to be opened at the end.
    let asked_for = 3 + run.figure("broken");
    assert!((asked_for - 3..=asked_for).contains(&opened));
    assert_eq!(run.stderr, "");
}

#[test]
fn checkouts_that_time_out_lose_no_connection() {
    let args = ["--connections", "2", "--tasks", "30", "--requests", "10"];
    let impatient = ["--patience", "1", "--hang-up-after", "7"];
    let run = Run::of(EXAMPLE, args.iter().chain(&impatient)).exits_with(0);

    assert_eq!(run.figure("answered"), 300);
    // Twenty-eight wait for a millisecond, for a connection that is out for two.
    assert!(run.figure("timed out") >= 28, "{}", run.stdout);
    assert_eq!(run.figure("most out"), 2);
    assert_eq!(run.stderr, "");
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    let wrong: &[&[&str]] = &[
        &["value"],
        &["--no-such-option"],
        &["--connections", "0"],
        &["--tasks", "many"],
        &["--patience"],
    ];
    refuses_and_helps(EXAMPLE, wrong);
}
