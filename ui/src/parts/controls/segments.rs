//! One of a few choices, all in sight.

use leptos::prelude::*;

use super::dom::unique_id;

/// A row of choices; `options` are pairs of value and text.
#[component]
pub fn Segments(
    #[prop(into)] label: String,
    options: &'static [(&'static str, &'static str)],
    #[prop(into)] value: Signal<&'static str>,
    #[prop(into)] on_change: Callback<&'static str>,
    /// Hides the label from sight but not from a screen reader.
    #[prop(optional)]
    bare: bool,
    /// Why no other choice can be made just now.
    #[prop(optional, into)]
    obstacle: Signal<Option<String>>,
) -> impl IntoView {
    let name = unique_id("segments");
    let obstacle_id = StoredValue::new(unique_id("segments-obstacle"));
    view! {
        <fieldset
            class="segments"
            aria-describedby=move || obstacle.with(Option::is_some).then(|| obstacle_id.get_value())
        >
            <legend class:visually-hidden=bare>{label}</legend>
            <div class="segments-row">
                {options
                    .iter()
                    .map(|&(key, text)| {
                        view! {
                            <label class="segment">
                                <input
                                    type="radio"
                                    name=name.clone()
                                    value=key
                                    prop:checked=move || value.get() == key
                                    disabled=move || value.get() != key && obstacle.with(Option::is_some)
                                    on:change=move |_| on_change.run(key)
                                />
                                <span>{text}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            {move || {
                obstacle
                    .get()
                    .map(|text| view! { <p class="field-note" id=obstacle_id.get_value()>{text}</p> })
            }}
        </fieldset>
    }
}
