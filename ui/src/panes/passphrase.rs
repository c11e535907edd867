//! The window while the vault needs its passphrase.

use latchkey_domain::connection::PassphraseNeed;
use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

use crate::parts::{Button, ErrorPanel, Icon, SecretField, Tone, lucide, submits};
use crate::state::passphrase_form::{MIN_CHARACTERS, PassphraseForm};
use crate::state::use_state;

/// Asks for the passphrase of the vault, or for the one of a vault to be made.
#[component]
pub fn PassphrasePane(need: PassphraseNeed) -> impl IntoView {
    let state = use_state();
    let form = PassphraseForm::new();
    let name = state.session.connection.with_untracked(|connection| match connection {
        Some(vault) if !vault.id.is_local() => escape_invisible(&vault.name).into_owned(),
        _ => "your vault".to_owned(),
    });
    let PassphraseNeed { is_new, reason } = need.clone();
    let open = move || form.open(state.session, need.clone());
    let at_passphrase = Signal::derive(move || form.at_fields().0);
    let at_again = Signal::derive(move || form.at_fields().1);
    let hint = if is_new {
        format!("At least {MIN_CHARACTERS} characters; a few words work well.")
    } else {
        "The passphrase of this vault, not the one that unlocks Latchkey.".to_owned()
    };
    view! {
        <section class="passphrase" aria-labelledby="passphrase-title" data-testid="passphrase">
            <Icon icon=lucide::LuKeyRound />
            <h1 id="passphrase-title">
                {if is_new { "Choose a passphrase for your vault".to_owned() } else { format!("Unlock {name}") }}
            </h1>
            <p class="muted" data-testid="passphrase-reason">{reason}</p>
            <form on:submit=submits(open)>
                <SecretField
                    label="Passphrase"
                    value=form.passphrase
                    error=at_passphrase
                    hint=hint
                    required=true
                    autofocus=true
                />
                {is_new
                    .then(|| view! {
                        <SecretField label="Passphrase again" value=form.again error=at_again required=true />
                        <p class="muted">
                            "It cannot be recovered: without the passphrase the vault cannot be opened. Store it in a \
                             safe place."
                        </p>
                    })}
                {move || form.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
                <div class="actions">
                    <Button work=move || form.ask_keyring(state.session) attr:data-testid="ask-keyring">
                        "Try the keyring again"
                    </Button>
                    <Button tone=Tone::Primary submit=true busy=form.request.busy>
                        {if is_new { "Create the vault" } else { "Unlock the vault" }}
                    </Button>
                </div>
            </form>
        </section>
    }
}
