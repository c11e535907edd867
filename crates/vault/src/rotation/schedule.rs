//! When the windows of a secret's rotation open. Knows no clock.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::schedule::{AutomaticallyAfterDays, RotationWindow, ScheduleExpression, WindowDuration};

use crate::fault::Fault;
use crate::store::rotations::{NextWindow, Rotation};

/// The rules of a rotation, read from its row.
enum Schedule {
    Days(AutomaticallyAfterDays),
    Expression(ScheduleExpression),
}

/// What happens at an instant that is not before the next window's opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// This window is open and nothing was begun in it.
    Open(NextWindow),
    /// The next window closed unused, and none is open now.
    Missed,
}

impl Schedule {
    /// `None` if the rotation has no schedule.
    fn of(rotation: &Rotation) -> Result<Option<(Self, Option<WindowDuration>)>, Fault> {
        let unreadable = |_| Fault::internal("The stored rotation rules cannot be read. Set them again.");
        let duration = rotation.duration.as_deref().map(str::parse).transpose().map_err(unreadable)?;
        let schedule = match (&rotation.expression, rotation.after_days) {
            (Some(text), _) => Self::Expression(text.parse().map_err(unreadable)?),
            (None, Some(days)) => Self::Days(days.try_into().map_err(unreadable)?),
            (None, None) => return Ok(None),
        };
        Ok(Some((schedule, duration)))
    }

    fn first_after(
        &self,
        duration: Option<WindowDuration>,
        counted_from: DateTime<Utc>,
        after: DateTime<Utc>,
    ) -> Option<RotationWindow> {
        let from = after + TimeDelta::nanoseconds(1);
        match self {
            Self::Days(days) => days.windows(duration, counted_from).opening_from(from).next(),
            Self::Expression(text) => text.windows(duration, counted_from).opening_from(from).next(),
        }
    }

    fn open_at(
        &self,
        duration: Option<WindowDuration>,
        counted_from: DateTime<Utc>,
        instant: DateTime<Utc>,
    ) -> Option<RotationWindow> {
        match self {
            Self::Days(days) => days.windows(duration, counted_from).open_at(instant),
            Self::Expression(text) => text.windows(duration, counted_from).open_at(instant),
        }
    }
}

/// The first window that opens after an instant.
pub fn window_after(rotation: &Rotation, after: i64) -> Result<Option<NextWindow>, Fault> {
    let Some((schedule, duration)) = Schedule::of(rotation)? else { return Ok(None) };
    let window = schedule.first_after(duration, at(rotation.counted_from), at(after));
    Ok(window.map(stored))
}

/// What to do about a next window that has opened. A window that was slept through is not made up for, unless another is
/// open now.
pub fn look_at(rotation: &Rotation, next: NextWindow, now: i64) -> Result<Opening, Fault> {
    if now < next.closes_at {
        return Ok(Opening::Open(next));
    }
    let Some((schedule, duration)) = Schedule::of(rotation)? else { return Ok(Opening::Missed) };
    let open = schedule.open_at(duration, at(rotation.counted_from), at(now));
    Ok(open.map_or(Opening::Missed, |window| Opening::Open(stored(window))))
}

/// The end of the window that comes next or is open: what AWS calls NextRotationDate.
pub fn next_rotation_at(rotation: &Rotation, now: i64) -> Result<Option<i64>, Fault> {
    let Some(next) = rotation.next.filter(|_| rotation.is_enabled) else { return Ok(None) };
    let window = match look_at(rotation, next, now)? {
        Opening::Open(window) => Some(window),
        Opening::Missed => window_after(rotation, now)?,
    };
    Ok(window.map(|window| window.closes_at))
}

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
}

fn stored(window: RotationWindow) -> NextWindow {
    NextWindow {
        opens_at: window.opens_at.timestamp_millis(),
        closes_at: window.closes_at.timestamp_millis(),
    }
}
