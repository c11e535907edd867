//! *Recovery passphrase*: opens the vault if the keyring is lost.

use latchkey_domain::ConnectionId;
use leptos::prelude::*;

use crate::parts::{FormDialog, PlainText, SecretField};
use crate::state::passphrase_form::{MIN_CHARACTERS, PassphraseForm};
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn RecoveryPassphraseDialog() -> impl IntoView {
    let state = use_state();
    let form = PassphraseForm::new();
    let vault = state.dialogs.edited_connection(state.session);
    let (vault, name) = vault.map_or_else(|| (ConnectionId::local(), String::new()), |it| (it.id, it.name));
    let name = if vault.is_local() { "the local vault".to_owned() } else { name };
    let replaces = state.session.vault_has_passphrase(&vault) == Some(true);
    let shown_name = name.clone();
    let keep = move || {
        let (vault, name) = (vault.clone(), name.clone());
        async move {
            if form.keep(state.session, vault).await {
                state.dialogs.close();
                state.toasts.done(format!("Recovery passphrase set for {name}."));
            }
        }
    };
    view! {
        <FormDialog
            title="Recovery passphrase"
            name="recovery-passphrase"
            verb="Set the passphrase"
            on_submit=keep
            on_close=move || state.dialogs.close()
            failure=form.request.failure
        >
            <p class="muted">
                "The key of " <PlainText text=shown_name /> " is in this computer's keyring. If the keyring is lost \
                                                             or the vault is moved to another computer, the \
                                                             passphrase opens it. Store it in a safe place."
            </p>
            {replaces.then(|| view! { <p>"It replaces the current passphrase."</p> })}
            <SecretField
                label="Passphrase"
                value=form.passphrase
                error=Signal::derive(move || form.at_fields().0)
                hint=format!("At least {MIN_CHARACTERS} characters; a few words work well.")
                required=true
                autofocus=true
            />
            <SecretField
                label="Passphrase again"
                value=form.again
                error=Signal::derive(move || form.at_fields().1)
                required=true
            />
        </FormDialog>
    }
}
