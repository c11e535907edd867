//! Twelve months from now with the days on which a window opens: a line for each month.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc, Weekday};
use latchkey_domain::schedule::month_name;
use leptos::prelude::*;

use crate::parts::{IconButton, lucide};
use crate::state::schedule_draft::ScheduleDraft;

/// How far ahead one can look, in years.
const YEARS_AHEAD: u32 = 10;

/// A year from this month on, and buttons for the years after it.
#[component]
pub fn YearCalendar(
    draft: RwSignal<ScheduleDraft>,
    now: Signal<DateTime<Utc>>,
    counted_from: Memo<DateTime<Utc>>,
) -> impl IntoView {
    let today = Memo::new(move |_| now.get().date_naive());
    let ahead = RwSignal::new(0);
    let first = Memo::new(move |_| first_month(today.get(), ahead.get()));
    let days = Memo::new(move |_| {
        let year = first.get()..first.get() + Months::new(12);
        draft.with(|draft| draft.days_in(&year, counted_from.get()))
    });
    view! {
        <section class="calendar" aria-label="Year" data-testid="year-calendar">
            <header class="calendar-header">
                <IconButton
                    label="Year before"
                    icon=lucide::LuChevronLeft
                    disabled=Signal::derive(move || ahead.get() == 0)
                    on_press=move || ahead.update(|ahead| *ahead -= 1)
                />
                <h4 aria-live="polite">{move || year_text(first.get())}</h4>
                <IconButton
                    label="Year after"
                    icon=lucide::LuChevronRight
                    disabled=Signal::derive(move || ahead.get() == YEARS_AHEAD)
                    on_press=move || ahead.update(|ahead| *ahead += 1)
                />
                <span class="field-note" data-testid="days-in-year">
                    {move || days_text(days.with(BTreeSet::len))}
                </span>
            </header>
            <ol class="calendar-months">
                {move || {
                    let (first, today) = (first.get(), today.get());
                    let months = (0..12).map(|month| first + Months::new(month));
                    days.with(|days| months.map(|month| month_line(month, days, today)).collect_view())
                }}
            </ol>
        </section>
    }
}

/// The first day of this month, so many years ahead.
fn first_month(today: NaiveDate, years_ahead: u32) -> NaiveDate {
    let months = Months::new(12 * years_ahead);
    today.with_day(1).and_then(|first| first.checked_add_months(months)).unwrap_or(today)
}

/// `Nov 2026 – Oct 2027`, or the year where it is a whole one.
fn year_text(first: NaiveDate) -> String {
    if first.month() == 1 {
        return first.year().to_string();
    }
    format!("{} – {}", first.format("%b %Y"), (first + Months::new(11)).format("%b %Y"))
}

fn days_text(count: usize) -> String {
    format!("{count} {} with a window (UTC)", if count == 1 { "day" } else { "days" })
}

/// A month as cells for the eye and as words for a screen reader.
fn month_line(first: NaiveDate, days: &BTreeSet<NaiveDate>, today: NaiveDate) -> impl IntoView + use<> {
    let name = month_name(u8::try_from(first.month()).unwrap_or_default());
    let of_month: Vec<NaiveDate> = first.iter_days().take_while(|day| day.month() == first.month()).collect();
    let marked: Vec<u32> = of_month.iter().filter(|day| days.contains(day)).map(Datelike::day).collect();
    let cells = of_month
        .into_iter()
        .map(|day| {
            let mut class = String::from("calendar-day");
            for (holds, name) in [
                (days.contains(&day), " calendar-marked"),
                (matches!(day.weekday(), Weekday::Sat | Weekday::Sun), " calendar-weekend"),
                (day < today, " calendar-past"),
                (day == today, " calendar-today"),
            ] {
                if holds {
                    class.push_str(name);
                }
            }
            view! { <span class=class title=day.format("%a %-d %b %Y").to_string()></span> }
        })
        .collect_view();
    view! {
        <li class="calendar-month">
            <span class="visually-hidden">{month_words(&format!("{name} {}", first.year()), &marked)}</span>
            <span class="calendar-name" aria-hidden="true">{name.chars().take(3).collect::<String>()}</span>
            <span class="calendar-days" aria-hidden="true">{cells}</span>
        </li>
    }
}

/// "November: 2 to 6, 9"; runs of days are said as such, or a daily schedule would be read out for minutes.
fn month_words(name: &str, days: &[u32]) -> String {
    let runs = days.chunk_by(|before, after| before + 1 == *after);
    let words: Vec<String> = runs
        .filter_map(|run| match run {
            [day] => Some(day.to_string()),
            [first, .., last] => Some(format!("{first} to {last}")),
            [] => None,
        })
        .collect();
    if words.is_empty() { format!("{name}: none") } else { format!("{name}: {}", words.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_begins_with_the_month_that_it_is() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(first_month(day("2026-11-21"), 0), day("2026-11-01"));
        assert_eq!(year_text(day("2026-11-01")), "Nov 2026 – Oct 2027");
        assert_eq!(
            year_text(first_month(day("2027-01-31"), 1)),
            "2028",
            "a whole year is called by its number"
        );
    }

    #[test]
    fn a_month_is_read_out_in_runs() {
        assert_eq!(month_words("May", &[]), "May: none");
        assert_eq!(month_words("May", &[1, 2, 3, 15]), "May: 1 to 3, 15");
    }
}
