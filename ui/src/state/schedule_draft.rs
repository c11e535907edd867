//! A rotation schedule that is being built: the text is what is sent, the form follows it and writes it.
//!
//! Pure: the clock and the last rotation are parameters. What a schedule means is `latchkey_domain::schedule`.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use latchkey_domain::schedule::{
    Field, Fix, Form, FormDays, FormHours, Rate, RateUnit, Repeat, RotationWindow, ScheduleError,
    ScheduleExpression, Severity, WindowDuration, check,
};

/// What a new schedule starts with.
const FIRST_EXPRESSION: &str = "cron(0 8 ? * MON *)";

/// The two texts that AWS takes, and the form beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleDraft {
    expression: String,
    /// `3h`; empty for AWS's default.
    duration: String,
    /// What the text says, or the last thing that it said and the form could show.
    form: Form,
    fits_form: bool,
}

/// How the schedule repeats, as the form offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    Hours,
    Days,
    Daily,
    Weekly,
    Monthly,
}

/// Which days of a month, as the form offers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthDays {
    Chosen,
    Last,
    Nth,
    LastWeekday,
}

/// Which of the two texts something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Expression,
    Duration,
}

/// A rule that the draft breaks, or a note about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub input: Input,
    pub severity: Severity,
    pub text: String,
    pub fix: Option<Fix>,
}

impl Default for ScheduleDraft {
    fn default() -> Self {
        Self::of(FIRST_EXPRESSION, "")
    }
}

impl ScheduleDraft {
    /// A draft of a schedule as AWS keeps it.
    pub fn of(expression: &str, duration: &str) -> Self {
        let hours = FormHours { start: 8, every: None };
        let repeat = Repeat::OnDays { hours, days: FormDays::Daily, months: Form::all_months() };
        let mut draft = Self {
            expression: expression.to_owned(),
            duration: duration.to_owned(),
            form: Form { repeat, duration: None },
            fits_form: false,
        };
        draft.read_form();
        draft
    }

    pub fn text(&self) -> &str {
        &self.expression
    }

    /// Empty for AWS's default.
    pub fn duration_text(&self) -> &str {
        &self.duration
    }

    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Whether the form shows what the text says.
    pub fn fits_form(&self) -> bool {
        self.fits_form
    }

    pub fn set_text(&mut self, text: String) {
        self.expression = text;
        self.read_form();
    }

    pub fn set_duration_text(&mut self, text: String) {
        self.duration = text;
        self.read_form();
    }

    /// Changes the form, which writes the text. What the language refuses is kept in both and told as a fault.
    pub fn change_form(&mut self, change: impl FnOnce(&mut Form)) {
        change(&mut self.form);
        self.expression = self.form.to_string();
        self.fits_form = true;
    }

    /// Changes the length of the window; none leaves it to AWS.
    pub fn set_duration(&mut self, duration: Option<WindowDuration>) {
        self.form.duration = duration;
        self.duration = duration.map(|duration| duration.to_string()).unwrap_or_default();
    }

    /// Writes what a rule proposes.
    pub fn fix(&mut self, fix: &Fix) {
        match fix {
            Fix::ScheduleExpression(text) => self.set_text(text.clone()),
            Fix::Duration(text) => self.set_duration_text(text.clone()),
            Fix::AutomaticallyAfterDays(days) => self.set_text(format!("rate({days} days)")),
        }
    }

    /// The schedule, or why the text is none.
    pub fn expression(&self) -> Result<ScheduleExpression, ScheduleError> {
        self.expression.trim().parse()
    }

    /// The length of the window; none for AWS's default.
    pub fn duration(&self) -> Result<Option<WindowDuration>, ScheduleError> {
        match self.duration.trim() {
            "" => Ok(None),
            text => text.parse().map(Some),
        }
    }

