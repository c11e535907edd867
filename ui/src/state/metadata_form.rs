//! Changes to the open secret other than its value: description, key, tags, deletion, restore.

use latchkey_domain::change::{Change, RECOVERY_DAYS};
use latchkey_domain::secret::{SecretDetail, Tag};
use leptos::prelude::*;

use super::change_review::{ChangeReview, Review};
use super::detail::Detail;
use super::request::Request;
use super::toasts::Toasts;

/// What the open dialog is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataEdit {
    Description,
    KmsKey,
    Tags,
    Deletion,
}

/// The members of the requests that have a field.
const FIELDS: [&str; 4] = ["description", "kms_key_id", "tags", "recovery_days"];

/// A tag while it is typed; `id` tells the rows apart.
#[derive(Debug, Clone)]
pub struct TagRow {
    pub id: usize,
    pub key: RwSignal<String>,
    pub value: RwSignal<String>,
}

/// One change at a time.
#[derive(Clone, Copy)]
pub struct MetadataForm {
    detail: Detail,
    changes: ChangeReview,
    toasts: Toasts,
    pub open: RwSignal<Option<MetadataEdit>>,
    /// The description or the key.
    pub text: RwSignal<String>,
    pub tags: RwSignal<Vec<TagRow>>,
    pub recovery_days: RwSignal<u32>,
    pub request: Request,
    next_row: StoredValue<usize>,
    /// The secret as the change was begun.
    seen: StoredValue<Option<SecretDetail>>,
}

impl MetadataForm {
    pub fn new(detail: Detail, changes: ChangeReview, toasts: Toasts) -> Self {
        Self {
            detail,
            changes,
            toasts,
            open: RwSignal::default(),
            text: RwSignal::default(),
            tags: RwSignal::default(),
            recovery_days: RwSignal::default(),
            request: Request::of_form(&FIELDS),
            next_row: StoredValue::new(0),
            seen: StoredValue::default(),
        }
    }

    /// Begins a change from what the secret has.
    pub fn edit(self, edit: MetadataEdit) {
        let Some(secret) = self.detail.secret.get_untracked() else { return };
        let summary = secret.summary.clone();
        self.seen.set_value(Some(secret));
        self.request.clear();
        self.recovery_days.set(RECOVERY_DAYS.1);
        self.text.set(match edit {
            MetadataEdit::Description => summary.description.unwrap_or_default(),
            MetadataEdit::KmsKey => summary.kms_key_id.unwrap_or_default(),
            MetadataEdit::Tags | MetadataEdit::Deletion => String::new(),
        });
        self.tags.set(Vec::new());
        summary.tags.into_iter().for_each(|tag| self.add_tag(tag));
        self.open.set(Some(edit));
    }

    pub fn add_tag(self, tag: Tag) {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        let row = TagRow { id, key: RwSignal::new(tag.key), value: RwSignal::new(tag.value) };
        self.tags.update(|tags| tags.push(row));
    }

    pub fn remove_tag(self, id: usize) {
        self.tags.update(|tags| tags.retain(|row| row.id != id));
    }

    /// Leaves everything as it is, unless it is being sent.
    pub fn leave(self) {
        if !self.changes.request.is_busy() {
            self.open.set(None);
        }
    }

    /// Plans the open change, and applies it at once or opens its review. On failure everything typed stays.
    pub async fn save(self) {
        let (Some(edit), Some(target)) = (self.open.get_untracked(), self.detail.target_untracked()) else {
            return;
        };
        let text = self.text.get_untracked();
        let change = match edit {
            MetadataEdit::Description => Change::Description { description: text },
            MetadataEdit::KmsKey => Change::KmsKey { kms_key_id: text },
            MetadataEdit::Tags => Change::Tags { tags: self.typed_tags() },
            MetadataEdit::Deletion => Change::Delete { recovery_days: self.recovery_days.get_untracked() },
        };
        let on_applied = Callback::new(move |()| self.open.set(None));
        let seen = self.seen.get_value();
        let proposed = self.changes.propose(target, change, seen.as_ref(), Review::WhereDue, on_applied);
        self.request.act(proposed).await;
    }

    /// Cancels the scheduled deletion.
    pub async fn restore(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let (on_applied, seen) = (Callback::new(|()| ()), self.detail.secret.get_untracked());
        let proposed =
            self.changes.propose(target, Change::Restore, seen.as_ref(), Review::WhereDue, on_applied);
        if let Err(failure) = proposed.await {
            self.toasts.failed(&failure);
        }
    }

