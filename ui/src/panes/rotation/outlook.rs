//! What a schedule will do: in words, with the rules that it breaks, its year and its next windows.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use latchkey_domain::schedule::{RotationWindow, Severity};
use leptos::prelude::*;

use super::calendar::YearCalendar;
use crate::parts::{Button, Icon, local_time, lucide, zone_name};
use crate::state::schedule_draft::{Fault, ScheduleDraft};

const NEXT_WINDOWS: usize = 12;

/// Everything that can be said of the draft; fixes change it.
#[component]
pub fn Outlook(
    draft: RwSignal<ScheduleDraft>,
    now: Signal<DateTime<Utc>>,
    /// The start of a rate's interval; if unknown, now.
    counted_from: Signal<Option<DateTime<Utc>>>,
    /// The id of the list of what is wrong, for the fields that it is about.
    #[prop(into)]
    faults_id: String,
) -> impl IntoView {
    let sentence = Memo::new(move |_| draft.with(ScheduleDraft::sentence));
    let faults = Memo::new(move |_| draft.with(ScheduleDraft::faults));
    let gaps = Memo::new(move |_| draft.with(ScheduleDraft::gaps));
    let from = Memo::new(move |_| counted_from.get().unwrap_or_else(|| now.get()));
    let windows =
        Memo::new(move |_| draft.with(|draft| draft.windows_from(now.get(), from.get(), NEXT_WINDOWS)));
    view! {
        <div class="outlook">
            <div role="status" class="outlook-words">
                <p class="outlook-sentence" data-testid="schedule-sentence">
                    {move || sentence.get().unwrap_or_else(|| "Not a valid schedule.".into())}
                </p>
                {move || gaps.get().map(|gaps| view! { <p class="field-note" data-testid="schedule-gaps">{gap_text(gaps)}</p> })}
                <ul id=faults_id class="findings" data-testid="schedule-faults">
                    {move || {
                        faults.get().into_iter().map(|fault| view! { <FaultLine fault draft /> }).collect_view()
                    }}
                </ul>
            </div>
            <Show when=move || windows.with(|windows| !windows.is_empty())>
                <div class="outlook-future">
                    <YearCalendar draft now counted_from=from />
                    <WindowTable windows now />
                </div>
            </Show>
        </div>
    }
}

/// "Shortest wait 24 hours, longest 3 days."
fn gap_text((shortest, longest): (TimeDelta, TimeDelta)) -> String {
    if shortest == longest {
        return format!("A window opens every {}.", span_text(shortest));
    }
    format!("Shortest wait {}, longest {}.", span_text(shortest), span_text(longest))
}

/// Hours up to two days, days where they come out even.
fn span_text(span: TimeDelta) -> String {
    let hours = span.num_hours();
    let counted = |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    if hours < 48 {
        counted(hours, "hour")
    } else if hours % 24 == 0 {
        counted(hours / 24, "day")
    } else {
        format!("{} {}", counted(hours / 24, "day"), counted(hours % 24, "hour"))
    }
}

/// A rule with its fix.
#[component]
fn FaultLine(fault: Fault, draft: RwSignal<ScheduleDraft>) -> impl IntoView {
    let (class, icon, kind) = match fault.severity {
        Severity::Refused => ("finding finding-failed", lucide::LuCircleX, "Refused: "),
        Severity::Note => ("finding finding-denied", lucide::LuInfo, "Note: "),
    };
    let fix = fault.fix.map(|fix| {
        let text = format!("Write {fix}");
        view! {
            <Button on_press=move || draft.update(|draft| draft.fix(&fix))>{text}</Button>
        }
    });
    view! {
        <li class=class data-testid="schedule-fault">
            <Icon icon />
            <span class="fault-text">
                <span><span class="visually-hidden">{kind}</span>{fault.text}</span>
                {fix}
            </span>
        </li>
    }
}

/// The next windows, in UTC and by the person's clock.
#[component]
fn WindowTable(windows: Memo<Vec<RotationWindow>>, now: Signal<DateTime<Utc>>) -> impl IntoView {
    // Where the clock of the person shows UTC, a second column would say the same.
    let has_local = Memo::new(move |_| {
        windows.with(|windows| {
            windows.iter().any(|window| local_time(window.opens_at) != window.opens_at.naive_utc())
        })
    });
    view! {
        <div class="outlook-windows">
            <table class="plain-table" data-testid="next-windows">
                <caption>"Next windows"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col">"UTC"</th>
                        <Show when=move || has_local.get()>
                            <th scope="col">{zone_name()}</th>
                        </Show>
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        windows
                            .get()
                            .into_iter()
                            .map(|window| view! { <WindowRow window now has_local /> })
                            .collect_view()
                    }}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn WindowRow(window: RotationWindow, now: Signal<DateTime<Utc>>, has_local: Memo<bool>) -> impl IntoView {
    let is_open = move || window.opens_at <= now.get();
    let RotationWindow { opens_at, closes_at } = window;
    let utc = (opens_at.naive_utc(), closes_at.naive_utc());
    let local = (local_time(opens_at), local_time(closes_at));
    let other_day = (local.0.date() != utc.0.date()).then(|| format!("{} ", day_text(local.0)));
    view! {
        <tr class:window-open=is_open>
            <th scope="row">
                {day_text(utc.0)} {move || is_open().then_some(" (open now)")}
            </th>
            <td>{hours_text(utc)}</td>
            <Show when=move || has_local.get()>
                <td>
                    {other_day.clone().map(|day| view! { <strong>{day}</strong> })}
                    {hours_text(local)}
                </td>
            </Show>
        </tr>
    }
}

/// `Mon 23 Nov 2026`.
fn day_text(at: NaiveDateTime) -> String {
    at.format("%a %-d %b %Y").to_string()
}

/// `08:00–10:00`; the end of a day is 24:00, a later one names its day.
fn hours_text((opens, closes): (NaiveDateTime, NaiveDateTime)) -> String {
    let start = opens.format("%H:%M");
    let is_midnight = closes.time() == chrono::NaiveTime::MIN;
    if is_midnight && opens.date().succ_opt() == Some(closes.date()) {
        return format!("{start}–24:00");
    }
    if opens.date() == closes.date() {
        return format!("{start}–{}", closes.format("%H:%M"));
    }
    format!("{start}–{} ({})", closes.format("%H:%M"), closes.date().weekday())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_names_the_day_on_which_it_closes_where_that_is_another_one() {
        let hours = |opens, closes| hours_text((at(opens), at(closes)));
        assert_eq!(hours("2026-11-23T08:00:00", "2026-11-23T10:00:00"), "08:00–10:00");
        assert_eq!(hours("2026-11-23T08:00:00", "2026-11-24T00:00:00"), "08:00–24:00", "the end of the day");
        assert_eq!(hours("2026-11-23T22:00:00", "2026-11-24T02:00:00"), "22:00–02:00 (Tue)");
    }

    #[test]
    fn gaps_are_told_in_the_unit_that_comes_out_even() {
        let gaps = |shortest, longest| gap_text((TimeDelta::hours(shortest), TimeDelta::hours(longest)));
        assert_eq!(gaps(24, 72), "Shortest wait 24 hours, longest 3 days.");
        assert_eq!(gaps(240, 240), "A window opens every 10 days.");
        assert_eq!(gaps(4, 50), "Shortest wait 4 hours, longest 2 days 2 hours.");
    }
}
