//! The help: the keys, listed from the table that they are handled by, and the way to the diagnostics.

use leptos::prelude::*;

use crate::parts::button::Button;
use crate::parts::dialog::Dialog;
use crate::parts::icon::lucide;
use crate::state::keys::{LOCAL_KEYS, SHORTCUTS};
use crate::state::sheet::Sheet;
use crate::state::use_state;

/// The dialog behind `?`.
#[component]
pub fn KeysDialog() -> impl IntoView {
    let sheets = use_state().sheets;
    view! {
        <Dialog title="Help" wide=true on_close=move || sheets.close() attr:data-testid="keys-dialog">
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
                <Button icon=lucide::LuActivity on_press=move || sheets.open(Sheet::Diagnostics)>
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
