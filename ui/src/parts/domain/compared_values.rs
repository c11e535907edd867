//! Two values that are compared: how they differ, and the buttons that reveal and hide them.

use latchkey_domain::ApiError;
use latchkey_domain::diff::{Detail, Difference};
use latchkey_domain::text::short_id;
use leptos::prelude::*;

use super::difference::{ClearPart, DifferenceView};
use super::error_panel::ErrorPanel;
use crate::parts::controls::{Icon, Work, lucide};

/// What came of a comparison. Draws nothing before it was asked for.
#[component]
pub fn ComparedValues(
    /// What the two sides are called.
    names: [&'static str; 2],
    #[prop(into)] difference: Signal<Option<Difference>>,
    /// The version that could not be read, and why.
    #[prop(into)]
    failure: Signal<Option<(String, ApiError)>>,
    /// What is revealed of a part; tracks it.
    #[prop(into)]
    clear: Callback<ClearPart, Option<String>>,
    #[prop(into)] is_clear: Signal<bool>,
    #[prop(into)] on_reveal: Work,
    #[prop(into)] on_hide: Callback<()>,
) -> impl IntoView {
    let can_reveal = Memo::new(move |_| {
        difference.with(|difference| {
            difference
                .as_ref()
                .is_some_and(|found| !found.identical && !matches!(found.detail, Detail::Whole { .. }))
        })
    });
    view! {
        {move || {
            failure
                .get()
                .map(|(version_id, error)| {
                    view! {
                        <div class="compared-failure" data-testid="compare-failure">
                            <p>"Version " <code>{short_id(&version_id)}</code> " could not be read."</p>
                            <ErrorPanel error />
                        </div>
                    }
                })
        }}
        {move || {
            difference.get().map(|difference| view! { <DifferenceView difference names clear /> })
        }}
        <Show when=move || can_reveal.get()>
            <RevealToggle is_clear on_reveal on_hide />
        </Show>
    }
}

#[component]
fn RevealToggle(is_clear: Signal<bool>, on_reveal: Work, on_hide: Callback<()>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let press = move || if is_clear.get_untracked() { on_hide.run(()) } else { on_reveal.begin(busy) };
    let icon = move || if is_clear.get() { lucide::LuEyeOff } else { lucide::LuEye };
    view! {
        <div class="actions">
            <button
                type="button"
                class="button"
                data-testid="reveal-difference"
                on:click=move |_| press()
            >
                <Icon icon=Signal::derive(icon) />
                <span>{move || if is_clear.get() { "Hide" } else { "Reveal differences" }}</span>
            </button>
        </div>
    }
}
