//! *Create secret*: name, value, description, key and tags. Nothing typed is lost before the secret exists.

mod rows;

use latchkey_domain::name::{check_name, name_warning};
use latchkey_domain::text::bytes_of;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::rows::{FieldRows, TagRows};
use crate::parts::button::{Button, Tone};
use crate::parts::dialog::Dialog;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::field::{TextArea, TextField};
use crate::parts::segments::Segments;
use crate::state::secret_form::{MAX_VALUE_BYTES, SecretForm, ValueInput};
use crate::state::{State, use_state};

const FIELDS: &str = "fields";
const TEXT: &str = "text";

/// The dialog; open for as long as it is mounted.
#[component]
pub fn CreateSecretDialog() -> impl IntoView {
    let state = use_state();
    let form = SecretForm::new();
    let asks_to_discard = RwSignal::new(false);
    let leave = move || {
        form.drop_typed();
        state.sheets.close();
    };
    let close = move || {
        if form.holds_anything() { asks_to_discard.set(true) } else { leave() }
    };
    view! {
        <Dialog title="Create secret" wide=true on_close=close>
            <form
                class="create-secret"
                data-testid="create-secret"
                on:submit=move |event| {
                    event.prevent_default();
                    submit(state, form);
                }
            >
                <NameField form />
                <TextField
                    label="Description (optional)"
                    value=form.description
                    error=Signal::derive(move || form.failure.at("description"))
                />
                <ValueFields form />
                <TagRows form />
                <TextField
                    label="Encryption key (optional)"
                    value=form.kms_key_id
                    mono=true
                    placeholder="aws/secretsmanager"
                    hint="The id, ARN or alias of a customer managed key. Readers then need kms:Decrypt on it."
                    error=Signal::derive(move || form.failure.at("kms_key_id"))
                />
                {move || form.failure.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
                <Show
                    when=move || asks_to_discard.get()
                    fallback=move || view! {
                        <footer class="dialog-actions">
                            <Button on_press=close>"Cancel"</Button>
                            <Button tone=Tone::Primary submit=true busy=form.saving>"Create secret"</Button>
                        </footer>
                    }
                >
                    <footer class="dialog-actions" role="alert">
                        <span class="dialog-question">"Discard what you have typed?"</span>
                        <Button on_press=move || asks_to_discard.set(false)>"Keep writing"</Button>
                        <Button tone=Tone::Danger on_press=leave>"Discard"</Button>
                    </footer>
                </Show>
            </form>
        </Dialog>
    }
}

fn submit(state: State, form: SecretForm) {
    let Some(scope) = state.session.scope.get_untracked() else { return };
    if form.saving.get_untracked() {
        return;
    }
    spawn_local(async move {
        if let Some(detail) = form.create(scope.clone()).await {
            state.toasts.done(format!("{} is created.", detail.summary.name));
            state.sheets.close();
            state.detail.show(scope, detail);
            state.catalog.ask();
        }
    });
}

#[component]
fn NameField(form: SecretForm) -> impl IntoView {
    let problem = Signal::derive(move || {
        let typed = form.name.get();
        let local =
            if typed.is_empty() { None } else { check_name(&typed).err().map(|problem| problem.to_string()) };
        local.or_else(|| form.failure.at("name"))
    });
    let warning =
        move || form.name.with(|name| if check_name(name).is_ok() { name_warning(name) } else { None });
    view! {
        <div class="create-secret-name">
            <TextField
                label="Name"
                value=form.name
                error=problem
                placeholder="prod/payments/db"
                mono=true
                required=true
                autofocus=true
            />
            {move || warning().map(|text| view! { <p class="field-note field-warning">{text}</p> })}
        </div>
    }
}

#[component]
fn ValueFields(form: SecretForm) -> impl IntoView {
    let input = Signal::derive(move || match form.input.get() {
        ValueInput::Fields => FIELDS,
        ValueInput::Text => TEXT,
    });
    let choose =
        move |chosen| form.input.set(if chosen == TEXT { ValueInput::Text } else { ValueInput::Fields });
    let size = Memo::new(move |_| form.size_bytes());
    let problem = Signal::derive(move || form.failure.at("value"));
    view! {
        <div class="create-secret-value">
            <Segments
                label="Value"
                options=&[(FIELDS, "Keys and values"), (TEXT, "Plain text")]
                value=input
                on_change=choose
            />
            <Show
                when=move || form.input.get() == ValueInput::Fields
                fallback=move || view! { <TextArea label="Text" value=form.text rows=6 mono=true error=problem /> }
            >
                <FieldRows form />
                <p class="field-note field-error" role="alert">{move || problem.get()}</p>
            </Show>
            <p
                class="field-note"
                class:field-error=move || { size.get() > MAX_VALUE_BYTES }
                data-testid="value-size"
            >
                {move || bytes_of(size.get(), MAX_VALUE_BYTES)}
            </p>
        </div>
    }
}
