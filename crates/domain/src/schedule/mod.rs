//! The language of rotation schedules: `rate(...)` and `cron(...)` read, checked, explained and turned into windows.
//!
//! It knows no clock: the instants it answers from are parameters. It sends nothing and rotates nothing.
//!
//! | step | where |
//! |---|---|
//! | text to [`ScheduleExpression`], or a [`ScheduleError`] with its field, place and fix | `parse`, `values` |
//! | the rules that a readable schedule can break | [`check`] |
//! | openings and closings, gaps | [`RotationWindows`], `cron` |
//! | plain English | [`ScheduleExpression::explain`] |
//! | the form of the builder, both ways | [`Form`] |
//!
//! # Where the user guide is silent
//! - Names and `L` are read in any case, numbers with leading zeros, fields with several blanks between them.
//! - `L`, `SUNL` and `SUN#1` stand alone in their field, as in the other schedulers of AWS.
//! - A step larger than its field (`0/48` hours) is refused: it would restart before it came.
//! - "Every four hours" holds between any two openings, also over midnight: `0/7` opens at 21:00 and at 00:00.

mod check;
mod cron;
mod duration;
mod error;
mod explain;
mod form;
mod names;
mod numbers;
mod parse;
mod preset;
mod rate;
mod values;
mod window;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

pub use check::{Breach, Rule, Severity, check};
pub use cron::Cron;
pub use duration::{AutomaticallyAfterDays, WindowDuration};
pub use error::{Field, Fix, Problem, ScheduleError};
pub use form::{Form, FormDays, FormHours, Repeat};
pub use names::{month_name, weekday_name};
pub use preset::{PRESETS, Preset};
pub use rate::{Rate, RateUnit};
pub use window::{RotationWindow, RotationWindows};

/// When a secret rotates. It has at least one opening, prints as it was typed, and may still break a rule of [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleExpression {
    Rate(Rate),
    Cron(Box<Cron>),
}

impl ScheduleExpression {
    /// The windows of this schedule. Without a duration they close as AWS closes them: one hour later for a schedule
    /// in hours, at the end of the UTC day for one in days. A rate counts from the last rotation; a cron does not
    /// look at it.
    pub fn windows(
        &self,
        duration: Option<WindowDuration>,
        last_rotated_at: DateTime<Utc>,
    ) -> RotationWindows<'_> {
        match self {
            Self::Rate(rate) => RotationWindows::of_rate(rate, duration, last_rotated_at),
            Self::Cron(cron) => RotationWindows::of_cron(cron, duration),
        }
    }

    /// The shortest time from one opening to the next, ever.
    pub fn shortest_gap(&self) -> TimeDelta {
        match self {
            Self::Rate(rate) => rate.interval(),
            Self::Cron(cron) => cron.gaps().shortest,
        }
    }

    /// The longest time from one opening to the next, ever; for 29 February that is eight years.
    pub fn longest_gap(&self) -> TimeDelta {
        match self {
            Self::Rate(rate) => rate.interval(),
            Self::Cron(cron) => cron.gaps().longest,
        }
    }

    /// Whether AWS counts this schedule in hours: a rate in hours, or a cron with more than one opening in a day.
    pub fn is_in_hours(&self) -> bool {
        match self {
            Self::Rate(rate) => rate.unit() == RateUnit::Hours,
            Self::Cron(cron) => cron.opens_often_in_a_day(),
        }
    }

    /// The windows in plain English, without a full stop: "08:00 UTC on the first Monday of every third month, for
    /// 2 hours".
    pub fn explain(&self, duration: Option<WindowDuration>) -> String {
        explain::explain(self, duration)
    }

    /// Where a field stands in the text, in bytes; none for a field that this expression does not have.
    pub fn span(&self, field: Field) -> Option<Range<usize>> {
        match self {
            Self::Rate(_) => None,
            Self::Cron(cron) => cron.span(field),
        }
    }

    /// The text as it was typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rate(rate) => rate.as_str(),
            Self::Cron(cron) => cron.as_str(),
        }
    }
}

impl FromStr for ScheduleExpression {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        parse::parse(text)
    }
}

impl fmt::Display for ScheduleExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
