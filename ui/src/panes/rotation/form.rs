//! The form of the schedule builder: what can be chosen without knowing the language.

use std::collections::BTreeSet;

use latchkey_domain::schedule::{
    Form, FormDays, FormHours, Repeat, WindowDuration, month_name, weekday_name,
};
use leptos::prelude::*;

use crate::parts::{NumberField, Segments, Select, Ticks};
use crate::state::schedule_draft::{MonthDays, Pattern};
use crate::state::use_state;

const PATTERNS: &[(&str, &str)] =
    &[("hours", "Hours"), ("days", "Days"), ("daily", "Daily"), ("weekly", "Weekly"), ("monthly", "Monthly")];
const MONTH_DAYS: [(&str, &str); 4] = [
    ("chosen", "On chosen days"),
    ("last", "On the last day"),
    ("nth", "On the nth weekday"),
    ("lastw", "On the last weekday"),
];

/// Weekdays as a week is looked at, Monday first; AWS counts from Sunday, 1.
const WEEK: [u8; 7] = [2, 3, 4, 5, 6, 7, 1];

/// The steps of hours that are offered; each goes on until the end of the day.
const HOUR_STEPS: [u8; 6] = [4, 6, 8, 10, 12, 16];

/// The form of the draft that is being changed.
#[component]
pub fn ScheduleForm() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let pattern = Memo::new(move |_| draft.with(|draft| Pattern::of(draft.form())));
    let key = Signal::derive(move || pattern_key(pattern.get()));
    view! {
        <div class="schedule-form" role="group" aria-label="Schedule form">
            <Segments
                label="Repeat"
                options=PATTERNS
                value=key
                on_change=move |key| {
                    let pattern = pattern_of(key);
                    draft.update(|draft| draft.change_form(|form| pattern.put_into(form)));
                }
            />
            {move || match pattern.get() {
                Pattern::Hours | Pattern::Days => view! { <Interval /> }.into_any(),
                Pattern::Daily => ().into_any(),
                Pattern::Weekly => view! { <Weekdays /> }.into_any(),
                Pattern::Monthly => view! { <DaysOfMonth /> }.into_any(),
            }}
            <Show when=move || !matches!(pattern.get(), Pattern::Hours | Pattern::Days)>
                <Months />
            </Show>
            <div class="schedule-row">
                <Show when=move || !matches!(pattern.get(), Pattern::Hours | Pattern::Days)>
                    <Hours />
                </Show>
                <WindowLength />
            </div>
        </div>
    }
}

fn pattern_key(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Hours => "hours",
        Pattern::Days => "days",
        Pattern::Daily => "daily",
        Pattern::Weekly => "weekly",
        Pattern::Monthly => "monthly",
    }
}

fn pattern_of(key: &str) -> Pattern {
    match key {
        "hours" => Pattern::Hours,
        "days" => Pattern::Days,
        "weekly" => Pattern::Weekly,
        "monthly" => Pattern::Monthly,
        _ => Pattern::Daily,
    }
}

/// What the form has, as a signal.
fn chosen<T: Clone + PartialEq + Send + Sync + 'static>(
    read: impl Fn(&Form) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let draft = use_state().rotation.draft;
    Memo::new(move |_| draft.with(|draft| read(draft.form())))
}

/// So many hours or days.
#[component]
fn Interval() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let count = chosen(|form| match form.repeat {
        Repeat::EveryHours(count) | Repeat::EveryDays(count) => count,
        Repeat::OnDays { .. } => 0,
    });
    let is_hours = draft.with_untracked(|draft| Pattern::of(draft.form()) == Pattern::Hours);
    let (unit, min, max) = if is_hours { ("hours", 4, 23_976) } else { ("days", 1, 999) };
    view! {
        <NumberField
            label="Every"
            unit
            min
            max
            value=count
            on_change=move |count| {
                draft
                    .update(|draft| {
                        draft
                            .change_form(|form| {
                                form.repeat = if is_hours {
                                    Repeat::EveryHours(count)
                                } else {
                                    Repeat::EveryDays(count)
                                };
                            })
                    })
            }
        />
        <p class="field-note">"Counted from the last rotation; days begin at 00:00 UTC."</p>
    }
}

