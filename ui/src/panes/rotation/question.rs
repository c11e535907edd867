//! What is asked before a rotation is started or turned off: what will happen, in words.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::TextField;
use crate::parts::writer_note::WriterNote;
use crate::state::rotation::Question;
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn RotationQuestion(question: Question) -> impl IntoView {
    let state = use_state();
    let desk = state.rotation;
    let name = state
        .detail
        .secret
        .get_untracked()
        .map(|secret| secret.summary.name)
        .unwrap_or_else(|| "this secret".into());
    let close = move || desk.question.set(None);
    let (title, verb, keep, tone, words): (_, _, _, _, &[&str]) = match question {
        Question::RotateNow => (
            format!("Rotate {name} now?"),
            "Rotate now",
            "Keep the value",
            Tone::Primary,
            &[
                "Secrets Manager makes a version with AWSPENDING and has the function fill it, set it at the service \
                 and test it. Then that version becomes AWSCURRENT, and the one of now AWSPREVIOUS.",
                "Programs that keep the old value in memory are refused as soon as the service knows the new one.",
                "A rate counts from this rotation on.",
            ],
        ),
        Question::TryAgain => (
            format!("Try the rotation of {name} again?"),
            "Try again",
            "Leave it",
            Tone::Primary,
            &[
                "Secrets Manager calls the function again, from createSecret on, for the version that has AWSPENDING. \
                 A value that it has already is kept.",
                "Labels stay where they are until finishSecret makes that version AWSCURRENT.",
            ],
        ),
        Question::Cancel => (
            format!("Cancel the rotation of {name}?"),
            "Cancel rotation",
            "Keep rotation on",
            Tone::Danger,
            &[
                "The value stays as it is, and no window rotates it any more. The function and the schedule are kept, \
                 so that rotation can be turned on again.",
                "A rotation that is running is stopped where it is. AWSPENDING can stay on a version that is half \
                 made, or whose value the service has already taken.",
            ],
        ),
    };
    // Turning it off leaves the value as it is.
    let needs_name = Signal::derive(move || question != Question::Cancel && desk.asks_for_name());
    let is_held = Signal::derive(move || needs_name.get() && desk.lacks_name());
    let name_label = StoredValue::new(format!("Type {name} to go on"));
    view! {
        <Dialog title on_close=close>
            <div class="rotation-question" data-testid="rotation-question">
                {words.iter().map(|words| view! { <p>{*words}</p> }).collect_view()}
                <Show when=move || needs_name.get()>
                    <TextField label=name_label.get_value() value=desk.typed_name mono=true />
                </Show>
                <WriterNote through=Signal::derive(move || state.session.writes_through()) />
                {move || desk.refusal.get().map(|error| view! { <ErrorPanel error /> })}
                <footer class="dialog-actions">
                    <Button on_press=close>{keep}</Button>
                    <Button tone busy=desk.busy disabled=is_held on_press=move || spawn_local(desk.agree())>{verb}</Button>
                </footer>
            </div>
        </Dialog>
    }
}
