//! What stands in the place of the catalog while a connection waits for the code of an MFA device.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::SecretField;
use crate::parts::icon::{Icon, lucide};
use crate::parts::plain_text::PlainText;
use crate::state::code_form::CodeForm;
use crate::state::use_state;

/// Asks for the code that the device shows now. An open secret and what is typed in it stay beside it.
#[component]
pub fn MfaCodePane(
    /// The ARN or the serial number of the device.
    device: String,
) -> impl IntoView {
    let state = use_state();
    let form = CodeForm::new();
    let name = move || state.session.connection.get().map(|connection| connection.name).unwrap_or_default();
    let send = move || {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        spawn_local(form.send(state.session, scope.connection));
    };
    view! {
        <section class="passphrase" aria-labelledby="mfa-code-title" data-testid="mfa-code">
            <Icon icon=lucide::LuShieldCheck />
            <h1 id="mfa-code-title">"Type the code for " {move || view! { <PlainText text=name() /> }}</h1>
            <p class="muted">"The MFA device " <code class="breakable">{device}</code> " shows it."</p>
            <form
                on:submit=move |event| {
                    event.prevent_default();
                    if !form.sending.get_untracked() {
                        send();
                    }
                }
            >
                <SecretField
                    label="MFA code"
                    value=form.code
                    error=Signal::derive(move || form.failure.at("code"))
                    hint="Six digits. The credentials that it gives stay in memory only."
                    required=true
                    autofocus=true
                />
                {move || form.failure.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
                <Button tone=Tone::Primary submit=true busy=form.sending>"Assume the role"</Button>
            </form>
        </section>
    }
}
