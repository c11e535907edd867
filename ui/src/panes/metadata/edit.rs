//! The dialogs that change the metadata, and the one that deletes the secret.

use latchkey_domain::change::RECOVERY_DAYS;
use latchkey_domain::secret::Tag;
use leptos::prelude::*;

use crate::parts::{Button, FormDialog, NumberField, TagRow, TextArea, TextField, Tone, WriterNote, lucide};
use crate::state::metadata_form::MetadataEdit;
use crate::state::use_state;

/// The dialog of one change; open for as long as it is mounted.
#[component]
pub fn MetadataDialog(edit: MetadataEdit) -> impl IntoView {
    let state = use_state();
    let metadata_form = state.metadata_form;
    let name = state.detail.secret.get_untracked().map(|secret| secret.summary.name).unwrap_or_default();
    let (title, verb) = match edit {
        MetadataEdit::Description => (format!("Description of {name}"), "Save"),
        MetadataEdit::KmsKey => (format!("Encryption key of {name}"), "Save"),
        MetadataEdit::Tags => (format!("Tags of {name}"), "Save"),
        MetadataEdit::Deletion => (format!("Delete {name}?"), "Continue"),
    };
    let body = match edit {
        MetadataEdit::Description => view! {
            <TextArea label="Description" value=metadata_form.text error=Signal::derive(move || metadata_form.request.at("description")) />
        }
        .into_any(),
        MetadataEdit::KmsKey => view! {
            <TextField
                label="Encryption key"
                value=metadata_form.text
                mono=true
                placeholder="aws/secretsmanager"
                hint="The ID, ARN or alias of a customer managed key. Leave blank for aws/secretsmanager. Consumers \
                      need kms:Decrypt on it. AWS re-encrypts the labeled versions if you have permission to use \
                      both keys; no new version is created."
                error=Signal::derive(move || metadata_form.request.at("kms_key_id"))
            />
        }
        .into_any(),
        MetadataEdit::Tags => view! { <TagRows /> }.into_any(),
        MetadataEdit::Deletion => view! { <Deletion /> }.into_any(),
    };
    view! {
        <FormDialog
            title
            name="metadata-form"
            verb
            on_submit=move || metadata_form.save()
            on_close=move || metadata_form.leave()
            failure=move || metadata_form.request.of_the_whole()
        >
            {body}
            <WriterNote through=Signal::derive(move || state.session.writes_through()) />
        </FormDialog>
    }
}

#[component]
fn TagRows() -> impl IntoView {
    let metadata_form = use_state().metadata_form;
    let add = move || metadata_form.add_tag(Tag { key: String::new(), value: String::new() });
    view! {
        <div class="form-rows" role="group" aria-label="Tags">
            <For each=move || metadata_form.tags.get() key=|row| row.id let:row>
                {if row.key.with_untracked(|key| key.starts_with("aws:")) {
                    view! {
                        <div class="form-row" data-testid="tag-row">
                            <code>{row.key.get_untracked()}</code>
                            <code>{row.value.get_untracked()}</code>
                        </div>
                    }
                    .into_any()
                } else {
                    view! {
                        <TagRow tag_key=row.key value=row.value on_remove=move || metadata_form.remove_tag(row.id) />
                    }
                    .into_any()
                }}
            </For>
            <p class="field-note field-error" role="alert">{move || metadata_form.request.at("tags")}</p>
            <Button tone=Tone::Quiet icon=lucide::LuPlus on_press=add attr:data-testid="add-tag">"Add tag"</Button>
        </div>
    }
}

#[component]
fn Deletion() -> impl IntoView {
    let state = use_state();
    let metadata_form = state.metadata_form;
    let secret = state.detail.secret.get_untracked();
    let replicas: Vec<String> = secret
        .iter()
        .flat_map(|secret| secret.replicas.iter().map(|replica| replica.region.clone()))
        .collect();
    view! {
        <p>
            "The value becomes unreadable immediately; applications that read it will fail. Until the recovery window \
             ends, the secret can be restored with all its versions. After that it is permanently deleted."
        </p>
        {(!replicas.is_empty())
            .then(|| view! {
                <p class="banner banner-amber" data-testid="deletion-replicas">
                    "It has replicas in " {replicas.join(", ")}
                    ". AWS deletes a secret only after its replicas are removed."
                </p>
            })}
        <NumberField
            label="Recovery window"
            value=metadata_form.recovery_days
            on_change=move |days| metadata_form.recovery_days.set(days)
            min=RECOVERY_DAYS.0
            max=RECOVERY_DAYS.1
            unit="days"
        />
        <p class="field-note field-error" role="alert">{move || metadata_form.request.at("recovery_days")}</p>
    }
}
