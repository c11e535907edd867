//! `cron(0 8 1 * ? *)`: the six fields, the days that they mean, and the gaps between openings.
//!
//! `cron-parser` finds the openings: hours, months, days and weekdays (of which it wants both to match) are handed
//! over as plain numbers. It has no last day and no last weekday of a month: there it gets the days that can be it,
//! and [`Cron::opens_on`] chooses.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::numbers::{Numbers, list};
use super::parse::{fields, refused, replaced};
use super::values::{DAYS_OF_MONTH, DAYS_OF_WEEK, HOURS, Item, MONTHS_OF_YEAR};
use super::{Field, Problem, ScheduleError};

/// A schedule by the calendar, with at least one opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    spans: [Range<usize>; 6],
    pub(super) hours: Numbers,
    pub(super) hour_items: Vec<Item>,
    pub(super) days: MatchingDays,
    pub(super) months: Numbers,
    candidates: cron_parser::Schedule,
}

/// Which days of its months a schedule means. Weekdays are 1 for Sunday to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MatchingDays {
    Every,
    OfMonth(Numbers),
    LastOfMonth,
    OfWeek(Numbers),
    NthWeekday { nth: u8, weekday: u8 },
    LastWeekday(u8),
}

pub(super) struct Gaps {
    pub(super) shortest: TimeDelta,
    pub(super) longest: TimeDelta,
}

impl Cron {
    /// Reads what stands between the brackets.
    pub(super) fn parse(text: &str, inner: Range<usize>) -> Result<Self, ScheduleError> {
        refuse_blanks_at_commas(text, &inner)?;
        let spans: [Range<usize>; 6] = fields(text, inner.clone())
            .try_into()
            .map_err(|found: Vec<_>| field_count(text, inner, &found))?;
        let [minutes, hours, day_of_month, month, day_of_week, year] = spans.clone();
        if &text[minutes.clone()] != "0" {
            let problem = Problem::MinutesNotZero(text[minutes.clone()].to_owned());
            return Err(refused(
                Field::Minutes,
                minutes.clone(),
                problem,
                Some(replaced(text, minutes, "0")),
            ));
        }
        let (hours, hour_items) = HOURS.parse(text, hours)?;
        let of_month = days_of_month(text, day_of_month.clone(), day_of_week.clone())?;
        let (months, _) = MONTHS_OF_YEAR.parse(text, month)?;
        let of_week = days_of_week(text, day_of_week.clone())?;
        if &text[year.clone()] != "*" {
            let problem = Problem::YearNotEvery(text[year.clone()].to_owned());
            return Err(refused(Field::Year, year.clone(), problem, Some(replaced(text, year, "*"))));
        }
        let days = either(text, (of_month, day_of_month.clone()), (of_week, day_of_week))?;
        // The numbers are in range, so the library can only object that no such day exists.
        let candidates = candidates(hours, days, months).map_err(|_| {
            let fix = Some(replaced(text, day_of_month.clone(), "L"));
            refused(Field::DayOfMonth, day_of_month, Problem::NeverOpens, fix)
        })?;
        Ok(Self { text: text.to_owned(), spans, hours, hour_items, days, months, candidates })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn span(&self, field: Field) -> Option<Range<usize>> {
        let index = Field::CRON.iter().position(|&of_cron| of_cron == field)?;
        Some(self.spans[index].clone())
    }

    /// The expression with one field written anew.
    pub(super) fn with(&self, field: Field, new: &str) -> String {
        match self.span(field) {
            Some(at) => replaced(&self.text, at, new),
            None => self.text.clone(),
        }
    }

    pub(super) fn opens_often_in_a_day(&self) -> bool {
        self.hours.len() > 1
    }

    /// The first opening after an instant.
    pub(super) fn opening_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.candidates.after(&instant).find(|at| self.opens_on(at.date_naive()))
    }

    /// The last opening before an instant.
    pub(super) fn opening_before(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.candidates.before(&instant).find(|at| self.opens_on(at.date_naive()))
    }

    /// Whether a window opens on this day.
    fn opens_on(&self, date: NaiveDate) -> bool {
        let length = month_length(date.leap_year(), date.month());
        self.months.contains(date.month())
            && self.days.contain(date.day(), date.weekday().number_from_sunday(), length)
    }

    /// The times between openings, exact: the calendar repeats, weekdays too, after 400 years.
    pub(super) fn gaps(&self) -> Gaps {
        let (first_hour, last_hour) = (self.hours.first().unwrap_or(0), self.hours.last().unwrap_or(0));
        let over_night = |days: i64| days * 24 + i64::from(first_hour) - i64::from(last_hour);
        let within_a_day = self.hours.iter().zip(self.hours.iter().skip(1)).map(|(a, b)| i64::from(b - a));
        let of_days = self.day_gaps();
        let shortest = within_a_day.clone().chain([over_night(of_days.0)]).min().unwrap_or_default();
        let longest = within_a_day.chain([over_night(of_days.1)]).max().unwrap_or_default();
        Gaps { shortest: TimeDelta::hours(shortest), longest: TimeDelta::hours(longest) }
    }

