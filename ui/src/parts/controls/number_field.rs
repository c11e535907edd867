//! A field for a small whole number.

use leptos::prelude::*;

use super::dom::unique_id;

/// A number with its unit behind it. Input that is not a number changes nothing; the domain checks the limits.
#[component]
pub fn NumberField(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<u32>,
    #[prop(into)] on_change: Callback<u32>,
    min: u32,
    max: u32,
    #[prop(optional)] unit: &'static str,
) -> impl IntoView {
    let id = unique_id("number");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <span class="number-field">
                <input
                    id=id
                    class="input"
                    type="number"
                    inputmode="numeric"
                    min=min
                    max=max
                    prop:value=move || value.get().to_string()
                    on:input=move |event| {
                        if let Ok(number) = event_target_value(&event).parse() {
                            on_change.run(number);
                        }
                    }
                />
                <span>{unit}</span>
            </span>
        </div>
    }
}