    /// Everything that is wrong with the draft, then the notes.
    pub fn faults(&self) -> Vec<Fault> {
        let expression = self.expression();
        let duration = self.duration();
        let mut faults: Vec<Fault> = Vec::new();
        faults.extend(expression.as_ref().err().map(|error| Fault::unreadable(Input::Expression, error)));
        faults.extend(duration.as_ref().err().map(|error| Fault::unreadable(Input::Duration, error)));
        if let Ok(expression) = expression {
            // A duration that cannot be read hides no rule of the expression.
            faults.extend(check(&expression, duration.unwrap_or_default()).into_iter().map(|breach| Fault {
                input: if breach.field() == Field::Duration { Input::Duration } else { Input::Expression },
                severity: breach.severity(),
                text: format!("{}: {}", breach.field(), breach.rule),
                fix: breach.fix,
            }));
        }
        faults.sort_by_key(|fault| fault.severity == Severity::Note);
        faults
    }

    /// Whether a rule refuses what stands in this input.
    pub fn refuses(&self, input: Input) -> bool {
        self.faults().iter().any(|fault| fault.input == input && fault.severity == Severity::Refused)
    }

    /// Whether AWS may be asked for it: no rule refuses it.
    pub fn can_be_sent(&self) -> bool {
        self.faults().iter().all(|fault| fault.severity == Severity::Note)
    }

    /// The schedule in plain English, with a full stop; none while the texts cannot be read.
    pub fn sentence(&self) -> Option<String> {
        let (expression, duration) = self.read()?;
        Some(format!("{}.", expression.explain(duration)))
    }

    /// The next windows, the one that is open now first; none while the texts cannot be read.
    pub fn windows_from(
        &self,
        now: DateTime<Utc>,
        last_rotated_at: DateTime<Utc>,
        count: usize,
    ) -> Vec<RotationWindow> {
        let Some((expression, duration)) = self.read() else { return Vec::new() };
        let windows = expression.windows(duration, last_rotated_at);
        let from = windows.open_at(now).map_or(now, |open| open.opens_at);
        windows.opening_from(from).take(count).collect()
    }

    /// The UTC days of a stretch of days on which a window opens, in order and each once.
    pub fn days_in(&self, stretch: &Range<NaiveDate>, last_rotated_at: DateTime<Utc>) -> BTreeSet<NaiveDate> {
        let Some((expression, duration)) = self.read() else { return BTreeSet::new() };
        let windows = expression.windows(duration, last_rotated_at);
        let from = stretch.start.and_time(NaiveTime::MIN).and_utc();
        let days = windows.opening_from(from).map(|window| window.opens_at.date_naive());
        days.take_while(|day| *day < stretch.end).collect()
    }

    /// The shortest and the longest time from one opening to the next; none while the text cannot be read.
    pub fn gaps(&self) -> Option<(TimeDelta, TimeDelta)> {
        let expression = self.expression().ok()?;
        Some((expression.shortest_gap(), expression.longest_gap()))
    }

    /// Whether the windows count from the last rotation.
    pub fn is_rate(&self) -> bool {
        matches!(self.expression(), Ok(ScheduleExpression::Rate(_)))
    }

    /// A cron expression that rotates about as often, for those who want certain dates.
    pub fn nearest_cron(&self) -> Option<String> {
        match self.expression().ok()? {
            ScheduleExpression::Rate(rate) => nearest_cron(&rate),
            ScheduleExpression::Cron(_) => None,
        }
    }

    fn read(&self) -> Option<(ScheduleExpression, Option<WindowDuration>)> {
        Some((self.expression().ok()?, self.duration().ok()?))
    }

    fn read_form(&mut self) {
        let duration = self.duration().unwrap_or(self.form.duration);
        let read = self.expression().ok().and_then(|expression| Form::read(&expression, duration));
        self.fits_form = read.is_some();
        match read {
            Some(form) => self.form = form,
            None => self.form.duration = duration,
        }
    }
}

impl Fault {
    fn unreadable(input: Input, error: &ScheduleError) -> Self {
        let text = format!("{}: {}", error.field, error.problem);
        Self { input, severity: Severity::Refused, text, fix: error.fix.clone() }
    }
}

