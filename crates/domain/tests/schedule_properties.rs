//! Schedules against a naive oracle that walks the calendar hour by hour, and what holds for every expression and form.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use latchkey_domain::schedule::{
    Fix, Form, FormDays, FormHours, Problem, Repeat, RotationWindow, ScheduleExpression, Severity,
    WindowDuration, check,
};
use proptest::prelude::*;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// One item of a list, as the oracle understands it.
#[derive(Debug, Clone)]
enum Part {
    Star,
    One(u32),
    Range(u32, u32),
    Step(u32, u32),
    /// `/8`, from the field's first value.
    BareStep(u32),
    RangeStep(u32, u32, u32),
}

impl Part {
    fn matches(&self, value: u32, min: u32) -> bool {
        let steps = |from: u32, step: u32| value >= from && (value - from).is_multiple_of(step);
        match *self {
            Self::Star => true,
            Self::One(only) => value == only,
            Self::Range(from, to) => from <= value && value <= to,
            Self::Step(from, step) => steps(from, step),
            Self::BareStep(step) => steps(min, step),
            Self::RangeStep(from, to, step) => value <= to && steps(from, step),
        }
    }

    fn text(&self, names: &[&str]) -> String {
        let name = |value: u32| match value.checked_sub(1).and_then(|index| names.get(index as usize)) {
            Some(name) => (*name).to_owned(),
            None => value.to_string(),
        };
        match *self {
            Self::Star => "*".to_owned(),
            Self::One(value) => name(value),
            Self::Range(from, to) => format!("{}-{}", name(from), name(to)),
            Self::Step(from, step) => format!("{}/{step}", name(from)),
            Self::BareStep(step) => format!("/{step}"),
            Self::RangeStep(from, to, step) => format!("{}-{}/{step}", name(from), name(to)),
        }
    }
}

fn list_text(parts: &[Part], names: &[&str]) -> String {
    parts.iter().map(|part| part.text(names)).collect::<Vec<_>>().join(",")
}

#[derive(Debug, Clone)]
enum Days {
    OfMonth(Vec<Part>),
    OfWeek(Vec<Part>),
    Last,
    LastDayOfWeek,
    Nth(u32, u32),
    LastWeekday { weekday: u32, in_day_of_month: bool },
}

/// An expression with its text and, field by field, what the oracle takes it to mean.
#[derive(Debug, Clone)]
struct Sample {
    text: String,
    hours: Vec<Part>,
    days: Days,
    months: Vec<Part>,
}

