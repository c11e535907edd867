//! The time zone of the person, as the browser knows it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::{Array, Date, Intl, Object, Reflect};

/// An instant by the person's clock, with the summer time that holds then.
pub fn local_time(at: DateTime<Utc>) -> NaiveDateTime {
    let date = Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    // Minutes by which UTC is ahead.
    let ahead = date.get_timezone_offset();
    at.naive_utc() - TimeDelta::minutes(ahead as i64)
}

/// The name of the zone: `Europe/Berlin`.
pub fn zone_name() -> String {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "Local time".to_owned())
}
