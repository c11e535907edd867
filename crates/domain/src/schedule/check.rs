//! The rules that a readable schedule can break, and what is accepted with a note.

use std::fmt;

use chrono::TimeDelta;

use super::cron::MatchingDays;
use super::names::{WEEKDAYS, written};
use super::numbers::{Numbers, as_step, list};
use super::values::Item;
use super::{Cron, Field, Fix, Rate, RateUnit, ScheduleExpression, WindowDuration};

const MIN_GAP_HOURS: u8 = 4;

/// Whether a breach keeps a schedule from being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    Refused,
    Note,
}

/// What is wrong with a schedule, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub rule: Rule,
    pub fix: Option<Fix>,
}

impl Breach {
    pub fn severity(&self) -> Severity {
        match self.rule {
            Rule::TooOften { .. } | Rule::RunsIntoTheNext { .. } | Rule::PassesTheDay { .. } => {
                Severity::Refused
            }
            Rule::MayPassTheDay { .. } | Rule::HourList | Rule::NotEveryYear { .. } => Severity::Note,
        }
    }

    /// The control that it belongs to.
    pub fn field(&self) -> Field {
        match self.rule {
            Rule::TooOften { .. } | Rule::HourList => Field::Hours,
            Rule::RunsIntoTheNext { .. } | Rule::PassesTheDay { .. } | Rule::MayPassTheDay { .. } => {
                Field::Duration
            }
            Rule::NotEveryYear { of_weekdays: true, .. } => Field::DayOfWeek,
            Rule::NotEveryYear { of_weekdays: false, .. } => Field::DayOfMonth,
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field(), self.rule)?;
        match &self.fix {
            Some(fix) => write!(f, " Write {fix} instead."),
            None => Ok(()),
        }
    }
}

/// The rules of the user guide, and where it is silent. Hours of the day are 0 to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("two windows open only {} apart. A secret rotates every four hours at most.", hours(*.shortest_hours))]
    TooOften { shortest_hours: i64 },
    #[error("a window of {} runs into the next one, which can open after {}.",
        hours(i64::from(.duration.hours())), hours(*.shortest_hours))]
    RunsIntoTheNext { duration: WindowDuration, shortest_hours: i64 },
    #[error("a window of {} from {opens:02}:00 runs past the end of the UTC day.", hours(i64::from(.duration.hours())))]
    PassesTheDay { opens: u8, duration: WindowDuration },
    #[error("some windows of {} run past the end of the UTC day. The documentation of AWS forbids that in one place and \
        allows it in another.", hours(i64::from(.duration.hours())))]
    MayPassTheDay { duration: WindowDuration },
    #[error(
        "the user guide names only a single hour and a step such as 2/10 here. AWS may refuse lists and ranges."
    )]
    HourList,
    #[error(
        "years go by without a window: up to {longest_years} lie between two of them. AWS documents no schedules \
        that are more than a year apart."
    )]
    NotEveryYear { longest_years: i64, of_weekdays: bool },
}

fn hours(count: i64) -> String {
    if count == 1 { "1 hour".to_owned() } else { format!("{count} hours") }
}

/// Every rule that a schedule breaks: what is refused first, then the notes.
pub fn check(expression: &ScheduleExpression, duration: Option<WindowDuration>) -> Vec<Breach> {
    let mut breaches = match expression {
        ScheduleExpression::Rate(rate) => check_rate(rate, duration),
        ScheduleExpression::Cron(cron) => check_cron(cron, duration),
    };
    breaches.sort_by_key(|breach| breach.severity() == Severity::Note);
    breaches
}

fn check_rate(rate: &Rate, duration: Option<WindowDuration>) -> Vec<Breach> {
    let Some(duration) = duration else { return Vec::new() };
    // The hours of the day that the openings come to lie this far apart, whichever the first of them is.
    let apart =
        (1..=24).rev().find(|hours| 24 % hours == 0 && rate.value().is_multiple_of(*hours)).unwrap_or(1);
    let passes_the_day = rate.unit() == RateUnit::Hours && u32::from(duration.hours()) > apart;
    let note = passes_the_day.then_some(Breach { rule: Rule::MayPassTheDay { duration }, fix: None });
    runs_into_the_next(duration, rate.interval()).into_iter().chain(note).collect()
}

