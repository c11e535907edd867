//! What is changed of the open secret beside its value: description, key, tags; its deletion and its return.

use latchkey_domain::metadata::{
    DeleteSecret, RECOVERY_DAYS, RestoreSecret, SaveDescription, SaveKmsKey, SaveTags,
};
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::{ApiError, Command};
use leptos::prelude::*;

use super::described::Target;
use super::detail::Detail;
use super::form_failure::FormFailure;
use super::toasts::Toasts;
use crate::ipc;

/// What the open dialog is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataEdit {
    Description,
    KmsKey,
    Tags,
    Deletion,
}

/// The members of the requests that have a field.
const FIELDS: [&str; 5] = ["description", "kms_key_id", "tags", "typed_name", "recovery_days"];

/// A tag while it is typed; `id` tells the rows apart.
#[derive(Debug, Clone)]
pub struct TagRow {
    pub id: usize,
    pub key: RwSignal<String>,
    pub value: RwSignal<String>,
}

/// One change at a time.
#[derive(Clone, Copy)]
pub struct MetadataDesk {
    detail: Detail,
    toasts: Toasts,
    pub open: RwSignal<Option<MetadataEdit>>,
    /// The description, the key, or the name that confirms a deletion.
    pub text: RwSignal<String>,
    pub tags: RwSignal<Vec<TagRow>>,
    pub recovery_days: RwSignal<u32>,
    pub failure: FormFailure,
    pub busy: RwSignal<bool>,
    next_row: StoredValue<usize>,
}

impl MetadataDesk {
    pub fn new(detail: Detail, toasts: Toasts) -> Self {
        Self {
            detail,
            toasts,
            open: RwSignal::default(),
            text: RwSignal::default(),
            tags: RwSignal::default(),
            recovery_days: RwSignal::default(),
            failure: FormFailure::new(&FIELDS),
            busy: RwSignal::default(),
            next_row: StoredValue::new(0),
        }
    }

