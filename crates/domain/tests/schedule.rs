//! The user guide's tables row by row, windows and gaps, the rules, and the sentences in English.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use latchkey_domain::schedule::{
    AutomaticallyAfterDays, Field, Fix, Form, PRESETS, RotationWindow, Rule, ScheduleExpression, Severity,
    WindowDuration, check,
};

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().expect("the test writes instants as RFC 3339")
}

#[track_caller]
fn schedule(text: &str) -> ScheduleExpression {
    text.parse().unwrap_or_else(|error| panic!("{text} must be read: {error}"))
}

fn lasting(text: &str) -> Option<WindowDuration> {
    Some(text.parse().expect("the test writes durations as AWS does"))
}

/// The openings of January 2027, which begins on a Friday, as "day hour".
#[track_caller]
fn openings_in_january(text: &str) -> Vec<String> {
    let first = at("2027-01-01T00:00:00Z");
    schedule(text)
        .windows(None, first)
        .opening_from(first)
        .take_while(|window| window.opens_at < at("2027-02-01T00:00:00Z"))
        .map(|window| window.opens_at.format("%-d %-H").to_string())
        .collect()
}

/// The days of January 2027 with an opening at midnight.
#[track_caller]
fn days_in_january(text: &str) -> Vec<u32> {
    let day = |opening: String| opening.strip_suffix(" 0").and_then(|day| day.parse().ok());
    openings_in_january(text).into_iter().map(|opening| day(opening).expect("it opens at midnight")).collect()
}

fn every_day_at(hours: &[u32]) -> Vec<String> {
    (1..=31).flat_map(|day| hours.iter().map(move |hour| format!("{day} {hour}"))).collect()
}

fn at_hour(hour: u32, days: &[u32]) -> Vec<String> {
    days.iter().map(|day| format!("{day} {hour}")).collect()
}

#[test]
fn every_example_of_the_user_guide_opens_when_it_says() {
    let weekdays = [1, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29];
    for (expression, expected) in [
        ("cron(0 4/12 * * ? *)", every_day_at(&[4, 16])),
        ("cron(0 /8 * * ? *)", every_day_at(&[0, 8, 16])),
        ("cron(0 8/8 * * ? *)", every_day_at(&[8, 16])),
        ("cron(0 2/10 * * ? *)", every_day_at(&[2, 12, 22])),
        ("cron(0 10 * * ? *)", every_day_at(&[10])),
        ("cron(0 18 ? * SAT *)", at_hour(18, &[2, 9, 16, 23, 30])),
        ("cron(0 8 1 * ? *)", at_hour(8, &[1])),
        ("cron(0 1 ? 1/3 SUN#1 *)", at_hour(1, &[3])),
        ("cron(0 17 L * ? *)", at_hour(17, &[31])),
        ("cron(0 8 ? * MON-FRI *)", at_hour(8, &weekdays)),
        ("cron(0 16 1,15 * ? *)", at_hour(16, &[1, 15])),
        ("cron(0 0 ? * SUN#1 *)", at_hour(0, &[3])),
        ("cron(0 0 ? 1/11 2#1 *)", at_hour(0, &[4])),
    ] {
        assert_eq!(openings_in_january(expression), expected, "{expression}");
    }
}

#[test]
fn every_row_of_the_user_guides_table_of_wildcards_means_what_it_says() {
    let all: Vec<u32> = (1..=31).collect();
    let odd: Vec<u32> = (1..=31).step_by(2).collect();
    let first_half: Vec<u32> = (1..=15).collect();
    for (expression, expected) in [
        ("cron(0 0 1,15 * ? *)", vec![1, 15]),
        ("cron(0 0 1-15 * ? *)", first_half),
        ("cron(0 0 * * ? *)", all.clone()),
        ("cron(0 0 1/2 * ? *)", odd),
        ("cron(0 0 L * ? *)", vec![31]),
        ("cron(0 0 SUNL * ? *)", vec![31]),
        ("cron(0 0 ? * SUNL *)", vec![31]),
        ("cron(0 0 ? * 1L *)", vec![31]),
        ("cron(0 0 ? * TUE#3 *)", vec![19]),
        ("cron(0 0 ? * 3#3 *)", vec![19]),
        ("cron(0 0 ? * 1,4 *)", vec![3, 6, 10, 13, 17, 20, 24, 27, 31]),
        ("cron(0 0 ? * 1-4 *)", vec![3, 4, 5, 6, 10, 11, 12, 13, 17, 18, 19, 20, 24, 25, 26, 27, 31]),
        ("cron(0 0 ? * * *)", all),
        ("cron(0 0 ? * 1/2 *)", vec![2, 3, 5, 7, 9, 10, 12, 14, 16, 17, 19, 21, 23, 24, 26, 28, 30, 31]),
        ("cron(0 0 ? * L *)", vec![2, 9, 16, 23, 30]),
    ] {
        assert_eq!(days_in_january(expression), expected, "{expression}");
    }
}