    /// The fewest and the most days from one day with an opening to the next.
    fn day_gaps(&self) -> (i64, i64) {
        let (mut first, mut last) = (None, None);
        let (mut fewest, mut most) = (i64::MAX, 0);
        // 1 January 2000 was a Saturday.
        let (mut today, mut weekday) = (0, 7);
        for (year, month) in (2000..2400).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = month_length(is_leap_year, month);
            for day in 1..=length {
                if self.months.contains(month) && self.days.contain(day, weekday, length) {
                    if let Some(last) = last {
                        fewest = fewest.min(today - last);
                        most = most.max(today - last);
                    }
                    first = first.or(Some(today));
                    last = Some(today);
                }
                today += 1;
                weekday = weekday % 7 + 1;
            }
        }
        let around = today + first.unwrap_or(0) - last.unwrap_or(0);
        (fewest.min(around), most.max(around))
    }
}

impl MatchingDays {
    /// Whether these are among them: the day and its weekday, in a month of that length.
    fn contain(self, day: u32, weekday: u32, length: u32) -> bool {
        match self {
            Self::Every => true,
            Self::OfMonth(days) => days.contains(day),
            Self::LastOfMonth => day == length,
            Self::OfWeek(days) => days.contains(weekday),
            Self::NthWeekday { nth, weekday: wanted } => {
                weekday == u32::from(wanted) && day.div_ceil(7) == u32::from(nth)
            }
            Self::LastWeekday(wanted) => weekday == u32::from(wanted) && day + 7 > length,
        }
    }
}

