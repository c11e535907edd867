//! The rows of a new secret: keys with masked values, and tags.

use leptos::prelude::*;

use crate::parts::button::{Button, IconButton, Tone};
use crate::parts::field::SecretField;
use crate::parts::icon::lucide;
use crate::parts::row_input::RowInput;
use crate::state::secret_form::{FormRow, SecretForm};

/// The keys and values of a JSON object.
#[component]
pub fn FieldRows(form: SecretForm) -> impl IntoView {
    view! {
        <div class="form-rows" role="group" aria-label="Keys and values">
            <For each=move || form.fields.get() key=|row| row.id let:row>
                <FieldRow form row />
            </For>
            <Button
                tone=Tone::Quiet
                icon=lucide::LuPlus
                on_press=move || form.add_row(form.fields)
                attr:data-testid="add-field"
            >
                "Add key"
            </Button>
        </div>
    }
}

#[component]
fn FieldRow(form: SecretForm, row: FormRow) -> impl IntoView {
    let FormRow { id, key, value } = row;
    view! {
        <div class="form-row" data-testid="field-row">
            <RowInput label="Key" value=RwSignal::from(key) placeholder="Key" focused=id != SecretForm::FIRST_ROW />
            <SecretField label="Value" value=RwSignal::from(value) bare=true />
            <IconButton
                label="Take this key away"
                icon=lucide::LuTrash2
                on_press=move || form.remove_row(form.fields, id)
            />
        </div>
    }
}

/// The tags.
#[component]
pub fn TagRows(form: SecretForm) -> impl IntoView {
    view! {
        <div class="form-rows" role="group" aria-label="Tags">
            <h3>"Tags"</h3>
            <For each=move || form.tags.get() key=|row| row.id let:row>
                <TagRow form row />
            </For>
            <p class="field-note field-error" role="alert">{move || form.failure.at("tags")}</p>
            <Button
                tone=Tone::Quiet
                icon=lucide::LuPlus
                on_press=move || form.add_row(form.tags)
                attr:data-testid="add-tag"
            >
                "Add tag"
            </Button>
        </div>
    }
}

#[component]
fn TagRow(form: SecretForm, row: FormRow) -> impl IntoView {
    let FormRow { id, key, value } = row;
    view! {
        <div class="form-row" data-testid="tag-row">
            <RowInput label="Tag key" value=RwSignal::from(key) placeholder="Key" focused=true />
            <RowInput label="Tag value" value=RwSignal::from(value) placeholder="Value" />
            <IconButton
                label="Take this tag away"
                icon=lucide::LuTrash2
                on_press=move || form.remove_row(form.tags, id)
            />
        </div>
    }
}
