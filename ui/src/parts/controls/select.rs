//! A choice from a short list.

use leptos::prelude::*;

use super::dom::unique_id;

/// A labelled drop-down; `options` are pairs of value and text.
#[component]
pub fn Select(
    #[prop(into)] label: String,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    /// Hides the label from sight but not from a screen reader.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let id = unique_id("select");
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=bare>{label}</label>
            <select
                id=id
                class="select"
                prop:value=move || {
                    options.track();
                    value.get()
                }
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(key, text)| {
                            let chosen = value.get_untracked() == key;
                            view! { <option value=key selected=chosen>{text}</option> }
                        })
                        .collect_view()
                }}
            </select>
        </div>
    }
}