fn check_cron(cron: &Cron, duration: Option<WindowDuration>) -> Vec<Breach> {
    let gaps = cron.gaps();
    let expression = |field, new: &str| Some(Fix::ScheduleExpression(cron.with(field, new)));
    let mut breaches = Vec::new();
    if gaps.shortest < TimeDelta::hours(i64::from(MIN_GAP_HOURS)) {
        let rule = Rule::TooOften { shortest_hours: gaps.shortest.num_hours() };
        breaches.push(Breach { rule, fix: expression(Field::Hours, &spaced_hours(cron)) });
    }
    if let Some(duration) = duration {
        breaches.extend(runs_into_the_next(duration, gaps.shortest));
        breaches.extend(passes_the_day(cron, duration));
    }
    if cron.hour_items.len() > 1 || cron.hour_items.contains(&Item::Range) {
        let step = as_step(cron.hours.iter(), 23).map(|(start, step)| format!("{start}/{step}"));
        let fix = step.and_then(|step| expression(Field::Hours, &step));
        breaches.push(Breach { rule: Rule::HourList, fix });
    }
    // A yearly n-th weekday is up to 371 days apart; whatever leaves out a year is much more.
    if gaps.longest > TimeDelta::days(2 * 365) {
        let longest_years = gaps.longest.num_days() / 365;
        let (of_weekdays, fix) = match cron.days {
            MatchingDays::NthWeekday { weekday, .. } => {
                let last = written(&WEEKDAYS, weekday) + "L";
                (true, expression(Field::DayOfWeek, &last))
            }
            _ => (false, expression(Field::DayOfMonth, "L")),
        };
        breaches.push(Breach { rule: Rule::NotEveryYear { longest_years, of_weekdays }, fix });
    }
    breaches
}

fn runs_into_the_next(duration: WindowDuration, shortest: TimeDelta) -> Option<Breach> {
    (duration.length() > shortest).then(|| Breach {
        rule: Rule::RunsIntoTheNext { duration, shortest_hours: shortest.num_hours() },
        fix: Some(Fix::Duration(format!("{}h", shortest.num_hours()))),
    })
}

/// The user guide's rule for schedules in days; for those in hours the API's documentation alone has it.
fn passes_the_day(cron: &Cron, duration: WindowDuration) -> Option<Breach> {
    let opens = cron.hours.last()?;
    let left = 24 - opens;
    (duration.hours() > left).then(|| Breach {
        rule: if cron.opens_often_in_a_day() {
            Rule::MayPassTheDay { duration }
        } else {
            Rule::PassesTheDay { opens, duration }
        },
        fix: Some(Fix::Duration(format!("{left}h"))),
    })
}

/// Hours that are far enough apart, also over midnight: the same start with the next larger step, or the list
/// without those that come too early.
fn spaced_hours(cron: &Cron) -> String {
    let stepped = match cron.hour_items.as_slice() {
        [Item::All] => Some((0, 1)),
        [Item::Step { start, step }] => Some((*start, *step)),
        _ => None,
    };
    if let Some((start, step)) = stepped {
        let hours = |step: u8| (start..24).step_by(usize::from(step)).collect::<Numbers>();
        let wide_enough = (step.max(MIN_GAP_HOURS)..24).find(|&step| {
            let hours = hours(step);
            hours.len() > 1 && hours.last().is_some_and(|last| start + 24 - last >= MIN_GAP_HOURS)
        });
        return wide_enough.map_or(start.to_string(), |step| format!("{start}/{step}"));
    }
    let mut kept: Vec<u8> = Vec::new();
    for hour in cron.hours.iter() {
        let first = kept.first().copied().unwrap_or(hour);
        let after_the_last = kept.last().is_none_or(|last| hour - last >= MIN_GAP_HOURS);
        if after_the_last && first + 24 - hour >= MIN_GAP_HOURS {
            kept.push(hour);
        }
    }
    list(kept.into_iter(), &[])
}