fn any_of(parts: &[Part], value: u32, min: u32) -> bool {
    parts.iter().any(|part| part.matches(value, min))
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn weekday_number(instant: DateTime<Utc>) -> u32 {
    match instant.weekday() {
        Weekday::Sun => 1,
        Weekday::Mon => 2,
        Weekday::Tue => 3,
        Weekday::Wed => 4,
        Weekday::Thu => 5,
        Weekday::Fri => 6,
        Weekday::Sat => 7,
    }
}

impl Sample {
    fn opens_at(&self, instant: DateTime<Utc>) -> bool {
        let (day, weekday) = (instant.day(), weekday_number(instant));
        let length = month_length(instant.year(), instant.month());
        any_of(&self.hours, instant.hour(), 0)
            && any_of(&self.months, instant.month(), 1)
            && match &self.days {
                Days::OfMonth(parts) => any_of(parts, day, 1),
                Days::OfWeek(parts) => any_of(parts, weekday, 1),
                Days::Last => day == length,
                Days::LastDayOfWeek => weekday == 7,
                Days::Nth(wanted, nth) => weekday == *wanted && day.div_ceil(7) == *nth,
                Days::LastWeekday { weekday: wanted, .. } => weekday == *wanted && day + 7 > length,
            }
    }

    /// The openings from an instant up to the end, hour by hour.
    fn openings(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        hours_between(from, to).filter(|&hour| self.opens_at(hour)).collect()
    }
}

fn hours_between(from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    let whole = DateTime::from_timestamp(from.timestamp().div_euclid(3600) * 3600, 0).expect("in range");
    let start = if whole < from { whole + TimeDelta::hours(1) } else { whole };
    std::iter::successors(Some(start), |hour| Some(*hour + TimeDelta::hours(1)))
        .take_while(move |&hour| hour < to)
}

fn parts(min: u32, max: u32) -> impl Strategy<Value = Vec<Part>> {
    let steps = 1..=(max - min + 1);
    let one = (min..=max).prop_map(Part::One);
    let range = (min..=max, min..=max).prop_map(|(a, b)| Part::Range(a.min(b), a.max(b)));
    let step = (min..=max, steps.clone()).prop_map(|(from, step)| Part::Step(from, step));
    let range_step = (min..=max, min..=max, steps.clone())
        .prop_map(|(a, b, step)| Part::RangeStep(a.min(b), a.max(b), step));
    let single = prop_oneof![
        3 => one.clone(),
        2 => step.clone(),
        1 => range.clone(),
        1 => range_step.clone(),
        1 => steps.prop_map(Part::BareStep),
    ];
    prop_oneof![
        2 => Just(vec![Part::Star]),
        4 => single.prop_map(|part| vec![part]),
        1 => prop::collection::vec(prop_oneof![one, range, step, range_step], 2..4),
    ]
}

fn days() -> impl Strategy<Value = Days> {
    prop_oneof![
        4 => parts(1, 31).prop_map(Days::OfMonth),
        4 => parts(1, 7).prop_map(Days::OfWeek),
        1 => Just(Days::Last),
        1 => Just(Days::LastDayOfWeek),
        2 => (1..=7u32, 1..=5u32).prop_map(|(weekday, nth)| Days::Nth(weekday, nth)),
        2 => (1..=7u32, any::<bool>())
            .prop_map(|(weekday, in_day_of_month)| Days::LastWeekday { weekday, in_day_of_month }),
    ]
}

fn samples() -> impl Strategy<Value = Sample> {
    (parts(0, 23), days(), parts(1, 12), any::<bool>(), 1..3usize).prop_map(
        |(hours, days, months, named, blanks)| {
            let names = |names: &'static [&'static str]| if named { names } else { &[] };
            let weekday = |number: u32| Part::One(number).text(names(&WEEKDAYS));
            let (of_month, of_week) = match &days {
                Days::OfMonth(parts) => (list_text(parts, &[]), "?".to_owned()),
                Days::OfWeek(parts) => ("?".to_owned(), list_text(parts, names(&WEEKDAYS))),
                Days::Last => ("L".to_owned(), "?".to_owned()),
                Days::LastDayOfWeek => ("?".to_owned(), "L".to_owned()),
                Days::Nth(day, nth) => ("?".to_owned(), format!("{}#{nth}", weekday(*day))),
                Days::LastWeekday { weekday: day, in_day_of_month: true } => {
                    (format!("{}L", weekday(*day)), "?".to_owned())
                }
                Days::LastWeekday { weekday: day, .. } => ("?".to_owned(), format!("{}L", weekday(*day))),
            };
            let months_text = list_text(&months, names(&MONTHS));
            let mut text = "cron(0".to_owned();
            for field in [list_text(&hours, &[]), of_month, months_text, of_week, "*".to_owned()] {
                write!(text, "{}{field}", " ".repeat(blanks)).expect("a String takes all");
            }
            Sample { text: text + ")", hours, days, months }
        },
    )
}

/// From 1999 to 2101, to the millisecond.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    let on_the_hour = (254_000..1_150_000i64).prop_map(|hours| hours * 3_600_000);
    prop_oneof![on_the_hour, 915_000_000_000..4_133_000_000_000i64].prop_map(|milliseconds| {
        DateTime::from_timestamp_millis(milliseconds).expect("these years are in range")
    })
}

fn durations() -> impl Strategy<Value = Option<WindowDuration>> {
    prop::option::of((1..=24u8).prop_map(|hours| WindowDuration::from_hours(hours).expect("1 to 24")))
}

/// The expression; none for the few that never open, as the oracle agrees.
fn read(sample: &Sample) -> Option<ScheduleExpression> {
    match sample.text.parse() {
        Ok(expression) => Some(expression),
        Err(error) => {
            let error: latchkey_domain::schedule::ScheduleError = error;
            assert_eq!(error.problem, Problem::NeverOpens, "{}: {error}", sample.text);
            let leap_year = "2028-01-01T00:00:00Z".parse().expect("an instant");
            let opened = sample.openings(leap_year, leap_year + TimeDelta::days(366));
            assert!(opened.is_empty(), "{} was refused, and opens at {opened:?}", sample.text);
            None
        }
    }
}

