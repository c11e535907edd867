//! *Add access key*: typed or pasted, tested, and kept in the OS keyring.

use latchkey_domain::{ConnectionId, Region};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::detour_note::DetourNote;
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::{SecretField, TextField};
use crate::parts::finding::Findings;
use crate::parts::pasted::pasted_text;
use crate::parts::region_select::RegionSelect;
use crate::parts::variant_ticks::VariantTicks;
use crate::state::access_key_form::AccessKeyForm;
use crate::state::{State, use_state};

const FIRST_REGION: &str = "us-east-1";

/// The dialog; open for as long as it is mounted.
#[component]
pub fn AddAccessKeyDialog() -> impl IntoView {
    let state = use_state();
    let region =
        state.session.scope.get_untracked().map_or_else(|| Region::from(FIRST_REGION), |scope| scope.region);
    let form = AccessKeyForm::new(&region);
    let close = move || {
        form.drop_typed();
        state.dialogs.close();
    };
    view! {
        <Dialog title="Add access key" on_close=close>
            <form
                data-testid="add-access-key"
                on:submit=move |event| {
                    event.prevent_default();
                    save(state, form);
                }
                on:paste=move |event| {
                    if form.paste(&pasted_text(&event)) {
                        event.prevent_default();
                    }
                }
            >
                <p class="muted">
                    "Paste a block of export AWS_... lines or a [profile] anywhere here and it fills the fields. The \
                     secret parts are kept in this computer's keyring and never come back into the window."
                </p>
                <Fields form />
                <DetourNote subject="Test" detours=Signal::derive(move || state.session.detours()) />
                {move || form.failure.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
                {move || form.test.report.get().map(|report| view! { <Findings report /> })}
                <footer class="dialog-actions">
                    <Button
                        busy=form.test.busy
                        on_press=move || spawn_local(form.test())
                        attr:data-testid="test-connection"
                    >
                        "Test"
                    </Button>
                    <Button on_press=close>"Cancel"</Button>
                    <Button tone=Tone::Primary submit=true busy=form.saving>"Save"</Button>
                </footer>
            </form>
        </Dialog>
    }
}

#[component]
fn Fields(form: AccessKeyForm) -> impl IntoView {
    let at = move |field: &'static str| Signal::derive(move || form.failure.at(field));
    view! {
        <TextField label="Name" value=form.name error=at("name") placeholder="ops" required=true autofocus=true />
        <TextField
            label="Access key ID"
            value=form.access_key_id
            error=at("access_key_id")
            placeholder="AKIA..."
            mono=true
            required=true
        />
        <SecretField
            label="Secret access key"
            value=form.secret_access_key
            error=at("secret_access_key")
            required=true
        />
        <SecretField
            label="Session token (optional)"
            value=form.session_token
            error=at("session_token")
            hint="Only temporary credentials have one."
        />
        <RegionSelect label="Region" value=form.region error=at("region") />
        <TextField
            label="Endpoint URL (optional)"
            value=form.endpoint_url
            error=at("endpoint_url")
            placeholder="https://secretsmanager.<region>.amazonaws.com"
            hint="Only for what is not AWS's own endpoint."
            mono=true
        />
        <VariantTicks fips=form.fips dual_stack=form.dual_stack />
    }
}

fn save(state: State, form: AccessKeyForm) {
    if form.saving.get_untracked() {
        return;
    }
    spawn_local(async move {
        let known: Vec<ConnectionId> = state.session.connection_ids();
        let name = form.name.get_untracked();
        let Some(connections) = form.save().await else { return };
        let added =
            connections.list.iter().map(|connection| &connection.id).find(|id| !known.contains(id)).cloned();
        state.session.receive(connections);
        if let Some(id) = added {
            state.choose_connection(id.clone());
        }
        state.toasts.done(format!("The connection {} is saved.", name.trim()));
        state.dialogs.close();
    });
}
