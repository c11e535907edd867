//! Says in a confirmation that the journal will not keep the change after the program closes.

use leptos::prelude::*;

/// Nothing where the journal is kept on disk.
#[component]
pub fn JournalNote(#[prop(into)] in_memory: Signal<bool>) -> impl IntoView {
    view! {
        <Show when=move || in_memory.get()>
            <span class="dialog-question" data-testid="journal-note">
                "Without a keyring the journal lasts only until Latchkey closes: an interrupted change cannot be \
                 found again."
            </span>
        </Show>
    }
}
