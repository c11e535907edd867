//! Says whose credentials will write, if not those of the current connection.

use latchkey_domain::guard::WritesThrough;
use leptos::prelude::*;

use super::plain_text::PlainText;
use crate::parts::controls::{Icon, lucide};

/// Stands in the question before a write; nothing for a connection that writes itself.
#[component]
pub fn WriterNote(#[prop(into)] through: Signal<Option<WritesThrough>>) -> impl IntoView {
    move || {
        through.get().map(|WritesThrough { name, .. }| {
            view! {
                <p class="banner" data-testid="writer-note">
                    <Icon icon=lucide::LuKeyRound />
                    <span>
                        "Written through " <strong><PlainText text=name /></strong>
                        ": its credentials are fetched for this change only, then discarded."
                    </span>
                </p>
            }
        })
    }
}