fn opening_between(
    expression: &ScheduleExpression,
    last_rotated_at: DateTime<Utc>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let windows = expression.windows(None, last_rotated_at).opening_from(from);
    windows.map(|window| window.opens_at).take_while(|&opens_at| opens_at < to).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_windows_of_a_cron_are_those_of_the_oracle(sample in samples(), from in instants(), days in 1..800i64) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        let to = from + TimeDelta::days(days);
        let expected = sample.openings(from, to);
        prop_assert_eq!(&opening_between(&expression, from, from, to), &expected, "forwards: {}", &sample.text);

        let backwards: Vec<_> = expression
            .windows(None, from)
            .opening_before(to)
            .map(|window| window.opens_at)
            .take_while(|&opens_at| opens_at >= from)
            .collect();
        prop_assert!(backwards.iter().rev().eq(&expected), "backwards: {} gives {backwards:?}", sample.text);
    }

    #[test]
    fn the_windows_of_a_rate_are_those_of_the_oracle(
        value in 1..500i64, in_days: bool, last in instants(), offset in -100..600i64,
    ) {
        let (unit, hours) = if in_days { ("days", value * 24) } else { ("hours", value + 3) };
        let text = format!("rate({} {unit})", if in_days { value } else { hours });
        let expression: ScheduleExpression = text.parse().expect("in range");
        let start = if in_days { last.date_naive().and_hms_opt(0, 0, 0).expect("midnight").and_utc() } else {
            last.date_naive().and_hms_opt(last.hour(), 0, 0).expect("an hour").and_utc()
        };
        let from = last + TimeDelta::hours(offset);
        let to = from + TimeDelta::days(600);
        let expected: Vec<_> = hours_between(from, to)
            .filter(|&hour| hour > start && (hour - start).num_hours() % hours == 0)
            .collect();
        prop_assert_eq!(opening_between(&expression, last, from, to), expected, "{} after {}", text, last);
    }

    #[test]
    fn windows_are_strictly_increasing_and_the_one_before_is_found_again(
        sample in samples(), from in instants(), duration in durations(),
    ) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        let windows = expression.windows(duration, from);
        let found: Vec<RotationWindow> = windows.opening_from(from).take(40).collect();
        prop_assert_eq!(found.len(), 40, "a schedule goes on");
        let gaps = expression.shortest_gap()..=expression.longest_gap();
        for pair in found.windows(2) {
            prop_assert!(pair[0].opens_at < pair[1].opens_at, "{pair:?}");
            prop_assert_eq!(windows.opening_before(pair[1].opens_at).next(), Some(pair[0]), "the one before");
            prop_assert_eq!(windows.opening_from(pair[0].opens_at).next(), Some(pair[0]), "from is inclusive");
            let gap = pair[1].opens_at - pair[0].opens_at;
            prop_assert!(gaps.contains(&gap), "{gap} of {}", sample.text);
        }
        for window in found {
            prop_assert!(window.opens_at < window.closes_at, "{window:?}");
        }
    }

    #[test]
    fn what_breaks_no_rule_has_windows_apart_and_inside_their_day(
        sample in samples(), from in instants(), duration in durations(),
    ) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        let refused = check(&expression, duration).iter().any(|breach| breach.severity() == Severity::Refused);
        prop_assume!(!refused);
        let found: Vec<_> = expression.windows(duration, from).opening_from(from).take(60).collect();
        for pair in found.windows(2) {
            prop_assert!(pair[1].opens_at - pair[0].opens_at >= TimeDelta::hours(4), "{pair:?} of {}", sample.text);
            prop_assert!(pair[0].closes_at <= pair[1].opens_at, "{pair:?} of {}", sample.text);
        }
        if !expression.is_in_hours() {
            for window in found {
                let midnight = window.opens_at.date_naive().succ_opt().expect("a next day").and_hms_opt(0, 0, 0);
                prop_assert!(Some(window.closes_at.naive_utc()) <= midnight, "{window:?} of {}", sample.text);
            }
        }
    }

    #[test]
    fn a_mended_rule_is_no_longer_broken(sample in samples(), duration in durations()) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        for breach in check(&expression, duration) {
            let fixed = match &breach.fix {
                Some(Fix::ScheduleExpression(text)) => {
                    let expression = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
                    check(&expression, duration)
                }
                Some(Fix::Duration(text)) => {
                    check(&expression, Some(text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))))
                }
                other => { prop_assert!(other.is_none(), "{other:?}"); continue }
            };
            let same = |other: &&_| std::mem::discriminant(&breach.rule) == std::mem::discriminant(other);
            let still = fixed.iter().map(|breach| &breach.rule).find(same);
            prop_assert_eq!(still, None, "{} {:?} was fixed by {:?}", sample.text, duration, &breach.fix);
        }
    }

    #[test]
    fn an_expression_prints_as_it_was_typed(sample in samples()) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        prop_assert_eq!(expression.to_string(), sample.text);
        let again: ScheduleExpression = expression.to_string().parse().expect("it was read before");
        prop_assert_eq!(again, expression);
    }

    #[test]
    fn a_form_that_was_read_means_the_same(sample in samples(), from in instants()) {
        let Some(expression) = read(&sample) else { return Ok(()) };
        let Some(form) = Form::read(&expression, None) else { return Ok(()) };
        let built = form.to_expression().expect("what was read can be written");
        let windows = |expression: &ScheduleExpression| -> Vec<_> {
            expression.windows(None, from).opening_from(from).take(60).collect()
        };
        prop_assert_eq!(windows(&built), windows(&expression), "{} became {}", sample.text, built);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(
        text in prop_oneof!["\\PC{0,40}", "(cron|rate)\\([0-9*?/,#LW SUNMOJAFEB-]{0,40}\\)", "cron\\(0( [0-9*?/,#LSUN-]{1,5}){5}\\)"],
    ) {
        if let Err(error) = text.parse::<ScheduleExpression>() {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?} of {text:?}: {error}", error.at);
            prop_assert_ne!(error.fix, Some(Fix::ScheduleExpression(text)), "a fix changes something");
        }
        if let Err(error) = "3h".replace('3', "\u{e9}").parse::<WindowDuration>() {
            prop_assert_eq!(error.at, 0..3);
        }
    }

    #[test]
    fn a_form_written_and_read_is_the_same_form(form in forms()) {
        let expression = match form.to_expression() {
            Ok(expression) => expression,
            Err(error) => {
                prop_assert_eq!(error.problem, Problem::NeverOpens, "{}", form);
                return Ok(());
            }
        };
        prop_assert_eq!(Form::read(&expression, form.duration), Some(form), "{}", expression);
    }
}