    /// Begins a change from what the secret has.
    pub fn edit(self, edit: MetadataEdit) {
        let Some(summary) = self.detail.secret.get_untracked().map(|secret| secret.summary) else { return };
        self.failure.clear();
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

    pub fn leave(self) {
        self.open.set(None);
    }

    /// Carries the open change out. On failure everything typed stays.
    pub async fn save(self) {
        let (Some(edit), Some(target)) = (self.open.get_untracked(), self.detail.target_untracked()) else {
            return;
        };
        let (scope, secret_id) = (target.scope.clone(), target.secret_id.clone());
        let text = self.text.get_untracked();
        let saved = match edit {
            MetadataEdit::Description => {
                self.send(&target, SaveDescription { scope, secret_id, description: text }).await
            }
            MetadataEdit::KmsKey => {
                self.send(&target, SaveKmsKey { scope, secret_id, kms_key_id: text }).await
            }
            MetadataEdit::Tags => {
                let tags = self.typed_tags();
                self.send(&target, SaveTags { scope, secret_id, tags }).await
            }
            MetadataEdit::Deletion => {
                let recovery_days = self.recovery_days.get_untracked();
                let request = DeleteSecret { scope, secret_id, recovery_days, typed_name: text };
                self.send(&target, request).await
            }
        };
        let Some(secret) = saved else { return };
        let name = &secret.summary.name;
        self.toasts.done(match edit {
            MetadataEdit::Description => format!("The description of {name} is saved."),
            MetadataEdit::KmsKey => sealed_text(&secret),
            MetadataEdit::Tags => format!("The tags of {name} are saved."),
            MetadataEdit::Deletion => format!("{name} is scheduled for deletion."),
        });
        self.leave();
    }

    /// Takes the scheduled deletion back.
    pub async fn restore(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let request = RestoreSecret { scope: target.scope.clone(), secret_id: target.secret_id.clone() };
        match self.send(&target, request).await {
            Some(secret) => self.toasts.done(format!("{} is restored.", secret.summary.name)),
            None => {
                if let Some(failure) = self.failure.of_the_whole() {
                    self.toasts.failed(&failure);
                }
            }
        }
    }

    async fn send<C: Command<Output = SecretDetail>>(
        self,
        target: &Target,
        request: C,
    ) -> Option<SecretDetail> {
        if self.busy.get_untracked() {
            return None;
        }
        self.failure.clear();
        self.busy.set(true);
        let answer: Result<SecretDetail, ApiError> = ipc::call(request).await;
        self.busy.set(false);
        match answer {
            Ok(secret) => {
                self.detail.take_changed(target, secret.clone());
                Some(secret)
            }
            Err(failure) => {
                self.failure.set(failure);
                None
            }
        }
    }

    fn typed_tags(self) -> Vec<Tag> {
        let typed = |row: &TagRow| Tag { key: row.key.get_untracked(), value: row.value.get_untracked() };
        let rows = self.tags.with_untracked(|rows| rows.iter().map(typed).collect::<Vec<_>>());
        rows.into_iter().filter(|tag| !tag.key.is_empty() || !tag.value.is_empty()).collect()
    }
}

/// What AWS says of the keys after a change: it may leave versions sealed as they were.
fn sealed_text(secret: &SecretDetail) -> String {
    let name = &secret.summary.name;
    let labelled = secret.versions.iter().filter(|version| !version.stages.is_empty());
    let told: Vec<String> = labelled
        .filter(|version| !version.kms_key_ids.is_empty())
        .map(|version| format!("{} under {}", version.stages.join(", "), version.kms_key_ids.join(", ")))
        .collect();
    if told.is_empty() {
        return format!("The key of {name} is set. Which key its versions are sealed under is not told.");
    }
    format!("The key of {name} is set. Sealed now: {}.", told.join("; "))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use chrono::DateTime;
    use latchkey_domain::settings::Settings;
    use latchkey_domain::{ConnectionId, Region, Scope};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ipc::host;
    use crate::state::testing::in_window;

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

    fn desk() -> (MetadataDesk, Sent) {
        let sent = Sent::default();
        let log = sent.clone();
        host::answer_with(move |name, arguments| {
            let arguments: Json = serde_json::from_str(arguments).expect("JSON");
            log.borrow_mut().push((name.to_owned(), arguments["request"].clone()));
            async { Ok(secret(json!([])).to_string()) }
        });
        let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
        let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
        let known = secret(json!([{ "key": "team", "value": "a" }]));
        detail.show(scope, serde_json::from_value(known).expect("a secret"));
        (MetadataDesk::new(detail, Toasts::new()), sent)
    }

    #[tokio::test]
    async fn a_change_begins_with_what_is_there_and_sends_what_was_typed() {
        in_window(async {
            let (desk, sent) = desk();
            desk.edit(MetadataEdit::Description);
            assert_eq!(desk.text.get_untracked(), "Old");
            desk.text.set("New".into());
            desk.save().await;
            assert_eq!(desk.open.get_untracked(), None, "the dialog closes");
            desk.edit(MetadataEdit::Tags);
            desk.add_tag(Tag { key: "stage".into(), value: "prod".into() });
            desk.add_tag(Tag { key: String::new(), value: String::new() });
            desk.save().await;
            let sent = sent.borrow();
            assert_eq!((sent[0].0.as_str(), &sent[0].1["description"]), ("save_description", &json!("New")));
            assert_eq!(
                sent[1].1["tags"],
                json!([{ "key": "stage", "value": "prod" }]),
                "an empty row is none"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_refusal_keeps_what_was_typed() {
        in_window(async {
            let (desk, _) = desk();
            let error = serde_json::to_string(&ApiError::invalid("description", "too long")).expect("JSON");
            host::answer_with(move |_, _| {
                let error = error.clone();
                async move { Err(error) }
            });
            desk.edit(MetadataEdit::Description);
            desk.text.set("New".into());
            desk.save().await;
            assert_eq!(desk.failure.at("description").as_deref(), Some("too long"));
            assert_eq!(desk.text.get_untracked(), "New");
            assert_eq!(desk.open.get_untracked(), Some(MetadataEdit::Description));
        })
        .await;
    }

    #[test]
    fn what_is_sealed_under_which_key_is_told_as_aws_tells_it() {
        let detail: SecretDetail = serde_json::from_value(secret(json!([]))).expect("a secret");
        assert_eq!(sealed_text(&detail), "The key of prod/db is set. Sealed now: AWSCURRENT under fake-key.");
    }
}