#[component]
fn Weekdays() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let ticked = chosen(|form| match &form.repeat {
        Repeat::OnDays { days: FormDays::Weekly(days), .. } => days.clone(),
        _ => BTreeSet::new(),
    });
    let options = WEEK.map(|day| (day, short(weekday_name(day), 2), weekday_name(day).to_owned())).to_vec();
    let set =
        move |days| draft.update(|draft| draft.change_form(|form| set_days(form, FormDays::Weekly(days))));
    view! { <Ticks label="On" options ticked on_change=set /> }
}

#[component]
fn Months() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let ticked = chosen(|form| match &form.repeat {
        Repeat::OnDays { months, .. } => months.clone(),
        _ => BTreeSet::new(),
    });
    let options =
        (1..=12).map(|month| (month, short(month_name(month), 3), month_name(month).to_owned())).collect();
    let set = move |chosen: BTreeSet<u8>| {
        draft.update(|draft| {
            draft.change_form(|form| {
                if let Repeat::OnDays { months, .. } = &mut form.repeat {
                    *months = chosen;
                }
            })
        })
    };
    view! { <Ticks label="In" options ticked on_change=set class="ticks-months" /> }
}

/// Which days of the month.
#[component]
fn DaysOfMonth() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let kind = chosen(MonthDays::of);
    let nth = chosen(|form| match days_of(form) {
        Some(FormDays::NthWeekday { nth, .. }) => *nth,
        _ => 1,
    });
    let weekday = chosen(|form| match days_of(form) {
        Some(FormDays::NthWeekday { weekday, .. } | FormDays::LastWeekday(weekday)) => *weekday,
        _ => 2,
    });
    let set_weekday = move |number: u8| {
        let nth = nth.get_untracked();
        let days = match kind.get_untracked() {
            Some(MonthDays::LastWeekday) => FormDays::LastWeekday(number),
            _ => FormDays::NthWeekday { nth, weekday: number },
        };
        draft.update(|draft| draft.change_form(|form| set_days(form, days)));
    };
    let set_nth = move |nth: u8| {
        let days = FormDays::NthWeekday { nth, weekday: weekday.get_untracked() };
        draft.update(|draft| draft.change_form(|form| set_days(form, days)));
    };
    let kinds = MONTH_DAYS.map(|(key, text)| (key.to_owned(), text.to_owned())).to_vec();
    view! {
        <div class="schedule-row">
            <Select
                label="Days of the month"
                options=Signal::stored(kinds)
                value=Signal::derive(move || month_days_key(kind.get()).to_owned())
                on_change=move |key: String| {
                    let kind = month_days_of(&key);
                    draft.update(|draft| draft.change_form(|form| kind.put_into(form)));
                }
            />
            <Show when=move || kind.get() == Some(MonthDays::Nth)>
                <NumberSelect
                    label="Which one"
                    options=vec![(1, "First"), (2, "Second"), (3, "Third"), (4, "Fourth"), (5, "Fifth")]
                    value=nth
                    on_change=set_nth
                />
            </Show>
            <Show when=move || matches!(kind.get(), Some(MonthDays::Nth | MonthDays::LastWeekday))>
                <NumberSelect
                    label="Weekday"
                    options=WEEK.map(|day| (day, weekday_name(day))).to_vec()
                    value=weekday
                    on_change=set_weekday
                />
            </Show>
        </div>
        <Show when=move || kind.get() == Some(MonthDays::Chosen)>
            <ChosenDays />
        </Show>
    }
}

#[component]
fn ChosenDays() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let ticked = chosen(|form| match days_of(form) {
        Some(FormDays::Monthly(days)) => days.clone(),
        _ => BTreeSet::new(),
    });
    let options = (1..=31).map(|day| (day, day.to_string(), format!("Day {day}"))).collect();
    let set =
        move |days| draft.update(|draft| draft.change_form(|form| set_days(form, FormDays::Monthly(days))));
    view! { <Ticks label="On day" options ticked on_change=set class="ticks-days" /> }
}

