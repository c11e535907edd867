//! Instants and dates as they are written in a detail: exact, and in UTC because AWS counts in UTC.

use chrono::{DateTime, Utc};
use latchkey_domain::text::{date_text, exact_text, instant_text};
use leptos::prelude::*;

/// `21 Nov 2026 02:08 UTC`, with the seconds on hover.
#[component]
pub fn Instant(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=at.to_rfc3339() title=exact_text(at)>{instant_text(at)}</time> }
}

/// The day of an instant, with the time on hover.
#[component]
pub fn Day(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=at.to_rfc3339() title=exact_text(at)>{date_text(at.date_naive())}</time> }
}
