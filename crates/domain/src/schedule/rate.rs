//! `rate(10 days)`: so many hours or days after the last rotation.

use std::ops::Range;

use chrono::TimeDelta;

use super::parse::{fields, refused};
use super::{Field, Problem, ScheduleError};

const MIN_HOURS: u32 = 4;
const MAX_DAYS: u32 = 999;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateUnit {
    Hours,
    Days,
}

impl RateUnit {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "hour" | "hours" => Some(Self::Hours),
            "day" | "days" => Some(Self::Days),
            _ => None,
        }
    }

    pub(super) fn hours(self) -> u32 {
        match self {
            Self::Hours => 1,
            Self::Days => 24,
        }
    }
}

/// A rotation every so many hours or days, from 4 hours to 999 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    text: String,
    value: u32,
    unit: RateUnit,
}

impl Rate {
    /// How many units lie between two rotations.
    pub fn value(&self) -> u32 {
        self.value
    }

    pub fn unit(&self) -> RateUnit {
        self.unit
    }

    pub(super) fn interval(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.value * self.unit.hours()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Reads what stands between the brackets.
    pub(super) fn parse(text: &str, inner: Range<usize>) -> Result<Self, ScheduleError> {
        let parts = fields(text, inner.clone());
        let [value_at, unit_at] = parts.as_slice() else {
            return Err(refused(Field::ScheduleExpression, inner, Problem::NotARate, None));
        };
        let (typed, word) = (&text[value_at.clone()], &text[unit_at.clone()]);
        let value = match typed.parse::<u32>() {
            Ok(value) => value,
            // A number beyond u32 is only too long.
            Err(_) if typed.bytes().all(|byte| byte.is_ascii_digit()) => u32::MAX,
            Err(_) => {
                let problem = Problem::NotANumber(typed.to_owned());
                return Err(refused(Field::Value, value_at.clone(), problem, None));
            }
        };
        let Some(unit) = RateUnit::parse(word) else {
            let problem = Problem::UnknownUnit(word.to_owned());
            return Err(refused(Field::Unit, unit_at.clone(), problem, in_known_units(value, word)));
        };
        let at = value_at.clone();
        if value < MIN_HOURS.div_ceil(unit.hours()) {
            let shortest = rate(if unit == RateUnit::Hours { MIN_HOURS } else { 1 }, unit);
            return Err(refused(Field::Value, at, Problem::RateTooShort, Some(shortest)));
        }
        if value > MAX_DAYS * 24 / unit.hours() {
            return Err(refused(
                Field::Value,
                at,
                Problem::RateTooLong,
                Some(rate(MAX_DAYS, RateUnit::Days)),
            ));
        }
        Ok(Self { text: text.to_owned(), value, unit })
    }
}

/// How a rate is written.
pub(super) fn rate(value: u32, unit: RateUnit) -> String {
    let unit = match unit {
        RateUnit::Hours => "hour",
        RateUnit::Days => "day",
    };
    let plural = if value == 1 { "" } else { "s" };
    format!("rate({value} {unit}{plural})")
}

/// The rate that somebody meant who wrote it in another unit; minutes are rounded up.
fn in_known_units(value: u32, word: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    if let Some(unit) = RateUnit::parse(&word) {
        return Some(rate(value, unit));
    }
    match word.strip_suffix('s').unwrap_or(&word) {
        "minute" => Some(rate(value.div_ceil(60).max(MIN_HOURS), RateUnit::Hours)),
        "week" => Some(rate(value.checked_mul(7)?, RateUnit::Days)),
        _ => None,
    }
}
