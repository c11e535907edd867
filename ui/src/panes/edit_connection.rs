//! *Edit connection*: its name, appearance and guard.

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::{Colour, Emblem, Guard, names_production};
use leptos::prelude::*;

use crate::parts::dom::unique_id;
use crate::parts::{
    Button, Findings, FormDialog, Icon, Segments, Select, Switch, TextField, VariantTicks, colour_key,
    emblem_icon, lucide,
};
use crate::state::connection_form::ConnectionForm;
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

const EMBLEMS: [(Emblem, &str); 7] = [
    (Emblem::Building, "Building"),
    (Emblem::Cloud, "Cloud"),
    (Emblem::Database, "Database"),
    (Emblem::Flask, "Flask"),
    (Emblem::Globe, "Globe"),
    (Emblem::Rocket, "Rocket"),
    (Emblem::Shield, "Shield"),
];

/// The dialog; open for as long as it is mounted.
#[component]
pub fn EditConnectionDialog() -> impl IntoView {
    let state = use_state();
    let Some(connection) = state.dialogs.edited_connection(state.session) else { return ().into_any() };
    view! { <Form connection /> }.into_any()
}

#[component]
fn Form(connection: Connection) -> impl IntoView {
    let state = use_state();
    let title = format!("Edit {}", connection.name);
    let is_production = connection.marks.is_production;
    let account_names = [connection.account_name.clone(), connection.marks.account_alias.clone()];
    let form = ConnectionForm::new(state.session, connection);
    let close = move || state.dialogs.open(NamedDialog::Connections);
    let save = move || async move {
        if form.save().await {
            state.toasts.done("Saved the connection.");
            close();
        }
    };
    view! {
        <FormDialog
            title
            name="edit-connection"
            verb="Save the connection"
            on_submit=save
            on_close=close
            failure=move || form.request.of_the_whole()
            buttons=move || view! { <Button work=move || form.test()>"Test"</Button> }
        >
            <TextField
                label="Name"
                value=form.name
                hint="Leave blank to use the default name."
                error=Signal::derive(move || form.request.at("name"))
            />
            <GuardChoice form is_production account_names />
            <Switch
                label="Ask in a system dialog before a value is shown, copied or exported"
                on=form.reveal_asks
                on_change=move |on| form.reveal_asks.set(on)
            />
            <Switch
                label="Save values with a single PutSecretValue (for consumers triggered by that event)"
                on=form.saves_by_put
                on_change=move |on| form.saves_by_put.set(on)
            />
            <WriterChoice form />
            <EndpointChoice form />
            <OwnEndpoint form />
            <ColourChoice form />
            <EmblemChoice form />
            {move || form.test.report.get().map(|report| view! { <Findings report /> })}
        </FormDialog>
    }
}

#[component]
fn GuardChoice(
    form: ConnectionForm,
    is_production: bool,
    /// The account's name in IAM Identity Center, and its IAM alias.
    account_names: [Option<String>; 2],
) -> impl IntoView {
    let said = match account_names.into_iter().flatten().find(|name| names_production(name)) {
        Some(name) => {
            format!("The name of its account, {name}, suggests production, so Confirm is proposed.")
        }
        None => "Its name suggests production, so Confirm is proposed.".to_owned(),
    };
    let value = Signal::derive(move || match form.guard.get() {
        Guard::Free => "free",
        Guard::Confirm => "confirm",
        Guard::ReadOnly => "read_only",
    });
    let choose = move |key| {
        form.guard.set(match key {
            "read_only" => Guard::ReadOnly,
            "confirm" => Guard::Confirm,
            _ => Guard::Free,
        });
    };
    let words = move || match form.guard.get() {
        Guard::Free => "Changes are previewed, then applied.",
        Guard::Confirm => {
            "You type the secret's name before each change to a value, a staging label or a deletion."
        }
        Guard::ReadOnly => "No write requests are sent.",
    };
    view! {
        <div class="guard-choice">
            <Segments
                label="Guard"
                options=&[("free", "Unrestricted"), ("confirm", "Confirm"), ("read_only", "Read only")]
                value
                on_change=choose
            />
            <p class="field-note" data-testid="guard-words">{words}</p>
            {is_production
                .then(|| view! {
                    <p class="field-note">{said}</p>
                })}
            <Show when=move || form.is_looser()>
                <p class="banner banner-amber" role="status">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>"This is less strict than now. A system dialog asks before it is saved."</span>
                </p>
            </Show>
            <p class="field-note field-error" role="alert">{move || form.request.at("guard")}</p>
        </div>
    }
}

