//! What is no schedule: each text with its field, the place that is pointed at, the reason and the fix.

use latchkey_domain::schedule::{Field, Fix, ScheduleError, ScheduleExpression, WindowDuration};

#[track_caller]
fn refusal(text: &str) -> ScheduleError {
    text.parse::<ScheduleExpression>().expect_err(&format!("{text} must be refused"))
}

#[track_caller]
fn is_read(text: &str) {
    assert!(text.parse::<ScheduleExpression>().is_ok(), "{text} must be read");
}

/// Asserts the field, the text that is pointed at, a part of the reason, and the fix, which must be read.
#[track_caller]
fn is_refused(text: &str, field: Field, pointed_at: &str, reason: &str, fix: Option<&str>) {
    let error = refusal(text);
    assert_eq!(error.field, field, "field of {text}: {error}");
    assert_eq!(&text[error.at.clone()], pointed_at, "place in {text}: {error}");
    assert!(error.problem.to_string().contains(reason), "reason of {text}: {error}");
    let fix = fix.map(|fix| Fix::ScheduleExpression(fix.to_owned()));
    assert_eq!(error.fix, fix, "fix of {text}");
    if let Some(Fix::ScheduleExpression(fixed)) = fix {
        is_read(&fixed);
    }
}

#[test]
fn a_rate_that_aws_does_not_know_is_refused() {
    use Field::{ScheduleExpression, Unit, Value};
    is_refused("rate(3 hours)", Value, "3", "every four hours", Some("rate(4 hours)"));
    is_refused("rate(0 days)", Value, "0", "every four hours", Some("rate(1 day)"));
    is_refused("rate(1000 days)", Value, "1000", "999 days", Some("rate(999 days)"));
    is_refused("rate(23977 hours)", Value, "23977", "999 days", Some("rate(999 days)"));
    is_refused(
        "rate(99999999999999999999 days)",
        Value,
        "99999999999999999999",
        "999 days",
        Some("rate(999 days)"),
    );
    is_refused("rate(four hours)", Value, "four", "whole number", None);
    is_refused("rate(-4 hours)", Value, "-4", "whole number", None);
    is_refused("rate(2 weeks)", Unit, "weeks", "not a unit", Some("rate(14 days)"));
    is_refused("rate(600 minutes)", Unit, "minutes", "not a unit", Some("rate(10 hours)"));
    is_refused("rate(5 Hours)", Unit, "Hours", "not a unit", Some("rate(5 hours)"));
    is_refused("rate(5 months)", Unit, "months", "not a unit", None);
    is_refused("rate(5)", ScheduleExpression, "5", "number and a unit", None);
    for largest in ["rate(23976 hours)", "rate(999 days)", "rate(1 days)", "rate(4 hour)"] {
        is_read(largest);
    }
}

#[test]
fn what_is_neither_rate_nor_cron_is_refused() {
    let whole = Field::ScheduleExpression;
    let is_refused = |text, pointed_at, reason, fix| is_refused(text, whole, pointed_at, reason, fix);
    is_refused("", "", "is written", None);
    is_refused("every day", "every day", "is written", None);
    is_refused("0 8 * * ? *", "0 8 * * ? *", "is written", Some("cron(0 8 * * ? *)"));
    is_refused("10 days", "10 days", "is written", Some("rate(10 days)"));
    is_refused("CRON(0 8 * * ? *)", "CRON(0 8 * * ? *)", "is written", Some("cron(0 8 * * ? *)"));
    is_refused("cron(0 8 * * ? *", "cron(0 8 * * ? *", "is written", Some("cron(0 8 * * ? *)"));
    is_refused(" rate(4 hours) ", " rate(4 hours) ", "nothing around it", Some("rate(4 hours)"));
    is_refused("cron(0 8 1–15 * ? *)", "–", "not allowed", Some("cron(0 8 1-15 * ? *)"));
    is_refused("rate(4\u{a0}hours)\n", "\u{a0}", "not allowed", Some("rate(4 hours)"));
    is_refused("cron(0 8 é * ? *)", "é", "not allowed", None);
    let long = format!("cron(0 8 {} * ? *)", ["1"; 130].join(","));
    assert!(refusal(&long).to_string().contains("at most 256"), "{}", refusal(&long));
}