#[test]
fn every_way_to_write_months_means_what_the_user_guide_says() {
    for (months, expected) in [
        ("JAN,APR,JUL,OCT", vec![1, 4, 7, 10]),
        ("1-3", vec![1, 2, 3]),
        ("*", (1..=12).collect()),
        ("1/3", vec![1, 4, 7, 10]),
        ("/3", vec![1, 4, 7, 10]),
        ("nov-DEC,2", vec![2, 11, 12]),
    ] {
        let text = format!("cron(0 0 5 {months} ? *)");
        let from = at("2027-01-01T00:00:00Z");
        let opened: Vec<u32> = schedule(&text)
            .windows(None, from)
            .opening_from(from)
            .map(|window| window.opens_at)
            .take_while(|opens_at| opens_at.year() == 2027)
            .map(|opens_at| opens_at.month())
            .collect();
        assert_eq!(opened, expected, "{text}");
    }
}

/// The first openings from New Year 2027, as dates.
#[track_caller]
fn dates(text: &str, count: usize) -> Vec<String> {
    let from = at("2027-01-01T00:00:00Z");
    let windows = schedule(text).windows(None, from).opening_from(from).take(count).collect::<Vec<_>>();
    windows.iter().map(|window| window.opens_at.format("%Y-%m-%d").to_string()).collect()
}

#[test]
fn month_steps_start_again_each_year() {
    assert_eq!(dates("cron(0 0 ? 1/11 2#1 *)", 3), ["2027-01-04", "2027-12-06", "2028-01-03"]);
    assert_eq!(
        dates("cron(0 1 ? 1/3 SUN#1 *)", 5),
        ["2027-01-03", "2027-04-04", "2027-07-04", "2027-10-03", "2028-01-02"]
    );
}

#[test]
fn days_that_a_month_does_not_have_are_skipped_and_not_carried_over() {
    assert_eq!(dates("cron(0 0 31 * ? *)", 4), ["2027-01-31", "2027-03-31", "2027-05-31", "2027-07-31"]);
    assert_eq!(dates("cron(0 0 29 FEB ? *)", 2), ["2028-02-29", "2032-02-29"]);
    assert_eq!(dates("cron(0 0 ? * MON#5 *)", 2), ["2027-03-29", "2027-05-31"]);
    assert_eq!(dates("cron(0 0 L 2 ? *)", 2), ["2027-02-28", "2028-02-29"]);
}

fn next(text: &str, duration: Option<WindowDuration>, last: &str, from: &str) -> RotationWindow {
    schedule(text).windows(duration, at(last)).opening_from(at(from)).next().expect("it opens again")
}

fn window(opens_at: &str, closes_at: &str) -> RotationWindow {
    RotationWindow { opens_at: at(opens_at), closes_at: at(closes_at) }
}

#[test]
fn windows_close_after_an_hour_or_at_the_end_of_the_day_unless_told_otherwise() {
    let new_year = "2027-01-01T00:00:00Z";
    let first = |text, duration| next(text, duration, new_year, new_year);
    let of_days = first("cron(0 10 * * ? *)", None);
    assert_eq!(of_days, window("2027-01-01T10:00:00Z", "2027-01-02T00:00:00Z"), "a cron in days");
    let of_hours = first("cron(0 2/10 * * ? *)", None);
    assert_eq!(of_hours, window("2027-01-01T02:00:00Z", "2027-01-01T03:00:00Z"), "a cron in hours");
    let rate_of_hours = first("rate(4 hours)", None);
    assert_eq!(rate_of_hours, window("2027-01-01T04:00:00Z", "2027-01-01T05:00:00Z"), "a rate in hours");
    let rate_of_days = first("rate(10 days)", None);
    assert_eq!(rate_of_days, window("2027-01-11T00:00:00Z", "2027-01-12T00:00:00Z"), "a rate in days");
    let chosen = first("cron(0 10 * * ? *)", lasting("3h"));
    assert_eq!(chosen, window("2027-01-01T10:00:00Z", "2027-01-01T13:00:00Z"), "three hours");
}

