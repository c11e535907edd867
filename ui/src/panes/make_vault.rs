//! *New vault*: another vault in its own file, with an optional recovery passphrase.

use leptos::prelude::*;

use crate::parts::{FormDialog, SecretField};
use crate::state::passphrase_form::{MIN_CHARACTERS, PassphraseForm};
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn MakeVaultDialog() -> impl IntoView {
    let state = use_state();
    let form = PassphraseForm::new();
    let make = move || async move {
        if let Some(name) = form.make(state.session).await {
            state.dialogs.close();
            state.toasts.done(format!("Created vault {name}."));
        }
    };
    view! {
        <FormDialog
            title="New vault"
            name="make-vault"
            verb="Choose a location…"
            on_submit=make
            on_close=move || state.dialogs.close()
            failure=form.request.failure
        >
            <p class="muted">
                "A vault is a single encrypted file, stored where you choose. This computer's keyring opens it \
                 automatically; a passphrase opens it on another computer or if the keyring is lost."
            </p>
            <SecretField
                label="Recovery passphrase (recommended)"
                value=form.passphrase
                error=Signal::derive(move || form.at_fields().0)
                hint=format!("At least {MIN_CHARACTERS} characters; a few words work well. It cannot be recovered.")
                autofocus=true
            />
            <SecretField
                label="Passphrase again"
                value=form.again
                error=Signal::derive(move || form.at_fields().1)
            />
        </FormDialog>
    }
}
