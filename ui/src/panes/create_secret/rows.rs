//! The rows of a new secret: keys with masked values, and tags.

use latchkey_domain::document::JsonKind;
use leptos::prelude::*;

use crate::parts::{
    Button, Icon, IconButton, LongRows, Menu, MenuItem, RowInput, SecretField, TagRow, Tone, lucide,
};
use crate::state::secret_form::{FormRow, SecretForm};
use crate::state::use_state;

/// The height of a row without a hint, including the space below it, in CSS pixels.
const ROW_HEIGHT: u32 = 40;

/// The keys and values of a JSON object.
#[component]
pub fn FieldRows(form: SecretForm) -> impl IntoView {
    let ids = Memo::new(move |_| form.fields.with(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>()));
    let row = move |id: usize| {
        let row = form.fields.with_untracked(|rows| rows.iter().find(|row| row.id == id).cloned());
        row.map(|row| view! { <FieldRow form row /> }).into_any()
    };
    // An added row is last and takes the focus.
    let reached = Signal::derive(move || ids.with(|ids| ids.last().copied()));
    view! {
        <div class="form-rows" role="group" aria-label="Keys and values">
            <LongRows class="form-fields" ids row row_height=ROW_HEIGHT reached />
            <Button
                tone=Tone::Quiet
                icon=lucide::LuPlus
                on_press=move || form.add_row(form.fields)
                attr:data-testid="add-field"
            >
                "Add key"
            </Button>
            <FurtherKeys form />
        </div>
    }
}

/// The keys that the template knows and that are not laid out.
#[component]
fn FurtherKeys(form: SecretForm) -> impl IntoView {
    let items = Signal::derive(move || {
        let further = form.further_keys().into_iter();
        further
            .map(|(key, hint)| MenuItem::new(format!("{key}: {hint}"), move || form.add_key(key)))
            .collect()
    });
    view! {
        <Show when=move || items.with(|items: &Vec<MenuItem>| !items.is_empty())>
            <Menu label="More template keys" class="button button-quiet" items>
                <Icon icon=lucide::LuPlus />
                <span>"More template keys"</span>
            </Menu>
        </Show>
    }
}

#[component]
fn FieldRow(form: SecretForm, row: FormRow) -> impl IntoView {
    let focused = row.take_focus();
    let FormRow { id, key, value, kind, hint, is_required, .. } = row;
    let state = use_state();
    let value = RwSignal::from(value);
    let note = match (hint, is_required, kind) {
        ("", ..) => None,
        (hint, true, JsonKind::String) => Some(format!("{hint}. Rotation needs it.")),
        (hint, _, JsonKind::String) => Some(format!("{hint}.")),
        (hint, true, kind) => Some(format!("{hint} ({}). Rotation needs it.", kind.word())),
        (hint, false, kind) => Some(format!("{hint} ({}).", kind.word())),
    };
    let generate = move || {
        state.password_maker.open(untrack(|| form.structure()), move |password| value.set(password));
    };
    view! {
        <div class="form-row form-row-generated" role="listitem" data-testid="field-row">
            <RowInput label="Key" value=RwSignal::from(key) placeholder="Key" focused />
            <div>
                <SecretField label="Value" value bare=true />
                {note.map(|note| view! { <p class="field-note">{note}</p> })}
            </div>
            <IconButton label="Generate a password" icon=lucide::LuDices on_press=generate />
            <IconButton
                label="Remove this key"
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
                <TagRow
                    focused=row.take_focus()
                    tag_key=row.key
                    value=row.value
                    on_remove=move || form.remove_row(form.tags, row.id)
                />
            </For>
            <p class="field-note field-error" role="alert">{move || form.request.at("tags")}</p>
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
