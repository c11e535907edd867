//! What can be done with the value: reveal, copy, edit, and files.

use latchkey_domain::value::{Layout, Part};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Wish, copy, fulfil, is_current_picked};
use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::icon::{Icon, lucide};
use crate::parts::menu::{Menu, MenuItem};
use crate::state::reading::Reading;
use crate::state::use_state;
use crate::state::value_edit::phase::Phase;

/// The buttons over the value.
#[component]
pub fn ValueActions(wish: RwSignal<Wish>) -> impl IntoView {
    let state = use_state();
    let value = state.detail.value;
    let ask = move |wanted: Wish| {
        wish.set(wanted);
        fulfil(state, wanted);
    };
    let is_asking = Memo::new(move |_| value.reading.with(Reading::is_asking));
    let is_all_clear = Memo::new(move |_| value.reading.with(Reading::is_all_clear));
    let is_sealed = Memo::new(move |_| value.reading.with(|reading| reading.shape.is_none()));
    // Bytes are replaced, from the menu of files.
    let is_binary = Memo::new(move |_| {
        let is_bytes =
            |reading: &Reading| reading.shape.as_ref().is_some_and(|shape| shape.layout == Layout::Binary);
        value.reading.with(is_bytes) || state.value_edit.is_binary()
    });
    let is_editor_busy = state.value_edit.part(Phase::is_busy);
    let seconds = Memo::new(move |_| value.seconds_left());
    view! {
        <div class="value-actions">
            <Show
                when=move || is_all_clear.get()
                fallback=move || view! {
                    <Button
                        tone=Tone::Primary
                        icon=lucide::LuEye
                        busy=is_asking
                        on_press=move || ask(Wish::Part(Part::All))
                        attr:data-testid="reveal"
                    >
                        "Reveal"
                    </Button>
                }
            >
                <Button icon=lucide::LuEyeOff on_press=move || value.mask() attr:data-testid="hide">"Hide"</Button>
            </Show>
            <Button icon=lucide::LuCopy on_press=move || copy(state, Part::All) attr:data-testid="copy-value">
                "Copy"
            </Button>
            <Show when=move || is_sealed.get()>
                <Button disabled=is_asking on_press=move || ask(Wish::Keys) attr:data-testid="show-keys">
                    "Show keys"
                </Button>
            </Show>
            <Show when=move || !is_binary.get() && state.detail.is_writable() && is_current_picked(state)>
                <Button
                    icon=lucide::LuPencil
                    busy=is_editor_busy
                    work=move || state.value_edit.begin()
                    attr:data-testid="edit-value"
                >
                    "Edit"
                </Button>
            </Show>
            <FileMenu />
            {move || {
                seconds
                    .get()
                    .map(|seconds| view! {
                        <span class="value-countdown" role="timer" data-testid="value-countdown">
                            "Hides in " {seconds} " s"
                        </span>
                    })
            }}
        </div>
    }
}

/// Files instead of the window: the engine asks for the path, and the value does not pass through here.
#[component]
fn FileMenu() -> impl IntoView {
    let state = use_state();
    let value_edit = state.value_edit;
    let asks_to_export = RwSignal::new(false);
    let items = Signal::derive(move || {
        let mut items = vec![
            MenuItem::new("Export to a file…", move || asks_to_export.set(true)).icon(lucide::LuFileDown),
        ];
        if state.detail.is_writable() && is_current_picked(state) {
            let replace = move || spawn_local(value_edit.begin_file());
            items.push(MenuItem::new("Replace from a file…", replace).icon(lucide::LuFileUp));
        }
        items
    });
    let export = move || {
        asks_to_export.set(false);
        spawn_local(value_edit.export());
    };
    view! {
        <Menu label="Files" items end=true>
            <Icon icon=lucide::LuEllipsis />
        </Menu>
        <Show when=move || asks_to_export.get()>
            <Dialog title="Export the value to a file?" on_close=move || asks_to_export.set(false)>
                <div class="leave-question" data-testid="export-question">
                    <p>
                        "The file contains the value unencrypted, byte for byte. Every program that runs as you can \
                         read it, and backups may keep it. Delete it after use."
                    </p>
                    <footer class="dialog-actions">
                        <Button on_press=move || asks_to_export.set(false)>"Cancel"</Button>
                        <Button tone=Tone::Danger on_press=export>"Choose the file…"</Button>
                    </footer>
                </div>
            </Dialog>
        </Show>
    }
}