fn nearest_cron(rate: &Rate) -> Option<String> {
    let every_month = Form::all_months;
    let months = |step: usize| (1..=12).step_by(step).collect();
    let midnight = FormHours { start: 0, every: None };
    let (hours, days, months) = match (rate.unit(), rate.value()) {
        (RateUnit::Hours, 24) | (RateUnit::Days, 1) => (midnight, FormDays::Daily, every_month()),
        (RateUnit::Hours, hours) if hours < 24 && 24 % hours == 0 => {
            let every = u8::try_from(hours).ok();
            (FormHours { start: 0, every }, FormDays::Daily, every_month())
        }
        (RateUnit::Days, 7) => (midnight, FormDays::Weekly([1].into()), every_month()),
        (RateUnit::Days, 28..=31) => (midnight, FormDays::Monthly([1].into()), every_month()),
        (RateUnit::Days, 56..=62) => (midnight, FormDays::Monthly([1].into()), months(2)),
        (RateUnit::Days, 84..=93) => (midnight, FormDays::Monthly([1].into()), months(3)),
        (RateUnit::Days, 180..=184) => (midnight, FormDays::Monthly([1].into()), months(6)),
        (RateUnit::Days, 360..=366) => (midnight, FormDays::Monthly([1].into()), months(12)),
        _ => return None,
    };
    Some(Form { repeat: Repeat::OnDays { hours, days, months }, duration: None }.to_string())
}

impl Pattern {
    pub fn of(form: &Form) -> Self {
        match &form.repeat {
            Repeat::EveryHours(_) => Self::Hours,
            Repeat::EveryDays(_) => Self::Days,
            Repeat::OnDays { days: FormDays::Daily, .. } => Self::Daily,
            Repeat::OnDays { days: FormDays::Weekly(_), .. } => Self::Weekly,
            Repeat::OnDays { .. } => Self::Monthly,
        }
    }

    /// Turns the form to this pattern and keeps the hours and months that it has.
    pub fn put_into(self, form: &mut Form) {
        let (hours, months) = match &form.repeat {
            Repeat::OnDays { hours, months, .. } => (*hours, months.clone()),
            _ => (FormHours { start: 8, every: None }, Form::all_months()),
        };
        form.repeat = match self {
            Self::Hours => Repeat::EveryHours(12),
            Self::Days => Repeat::EveryDays(30),
            Self::Daily => Repeat::OnDays { hours, days: FormDays::Daily, months },
            Self::Weekly => Repeat::OnDays { hours, days: FormDays::Weekly([2].into()), months },
            Self::Monthly => Repeat::OnDays { hours, days: FormDays::Monthly([1].into()), months },
        };
    }
}

impl MonthDays {
    /// None where the form is about no days of a month.
    pub fn of(form: &Form) -> Option<Self> {
        let Repeat::OnDays { days, .. } = &form.repeat else { return None };
        match days {
            FormDays::Monthly(_) => Some(Self::Chosen),
            FormDays::LastDay => Some(Self::Last),
            FormDays::NthWeekday { .. } => Some(Self::Nth),
            FormDays::LastWeekday(_) => Some(Self::LastWeekday),
            FormDays::Daily | FormDays::Weekly(_) => None,
        }
    }

    /// Turns the days of the form to this kind and keeps the weekday that it has.
    pub fn put_into(self, form: &mut Form) {
        let Repeat::OnDays { days, .. } = &mut form.repeat else { return };
        let weekday = match days {
            FormDays::NthWeekday { weekday, .. } | FormDays::LastWeekday(weekday) => *weekday,
            _ => 2,
        };
        *days = match self {
            Self::Chosen => FormDays::Monthly([1].into()),
            Self::Last => FormDays::LastDay,
            Self::Nth => FormDays::NthWeekday { nth: 1, weekday },
            Self::LastWeekday => FormDays::LastWeekday(weekday),
        };
    }
}

#[cfg(test)]
mod tests;
