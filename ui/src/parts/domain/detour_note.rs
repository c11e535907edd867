//! Shows the route of a connection that is being added, if it does not go directly to AWS.

use latchkey_domain::detour::{Detour, listed};
use leptos::prelude::*;

use super::plain_text::PlainText;
use crate::parts::controls::{Icon, lucide};

/// Stands above what sends; nothing if requests go straight to AWS. `subject` begins the sentence.
#[component]
pub fn DetourNote(subject: &'static str, #[prop(into)] detours: Signal<Vec<Detour>>) -> impl IntoView {
    move || {
        let words = detours.with(|detours| (!detours.is_empty()).then(|| listed(detours)))?;
        Some(view! {
            <p class="banner" role="note" data-testid="detour-note">
                <Icon icon=lucide::LuRoute />
                <span>
                    {subject} " does not go directly to AWS, but through " <PlainText text=words />
                    ". Once saved, the connection asks whether you trust this."
                </span>
            </p>
        })
    }
}