/// The start hour, and whether the window comes again on the same day.
#[component]
fn Hours() -> impl IntoView {
    let hours = chosen(|form| match &form.repeat {
        Repeat::OnDays { hours, .. } => *hours,
        _ => FormHours { start: 0, every: None },
    });
    let draft = use_state().rotation.draft;
    let set = move |new: FormHours| {
        draft.update(|draft| {
            draft.change_form(|form| {
                if let Repeat::OnDays { hours, .. } = &mut form.repeat {
                    *hours = new;
                }
            })
        })
    };
    let starts = (0..24).map(|hour: u8| (hour.to_string(), format!("{hour:02}:00 UTC"))).collect::<Vec<_>>();
    // What was typed may be no usual step; it is offered as long as it is chosen.
    let steps = Signal::derive(move || {
        let own = hours.get().every.filter(|every| !HOUR_STEPS.contains(every));
        let once = (0, "Once a day".to_owned());
        let every = HOUR_STEPS.into_iter().chain(own).map(|every| (every, format!("Every {every} hours")));
        std::iter::once(once).chain(every).map(|(key, text)| (key.to_string(), text)).collect::<Vec<_>>()
    });
    view! {
        <Select
            label="Opens at"
            options=Signal::stored(starts)
            value=Signal::derive(move || hours.get().start.to_string())
            on_change=move |key: String| {
                let start = key.parse().unwrap_or_default();
                set(FormHours { start, ..hours.get_untracked() });
            }
        />
        <Select
            label="Repeat within the day"
            options=steps
            value=Signal::derive(move || hours.get().every.unwrap_or_default().to_string())
            on_change=move |key: String| {
                let every = key.parse().ok().filter(|every| *every > 0);
                set(FormHours { every, ..hours.get_untracked() });
            }
        />
    }
}

/// How long a window stays open.
#[component]
fn WindowLength() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let length = chosen(|form| form.duration);
    let options = (0..=WindowDuration::MAX_HOURS)
        .map(|hours| {
            let text = match hours {
                0 => "AWS's default".to_owned(),
                1 => "1 hour".to_owned(),
                _ => format!("{hours} hours"),
            };
            (hours.to_string(), text)
        })
        .collect::<Vec<_>>();
    view! {
        <Select
            label="Stays open for"
            options=Signal::stored(options)
            value=Signal::derive(move || length.get().map_or(0, WindowDuration::hours).to_string())
            on_change=move |key: String| {
                let duration = key.parse().ok().and_then(WindowDuration::from_hours);
                draft.update(|draft| draft.set_duration(duration));
            }
        />
    }
}

/// A choice of numbers by their names.
#[component]
fn NumberSelect(
    label: &'static str,
    options: Vec<(u8, &'static str)>,
    value: Memo<u8>,
    #[prop(into)] on_change: Callback<u8>,
) -> impl IntoView {
    let options =
        options.into_iter().map(|(number, text)| (number.to_string(), text.to_owned())).collect::<Vec<_>>();
    view! {
        <Select
            label
            options=Signal::stored(options)
            value=Signal::derive(move || value.get().to_string())
            on_change=move |key: String| {
                if let Ok(number) = key.parse() {
                    on_change.run(number);
                }
            }
        />
    }
}

fn days_of(form: &Form) -> Option<&FormDays> {
    match &form.repeat {
        Repeat::OnDays { days, .. } => Some(days),
        _ => None,
    }
}

fn set_days(form: &mut Form, new: FormDays) {
    if let Repeat::OnDays { days, .. } = &mut form.repeat {
        *days = new;
    }
}

fn month_days_key(kind: Option<MonthDays>) -> &'static str {
    match kind {
        Some(MonthDays::Last) => "last",
        Some(MonthDays::Nth) => "nth",
        Some(MonthDays::LastWeekday) => "lastw",
        Some(MonthDays::Chosen) | None => "chosen",
    }
}

fn month_days_of(key: &str) -> MonthDays {
    match key {
        "last" => MonthDays::Last,
        "nth" => MonthDays::Nth,
        "lastw" => MonthDays::LastWeekday,
        _ => MonthDays::Chosen,
    }
}

fn short(name: &str, chars: usize) -> String {
    name.chars().take(chars).collect()
}
