//! The values of one field: `*`, numbers and names, lists, ranges and steps.

use std::ops::Range;

use super::names::{MONTHS, Name, WEEKDAYS, number};
use super::numbers::{Numbers, list};
use super::parse::{pieces, refused, replaced};
use super::{Field, Problem, ScheduleError};

/// What a field takes.
pub(super) struct Values {
    pub(super) field: Field,
    pub(super) min: u8,
    pub(super) max: u8,
    pub(super) names: &'static [Name],
    allowed: &'static str,
}

pub(super) const HOURS: Values =
    Values { field: Field::Hours, min: 0, max: 23, names: &[], allowed: "the hours 0 to 23" };
pub(super) const DAYS_OF_MONTH: Values = Values {
    field: Field::DayOfMonth,
    min: 1,
    max: 31,
    names: &[],
    allowed: "the days 1 to 31, or L for the last",
};
pub(super) const MONTHS_OF_YEAR: Values = Values {
    field: Field::Month,
    min: 1,
    max: 12,
    names: &MONTHS,
    allowed: "the months 1 to 12, or JAN to DEC",
};
pub(super) const DAYS_OF_WEEK: Values = Values {
    field: Field::DayOfWeek,
    min: 1,
    max: 7,
    names: &WEEKDAYS,
    allowed: "the weekdays 1 to 7, or SUN to SAT",
};

/// One part of a list, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    All,
    One(u8),
    Range,
    Step { start: u8, step: u8 },
}

impl Values {
    /// Reads a field into the numbers that it means and the items that it was written with.
    pub(super) fn parse(&self, text: &str, at: Range<usize>) -> Result<(Numbers, Vec<Item>), ScheduleError> {
        let (mut numbers, mut items) = (Vec::new(), Vec::new());
        for item_at in pieces(text, at.clone(), ',') {
            if item_at.is_empty() {
                return Err(self.empty_item(text, at));
            }
            let (item, from, to, step) = self.item(text, item_at)?;
            numbers.extend((from..=to).step_by(usize::from(step)));
            items.push(item);
        }
        Ok((numbers.into_iter().collect(), items))
    }

    /// One item, and what it counts through: first, last, step.
    fn item(&self, text: &str, at: Range<usize>) -> Result<(Item, u8, u8, u8), ScheduleError> {
        let typed = &text[at.clone()];
        let Some((base, step)) = typed.split_once('/') else {
            let (item, from, to) = self.base(text, at)?;
            return Ok((item, from, to, 1));
        };
        let base_at = at.start..at.start + base.len();
        let step = self.step(text, at.clone(), base, step)?;
        // AWS reads `/8` as `0/8`.
        let (item, from, to) = match base {
            "" => (Item::All, self.min, self.max),
            _ => self.base(text, base_at)?,
        };
        Ok(match item {
            Item::Range => (Item::Range, from, to, step),
            _ => (Item::Step { start: from, step }, from, self.max, step),
        })
    }

    /// What stands before a step, or without one.
    fn base(&self, text: &str, at: Range<usize>) -> Result<(Item, u8, u8), ScheduleError> {
        let typed = &text[at.clone()];
        if typed == "*" {
            return Ok((Item::All, self.min, self.max));
        }
        let Some((from, to)) = typed.split_once('-') else {
            let value = self.value(text, at)?;
            return Ok((Item::One(value), value, value));
        };
        let from = self.value(text, at.start..at.start + from.len())?;
        let to = self.value(text, at.end - to.len()..at.end)?;
        if from > to {
            let around = [from..=self.max, self.min..=to].map(|part| list(part, self.names)).join(",");
            // A step behind the range would count on from the new parts.
            let fix = (!text[at.end..].starts_with('/')).then(|| replaced(text, at.clone(), &around));
            return Err(refused(self.field, at, Problem::ReversedRange(typed.to_owned()), fix));
        }
        Ok((Item::Range, from, to))
    }

    fn step(&self, text: &str, at: Range<usize>, base: &str, step: &str) -> Result<u8, ScheduleError> {
        let typed = text[at.clone()].to_owned();
        let step_at = at.end - step.len()..at.end;
        if step.is_empty() || !step.bytes().all(|byte| byte.is_ascii_digit()) {
            let problem = Problem::NotAValue { typed, allowed: "a start, / and a step, as in 2/10" };
            return Err(refused(self.field, step_at, problem, None));
        }
        // One step through the whole field lands on its start alone, once in each day, month, year or week.
        let largest = self.max - self.min + 1;
        let start_only = if base.is_empty() || base == "*" { self.min.to_string() } else { base.to_owned() };
        let start_only = replaced(text, at, &start_only);
        match step.parse() {
            Ok(0) => Err(refused(self.field, step_at, Problem::ZeroStep(typed), Some(start_only))),
            Ok(step) if step <= largest => Ok(step),
            _ => Err(refused(self.field, step_at, Problem::StepTooLarge(typed), Some(start_only))),
        }
    }

    /// A number or a name.
    pub(super) fn value(&self, text: &str, at: Range<usize>) -> Result<u8, ScheduleError> {
        let typed = &text[at.clone()];
        if typed == "?" {
            let instead = if self.field == Field::Hours { "0" } else { "*" };
            let fix = replaced(text, at.clone(), instead);
            return Err(refused(self.field, at, Problem::MisplacedQuestionMark, Some(fix)));
        }
        if let Some(number) = number(self.names, typed) {
            return Ok(number);
        }
        let typed_owned = typed.to_owned();
        if typed.is_empty() || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
            let problem = Problem::NotAValue { typed: typed_owned, allowed: self.allowed };
            let fix = self.short_name(typed).map(|name| replaced(text, at.clone(), name));
            return Err(refused(self.field, at, problem, fix));
        }
        match typed.parse() {
            Ok(value) if (self.min..=self.max).contains(&value) => Ok(value),
            parsed => {
                let problem = Problem::OutOfRange { typed: typed_owned, allowed: self.allowed };
                // Midnight is hour 0; elsewhere the nearest value.
                let nearest = match parsed {
                    Ok(24) if self.field == Field::Hours => 0,
                    Ok(value) => value.clamp(self.min, self.max),
                    Err(_) => self.max,
                };
                let fix = replaced(text, at.clone(), &nearest.to_string());
                Err(refused(self.field, at, problem, Some(fix)))
            }
        }
    }

    /// The short name of a longer word: TUE for Tuesday or TUES.
    fn short_name(&self, word: &str) -> Option<&'static str> {
        let begins = |long: &str| {
            word.len() > 3 && long.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        self.names.iter().find(|(_, long)| begins(long)).map(|&(short, _)| short)
    }

    fn empty_item(&self, text: &str, at: Range<usize>) -> ScheduleError {
        let filled: Vec<_> = text[at.clone()].split(',').filter(|item| !item.is_empty()).collect();
        let fix = (!filled.is_empty()).then(|| replaced(text, at.clone(), &filled.join(",")));
        refused(self.field, at, Problem::EmptyItem, fix)
    }
}