/// The connection that writes; nothing if no other connection can.
#[component]
fn WriterChoice(form: ConnectionForm) -> impl IntoView {
    let others = Memo::new(move |_| form.possible_writers());
    let options = Signal::derive(move || {
        let itself = (String::new(), "This connection".to_owned());
        std::iter::once(itself).chain(others.get()).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !others.with(Vec::is_empty)>
            <div class="guard-choice" data-testid="writes-through">
                <Select
                    label="Writes through"
                    options
                    value=form.writes_through
                    on_change=move |id| form.writes_through.set(id)
                />
                <p class="field-note">
                    "All reads use this connection. For each write, the credentials of another connection to the same \
                     account are fetched, used once and discarded; the stricter of the two guards applies."
                </p>
                <p class="field-note field-error" role="alert">{move || form.request.at("writes_through")}</p>
            </div>
        </Show>
    }
}

/// The variant of AWS's own endpoint; nothing if another endpoint is set.
#[component]
fn EndpointChoice(form: ConnectionForm) -> impl IntoView {
    form.has_variant().then(|| {
        view! {
            <div class="guard-choice" data-testid="endpoint-variant">
                <VariantTicks fips=form.fips dual_stack=form.dual_stack />
                <p class="field-note field-error" role="alert">{move || form.request.at("variant")}</p>
            </div>
        }
    })
}

/// The Secrets Manager endpoint of an assumed role.
#[component]
fn OwnEndpoint(form: ConnectionForm) -> impl IntoView {
    form.has_endpoint().then(|| {
        view! {
            <TextField
                label="Endpoint URL (optional)"
                value=form.endpoint_url
                error=Signal::derive(move || form.request.at("endpoint_url"))
                hint="For Secrets Manager only. Leave blank to use the endpoint of the base connection."
                mono=true
            />
        }
    })
}

#[component]
fn ColourChoice(form: ConnectionForm) -> impl IntoView {
    let group = unique_id("colour");
    let colours = std::iter::once(None).chain(Colour::ALL.map(Some)).map(|colour| {
        let key = colour_key(colour);
        view! {
            <label class=format!("choice mark-{key}") title=colour_words(colour)>
                <input
                    type="radio"
                    name=group.clone()
                    aria-label=colour_words(colour)
                    prop:checked=move || form.colour.get() == colour
                    on:change=move |_| form.colour.set(colour)
                />
                <span class="choice-colour" aria-hidden="true"></span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"Colour"</legend>
            <div class="choices-row">{colours.collect_view()}</div>
        </fieldset>
    }
}

fn colour_words(colour: Option<Colour>) -> &'static str {
    match colour {
        None => "Default colour",
        Some(Colour::Red) => "Red",
        Some(Colour::Amber) => "Amber",
        Some(Colour::Green) => "Green",
        Some(Colour::Blue) => "Blue",
        Some(Colour::Violet) => "Violet",
    }
}

#[component]
fn EmblemChoice(form: ConnectionForm) -> impl IntoView {
    let group = unique_id("icon");
    let own = std::iter::once((None, "Default icon", lucide::LuPlug));
    let emblems = EMBLEMS.map(|(emblem, words)| (Some(emblem), words, emblem_icon(emblem)));
    let choices = own.chain(emblems).map(|(emblem, words, icon)| {
        view! {
            <label class="choice" title=words>
                <input
                    type="radio"
                    name=group.clone()
                    aria-label=words
                    prop:checked=move || form.icon.get() == emblem
                    on:change=move |_| form.icon.set(emblem)
                />
                <Icon icon />
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"Icon"</legend>
            <div class="choices-row">{choices.collect_view()}</div>
        </fieldset>
    }
}
