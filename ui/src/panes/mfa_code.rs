//! Asks for the code of an MFA device: in the place of the catalog while the connection in view waits for it, or over
//! the question that cannot go on without it.

use latchkey_domain::ConnectionId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::SecretField;
use crate::parts::icon::{Icon, lucide};
use crate::parts::plain_text::PlainText;
use crate::state::code_form::CodeForm;
use crate::state::prerequisite::Prerequisite;
use crate::state::use_state;

/// Asks for the code that the device shows now. An open secret and what is typed in it stay beside it.
#[component]
pub fn MfaCodePane(
    /// The ARN or the serial number of the device.
    device: String,
) -> impl IntoView {
    let state = use_state();
    let name = move || state.session.connection.get().map(|connection| connection.name).unwrap_or_default();
    let connection = Signal::derive(move || state.session.scope.get().map(|scope| scope.connection));
    view! {
        <section class="passphrase" aria-labelledby="mfa-code-title" data-testid="mfa-code">
            <Icon icon=lucide::LuShieldCheck />
            <h1 id="mfa-code-title">"Type the code for " {move || view! { <PlainText text=name() /> }}</h1>
            <CodeFields device connection on_assumed=|()| () />
        </section>
    }
}

/// The same, over a review or another dialog; what stands below goes on where it was.
#[component]
pub fn MfaCodeDialog() -> impl IntoView {
    let state = use_state();
    let close = move || state.dialogs.close();
    let Some(Prerequisite::Code { connection, name, device }) = untrack(|| state.missing()) else {
        // It was given elsewhere meanwhile.
        request_animation_frame(close);
        return ().into_any();
    };
    view! {
        <Dialog title=format!("Type the code for {name}") on_close=close attr:data-testid="mfa-code-dialog">
            <CodeFields device connection=Signal::stored(Some(connection)) on_assumed=move |()| close()>
                <Button on_press=close>"Cancel"</Button>
            </CodeFields>
        </Dialog>
    }
    .into_any()
}

#[component]
fn CodeFields(
    device: String,
    connection: Signal<Option<ConnectionId>>,
    #[prop(into)] on_assumed: Callback<()>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let state = use_state();
    let form = CodeForm::new();
    let send = move || {
        let Some(connection) = connection.get_untracked() else { return };
        spawn_local(async move {
            if form.send(state.session, connection).await {
                on_assumed.try_run(());
            }
        });
    };
    view! {
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
            <div class="dialog-actions">
                {children.map(|children| children())}
                <Button tone=Tone::Primary submit=true busy=form.sending>"Assume the role"</Button>
            </div>
        </form>
    }
}