#[test]
fn a_rate_counts_from_the_last_rotation() {
    let last = "2027-01-01T05:40:10Z";
    let hours = |from| next("rate(5 hours)", None, last, from).opens_at;
    assert_eq!(
        hours("2026-01-01T00:00:00Z"),
        at("2027-01-01T10:00:00Z"),
        "nothing opens before one interval"
    );
    assert_eq!(hours("2027-01-01T10:00:00Z"), at("2027-01-01T10:00:00Z"), "from is inclusive");
    assert_eq!(hours("2027-01-01T10:00:00.5Z"), at("2027-01-01T15:00:00Z"), "half a second is too late");
    let days = next("rate(1 day)", None, last, last).opens_at;
    assert_eq!(days, at("2027-01-02T00:00:00Z"), "days open at midnight");
    let rate = schedule("rate(5 hours)");
    let before: Vec<_> = rate.windows(None, at(last)).opening_before(at("2027-01-01T15:00:01Z")).collect();
    assert_eq!(before.len(), 2, "there is no window before the first: {before:?}");
}

#[test]
fn automatically_after_days_opens_as_a_rate_in_days_up_to_a_thousand() {
    let days = |count: i64| AutomaticallyAfterDays::try_from(count);
    let last = at("2027-01-01T05:40:10Z");
    let thousand = days(1000).expect("1000 days are allowed").windows(None, last);
    let opens = thousand.opening_from(last).next();
    assert_eq!(opens, Some(window("2029-09-27T00:00:00Z", "2029-09-28T00:00:00Z")), "1000 days later");
    for (count, fix) in [(0, 1), (-3, 1), (1001, 1000), (i64::MAX, 1000)] {
        let error = days(count).expect_err("out of range");
        assert_eq!(error.field, Field::AutomaticallyAfterDays);
        assert_eq!(error.fix, Some(Fix::AutomaticallyAfterDays(fix)), "{count} days");
    }
}

#[test]
fn a_window_is_open_from_its_opening_until_just_before_its_closing() {
    let daily = schedule("cron(0 10 * * ? *)");
    let windows = daily.windows(lasting("2h"), at("2027-01-01T00:00:00Z"));
    let open_at = |instant| windows.open_at(at(instant)).is_some();
    assert!(!open_at("2027-01-05T09:59:59Z"), "not yet");
    assert!(open_at("2027-01-05T10:00:00Z"), "the opening belongs to it");
    assert!(open_at("2027-01-05T11:59:59.999Z"), "the last moment");
    assert!(!open_at("2027-01-05T12:00:00Z"), "the closing does not");
}

#[test]
fn gaps_are_exact_over_the_whole_calendar() {
    let days = TimeDelta::days;
    let hours = TimeDelta::hours;
    for (text, shortest, longest) in [
        ("cron(0 8 ? * MON-FRI *)", hours(24), hours(72)),
        ("cron(0 2/10 * * ? *)", hours(4), hours(10)),
        ("cron(0 0/7 * * ? *)", hours(3), hours(7)),
        ("cron(0 0/7 1 * ? *)", hours(7), days(31) - hours(21)),
        ("cron(0 17 L * ? *)", days(28), days(31)),
        ("cron(0 0 29 2 ? *)", days(1461), days(2921)),
        ("cron(0 0 ? JAN MON#1 *)", days(364), days(371)),
        ("rate(36 hours)", hours(36), hours(36)),
        ("rate(999 days)", days(999), days(999)),
    ] {
        let expression = schedule(text);
        assert_eq!(expression.shortest_gap(), shortest, "shortest of {text}");
        assert_eq!(expression.longest_gap(), longest, "longest of {text}");
    }
}

#[test]
fn the_gaps_are_those_of_the_windows_of_four_centuries() {
    for text in
        ["cron(0 0 ? FEB SUN#5 *)", "cron(0 3/9 31 * ? *)", "cron(0 7 ? 2/5 TUEL *)", "cron(0 5 28-30 2 ? *)"]
    {
        let expression = schedule(text);
        let from = at("2000-01-01T00:00:00Z");
        let openings: Vec<_> = expression
            .windows(None, from)
            .opening_from(from)
            .map(|window| window.opens_at)
            .take_while(|&opens_at| opens_at < at("2430-01-01T00:00:00Z"))
            .collect();
        let gaps = || openings.windows(2).map(|pair| pair[1] - pair[0]);
        assert_eq!(Some(expression.shortest_gap()), gaps().min(), "shortest of {text}");
        assert_eq!(Some(expression.longest_gap()), gaps().max(), "longest of {text}");
    }
}

