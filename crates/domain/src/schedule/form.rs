//! The form of the builder: what can be chosen without knowing the language, written as an expression and read back.

use std::collections::BTreeSet;
use std::fmt;

use super::cron::MatchingDays;
use super::names::{MONTHS, Name, WEEKDAYS, written};
use super::numbers::{as_step, list};
use super::rate::rate;
use super::values::Item;
use super::{Cron, RateUnit, ScheduleError, ScheduleExpression, WindowDuration};

/// What stands in the form. It may hold what the language refuses (an hour 30, no weekday at all):
/// [`Form::to_expression`] says so, at the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub repeat: Repeat,
    /// None leaves the window to AWS's default.
    pub duration: Option<WindowDuration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// So many hours after the last rotation.
    EveryHours(u32),
    /// So many days after the last rotation, at 00:00 UTC.
    EveryDays(u32),
    /// On days of the calendar. Months are 1 to 12.
    OnDays { hours: FormHours, days: FormDays, months: BTreeSet<u8> },
}

/// The start hour in UTC and, for several windows in a day, after how many hours the next one opens that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormHours {
    pub start: u8,
    pub every: Option<u8>,
}

/// The days of the chosen months. Weekdays are 1 for Sunday to 7 for Saturday, as AWS counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormDays {
    Daily,
    Weekly(BTreeSet<u8>),
    Monthly(BTreeSet<u8>),
    LastDay,
    NthWeekday { nth: u8, weekday: u8 },
    LastWeekday(u8),
}

impl Form {
    /// Every month of the year.
    pub fn all_months() -> BTreeSet<u8> {
        (1..=12).collect()
    }

    /// The expression, or why the form cannot be one. The text of either is what the form prints.
    pub fn to_expression(&self) -> Result<ScheduleExpression, ScheduleError> {
        self.to_string().parse()
    }

    /// The form that means the same as an expression; none if only text can express it.
    pub fn read(expression: &ScheduleExpression, duration: Option<WindowDuration>) -> Option<Self> {
        let repeat = match expression {
            ScheduleExpression::Rate(rate) => match rate.unit() {
                RateUnit::Hours => Repeat::EveryHours(rate.value()),
                RateUnit::Days => Repeat::EveryDays(rate.value()),
            },
            ScheduleExpression::Cron(cron) => Repeat::OnDays {
                hours: read_hours(cron)?,
                days: read_days(cron.days),
                months: cron.months.iter().collect(),
            },
        };
        Some(Self { repeat, duration })
    }
}

/// An hour, or a step up to the end of the day.
fn read_hours(cron: &Cron) -> Option<FormHours> {
    if let [Item::Step { start, step }] = *cron.hour_items.as_slice() {
        return Some(FormHours { start, every: Some(step) });
    }
    if cron.hours.len() == 1 {
        return Some(FormHours { start: cron.hours.first()?, every: None });
    }
    let (start, step) = as_step(cron.hours.iter(), 23)?;
    Some(FormHours { start, every: Some(step) })
}

fn read_days(days: MatchingDays) -> FormDays {
    match days {
        MatchingDays::Every => FormDays::Daily,
        MatchingDays::OfMonth(days) => FormDays::Monthly(days.iter().collect()),
        MatchingDays::LastOfMonth => FormDays::LastDay,
        MatchingDays::OfWeek(days) => FormDays::Weekly(days.iter().collect()),
        MatchingDays::NthWeekday { nth, weekday } => FormDays::NthWeekday { nth, weekday },
        MatchingDays::LastWeekday(weekday) => FormDays::LastWeekday(weekday),
    }
}

/// The expression that the form writes, also where it is refused.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repeat {
            Repeat::EveryHours(hours) => f.write_str(&rate(*hours, RateUnit::Hours)),
            Repeat::EveryDays(days) => f.write_str(&rate(*days, RateUnit::Days)),
            Repeat::OnDays { hours, days, months } => {
                let (of_month, of_week) = written_days(days);
                write!(f, "cron(0 {hours} {of_month} {} {of_week} *)", written_months(months))
            }
        }
    }
}

impl fmt::Display for FormHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Some(step) => write!(f, "{}/{step}", self.start),
            None => write!(f, "{}", self.start),
        }
    }
}

/// The day-of-month and the day-of-week field.
fn written_days(days: &FormDays) -> (String, String) {
    let any = || "?".to_owned();
    match days {
        FormDays::Daily => ("*".to_owned(), any()),
        FormDays::Monthly(days) => (chosen(days, &[]), any()),
        FormDays::LastDay => ("L".to_owned(), any()),
        FormDays::Weekly(days) => (any(), chosen(days, &WEEKDAYS)),
        FormDays::NthWeekday { nth, weekday } => (any(), format!("{}#{nth}", written(&WEEKDAYS, *weekday))),
        FormDays::LastWeekday(weekday) => (any(), format!("{}L", written(&WEEKDAYS, *weekday))),
    }
}

fn written_months(months: &BTreeSet<u8>) -> String {
    match as_step(months.iter().copied(), 12) {
        Some((1, 1)) => "*".to_owned(),
        Some((start, step)) if step > 1 && months.len() > 2 => format!("{start}/{step}"),
        _ => chosen(months, &MONTHS),
    }
}

/// A list, or `?` where nothing is chosen: the language refuses it there, with the field.
fn chosen(numbers: &BTreeSet<u8>, names: &[Name]) -> String {
    if numbers.is_empty() { "?".to_owned() } else { list(numbers.iter().copied(), names) }
}
