//! *Assume a role*: a connection that another one opens, with an MFA device where the role asks for it.

use latchkey_domain::Region;
use latchkey_domain::scope::KNOWN_REGIONS;
use leptos::prelude::*;

use crate::parts::{Button, Dialog, Findings, FormDialog, Select, TextField};
use crate::state::role_form::RoleForm;
use crate::state::use_state;

const FIRST_REGION: &str = "us-east-1";

/// The dialog; open for as long as it is mounted.
#[component]
pub fn AddRoleDialog() -> impl IntoView {
    let state = use_state();
    let bases = untrack(|| state.session.possible_bases());
    let scope = state.session.scope.get_untracked();
    let in_view = scope.as_ref().map(|scope| scope.connection.0.clone()).unwrap_or_default();
    let base = bases.iter().find(|(id, _)| *id == in_view).or(bases.first());
    let region = scope.map_or_else(|| Region::from(FIRST_REGION), |scope| scope.region);
    let form = RoleForm::new(base.map(|(id, _)| id.as_str()).unwrap_or_default(), &region);
    let close = move || state.dialogs.close();
    if bases.is_empty() {
        return view! {
            <Dialog title="Assume a role" on_close=close>
                <p role="alert">
                    "A role is assumed through another connection. Add an access key, a profile or an IAM Identity \
                     Center role first."
                </p>
                <footer class="dialog-actions">
                    <Button on_press=close>"Cancel"</Button>
                </footer>
            </Dialog>
        }
        .into_any();
    }
    let save = move || async move {
        let name = form.name.get_untracked();
        if state.add_connections(form.save()).await.is_some() {
            state.toasts.done(format!("Saved connection {}.", name.trim()));
        }
    };
    view! {
        <FormDialog
            title="Assume a role"
            name="add-role"
            verb="Save"
            on_submit=save
            on_close=close
            failure=move || form.request.of_the_whole()
            buttons=move || view! { <Button work=move || form.test()>"Test"</Button> }
        >
            <p class="muted">
                "The role's credentials are kept in memory only and are renewed before they expire."
            </p>
            <Fields form bases />
            {move || form.test.report.get().map(|report| view! { <Findings report /> })}
        </FormDialog>
    }
    .into_any()
}

#[component]
fn Fields(form: RoleForm, bases: Vec<(String, String)>) -> impl IntoView {
    let at = move |field: &'static str| Signal::derive(move || form.request.at(field));
    let regions: Vec<(String, String)> = KNOWN_REGIONS
        .iter()
        .map(|region| (region.code.to_owned(), format!("{} · {}", region.code, region.name)))
        .collect();
    view! {
        <TextField label="Name" value=form.name error=at("name") placeholder="admin" required=true autofocus=true />
        <TextField
            label="Role ARN"
            value=form.role_arn
            error=at("role_arn")
            placeholder="arn:aws:iam::123456789012:role/admin"
            mono=true
            required=true
        />
        <Choice label="Assumed by" options=bases value=form.base error=at("base") />
        <TextField
            label="MFA device (optional)"
            value=form.mfa_serial
            error=at("mfa_serial")
            placeholder="arn:aws:iam::123456789012:mfa/ana"
            hint="Its ARN or serial number. You will be prompted for the code when the role is assumed."
            mono=true
        />
        <TextField
            label="External ID (optional)"
            value=form.external_id
            error=at("external_id")
            hint="Only if the role's trust policy requires one."
            mono=true
        />
        <TextField
            label="Session name (optional)"
            value=form.session_name
            error=at("session_name")
            placeholder="latchkey"
            hint="CloudTrail shows it next to the role."
            mono=true
        />
        <TextField
            label="Duration in minutes (optional)"
            value=form.duration_minutes
            error=at("duration_minutes")
            placeholder="60"
        />
        <Choice label="Region" options=regions value=form.region error=at("region") />
        <TextField
            label="Endpoint URL (optional)"
            value=form.endpoint_url
            error=at("endpoint_url")
            placeholder="https://secretsmanager.<region>.amazonaws.com"
            hint="For Secrets Manager only. Leave blank to use the endpoint of the base connection."
            mono=true
        />
    }
}

#[component]
fn Choice(
    label: &'static str,
    options: Vec<(String, String)>,
    value: RwSignal<String>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div>
            <Select label options=Signal::stored(options) value on_change=move |chosen| value.set(chosen) />
            <p class="field-note field-error" role="alert">{error}</p>
        </div>
    }
}
