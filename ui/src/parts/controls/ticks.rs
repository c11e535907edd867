//! Several of a few choices, all in sight.

use std::collections::BTreeSet;

use leptos::prelude::*;

/// Boxes of which any number can be ticked.
#[component]
pub fn Ticks(
    #[prop(into)] label: String,
    /// Number, short text, name for screen readers.
    options: Vec<(u8, String, String)>,
    #[prop(into)] ticked: Signal<BTreeSet<u8>>,
    #[prop(into)] on_change: Callback<BTreeSet<u8>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <fieldset class="ticks">
            <legend>{label}</legend>
            <div class=format!("ticks-row {class}")>
                {options
                    .into_iter()
                    .map(|(number, text, name)| {
                        let title = name.clone();
                        view! {
                            <label class="tick" title=title>
                                <input
                                    type="checkbox"
                                    aria-label=name
                                    prop:checked=move || ticked.with(|ticked| ticked.contains(&number))
                                    on:change=move |event| {
                                        let mut now = ticked.get_untracked();
                                        if event_target_checked(&event) {
                                            now.insert(number);
                                        } else {
                                            now.remove(&number);
                                        }
                                        on_change.run(now);
                                    }
                                />
                                <span aria-hidden="true">{text}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
