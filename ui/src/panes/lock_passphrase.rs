//! *Lock passphrase*: sets, changes or removes the passphrase of the lock.

use latchkey_domain::secret_text::SecretInput;
use leptos::prelude::*;

use crate::parts::{Button, FormDialog, SecretField};
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
    let keep = move || async move {
        if form.keep_for_lock(state.lock, typed()).await {
            close_with("Lock passphrase set.");
        }
    };
    let remove = move || async move {
        if form.request.act(state.lock.set_passphrase(typed(), None)).await.is_some() {
            close_with("Lock passphrase removed. The lock now only hides the window.");
        }
    };
    view! {
        <FormDialog
            title="Lock passphrase"
            name="lock-passphrase"
            verb="Set the passphrase"
            on_submit=keep
            on_close=move || state.dialogs.close()
            failure=form.request.failure
            buttons=move || replaces.then(|| view! { <Button work=remove>"Remove the passphrase"</Button> })
        >
            <p class="muted">
                "It encrypts everything that Latchkey has in this computer's keyring: the keys of vaults, access keys, and \
                 the key of encrypted files. It is required at every start, after every lock, and by latchkey-vault. It \
                 cannot be recovered: give each vault a recovery passphrase too."
            </p>
            {replaces
                .then(|| view! {
                    <SecretField label="Current passphrase" value=current required=true autofocus=true />
                })}
            <SecretField
                label="New passphrase"
                value=form.passphrase
                error=Signal::derive(move || form.at_fields().0)
                hint=format!("At least {MIN_CHARACTERS} characters; a few words work well.")
                required=true
                autofocus=!replaces
            />
            <SecretField
                label="New passphrase again"
                value=form.again
                error=Signal::derive(move || form.at_fields().1)
                required=true
            />
        </FormDialog>
    }
}