/// The days of a month.
pub(super) fn month_length(is_leap_year: bool, month: u32) -> u32 {
    match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days that can match, in the five fields of `cron-parser`, whose weekdays count from Sunday = 0.
fn candidates(
    hours: Numbers,
    days: MatchingDays,
    months: Numbers,
) -> Result<cron_parser::Schedule, cron_parser::ParseError> {
    let from_zero = |weekdays: Numbers| list(weekdays.iter().map(|day| day - 1), &[]);
    let (of_month, of_week) = match days {
        MatchingDays::Every => ("*".to_owned(), "*".to_owned()),
        MatchingDays::OfMonth(days) => (list(days.iter(), &[]), "*".to_owned()),
        MatchingDays::LastOfMonth => ("28-31".to_owned(), "*".to_owned()),
        MatchingDays::OfWeek(days) => ("*".to_owned(), from_zero(days)),
        MatchingDays::NthWeekday { nth, weekday } => {
            (format!("{}-{}", nth * 7 - 6, (nth * 7).min(31)), (weekday - 1).to_string())
        }
        MatchingDays::LastWeekday(weekday) => ("22-31".to_owned(), (weekday - 1).to_string()),
    };
    format!("0 {} {of_month} {} {of_week}", list(hours.iter(), &[]), list(months.iter(), &[])).parse()
}

/// The day-of-month field; none for `?`.
fn days_of_month(
    text: &str,
    at: Range<usize>,
    day_of_week: Range<usize>,
) -> Result<Option<MatchingDays>, ScheduleError> {
    let typed = text[at.clone()].to_ascii_uppercase();
    match typed.as_str() {
        "?" => return Ok(None),
        "*" => return Ok(Some(MatchingDays::Every)),
        "L" => return Ok(Some(MatchingDays::LastOfMonth)),
        _ => {}
    }
    if typed.contains('#') {
        // The two fields change places.
        let moved = replaced(text, day_of_week, &typed);
        let fix = Some(replaced(&moved, at.clone(), "?"));
        return Err(refused(Field::DayOfMonth, at, Problem::MisplacedHash, fix));
    }
    if typed.contains('W') && !typed.contains("WED") {
        return Err(refused(Field::DayOfMonth, at, Problem::NearestWeekday, None));
    }
    if let Some(last) = last_weekday(Field::DayOfMonth, text, at.clone())? {
        return Ok(Some(last));
    }
    Ok(Some(MatchingDays::OfMonth(DAYS_OF_MONTH.parse(text, at)?.0)))
}

/// The day-of-week field; none for `?`.
fn days_of_week(text: &str, at: Range<usize>) -> Result<Option<MatchingDays>, ScheduleError> {
    let typed = &text[at.clone()];
    match typed {
        "?" => return Ok(None),
        "L" | "l" => return Ok(Some(MatchingDays::OfWeek([7].into_iter().collect()))),
        _ => {}
    }
    if let Some((weekday, nth)) = typed.split_once('#') {
        refuse_in_company(Field::DayOfWeek, typed, at.clone())?;
        let weekday_at = at.start..at.start + weekday.len();
        let nth_at = at.end - nth.len()..at.end;
        return nth_weekday(text, weekday_at, nth_at).map(Some);
    }
    if let Some(last) = last_weekday(Field::DayOfWeek, text, at.clone())? {
        return Ok(Some(last));
    }
    Ok(Some(MatchingDays::OfWeek(DAYS_OF_WEEK.parse(text, at)?.0)))
}

/// `TUE#3`, the third Tuesday.
fn nth_weekday(
    text: &str,
    weekday_at: Range<usize>,
    nth_at: Range<usize>,
) -> Result<MatchingDays, ScheduleError> {
    let weekday = DAYS_OF_WEEK.value(text, weekday_at.clone())?;
    match text[nth_at.clone()].parse() {
        Ok(nth @ 1..=5) => Ok(MatchingDays::NthWeekday { nth, weekday }),
        nth => {
            let typed = &text[weekday_at.start..nth_at.end];
            let name = &text[weekday_at.clone()];
            let meant = if nth == Ok(0) { format!("{name}#1") } else { format!("{name}L") };
            let fix = Some(replaced(text, weekday_at.start..nth_at.end, &meant));
            Err(refused(Field::DayOfWeek, nth_at, Problem::NoSuchWeekday(typed.to_owned()), fix))
        }
    }
}

/// `SUNL` or `1L`, in either day field as the user guide has it; none for what does not end in `L`.
fn last_weekday(field: Field, text: &str, at: Range<usize>) -> Result<Option<MatchingDays>, ScheduleError> {
    let typed = &text[at.clone()];
    let has_last = |item: &str| {
        let weekday = item.strip_suffix(['L', 'l']);
        weekday.is_some_and(|day| DAYS_OF_WEEK.value(day, 0..day.len()).is_ok() || day.is_empty())
    };
    if !typed.split([',', '-', '/']).any(has_last) {
        return Ok(None);
    }
    refuse_in_company(field, typed, at.clone())?;
    let weekday = DAYS_OF_WEEK.value(text, at.start..at.end - 1)?;
    Ok(Some(MatchingDays::LastWeekday(weekday)))
}

fn refuse_in_company(field: Field, typed: &str, at: Range<usize>) -> Result<(), ScheduleError> {
    if !typed.contains([',', '-', '/']) {
        return Ok(());
    }
    let alone = typed.split([',', '-', '/']).find(|item| item.contains('#') || item.ends_with(['L', 'l']));
    Err(refused(field, at, Problem::StandsAlone(alone.unwrap_or(typed).to_owned()), None))
}

/// Exactly one of the two day fields says which days.
fn either(
    text: &str,
    (of_month, month_at): (Option<MatchingDays>, Range<usize>),
    (of_week, week_at): (Option<MatchingDays>, Range<usize>),
) -> Result<MatchingDays, ScheduleError> {
    let fixed = |at: Range<usize>, new| Some(replaced(text, at, new));
    match (of_month, of_week) {
        (Some(days), None) | (None, Some(days)) => Ok(days),
        (None, None) => {
            Err(refused(Field::DayOfMonth, month_at.clone(), Problem::NoDays, fixed(month_at, "*")))
        }
        // A star says nothing beside certain days: it is the one that gives way.
        (Some(MatchingDays::Every), Some(_)) if &text[week_at.clone()] != "*" => {
            Err(refused(Field::DayOfMonth, month_at.clone(), Problem::BothDays, fixed(month_at, "?")))
        }
        (Some(_), Some(_)) => {
            Err(refused(Field::DayOfWeek, week_at.clone(), Problem::BothDays, fixed(week_at, "?")))
        }
    }
}

/// `JAN, APR` reads as two fields; the user guide writes it so in prose.
fn refuse_blanks_at_commas(text: &str, inner: &Range<usize>) -> Result<(), ScheduleError> {
    let inside = &text[inner.clone()];
    let Some(comma) = inside
        .match_indices(',')
        .map(|(comma, _)| comma)
        .find(|&comma| inside[..comma].ends_with(' ') || inside[comma + 1..].starts_with(' '))
    else {
        return Ok(());
    };
    let fields_before = fields(inside, 0..comma).len();
    let field = Field::CRON[fields_before.clamp(1, 6) - 1];
    let at = inner.start + comma..inner.start + comma + 1;
    let closed: Vec<_> = inside.split(',').map(str::trim).collect();
    let fix = Some(replaced(text, inner.clone(), &closed.join(",")));
    Err(refused(field, at, Problem::BlankAtComma, fix))
}

/// Five fields are a crontab line without the year. Its weekdays count from 0, so where a number stands for one,
/// only the writer knows which day is meant.
fn field_count(text: &str, inner: Range<usize>, found: &[Range<usize>]) -> ScheduleError {
    let fix = match found {
        [.., weekdays]
            if found.len() == 5 && !text[weekdays.clone()].contains(|c: char| c.is_ascii_digit()) =>
        {
            Some(replaced(text, inner.end..inner.end, " *"))
        }
        _ => None,
    };
    refused(Field::ScheduleExpression, inner, Problem::FieldCount(found.len()), fix)
}