    fn typed_tags(self) -> Vec<Tag> {
        let typed = |row: &TagRow| Tag { key: row.key.get_untracked(), value: row.value.get_untracked() };
        let rows = self.tags.with_untracked(|rows| rows.iter().map(typed).collect::<Vec<_>>());
        rows.into_iter().filter(|tag| !tag.key.is_empty() || !tag.value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use chrono::DateTime;
    use latchkey_domain::settings::Settings;
    use latchkey_domain::{ApiError, ConnectionId, Region, Scope};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ipc::host;
    use crate::state::testing::{change_review, in_window};

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf";

    fn secret(tags: Json) -> Json {
        json!({
            "summary": { "arn": ARN, "name": "prod/db", "description": "Old", "tags": tags },
            "version_map": {}, "replicas": [],
            "versions": [{ "version_id": "v1", "stages": ["AWSCURRENT"], "kms_key_ids": ["fake-key"] }],
        })
    }

    /// What was asked of the engine, in order.
    type Sent = Rc<RefCell<Vec<(String, Json)>>>;

    fn form() -> (MetadataForm, Sent) {
        let sent = Sent::default();
        let log = sent.clone();
        host::answer_with(move |name, arguments| {
            let arguments: Json = serde_json::from_str(arguments).expect("JSON");
            log.borrow_mut().push((name.to_owned(), arguments["request"].clone()));
            let answer = match name {
                "plan_changes" => json!({
                    "plan_id": "fake-plan", "must_type": null, "is_quiet": true, "writes_through": null,
                    "journal_in_memory": false,
                    "items": [{
                        "secret_id": ARN, "name": "prod/db",
                        "planned": {
                            "planned": "change", "changed_since": false, "change": { "kind": "restore" },
                            "before": { "part": "deletion", "is_scheduled": true },
                            "after": { "part": "deletion", "is_scheduled": false },
                        },
                    }],
                }),
                _ => json!({
                    "plan_id": "fake-plan",
                    "items": [{
                        "secret_id": ARN, "name": "prod/db", "outcome": { "outcome": "done" }, "entry_id": "fake-entry",
                        "detail": secret(json!([])),
                    }],
                }),
            };
            async move { Ok(answer.to_string()) }
        });
        let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
        let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
        let known = secret(json!([{ "key": "team", "value": "a" }]));
        detail.show(scope, serde_json::from_value(known).expect("a secret"));
        let toasts = Toasts::new();
        (MetadataForm::new(detail, change_review(detail, toasts), toasts), sent)
    }

    #[tokio::test]
    async fn a_change_begins_with_what_is_there_and_sends_what_was_typed() {
        in_window(async {
            let (form, sent) = form();
            form.edit(MetadataEdit::Description);
            assert_eq!(form.text.get_untracked(), "Old");
            form.text.set("New".into());
            form.save().await;
            assert_eq!(form.open.get_untracked(), None, "the dialog closes");
            form.edit(MetadataEdit::Tags);
            form.add_tag(Tag { key: "stage".into(), value: "prod".into() });
            form.add_tag(Tag { key: String::new(), value: String::new() });
            form.save().await;
            let sent = sent.borrow();
            let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["plan_changes", "apply_changes", "plan_changes", "apply_changes"]);
            let change = |at: usize| &sent[at].1["changes"][0]["change"]["plain"]["change"];
            assert_eq!(change(0), &json!({ "kind": "description", "description": "New" }));
            assert_eq!(
                change(2)["tags"],
                json!([{ "key": "stage", "value": "prod" }]),
                "an empty row is none"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_refusal_keeps_what_was_typed() {
        in_window(async {
            let (form, _) = form();
            let error = serde_json::to_string(&ApiError::invalid("description", "too long")).expect("JSON");
            host::answer_with(move |_, _| {
                let error = error.clone();
                async move { Err(error) }
            });
            form.edit(MetadataEdit::Description);
            form.text.set("New".into());
            form.save().await;
            assert_eq!(form.request.at("description").as_deref(), Some("too long"));
            assert_eq!(form.text.get_untracked(), "New");
            assert_eq!(form.open.get_untracked(), Some(MetadataEdit::Description));
        })
        .await;
    }
}