#[test]
fn a_cron_with_too_few_or_too_many_fields_is_refused() {
    let whole = Field::ScheduleExpression;
    is_refused("cron(0 8 * * ?)", whole, "0 8 * * ?", "six fields", Some("cron(0 8 * * ? *)"));
    is_refused("cron(0 8 ? * 1)", whole, "0 8 ? * 1", "here are 5", None);
    is_refused("cron(0 0 8 * * ? *)", whole, "0 0 8 * * ? *", "here are 7", None);
    is_refused("cron()", whole, "", "here are 0", None);
    is_refused(
        "cron(0 8 1 JAN, APR ? *)",
        Field::Month,
        ",",
        "no space is allowed",
        Some("cron(0 8 1 JAN,APR ? *)"),
    );
    is_refused(
        "cron(0 8 ? * 1 ,4 *)",
        Field::DayOfWeek,
        ",",
        "no space is allowed",
        Some("cron(0 8 ? * 1,4 *)"),
    );
}

#[test]
fn minutes_and_years_are_fixed() {
    is_refused("cron(5 8 * * ? *)", Field::Minutes, "5", "on the hour", Some("cron(0 8 * * ? *)"));
    is_refused("cron(* 8 * * ? *)", Field::Minutes, "*", "on the hour", Some("cron(0 8 * * ? *)"));
    is_refused("cron(0 8 * * ? 2027)", Field::Year, "2027", "certain years", Some("cron(0 8 * * ? *)"));
}

#[test]
fn a_value_that_its_field_does_not_have_is_refused() {
    use Field::{DayOfMonth, DayOfWeek, Hours, Month};
    is_refused("cron(0 25 * * ? *)", Hours, "25", "0 to 23", Some("cron(0 23 * * ? *)"));
    is_refused("cron(0 24 * * ? *)", Hours, "24", "0 to 23", Some("cron(0 0 * * ? *)"));
    is_refused("cron(0 ? * * ? *)", Hours, "?", "day of the week", Some("cron(0 0 * * ? *)"));
    is_refused("cron(0 8 32 * ? *)", DayOfMonth, "32", "1 to 31", Some("cron(0 8 31 * ? *)"));
    is_refused("cron(0 8 MON * ? *)", DayOfMonth, "MON", "1 to 31", None);
    is_refused("cron(0 8 15W * ? *)", DayOfMonth, "15W", "working day", None);
    is_refused("cron(0 8 L-3 * ? *)", DayOfMonth, "L-3", "alone", None);
    is_refused("cron(0 8 1,L * ? *)", DayOfMonth, "1,L", "alone", None);
    is_refused("cron(0 8 1 13 ? *)", Month, "13", "1 to 12", Some("cron(0 8 1 12 ? *)"));
    is_refused("cron(0 8 1 ? ? *)", Month, "?", "day of the month", Some("cron(0 8 1 * ? *)"));
    is_refused("cron(0 8 1 APRIL ? *)", Month, "APRIL", "JAN to DEC", Some("cron(0 8 1 APR ? *)"));
    is_refused("cron(0 8 1 XYZ ? *)", Month, "XYZ", "JAN to DEC", None);
    is_refused("cron(0 8 ? * 0 *)", DayOfWeek, "0", "1 to 7", Some("cron(0 8 ? * 1 *)"));
    is_refused("cron(0 8 ? * 8L *)", DayOfWeek, "8L", "1 to 7", None);
    is_refused("cron(0 8 ? * 999 *)", DayOfWeek, "999", "1 to 7", Some("cron(0 8 ? * 7 *)"));
}

#[test]
fn lists_ranges_and_steps_that_say_nothing_are_refused() {
    use Field::{DayOfMonth, DayOfWeek, Hours, Month};
    is_refused("cron(0 8 1,,15 * ? *)", DayOfMonth, "1,,15", "missing", Some("cron(0 8 1,15 * ? *)"));
    is_refused(
        "cron(0 8 ? * FRI-MON *)",
        DayOfWeek,
        "FRI-MON",
        "backwards",
        Some("cron(0 8 ? * FRI,SAT,SUN,MON *)"),
    );
    is_refused(
        "cron(0 8 1 NOV-FEB ? *)",
        Month,
        "NOV-FEB",
        "backwards",
        Some("cron(0 8 1 NOV,DEC,JAN,FEB ? *)"),
    );
    is_refused("cron(0 8 28-3 * ? *)", DayOfMonth, "28-3", "backwards", Some("cron(0 8 28-31,1-3 * ? *)"));
    is_refused("cron(0 8 28-3/2 * ? *)", DayOfMonth, "28-3", "backwards", None);
    is_refused("cron(0 8 1- * ? *)", DayOfMonth, "", "cannot be read", None);
    is_refused("cron(0 2/0 * * ? *)", Hours, "0", "not a valid step", Some("cron(0 2 * * ? *)"));
    is_refused("cron(0 0/48 * * ? *)", Hours, "48", "start again", Some("cron(0 0 * * ? *)"));
    is_refused("cron(0 /48 * * ? *)", Hours, "48", "start again", Some("cron(0 0 * * ? *)"));
    is_refused("cron(0 8 1 /13 ? *)", Month, "13", "start again", Some("cron(0 8 1 1 ? *)"));
    is_refused("cron(0 2/x * * ? *)", Hours, "x", "step", None);
}

