//! Signs that something is going on.

use leptos::prelude::*;

/// A turning ring beside a text that says what is going on.
#[component]
pub fn Spinner() -> impl IntoView {
    view! { <span class="spinner" aria-hidden="true"></span> }
}

/// A line of text with a spinner, announced when it appears.
#[component]
pub fn Progress(#[prop(into)] label: Signal<String>) -> impl IntoView {
    view! {
        <p class="progress" role="status">
            <Spinner />
            <span>{move || label.get()}</span>
        </p>
    }
}