/// Severity, field, a part of the reason, and the fix as text.
type Expected<'a> = (Severity, Field, &'a str, Option<&'a str>);

#[track_caller]
fn breaks(text: &str, duration: Option<WindowDuration>, expected: &[Expected]) {
    let breaches = check(&schedule(text), duration);
    assert_eq!(breaches.len(), expected.len(), "{text} {duration:?}: {breaches:#?}");
    for (breach, (severity, field, reason, fix)) in breaches.iter().zip(expected) {
        assert_eq!((breach.severity(), breach.field()), (*severity, *field), "{text}: {breach}");
        assert!(breach.rule.to_string().contains(reason), "{text}: {breach}");
        assert_eq!(breach.fix.as_ref().map(ToString::to_string).as_deref(), *fix, "fix of {text}");
    }
}

#[test]
fn openings_are_at_least_four_hours_apart_also_over_midnight() {
    let too_often = |fix| [(Severity::Refused, Field::Hours, "every four hours", Some(fix))];
    breaks("cron(0 0/3 * * ? *)", None, &too_often("cron(0 0/4 * * ? *)"));
    breaks("cron(0 * * * ? *)", None, &too_often("cron(0 0/4 * * ? *)"));
    breaks("cron(0 0/7 * * ? *)", None, &too_often("cron(0 0/8 * * ? *)"));
    breaks("cron(0 3/1 * * ? *)", None, &too_often("cron(0 3/4 * * ? *)"));
    for fine in ["cron(0 0/5 * * ? *)", "cron(0 0/7 1 * ? *)", "cron(0 2/10 * * ? *)"] {
        breaks(fine, None, &[]);
    }
}

#[test]
fn a_window_may_not_run_into_the_next_one_or_past_the_day() {
    let refused = |reason, fix| [(Severity::Refused, Field::Duration, reason, Some(fix))];
    breaks(
        "rate(4 hours)",
        lasting("5h"),
        &[
            (Severity::Refused, Field::Duration, "runs into the next", Some("4h")),
            (Severity::Note, Field::Duration, "past the end", None),
        ],
    );
    breaks(
        "cron(0 8/8 * * ? *)",
        lasting("9h"),
        &[
            (
                Severity::Refused,
                Field::Duration,
                "runs into the next one, which can open after 8 hours",
                Some("8h"),
            ),
            (Severity::Note, Field::Duration, "past the end", Some("8h")),
        ],
    );
    breaks("cron(0 22 * * ? *)", lasting("3h"), &refused("from 22:00 runs past the end", "2h"));
    breaks(
        "cron(0 2/10 * * ? *)",
        lasting("3h"),
        &[(Severity::Note, Field::Duration, "past the end", Some("2h"))],
    );
    breaks("cron(0 22 * * ? *)", lasting("2h"), &[]);
    breaks("rate(4 hours)", lasting("4h"), &[]);
    breaks("rate(1 day)", lasting("24h"), &[]);
    breaks("cron(0 0 * * ? *)", lasting("24h"), &[]);
}

#[test]
fn what_the_documentation_leaves_open_is_accepted_with_a_note() {
    let hours = |fix| [(Severity::Note, Field::Hours, "single hour and a step", fix)];
    breaks("cron(0 8,16 * * ? *)", None, &hours(Some("cron(0 8/8 * * ? *)")));
    breaks("cron(0 0,5,13 * * ? *)", None, &hours(None));
    breaks("cron(0 4-20/8 * * ? *)", None, &hours(Some("cron(0 4/8 * * ? *)")));
    let leap = (Severity::Note, Field::DayOfMonth, "up to 8 lie", Some("cron(0 0 L 2 ? *)"));
    breaks("cron(0 0 29 2 ? *)", None, &[leap]);
    let fifth = (Severity::Note, Field::DayOfWeek, "years go by", Some("cron(0 0 ? FEB SUNL *)"));
    breaks("cron(0 0 ? FEB SUN#5 *)", None, &[fifth]);
    breaks("cron(0 0 ? JAN MON#1 *)", None, &[]);
    breaks("rate(999 days)", None, &[]);
}

