//! What stands in the window while Latchkey is locked.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::field::SecretField;
use crate::parts::icon::{Icon, lucide};
use crate::state::passphrase_form::PassphraseForm;
use crate::state::use_state;

/// The way back in: by the passphrase, or by a press where none is set.
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
    let at_passphrase =
        Signal::derive(move || form.at_fields().0.or_else(|| form.failure.get().map(|error| error.message)));
    view! {
        <p class="muted">
            "Keys, clients and opened values were dropped, and the local vault is closed."
        </p>
        <form
            on:submit=move |event| {
                event.prevent_default();
                if !form.opening.get_untracked() {
                    spawn_local(form.unlock(lock));
                }
            }
        >
            <SecretField
                label="Passphrase"
                value=form.passphrase
                error=at_passphrase
                required=true
                autofocus=true
            />
            <Button tone=Tone::Primary submit=true busy=form.opening>"Unlock"</Button>
        </form>
    }
}

#[component]
fn ByPress() -> impl IntoView {
    let state = use_state();
    let failure = RwSignal::new(None);
    let open = move || {
        spawn_local(async move {
            if let Err(error) = state.lock.unlock(None).await {
                failure.try_set(Some(error.message));
            }
        });
    };
    view! {
        <p class="muted" data-testid="lock-only-hides">
            "No passphrase is set, so this only hides what was shown: whoever sits here can open it. To lock for real, set \
             a passphrase in the settings."
        </p>
        {move || failure.get().map(|message| view! { <p class="field-error" role="alert">{message}</p> })}
        <form
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <Button tone=Tone::Primary submit=true attr:autofocus=true>"Open Latchkey"</Button>
        </form>
    }
}
