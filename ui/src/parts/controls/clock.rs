//! The page's clock, for relative dates and for what hides itself.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::web_sys::js_sys::Date;

/// Now, by the page's clock.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(Date::now() as i64).unwrap_or_default()
}

/// Now, read again every `period` for as long as the component lives.
pub fn use_now(period: Duration) -> Signal<DateTime<Utc>> {
    let instant = RwSignal::new(now());
    if let Ok(interval) = set_interval_with_handle(move || instant.set(now()), period) {
        on_cleanup(move || interval.clear());
    }
    instant.into()
}