#[test]
fn a_list_of_hours_is_mended_by_leaving_out_the_early_ones() {
    let breaches = check(&schedule("cron(0 1,3,9,22 * * ? *)"), None);
    assert!(matches!(breaches[0].rule, Rule::TooOften { shortest_hours: 2 }), "{breaches:?}");
    assert_eq!(breaches[0].fix, Some(Fix::ScheduleExpression("cron(0 1,9 * * ? *)".to_owned())));
}

#[test]
fn schedules_are_told_in_plain_english() {
    let two_hours = lasting("2h");
    for (text, duration, expected) in [
        (
            "cron(0 8 ? 1/3 MON#1 *)",
            two_hours,
            "08:00 UTC on the first Monday of every third month, for 2 hours",
        ),
        ("cron(0 8 ? * MON-FRI *)", two_hours, "08:00 UTC from Monday to Friday, for 2 hours"),
        ("cron(0 10 * * ? *)", None, "10:00 UTC every day, until the end of the day"),
        ("cron(0 10 1-31 * ? *)", lasting("1h"), "10:00 UTC every day, for 1 hour"),
        ("cron(0 2/10 * * ? *)", None, "02:00, 12:00 and 22:00 UTC every day, for 1 hour"),
        ("cron(0 18 ? * SAT *)", None, "18:00 UTC every Saturday, until the end of the day"),
        (
            "cron(0 18 ? JAN SUN,WED *)",
            two_hours,
            "18:00 UTC every Wednesday and Sunday in January, for 2 hours",
        ),
        (
            "cron(0 18 ? 2/3 7,1,6 *)",
            two_hours,
            "18:00 UTC from Friday to Sunday in every third month from February, for 2 hours",
        ),
        ("cron(0 16 1,15 * ? *)", two_hours, "16:00 UTC on the 1st and 15th of every month, for 2 hours"),
        (
            "cron(0 16 1-3,22,23 * ? *)",
            two_hours,
            "16:00 UTC on the 1st to 3rd, 22nd and 23rd of every month, for 2 hours",
        ),
        ("cron(0 0 31 * ? *)", two_hours, "00:00 UTC on the 31st of every month that has one, for 2 hours"),
        (
            "cron(0 0 29 2 ? *)",
            two_hours,
            "00:00 UTC on the 29th of February, where there is one, for 2 hours",
        ),
        (
            "cron(0 0 1/2 * ? *)",
            two_hours,
            "00:00 UTC on every second day from the 1st of every month, for 2 hours",
        ),
        ("cron(0 17 L * ? *)", two_hours, "17:00 UTC on the last day of every month, for 2 hours"),
        ("cron(0 17 ? * FRIL *)", two_hours, "17:00 UTC on the last Friday of every month, for 2 hours"),
        (
            "cron(0 0 ? 1/11 2#1 *)",
            two_hours,
            "00:00 UTC on the first Monday of January and December, for 2 hours",
        ),
        (
            "cron(0 0 ? * 2#5 *)",
            two_hours,
            "00:00 UTC on the fifth Monday of every month that has one, for 2 hours",
        ),
        ("cron(0 0 ? * L *)", two_hours, "00:00 UTC every Saturday, for 2 hours"),
        ("rate(4 hours)", None, "Every 4 hours after the last rotation, for 1 hour"),
        ("rate(10 days)", None, "00:00 UTC every 10 days after the last rotation, until the end of the day"),
        ("rate(1 day)", two_hours, "00:00 UTC every day, for 2 hours"),
    ] {
        assert_eq!(schedule(text).explain(duration), expected, "{text}");
    }
}

#[test]
fn every_preset_breaks_no_rule_and_can_be_built_with_the_form() {
    for preset in PRESETS {
        let expression = schedule(preset.expression);
        assert_eq!(check(&expression, None), [], "{preset:?}");
        let form = Form::read(&expression, None).unwrap_or_else(|| panic!("{preset:?} must fill the form"));
        let built = form.to_expression().expect("what was read can be written");
        let from = at("2027-01-01T00:00:00Z");
        let windows = |expression: &ScheduleExpression| -> Vec<_> {
            expression.windows(None, from).opening_from(from).take(30).collect()
        };
        assert_eq!(windows(&built), windows(&expression), "{preset:?} was built as {built}");
    }
}
