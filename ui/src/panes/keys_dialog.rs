//! The help: the keyboard shortcuts, from the table that handles them, and a link to the diagnostics.

use leptos::prelude::*;

use crate::parts::{Button, Dialog, lucide};
use crate::state::dialogs::NamedDialog;
use crate::state::keys::{LOCAL_KEYS, SHORTCUTS};
use crate::state::use_state;

/// The dialog behind `?`.
#[component]
pub fn KeysDialog() -> impl IntoView {
    let dialogs = use_state().dialogs;
    view! {
        <Dialog title="Help" wide=true on_close=move || dialogs.close() attr:data-testid="keys-dialog">
            <div class="keys">
                <section>
                    <h3>"Keyboard shortcuts"</h3>
                    <dl>{SHORTCUTS.iter().map(|shortcut| line(shortcut.shown, shortcut.words)).collect_view()}</dl>
                </section>
                {LOCAL_KEYS
                    .iter()
                    .map(|(place, keys)| {
                        view! {
                            <section>
                                <h3>{*place}</h3>
                                <dl>{keys.iter().map(|(key, words)| line(key, words)).collect_view()}</dl>
                            </section>
                        }
                    })
                    .collect_view()}
            </div>
            <footer class="dialog-actions">
                <Button icon=lucide::LuActivity on_press=move || dialogs.open(NamedDialog::Diagnostics)>
                    "Diagnostics…"
                </Button>
            </footer>
        </Dialog>
    }
}

fn line(key: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <div class="keys-line">
            <dt><kbd>{key}</kbd></dt>
            <dd>{words}</dd>
        </div>
    }
}
