//! *Lock passphrase*: sets, changes or removes what opens the lock.

use latchkey_domain::value::SecretInput;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::SecretField;
use crate::state::passphrase_form::{MIN_CHARACTERS, PassphraseForm};
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn LockPassphraseDialog() -> impl IntoView {
    let state = use_state();
    let form = PassphraseForm::new();
    let current = RwSignal::new(String::new());
    let replaces = state.lock.has_passphrase();
    let typed = move || SecretInput::new(current.get_untracked());
    let close_with = move |words: &str| {
        state.dialogs.close();
        state.toasts.done(words);
    };
    let keep = move || {
        spawn_local(async move {
            if form.keep_for_lock(state.lock, typed()).await {
                close_with("The passphrase opens the lock.");
            }
        });
    };
    let remove = move || {
        spawn_local(async move {
            match state.lock.set_passphrase(typed(), None).await {
                Ok(()) => close_with("The lock has no passphrase: it only hides."),
                Err(error) => {
                    form.failure.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <Dialog title="Lock passphrase" on_close=move || state.dialogs.close()>
            <form
                data-testid="lock-passphrase"
                on:submit=move |event| {
                    event.prevent_default();
                    if !form.opening.get_untracked() {
                        keep();
                    }
                }
            >
                <p class="muted">
                    "It wraps the key that seals the journal and drafts, and is asked for at every start and after every \
                     lock. Nobody can recover it. Access keys and the key of the local vault stay in the keyring of this \
                     computer, as they are."
                </p>
                {replaces
                    .then(|| view! {
                        <SecretField label="Current passphrase" value=current required=true autofocus=true />
                    })}
                <SecretField
                    label="New passphrase"
                    value=form.passphrase
                    error=Signal::derive(move || form.at_fields().0)
                    hint=format!("At least {MIN_CHARACTERS} characters; a few words do well.")
                    required=true
                    autofocus=!replaces
                />
                <SecretField
                    label="New passphrase again"
                    value=form.again
                    error=Signal::derive(move || form.at_fields().1)
                    required=true
                />
                {move || form.failure.get().map(|error| view! { <ErrorPanel error /> })}
                <footer class="dialog-actions">
                    {replaces.then(|| view! { <Button on_press=remove>"Remove the passphrase"</Button> })}
                    <Button on_press=move || state.dialogs.close()>"Cancel"</Button>
                    <Button tone=Tone::Primary submit=true busy=form.opening>"Set the passphrase"</Button>
                </footer>
            </form>
        </Dialog>
    }
}
