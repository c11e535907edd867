//! Why a schedule cannot be read: the field, the place in the text, the reason and the way to fix it.

use std::fmt;
use std::ops::Range;

/// A part of the rotation rules, named as the user guide and the API name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The expression as a whole.
    ScheduleExpression,
    /// The number of a rate.
    Value,
    /// The unit of a rate.
    Unit,
    Minutes,
    Hours,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
    Duration,
    AutomaticallyAfterDays,
}

impl Field {
    /// The six fields of a cron expression in their order.
    pub const CRON: [Self; 6] =
        [Self::Minutes, Self::Hours, Self::DayOfMonth, Self::Month, Self::DayOfWeek, Self::Year];
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ScheduleExpression => "Schedule expression",
            Self::Value => "Value",
            Self::Unit => "Unit",
            Self::Minutes => "Minutes",
            Self::Hours => "Hours",
            Self::DayOfMonth => "Day-of-month",
            Self::Month => "Month",
            Self::DayOfWeek => "Day-of-week",
            Self::Year => "Year",
            Self::Duration => "Duration",
            Self::AutomaticallyAfterDays => "AutomaticallyAfterDays",
        })
    }
}

/// What to write instead: the whole new text of one of the rotation rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    ScheduleExpression(String),
    Duration(String),
    AutomaticallyAfterDays(u16),
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScheduleExpression(text) | Self::Duration(text) => f.write_str(text),
            Self::AutomaticallyAfterDays(days) => write!(f, "{days}"),
        }
    }
}

/// Why a text is not a schedule, a duration or a number of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError {
    pub field: Field,
    /// The bytes of the text that are meant; empty where something is missing.
    pub at: Range<usize>,
    pub problem: Problem,
    /// Fixes this problem only: the text may have others.
    pub fix: Option<Fix>,
}

impl std::error::Error for ScheduleError {}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)?;
        match &self.fix {
            Some(fix) => write!(f, " Write {fix} instead."),
            None => Ok(()),
        }
    }
}

/// The reasons. What was typed is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("a schedule is written rate(10 days) or cron(0 8 * * ? *), with nothing around it.")]
    NotAnExpression,
    #[error("it is {0} characters long, and AWS takes at most 256.")]
    TooLong(usize),
    #[error("{0:?} is not allowed in a schedule. AWS takes letters, digits, spaces and ( ) # ? * - / ,")]
    Character(char),

    #[error("a rate is a number and a unit, as in rate(10 days).")]
    NotARate,
    #[error("{0:?} is not a positive whole number.")]
    NotANumber(String),
    #[error("{0:?} is not a unit. It can be hour, hours, day or days.")]
    UnknownUnit(String),
    #[error("a secret rotates every four hours at most.")]
    RateTooShort,
    #[error("the longest rotation period is 999 days.")]
    RateTooLong,

    #[error(
        "cron has six fields (minutes, hours, day of the month, month, day of the week, year), and here are {0}."
    )]
    FieldCount(usize),
    #[error("no space is allowed next to a comma: it would start the next field.")]
    BlankAtComma,
    #[error("it must be 0, not {0:?}: rotation windows open on the hour.")]
    MinutesNotZero(String),
    #[error("it must be *, not {0:?}: AWS takes no schedule for certain years.")]
    YearNotEvery(String),
    #[error("a value is missing next to the comma.")]
    EmptyItem,
    #[error("{typed:?} is not among {allowed}.")]
    OutOfRange { typed: String, allowed: &'static str },
    #[error("{typed:?} cannot be read. Values are {allowed}.")]
    NotAValue { typed: String, allowed: &'static str },
    #[error("{0:?} runs backwards. A range ends at a later value than it begins.")]
    ReversedRange(String),
    #[error("{0:?} is not a valid step. A step is at least 1.")]
    ZeroStep(String),
    #[error("{0:?} is too large a step: steps start again with each day, month, year or week.")]
    StepTooLarge(String),
    #[error("? is allowed only for the day of the month or the day of the week.")]
    MisplacedQuestionMark,
    #[error("{0:?} must be alone in its field, not in a list, a range or a step.")]
    StandsAlone(String),
    #[error("{0:?} is not a weekday of a month: no month has more than five of one, and they count from 1.")]
    NoSuchWeekday(String),
    #[error("# counts weekdays and is allowed only for the day of the week.")]
    MisplacedHash,
    #[error("Secrets Manager does not support W (the nearest working day).")]
    NearestWeekday,
    #[error("the day of the month and the day of the week are both set. One of them must be ?.")]
    BothDays,
    #[error("the day of the month and the day of the week are both ?. One of them must say which days.")]
    NoDays,
    #[error("none of the months has such a day, so no window would ever open.")]
    NeverOpens,

    #[error("{0:?} is not a duration. It is written in whole hours, 3h for three hours.")]
    NotADuration(String),
    #[error("a window is at least 1 hour and at most 24 hours long, not {0:?}.")]
    DurationOutOfRange(String),
    #[error("it must be from 1 to 1000 days, not {0}.")]
    DaysOutOfRange(i64),
}
