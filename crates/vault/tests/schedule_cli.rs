//! `latchkey-vault schedule` as a person runs it: the real program, its output and its exit status.

use std::process::{Command, Output};

use serde_json::{Value, json};

fn schedule(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_latchkey-vault"))
        .arg("schedule")
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[track_caller]
fn windows(arguments: &[&str]) -> Value {
    let output = schedule(arguments);
    assert!(output.status.success(), "{arguments:?} failed: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("it prints UTF-8")
}

#[test]
fn next_prints_the_windows_as_json() {
    let found =
        windows(&["next", "cron(0 8 ? * MON-FRI *)", "--from", "2027-01-01T00:00:00Z", "--count", "3"]);
    let expected = json!([
        { "opens_at": "2027-01-01T08:00:00Z", "closes_at": "2027-01-02T00:00:00Z" },
        { "opens_at": "2027-01-04T08:00:00Z", "closes_at": "2027-01-05T00:00:00Z" },
        { "opens_at": "2027-01-05T08:00:00Z", "closes_at": "2027-01-06T00:00:00Z" },
    ]);
    assert_eq!(found, expected, "Friday, and then the weekend is left out");
}

#[test]
fn next_takes_a_duration_and_begins_with_a_window_that_opens_at_from() {
    let from = "2027-01-01T09:00:00+01:00";
    let found = windows(&["next", "cron(0 8 * * ? *)", "--from", from, "--count", "1", "--duration", "3h"]);
    assert_eq!(found, json!([{ "opens_at": "2027-01-01T08:00:00Z", "closes_at": "2027-01-01T11:00:00Z" }]));
}

#[test]
fn next_counts_a_rate_from_the_last_rotation() {
    let from = "2027-01-03T00:00:00Z";
    let last = "2027-01-01T05:40:10Z";
    let arguments = |rate| ["next", rate, "--from", from, "--count", "1", "--last-rotated", last];
    assert_eq!(
        windows(&arguments("rate(5 hours)")),
        json!([{ "opens_at": "2027-01-03T02:00:00Z", "closes_at": "2027-01-03T03:00:00Z" }]),
        "nine times five hours after 05:00"
    );
    assert_eq!(
        windows(&arguments("rate(10 days)")),
        json!([{ "opens_at": "2027-01-11T00:00:00Z", "closes_at": "2027-01-12T00:00:00Z" }]),
        "days open at midnight"
    );
}

#[test]
fn next_prints_ten_windows_from_now_unless_told_otherwise() {
    let found = windows(&["next", "rate(1 day)"]);
    let found = found.as_array().expect("an array");
    assert_eq!(found.len(), 10);
    assert_eq!(windows(&["next", "rate(1 day)", "--count", "0"]), json!([]), "none were asked for");
}

#[test]
fn check_tells_a_good_schedule_in_english() {
    let output = schedule(&["check", "cron(0 8 ? 1/3 MON#1 *)", "--duration", "2h"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "08:00 UTC on the first Monday of every third month, for 2 hours\n");
    assert_eq!(text(&output.stderr), "", "there is nothing to object");
}

#[test]
fn check_accepts_what_the_documentation_leaves_open_and_says_so() {
    let output = schedule(&["check", "cron(0 8,16 * * ? *)"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).starts_with("Note. Hours:"), "{}", text(&output.stderr));
}

#[test]
fn check_ends_with_status_1_and_the_reason() {
    for (arguments, reason) in [
        (
            vec!["rate(3 hours)"],
            "Value: a secret rotates every four hours at most. Write rate(4 hours) instead.",
        ),
        (vec!["rate(1000 days)"], "Value: the longest rotation period is 999 days."),
        (vec!["cron(5 8 * * ? *)"], "Minutes: it must be 0"),
        (vec!["cron(0 0/3 * * ? *)"], "Hours: two windows open only 3 hours apart."),
        (
            vec!["cron(0 8 1 * MON *)"],
            "Day-of-week: the day of the month and the day of the week are both set.",
        ),
        (vec!["cron(0 8 ? * ? *)"], "Day-of-month: the day of the month and the day of the week are both ?."),
        (vec!["cron(0 8 ? * SUN#6 *)"], "Day-of-week: \"SUN#6\""),
        (vec!["cron(0 25 * * ? *)"], "Hours: \"25\" is not among the hours 0 to 23."),
        (vec!["cron(0 8 30 FEB ? *)"], "Day-of-month: none of the months has such a day"),
        (vec!["rate(4 hours)", "--duration", "0h"], "Duration: a window is at least 1 hour"),
        (vec!["rate(4 hours)", "--duration", "25h"], "Duration: a window is at least 1 hour and at most 24"),
        (vec!["rate(4 hours)", "--duration", "90m"], "Duration: \"90m\" is not a duration."),
        (vec!["rate(4 hours)", "--duration", "5h"], "Duration: a window of 5 hours runs into the next one"),
        (
            vec!["cron(0 22 * * ? *)", "--duration", "3h"],
            "Duration: a window of 3 hours from 22:00 runs past the end",
        ),
        (vec![""], "Schedule expression: a schedule is written"),
    ] {
        let output = schedule(&[vec!["check"], arguments.clone()].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?} prints nothing but the reason");
        let told = text(&output.stderr);
        assert!(told.starts_with(&format!("latchkey-vault: {reason}")), "{arguments:?}: {told}");
    }
}

#[test]
fn next_refuses_what_cannot_be_read() {
    let output = schedule(&["next", "cron(5 8 * * ? *)"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("Minutes: it must be 0"), "{}", text(&output.stderr));
}
