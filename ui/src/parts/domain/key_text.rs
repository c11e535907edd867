//! A JSON key, however long: its beginning in a line, the whole of it on demand.

use latchkey_domain::text::{short, thousands};
use leptos::prelude::*;

use super::plain_text::PlainText;

/// A key, or the keys that lead to a value.
#[component]
pub fn KeyText(#[prop(into)] text: String) -> impl IntoView {
    let beginning = short(&text).into_owned();
    if beginning == text {
        return view! { <span class="mono"><PlainText text /></span> }.into_any();
    }
    let characters = thousands(text.chars().count());
    let is_whole = RwSignal::new(false);
    let text = StoredValue::new(text);
    view! {
        <span class="key-text">
            <span class="mono"><PlainText text=beginning /></span>
            " "
            <button
                type="button"
                class="key-more"
                aria-expanded=move || is_whole.get().to_string()
                on:click=move |_| is_whole.update(|is_whole| *is_whole = !*is_whole)
            >
                {move || if is_whole.get() { "Show less" } else { "Show the whole key" }}
            </button>
            <span class="muted">{format!("{characters} characters")}</span>
            <Show when=move || is_whole.get()>
                <span class="key-whole mono" tabindex="0" role="region" aria-label="The whole key">
                    <PlainText text=text.get_value() />
                </span>
            </Show>
        </span>
    }
    .into_any()
}