#[test]
fn the_two_day_fields_exclude_each_other() {
    use Field::{DayOfMonth, DayOfWeek};
    is_refused("cron(0 8 1 * MON *)", DayOfWeek, "MON", "both set", Some("cron(0 8 1 * ? *)"));
    is_refused("cron(0 8 1 * * *)", DayOfWeek, "*", "both set", Some("cron(0 8 1 * ? *)"));
    is_refused("cron(0 8 * * MON *)", DayOfMonth, "*", "both set", Some("cron(0 8 ? * MON *)"));
    is_refused("cron(0 8 * * * *)", DayOfWeek, "*", "both set", Some("cron(0 8 * * ? *)"));
    is_refused("cron(0 8 ? * ? *)", DayOfMonth, "?", "both ?", Some("cron(0 8 * * ? *)"));
}

#[test]
fn weekdays_of_a_month_are_counted_from_one_to_five() {
    use Field::{DayOfMonth, DayOfWeek};
    is_refused("cron(0 8 ? * SUN#6 *)", DayOfWeek, "6", "more than five", Some("cron(0 8 ? * SUNL *)"));
    is_refused("cron(0 8 ? * SUN#0 *)", DayOfWeek, "0", "more than five", Some("cron(0 8 ? * SUN#1 *)"));
    is_refused("cron(0 8 ? * MON#1,MON#3 *)", DayOfWeek, "MON#1,MON#3", "alone", None);
    is_refused("cron(0 8 ? * SUN,MONL *)", DayOfWeek, "SUN,MONL", "\"MONL\" must be alone", None);
    is_refused(
        "cron(0 8 MON#1 * ? *)",
        DayOfMonth,
        "MON#1",
        "day of the week",
        Some("cron(0 8 ? * MON#1 *)"),
    );
}

#[test]
fn days_that_no_chosen_month_has_are_refused() {
    let day = Field::DayOfMonth;
    is_refused("cron(0 0 30 FEB ? *)", day, "30", "ever open", Some("cron(0 0 L FEB ? *)"));
    is_refused("cron(0 0 31 4,6,9,11 ? *)", day, "31", "ever open", Some("cron(0 0 L 4,6,9,11 ? *)"));
}

#[test]
fn a_duration_is_whole_hours_of_one_day() {
    for (text, reason, fix) in [
        ("0h", "at least 1 hour", Some("1h")),
        ("25h", "at most 24 hours", Some("24h")),
        ("999999h", "at most 24 hours", Some("24h")),
        ("003h", "at most 24 hours", Some("3h")),
        ("90m", "not a duration", Some("2h")),
        ("2", "not a duration", Some("2h")),
        ("1d", "not a duration", Some("24h")),
        ("2 hours", "not a duration", Some("2h")),
        ("3H", "not a duration", Some("3h")),
        ("", "not a duration", None),
        ("h", "not a duration", None),
        ("-3h", "not a duration", None),
        ("3ħ", "not a duration", None),
    ] {
        let error = text.parse::<WindowDuration>().expect_err(text);
        assert_eq!((error.field, error.at.clone()), (Field::Duration, 0..text.len()), "{text:?}");
        assert!(error.problem.to_string().contains(reason), "{text:?}: {error}");
        assert_eq!(error.fix, fix.map(|fix| Fix::Duration(fix.to_owned())), "{text:?}");
    }
    for text in ["1h", "9h", "24h"] {
        let duration: WindowDuration = text.parse().expect(text);
        assert_eq!(duration.to_string(), text, "printed back");
    }
}
