//! Asks for the code of an MFA device: instead of the catalog while the current connection needs it, or over the
//! dialog that needs it.

use leptos::prelude::*;

use crate::parts::{Button, ErrorPanel, FormDialog, Icon, PlainText, SecretField, Tone, lucide, submits};
use crate::state::code_form::CodeForm;
use crate::state::prerequisite::Prerequisite;
use crate::state::use_state;

const VERB: &str = "Assume the role";

/// Asks for the code that the device shows now. An open secret and what is typed in it stay beside it.
#[component]
pub fn MfaCodePane(
    /// The ARN or the serial number of the device.
    device: String,
) -> impl IntoView {
    let state = use_state();
    let name = move || state.session.connection.get().map(|connection| connection.name).unwrap_or_default();
    let form = CodeForm::new();
    let send = move || async move {
        if let Some(scope) = state.session.scope.get_untracked() {
            form.send(state.session, scope.connection).await;
        }
    };
    view! {
        <section class="passphrase" aria-labelledby="mfa-code-title" data-testid="mfa-code">
            <Icon icon=lucide::LuShieldCheck />
            <h1 id="mfa-code-title">"Type the code for " {move || view! { <PlainText text=name() /> }}</h1>
            <form on:submit=submits(send)>
                <CodeField form device />
                {move || form.request.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
                <div class="dialog-actions">
                    <Button tone=Tone::Primary submit=true busy=form.request.busy>{VERB}</Button>
                </div>
            </form>
        </section>
    }
}

/// The same, over a review or another dialog, which then continues.
#[component]
pub fn MfaCodeDialog() -> impl IntoView {
    let state = use_state();
    let close = move || state.dialogs.close();
    let Some(Prerequisite::Code { connection, name, device }) = untrack(|| state.prerequisite()) else {
        // It was entered elsewhere in the meantime.
        request_animation_frame(close);
        return ().into_any();
    };
    let form = CodeForm::new();
    // Ends with the dialog, so that another one stays open.
    let on_assumed = Callback::new(move |()| close());
    let send = move || {
        let connection = connection.clone();
        async move {
            if form.send(state.session, connection).await {
                on_assumed.try_run(());
            }
        }
    };
    view! {
        <FormDialog
            title=format!("Type the code for {name}")
            name="mfa-code-form"
            verb=VERB
            on_submit=send
            on_close=close
            failure=move || form.request.of_the_whole()
            attr:data-testid="mfa-code-dialog"
        >
            <CodeField form device />
        </FormDialog>
    }
    .into_any()
}

#[component]
fn CodeField(form: CodeForm, device: String) -> impl IntoView {
    view! {
        <p class="muted">"The MFA device " <code class="breakable">{device}</code> " shows it."</p>
        <SecretField
            label="MFA code"
            value=form.code
            error=Signal::derive(move || form.request.at("code"))
            hint="Six digits. The credentials obtained with it are kept in memory only."
            required=true
            autofocus=true
        />
    }
}
