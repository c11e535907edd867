//! Untrusted text: displayed, never interpreted.

use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

/// A name, a tag or a description. What cannot be seen is shown as escapes, and its direction stays inside.
#[component]
pub fn PlainText(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <bdi class="plain-text">{move || text.with(|text| escape_invisible(text).into_owned())}</bdi> }
}
