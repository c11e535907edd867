//! *Add access key*: typed or pasted, tested, and kept in the OS keyring.

use latchkey_domain::scope::KNOWN_REGIONS;
use latchkey_domain::{ConnectionId, Region};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::{SecretField, TextField};
use crate::parts::finding::Findings;
use crate::parts::pasted::pasted_text;
use crate::parts::select::Select;
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
        state.sheets.close();
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
                    "Paste a block of export AWS_... lines anywhere here and it fills the fields. The secret parts \
                     are kept in this computer's keyring and never come back into the window."
                </p>
                <Fields form />
                {move || form.failure.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
                {move || form.report.get().map(|report| view! { <Findings report /> })}
                <footer class="dialog-actions">
                    <Button
                        busy=form.testing
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
    let regions = Signal::derive(move || region_options(&form.region.get()));
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
        <div>
            <Select
                label="Region"
                options=regions
                value=form.region
                on_change=move |region| form.region.set(region)
            />
            <p class="field-note field-error" role="alert">{move || form.failure.at("region")}</p>
        </div>
        <TextField
            label="Endpoint URL (optional)"
            value=form.endpoint_url
            error=at("endpoint_url")
            placeholder="https://secretsmanager.<region>.amazonaws.com"
            hint="Only for what is not AWS's own endpoint."
            mono=true
        />
    }
}

/// The Regions that are known, and the chosen one if it is none of them.
fn region_options(chosen: &str) -> Vec<(String, String)> {
    let known = KNOWN_REGIONS
        .iter()
        .map(|region| (region.code.to_owned(), format!("{} · {}", region.code, region.name)));
    let is_known = KNOWN_REGIONS.iter().any(|region| region.code == chosen);
    let unknown = (!is_known).then(|| (chosen.to_owned(), chosen.to_owned()));
    unknown.into_iter().chain(known).collect()
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
            state.session.choose_connection(&id);
        }
        state.toasts.done(format!("The connection {} is saved.", name.trim()));
        state.sheets.close();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_not_in_the_table_can_be_kept() {
        let options = region_options("local-test-1");
        assert_eq!(options[0].0, "local-test-1", "an own endpoint may have its own Region");
        assert_eq!(region_options("us-east-1").len(), KNOWN_REGIONS.len(), "a known one is there once");
    }
}
