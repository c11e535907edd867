//! A schedule in plain English, from what it means rather than from how it was written.

use super::cron::{MatchingDays, month_length};
use super::names::{month_name, weekday_name};
use super::numbers::{Numbers, as_step, runs};
use super::{Cron, Rate, RateUnit, ScheduleExpression, WindowDuration};

const ORDINALS: [&str; 10] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

pub(super) fn explain(expression: &ScheduleExpression, duration: Option<WindowDuration>) -> String {
    let when = match expression {
        ScheduleExpression::Rate(rate) => of_rate(rate),
        ScheduleExpression::Cron(cron) => {
            format!("{} {}", hours(cron.hours), days_and_months(cron))
        }
    };
    let how_long = match duration {
        Some(duration) => format!("for {}", counted(u32::from(duration.hours()), "hour")),
        None if expression.is_in_hours() => "for 1 hour".to_owned(),
        None => "until the end of the day".to_owned(),
    };
    format!("{when}, {how_long}")
}

fn of_rate(rate: &Rate) -> String {
    match (rate.unit(), rate.value()) {
        (RateUnit::Days, 1) => "00:00 UTC every day".to_owned(),
        (RateUnit::Days, days) => format!("00:00 UTC every {days} days after the last rotation"),
        (RateUnit::Hours, hours) => format!("Every {hours} hours after the last rotation"),
    }
}

fn hours(hours: Numbers) -> String {
    if hours.len() == 24 {
        return "Every hour UTC".to_owned();
    }
    format!("{} UTC", listed(hours.iter().map(|hour| format!("{hour:02}:00"))))
}

fn days_and_months(cron: &Cron) -> String {
    let months = months(cron.months);
    let of_months = |days: String| format!("{days} of {months}");
    let in_months = |days: String| match cron.months.len() {
        12 => days,
        _ => format!("{days} in {months}"),
    };
    match cron.days {
        MatchingDays::Every => in_months("every day".to_owned()),
        MatchingDays::OfMonth(days) if days.len() == 31 => in_months("every day".to_owned()),
        MatchingDays::OfWeek(days) => in_months(weekdays(days)),
        MatchingDays::OfMonth(days) => {
            let rare =
                days.len() == 1 && days.first().is_some_and(|day| u32::from(day) > shortest_of(cron.months));
            of_months(days_of_month(days)) + if rare { having_one(&months) } else { "" }
        }
        MatchingDays::LastOfMonth => of_months("on the last day".to_owned()),
        MatchingDays::NthWeekday { nth, weekday } => {
            let rare = nth == 5;
            let nth = ORDINALS[usize::from(nth) - 1];
            of_months(format!("on the {nth} {}", weekday_name(weekday)))
                + if rare { having_one(&months) } else { "" }
        }
        MatchingDays::LastWeekday(weekday) => of_months(format!("on the last {}", weekday_name(weekday))),
    }
}

fn having_one(months: &str) -> &'static str {
    if months.starts_with("every") { " that has one" } else { ", where there is one" }
}

/// "every month", "every third month", "January and July".
fn months(months: Numbers) -> String {
    if months.len() == 12 {
        return "every month".to_owned();
    }
    match as_step(months.iter(), 12) {
        // Steps that come out even at the end of the year; the others do not stay a step.
        Some((start, step @ (2 | 3 | 4 | 6))) if start <= step => {
            let every = format!("every {} month", ORDINALS[usize::from(step) - 1]);
            if start == 1 { every } else { format!("{every} from {}", month_name(start)) }
        }
        _ => listed(months.iter().map(month_name)),
    }
}

/// The days that each of these months has in each year.
fn shortest_of(months: Numbers) -> u32 {
    months.iter().map(|month| month_length(false, u32::from(month))).min().unwrap_or(31)
}

/// "every Saturday", "from Monday to Friday", "every Monday and Thursday": the week begins on Monday here.
fn weekdays(days: Numbers) -> String {
    if days.len() == 7 {
        return "every day".to_owned();
    }
    let week: Vec<u8> =
        [2, 3, 4, 5, 6, 7, 1].into_iter().filter(|&day| days.contains(u32::from(day))).collect();
    let place = |day: u8| (day + 5) % 7;
    if let &[from, _, .., to] = week.as_slice()
        && usize::from(place(to) - place(from)) + 1 == week.len()
    {
        return format!("from {} to {}", weekday_name(from), weekday_name(to));
    }
    format!("every {}", listed(week.into_iter().map(weekday_name)))
}

/// "on the 1st and 15th", "on every second day from the 1st".
fn days_of_month(days: Numbers) -> String {
    match as_step(days.iter(), 31) {
        Some((start, step)) if step > 1 && days.len() > 3 => {
            format!("on every {} day from the {}", ORDINALS[usize::from(step) - 1], ordinal(start))
        }
        _ => format!(
            "on the {}",
            listed(runs(days.iter()).into_iter().map(|(from, to)| match to - from {
                0 => ordinal(from),
                _ => format!("{} to {}", ordinal(from), ordinal(to)),
            }))
        ),
    }
}

/// "1st", "22nd".
fn ordinal(day: u8) -> String {
    let ending = match (day / 10, day % 10) {
        (0 | 2 | 3, 1) => "st",
        (0 | 2, 2) => "nd",
        (0 | 2, 3) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

fn counted(count: u32, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// "a", "a and b", "a, b and c".
fn listed(words: impl Iterator<Item = impl Into<String>>) -> String {
    let mut words: Vec<String> = words.map(Into::into).collect();
    let Some(last) = words.pop() else { return String::new() };
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}
