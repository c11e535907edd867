//! The numbers beside a schedule: how long a window stays open, and the older rule in days.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use super::{Field, Fix, Problem, ScheduleError};

/// How long a rotation window stays open: 1 to 24 whole hours, written `3h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowDuration(u8);

impl WindowDuration {
    pub const MAX_HOURS: u8 = 24;

    /// None outside 1 to 24 hours.
    pub fn from_hours(hours: u8) -> Option<Self> {
        (1..=Self::MAX_HOURS).contains(&hours).then_some(Self(hours))
    }

    pub fn hours(self) -> u8 {
        self.0
    }

    pub(super) fn length(self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.0))
    }
}

impl fmt::Display for WindowDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}h", self.0)
    }
}

/// AWS's pattern is `[0-9]+h`, two or three characters long.
impl FromStr for WindowDuration {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let refused = |problem, fix: Option<Self>| ScheduleError {
            field: Field::Duration,
            at: 0..text.len(),
            problem,
            fix: fix.map(|duration| Fix::Duration(duration.to_string())),
        };
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        if digits.is_empty() || unit != "h" {
            return Err(refused(Problem::NotADuration(text.to_owned()), likely(digits, unit)));
        }
        let hours = digits.parse().unwrap_or(u8::MAX);
        match Self::from_hours(hours) {
            Some(duration) if text.len() <= 3 => Ok(duration),
            _ => Err(refused(
                Problem::DurationOutOfRange(text.to_owned()),
                Self::from_hours(hours.clamp(1, Self::MAX_HOURS)),
            )),
        }
    }
}

/// What somebody meant who wrote a number with another unit, or with none: minutes are rounded up.
fn likely(digits: &str, unit: &str) -> Option<WindowDuration> {
    let number: u32 = digits.parse().ok()?;
    let hours = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "h" | "hour" | "hours" => number,
        "m" | "min" | "minute" | "minutes" => number.div_ceil(60),
        "d" | "day" | "days" => number.checked_mul(24)?,
        _ => return None,
    };
    u8::try_from(hours).ok().and_then(WindowDuration::from_hours)
}

/// The rule without an expression: so many days after the last rotation, 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AutomaticallyAfterDays(u16);

impl AutomaticallyAfterDays {
    pub fn days(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for AutomaticallyAfterDays {
    type Error = ScheduleError;

    fn try_from(days: i64) -> Result<Self, ScheduleError> {
        let nearest = u16::try_from(days.clamp(1, 1000)).unwrap_or(1000);
        if i64::from(nearest) == days {
            return Ok(Self(nearest));
        }
        Err(ScheduleError {
            field: Field::AutomaticallyAfterDays,
            at: 0..days.to_string().len(),
            problem: Problem::DaysOutOfRange(days),
            fix: Some(Fix::AutomaticallyAfterDays(nearest)),
        })
    }
}
