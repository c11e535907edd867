//! Asks before discarding the edit of a value.

use leptos::prelude::*;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::state::use_state;

/// The dialog; open while the user has to decide.
#[component]
pub fn LeaveQuestion() -> impl IntoView {
    let state = use_state();
    let (detail, value_edit) = (state.detail, state.value_edit);
    let is_asked = Memo::new(move |_| detail.departure.with(Option::is_some));
    let title = value_edit.part(|phase| format!("Discard changes to {}?", phase.name()));
    view! {
        <Show when=move || is_asked.get()>
            <Dialog title on_close=move || value_edit.stay()>
                <div class="leave-question" data-testid="leave-question">
                    <p>"Your unsaved changes will be lost."</p>
                    <footer class="dialog-actions">
                        <Button on_press=move || value_edit.stay()>"Keep editing"</Button>
                        <Button tone=Tone::Danger on_press=move || value_edit.depart()>"Discard"</Button>
                    </footer>
                </div>
            </Dialog>
        </Show>
    }
}
