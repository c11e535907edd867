//! Instants and dates as they are written in a detail: exact, and in UTC because AWS counts in UTC.

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

/// `21 Nov 2026 02:08 UTC`, with the seconds on hover.
#[component]
pub fn Instant(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339() title=at.format("%Y-%m-%d %H:%M:%S UTC").to_string()>
            {at.format("%-d %b %Y %H:%M UTC").to_string()}
        </time>
    }
}

/// The day of an instant, with the time on hover.
#[component]
pub fn Day(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339() title=at.format("%Y-%m-%d %H:%M:%S UTC").to_string()>
            {date_text(at.date_naive())}
        </time>
    }
}

/// A date that has no hour: `21 Nov 2026`.
pub fn date_text(on: NaiveDate) -> String {
    on.format("%-d %b %Y").to_string()
}
