//! On or off: a switch acts at once, a checkbox is part of a form.

use leptos::prelude::*;

/// A switch with its text beside it.
#[component]
pub fn Switch(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                prop:checked=move || on.get()
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <span class="switch-track" aria-hidden="true"></span>
            <span>{move || label.get()}</span>
        </label>
    }
}

/// A checkbox with its text beside it.
#[component]
pub fn Checkbox(#[prop(into)] label: Signal<String>, checked: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="checkbox">
            <input type="checkbox" bind:checked=checked />
            <span>{move || label.get()}</span>
        </label>
    }
}
