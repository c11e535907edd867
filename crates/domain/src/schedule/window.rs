//! When windows open and close: forwards and backwards from any instant.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::cron::Cron;
use super::rate::Rate;
use super::{AutomaticallyAfterDays, RateUnit, WindowDuration};

/// A rotation happens at some time from the opening up to the closing, which belongs to it no more. AWS gives the
/// closing as NextRotationDate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationWindow {
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// The windows of one schedule. They go on as long as chrono's calendar.
#[derive(Debug, Clone, Copy)]
pub struct RotationWindows<'a> {
    openings: Openings<'a>,
    closing: Closing,
}

#[derive(Debug, Clone, Copy)]
enum Openings<'a> {
    /// In seconds since 1970; the first opening is one interval after the start.
    Every {
        interval: i64,
        counted_from: i64,
    },
    Cron(&'a Cron),
}

#[derive(Debug, Clone, Copy)]
enum Closing {
    After(TimeDelta),
    AtEndOfDay,
}

impl Closing {
    fn of(duration: Option<WindowDuration>, is_in_hours: bool) -> Self {
        match duration {
            Some(duration) => Self::After(duration.length()),
            None if is_in_hours => Self::After(TimeDelta::hours(1)),
            None => Self::AtEndOfDay,
        }
    }
}

impl<'a> RotationWindows<'a> {
    pub(super) fn of_rate(
        rate: &Rate,
        duration: Option<WindowDuration>,
        last_rotated_at: DateTime<Utc>,
    ) -> Self {
        let openings = Openings::every(rate.interval(), rate.unit(), last_rotated_at);
        Self { openings, closing: Closing::of(duration, rate.unit() == RateUnit::Hours) }
    }

    pub(super) fn of_cron(cron: &'a Cron, duration: Option<WindowDuration>) -> Self {
        Self { openings: Openings::Cron(cron), closing: Closing::of(duration, cron.opens_often_in_a_day()) }
    }

    /// The windows that open at or after an instant, in order.
    pub fn opening_from(self, instant: DateTime<Utc>) -> impl Iterator<Item = RotationWindow> + 'a {
        std::iter::successors(self.first_from(instant), move |window| {
            self.first_from(window.opens_at.checked_add_signed(TimeDelta::seconds(1))?)
        })
    }

    /// The windows that open before an instant, the latest first. A rate has none before its first.
    pub fn opening_before(self, instant: DateTime<Utc>) -> impl Iterator<Item = RotationWindow> + 'a {
        std::iter::successors(self.last_before(instant), move |window| self.last_before(window.opens_at))
    }

    /// The window that is open at an instant: it has opened and not closed yet.
    pub fn open_at(self, instant: DateTime<Utc>) -> Option<RotationWindow> {
        let opened = self.last_before(instant.checked_add_signed(TimeDelta::nanoseconds(1))?)?;
        (instant < opened.closes_at).then_some(opened)
    }

    fn first_from(self, instant: DateTime<Utc>) -> Option<RotationWindow> {
        let just_before = instant.checked_sub_signed(TimeDelta::nanoseconds(1))?;
        self.window(match self.openings {
            Openings::Every { interval, counted_from } => {
                let passed = just_before.timestamp().checked_sub(counted_from)?;
                let intervals = (passed.div_euclid(interval) + 1).max(1);
                at_second(counted_from.checked_add(intervals.checked_mul(interval)?)?)?
            }
            Openings::Cron(cron) => cron.opening_after(just_before)?,
        })
    }

    fn last_before(self, instant: DateTime<Utc>) -> Option<RotationWindow> {
        self.window(match self.openings {
            Openings::Every { interval, counted_from } => {
                let just_before = instant.checked_sub_signed(TimeDelta::nanoseconds(1))?;
                let intervals = just_before.timestamp().checked_sub(counted_from)?.div_euclid(interval);
                if intervals < 1 {
                    return None;
                }
                at_second(counted_from.checked_add(intervals.checked_mul(interval)?)?)?
            }
            Openings::Cron(cron) => cron.opening_before(instant)?,
        })
    }

    fn window(self, opens_at: DateTime<Utc>) -> Option<RotationWindow> {
        let closes_at = match self.closing {
            Closing::After(length) => opens_at.checked_add_signed(length)?,
            Closing::AtEndOfDay => {
                opens_at.date_naive().checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc()
            }
        };
        Some(RotationWindow { opens_at, closes_at })
    }
}

impl Openings<'_> {
    /// Counted from the last rotation, cut down to its hour or, for days, to its midnight.
    fn every(interval: TimeDelta, unit: RateUnit, last_rotated_at: DateTime<Utc>) -> Self {
        let whole = i64::from(unit.hours()) * 3600;
        let last = last_rotated_at.timestamp();
        Self::Every { interval: interval.num_seconds(), counted_from: last - last.rem_euclid(whole) }
    }
}

fn at_second(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

impl AutomaticallyAfterDays {
    /// The windows of this rule: as a rate in days has them.
    pub fn windows(
        self,
        duration: Option<WindowDuration>,
        last_rotated_at: DateTime<Utc>,
    ) -> RotationWindows<'static> {
        let interval = TimeDelta::days(i64::from(self.days()));
        let openings = Openings::every(interval, RateUnit::Days, last_rotated_at);
        RotationWindows { openings, closing: Closing::of(duration, false) }
    }
}
