//! *Open secret*: by name, ARN or console URL, for those who may not list.

use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::TextField;
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn OpenSecretDialog() -> impl IntoView {
    let state = use_state();
    let text = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<ApiError>);
    let finding = RwSignal::new(false);
    let find = move || {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        let wanted = text.with_untracked(|text| text.trim().to_owned());
        if wanted.is_empty() || finding.get_untracked() {
            return;
        }
        failure.set(None);
        finding.set(true);
        spawn_local(async move {
            let found = state.detail.find(scope, wanted).await;
            finding.try_set(false);
            match found {
                Ok(scope) => {
                    state.session.go_to(scope);
                    state.dialogs.close();
                }
                Err(error) => drop(failure.try_set(Some(error))),
            }
        });
    };
    let at_field = Signal::derive(move || {
        failure.with(|failure| {
            failure.as_ref().filter(|error| is_about_the_text(error)).map(|e| e.message.clone())
        })
    });
    let elsewhere = move || failure.get().filter(|error| !is_about_the_text(error));
    view! {
        <Dialog title="Open secret" on_close=move || state.dialogs.close()>
            <form
                data-testid="open-secret"
                on:submit=move |event| {
                    event.prevent_default();
                    find();
                }
            >
                <TextField
                    label="Name, ARN or console URL"
                    value=text
                    error=at_field
                    hint="No permission to list is needed."
                    mono=true
                    required=true
                    autofocus=true
                />
                {move || elsewhere().map(|error| view! { <ErrorPanel error /> })}
                <footer class="dialog-actions">
                    <Button on_press=move || state.dialogs.close()>"Cancel"</Button>
                    <Button tone=Tone::Primary submit=true busy=finding>"Open secret"</Button>
                </footer>
            </form>
        </Dialog>
    }
}

/// A failure that another text would mend.
fn is_about_the_text(error: &ApiError) -> bool {
    matches!(error.code, Code::Invalid(_) | Code::NotFound)
}
