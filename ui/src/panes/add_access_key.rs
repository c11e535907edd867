//! *Add access key*: typed or pasted, tested, and kept in the OS keyring.

use latchkey_domain::Region;
use leptos::prelude::*;

use crate::parts::{
    Button, DetourNote, Findings, FormDialog, RegionSelect, SecretField, TextField, VariantTicks, pasted_text,
};
use crate::state::access_key_form::AccessKeyForm;
use crate::state::use_state;

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
    let save = move || async move {
        let name = form.name.get_untracked();
        if state.add_connections(form.save()).await.is_some() {
            state.toasts.done(format!("Saved connection {}.", name.trim()));
        }
    };
    let test = move || {
        view! { <Button work=move || form.test() attr:data-testid="test-connection">"Test"</Button> }
    };
    view! {
        <FormDialog
            title="Add access key"
            name="add-access-key"
            verb="Save"
            on_submit=save
            on_close=close
            failure=move || form.request.of_the_whole()
            buttons=test
            on:paste=move |event| {
                if form.paste(&pasted_text(&event)) {
                    event.prevent_default();
                }
            }
        >
            <p class="muted">
                "Paste export AWS_... lines or a [profile] block anywhere here to fill in the fields. Secrets are \
                 kept in this computer's keyring and are never sent back to the window."
            </p>
            <Fields form />
            <DetourNote subject="Test" detours=Signal::derive(move || state.session.detours()) />
            {move || form.test.report.get().map(|report| view! { <Findings report /> })}
        </FormDialog>
    }
}

#[component]
fn Fields(form: AccessKeyForm) -> impl IntoView {
    let at = move |field: &'static str| Signal::derive(move || form.request.at(field));
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
            hint="Leave blank for AWS."
            mono=true
        />
        <VariantTicks fips=form.fips dual_stack=form.dual_stack />
    }
}
