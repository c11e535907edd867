//! The window while Latchkey is locked.

use leptos::prelude::*;

use crate::parts::{Button, Icon, SecretField, Tone, lucide, submits};
use crate::state::passphrase_form::PassphraseForm;
use crate::state::request::Request;
use crate::state::use_state;

/// Unlocks with the passphrase, or with a click if none is set.
#[component]
pub fn LockScreen() -> impl IntoView {
    let lock = use_state().lock;
    view! {
        <main class="lock-screen">
            <section class="passphrase" aria-labelledby="lock-title" data-testid="lock-screen">
                <Icon icon=lucide::LuLock />
                <h1 id="lock-title">"Latchkey is locked"</h1>
                {move || {
                    if lock.has_passphrase() {
                        view! { <ByPassphrase /> }.into_any()
                    } else {
                        view! { <ByPress /> }.into_any()
                    }
                }}
            </section>
        </main>
    }
}

#[component]
fn ByPassphrase() -> impl IntoView {
    let lock = use_state().lock;
    let form = PassphraseForm::new();
    let at_passphrase = Signal::derive(move || {
        form.at_fields().0.or_else(|| form.request.failure.get().map(|error| error.message))
    });
    view! {
        <p class="muted">
            "Keys, clients and open values were removed from memory, and the local vault is closed. An unsaved edit \
             is kept encrypted."
        </p>
        <form on:submit=submits(move || form.unlock(lock))>
            <SecretField
                label="Passphrase"
                value=form.passphrase
                error=at_passphrase
                required=true
                autofocus=true
            />
            <Button tone=Tone::Primary submit=true busy=form.request.busy>"Unlock"</Button>
        </form>
    }
}

#[component]
fn ByPress() -> impl IntoView {
    let state = use_state();
    let request = Request::new();
    let open = move || async move {
        request.act(state.lock.unlock(None)).await;
    };
    view! {
        <p class="muted" data-testid="lock-only-hides">
            "No passphrase is set, so this only hides the window: anyone at this computer can open it. To lock it \
             securely, set a passphrase in the settings."
        </p>
        {move || request.failure.get().map(|error| view! { <p class="field-error" role="alert">{error.message}</p> })}
        <form on:submit=submits(open)>
            <Button tone=Tone::Primary submit=true attr:autofocus=true>"Open Latchkey"</Button>
        </form>
    }
}