fn forms() -> impl Strategy<Value = Form> {
    let numbers = |max: u8| prop::collection::btree_set(1..=max, 1..=usize::from(max));
    let days = prop_oneof![
        Just(FormDays::Daily),
        numbers(7).prop_map(FormDays::Weekly),
        numbers(31).prop_map(FormDays::Monthly),
        Just(FormDays::LastDay),
        (1..=5u8, 1..=7u8).prop_map(|(nth, weekday)| FormDays::NthWeekday { nth, weekday }),
        (1..=7u8).prop_map(FormDays::LastWeekday),
    ];
    let months: BoxedStrategy<BTreeSet<u8>> = prop_oneof![Just(Form::all_months()), numbers(12)].boxed();
    let hours = (0..=23u8, prop::option::of(1..=24u8)).prop_map(|(start, every)| FormHours { start, every });
    let repeat = prop_oneof![
        1 => (4..=23_976u32).prop_map(Repeat::EveryHours),
        1 => (1..=999u32).prop_map(Repeat::EveryDays),
        6 => (hours, days, months).prop_map(|(hours, days, months)| Repeat::OnDays { hours, days, months }),
    ];
    (repeat, durations()).prop_map(|(repeat, duration)| Form { repeat, duration })
}

/// A form that holds what the language refuses says so at the field, and with the text that it prints.
#[test]
fn a_form_that_cannot_be_written_says_where() {
    use latchkey_domain::schedule::Field;
    let on_days = |hours, days, months: &[u8]| Form {
        repeat: Repeat::OnDays { hours, days, months: months.iter().copied().collect() },
        duration: None,
    };
    let at_eight = FormHours { start: 8, every: None };
    let every_month: Vec<u8> = (1..=12).collect();
    for (form, field) in [
        (Form { repeat: Repeat::EveryHours(3), duration: None }, Field::Value),
        (Form { repeat: Repeat::EveryDays(1000), duration: None }, Field::Value),
        (on_days(FormHours { start: 30, every: None }, FormDays::Daily, &every_month), Field::Hours),
        (on_days(at_eight, FormDays::Weekly(BTreeSet::new()), &every_month), Field::DayOfMonth),
        (on_days(at_eight, FormDays::Monthly([40].into()), &every_month), Field::DayOfMonth),
        (on_days(at_eight, FormDays::NthWeekday { nth: 6, weekday: 1 }, &every_month), Field::DayOfWeek),
        (on_days(at_eight, FormDays::Daily, &[]), Field::Month),
        (on_days(at_eight, FormDays::Daily, &[1, 4, 7, 10, 13]), Field::Month),
    ] {
        let error = form.to_expression().expect_err(&form.to_string());
        assert_eq!(error.field, field, "{form}: {error}");
    }
}
