//! *Diagnostics*: shows the text that is safe to post publicly, and copies it.

use leptos::prelude::*;

use crate::parts::{Button, Dialog, ErrorPanel, Tone, lucide};
use crate::state::use_state;

/// The dialog; the text is written when it opens.
#[component]
pub fn DiagnosticsDialog() -> impl IntoView {
    let state = use_state();
    let taken = LocalResource::new(move || state.take_diagnostics());
    let text = move || taken.get().and_then(Result::ok);
    let failure = move || taken.get().and_then(Result::err);
    view! {
        <Dialog title="Diagnostics" wide=true on_close=move || state.dialogs.close()>
            <p class="muted">
                "For a bug report. It names no secret, connection, account, Region, path or value, so it can be \
                 posted publicly."
            </p>
            {move || failure().map(|error| view! { <ErrorPanel error /> })}
            <pre class="code-block diagnostics" tabindex="0" role="region" aria-label="Diagnostics" data-testid="diagnostics">
                {text}
            </pre>
            <footer class="dialog-actions">
                <Button on_press=move || state.dialogs.close()>"Cancel"</Button>
                <Button
                    tone=Tone::Primary
                    icon=lucide::LuClipboardCopy
                    disabled=Signal::derive(move || text().is_none())
                    on_press=move || {
                        if let Some(text) = text() {
                            state.copy_diagnostics(text);
                        }
                    }
                >
                    "Copy diagnostics"
                </Button>
            </footer>
        </Dialog>
    }
}
