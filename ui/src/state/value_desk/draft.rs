//! The draft of an edit: the engine keeps it soon after each change, and the edit goes on from it.

use std::time::Duration;

use latchkey_domain::draft::{DeleteDraft, DraftNote, ListDrafts, RevealDraft, SaveDraft};
use latchkey_domain::value::{Revealed, SecretInput};
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::described::Target;
use super::super::editing::Editing;
use super::ValueDesk;
use crate::ipc;

/// How long after the last change an edit is kept.
const KEEP_AFTER: Duration = Duration::from_secs(1);

/// What is known of the drafts that the engine holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Drafts {
    /// Those that nobody has gone on with since the start.
    waiting: StoredValue<Vec<DraftNote>>,
    /// Whether there is one of the edit in view.
    is_kept: StoredValue<bool>,
    /// Whether it was told that none can be kept.
    is_told: StoredValue<bool>,
}

impl Drafts {
    /// The draft of a secret that waits.
    pub fn of(self, target: &Target) -> Option<DraftNote> {
        let is_its = |note: &&DraftNote| note.scope == target.scope && note.secret_id == target.secret_id;
        self.waiting.with_value(|waiting| waiting.iter().find(is_its).cloned())
    }

    /// The edit goes on from its draft, if there is one.
    pub fn take_up(self, target: &Target) {
        let note = self.of(target);
        self.is_kept.set_value(note.is_some());
        self.waiting.update_value(|waiting| waiting.retain(|other| Some(other) != note.as_ref()));
    }
}

impl ValueDesk {
    /// Asks which edits were cut off.
    pub async fn load_drafts(self) -> Vec<DraftNote> {
        // Without a keyring there are none, which is told where one is needed.
        let notes = ipc::call(ListDrafts {}).await.unwrap_or_default();
        self.drafts.waiting.set_value(notes.clone());
        notes
    }

    /// Keeps the edit soon after each change. Lasts as long as the owner.
    pub(super) fn keep_drafts(self) {
        Effect::new(move |waiting: Option<Option<TimeoutHandle>>| {
            if let Some(Some(waiting)) = waiting {
                waiting.clear();
            }
            let is_changed = self.editing.with(|editing| editing.as_ref().is_some_and(Editing::is_changed));
            let keep = move || spawn_local(self.keep_draft());
            is_changed.then(|| set_timeout_with_handle(keep, KEEP_AFTER).ok())?
        });
    }

    /// Has the engine keep the edit as it stands, if it changes anything.
    pub async fn keep_draft(self) {
        let text = self.editing.with_untracked(|editing| {
            let editing = editing.as_ref().filter(|editing| editing.is_changed())?;
            Some(SecretInput::new(editing.text()))
        });
        let (Some(text), Some(subject)) = (text, self.subject.get_untracked()) else { return };
        self.drafts.is_kept.set_value(true);
        let Target { scope, secret_id } = subject.target;
        let (name, base_version_id) = (subject.name, subject.base_version_id);
        let kept = ipc::call(SaveDraft { scope, secret_id, name, base_version_id, text }).await;
        if let Err(error) = kept
            && !self.drafts.is_told.get_value()
        {
            self.drafts.is_told.set_value(true);
            self.toasts.failed(&error);
        }
    }

    /// The edit is over: nothing is kept of it.
    pub(super) fn forget_draft(self) {
        let Some(subject) = self.subject.get_untracked() else { return };
        if self.drafts.is_kept.get_value() {
            self.drafts.is_kept.set_value(false);
            let Target { scope, secret_id } = subject.target;
            spawn_local(async move { drop(ipc::call(DeleteDraft { scope, secret_id }).await) });
        }
    }

    /// The text of the draft of a secret, if one waits.
    pub(super) async fn draft_text(self, target: &Target) -> Result<Option<SecretInput>, ApiError> {
        let Some(DraftNote { scope, secret_id, .. }) = self.drafts.of(target) else { return Ok(None) };
        match ipc::call(RevealDraft { scope, secret_id }).await {
            Ok(Revealed::Text(text)) => Ok(Some(SecretInput::new(text))),
            Ok(_) => Ok(None),
            Err(error) if error.code == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use chrono::DateTime;
    use latchkey_domain::settings::Settings;
    use latchkey_domain::{ConnectionId, Region, Scope};
    use serde_json::json;

    use super::*;
    use crate::ipc::host;
    use crate::state::detail::Detail;
    use crate::state::testing::in_window;
    use crate::state::toasts::Toasts;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbC12x";

    /// A desk with this secret open; what was asked of the engine goes into the list.
    async fn desk(asked: Rc<RefCell<Vec<String>>>) -> ValueDesk {
        let scope = json!({ "connection": "local", "region": "us-east-1" });
        let summary = json!({ "arn": ARN, "name": "prod/db", "tags": [] });
        let version = json!({ "version_id": "v2", "stages": ["AWSCURRENT"], "kms_key_ids": [] });
        let detail = json!({
            "summary": summary, "version_map": { "v2": ["AWSCURRENT"] }, "versions": [version], "replicas": [],
        });
        let note = json!({
            "scope": scope, "secret_id": ARN, "name": "prod/db", "base_version_id": "v1",
            "kept_at": "2026-11-21T02:00:00Z",
        });
        host::answer_with(move |name, request| {
            asked.borrow_mut().push(format!("{name} {request}"));
            let answer = match name {
                "describe_secret" => detail.clone(),
                "list_drafts" => json!([note]),
                "reveal_value" => json!({ "revealed": "text", "content": "fake-old" }),
                "reveal_draft" => json!({ "revealed": "text", "content": "fake-draft" }),
                _ => json!(null),
            };
            async move { Ok(answer.to_string()) }
        });
        let settings: Signal<Settings> = RwSignal::new(Settings::default()).into();
        let detail = Detail::new(settings, || DateTime::UNIX_EPOCH);
        let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
        detail.open(scope, ARN.into());
        any_spawner::Executor::tick().await;
        ValueDesk::new(detail, Toasts::new(), settings, || DateTime::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn an_edit_goes_on_from_its_draft_and_its_base() {
        in_window(async {
            let asked = Rc::new(RefCell::new(Vec::new()));
            let desk = desk(asked.clone()).await;
            assert_eq!(desk.load_drafts().await.len(), 1, "it is offered");
            desk.begin().await;
            let texts = desk.editing.with_untracked(|editing| {
                let editing = editing.as_ref().expect("the edit has begun");
                (editing.text().to_owned(), editing.original().to_owned())
            });
            assert_eq!(texts, ("fake-draft".to_owned(), "fake-old".to_owned()));
            assert!(desk.detail.unsaved.get_untracked(), "it is a change");
            let read =
                asked.borrow().iter().any(|call| call.starts_with("reveal_value") && call.contains("v1"));
            assert!(read, "its own base, so that what somebody saved meanwhile is merged");
            desk.keep_draft().await;
            desk.drop_edit();
            any_spawner::Executor::tick().await;
            let last = asked.borrow().last().cloned().unwrap_or_default();
            assert!(last.starts_with("delete_draft"), "an edit that is over leaves no draft: {last}");
        })
        .await;
    }

    #[tokio::test]
    async fn an_edit_that_changes_nothing_is_not_kept() {
        in_window(async {
            let asked = Rc::new(RefCell::new(Vec::new()));
            let desk = desk(asked.clone()).await;
            desk.begin().await;
            desk.keep_draft().await;
            desk.drop_edit();
            any_spawner::Executor::tick().await;
            assert!(!asked.borrow().iter().any(|call| call.contains("draft")), "there was nothing to keep");
        })
        .await;
    }
}
