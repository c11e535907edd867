//! The draft of an edit: the engine keeps it soon after each change, and the edit goes on from it.

use std::time::Duration;

use latchkey_domain::draft::{DeleteDraft, DraftNote, ListDrafts, RevealDraft, SaveDraft};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::Revealed;
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::described::Target;
use super::ValueEdit;
use super::phase::Subject;
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
    /// Whether the user was told that none can be kept.
    is_told: StoredValue<bool>,
    /// Keeps the edit when it runs out.
    timer: StoredValue<Option<TimeoutHandle>>,
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

impl ValueEdit {
    /// Lists the interrupted edits.
    pub async fn load_drafts(self) -> Vec<DraftNote> {
        // Without a keyring there are none, which is told where one is needed.
        let notes = ipc::call(ListDrafts {}).await.unwrap_or_default();
        self.drafts.waiting.set_value(notes.clone());
        notes
    }

    /// Keeps the edit soon, unless it is changed again before.
    pub(super) fn keep_draft_soon(self) {
        if let Some(timer) = self.drafts.timer.get_value() {
            timer.clear();
        }
        let keep = move || spawn_local(self.keep_draft());
        self.drafts.timer.set_value(set_timeout_with_handle(keep, KEEP_AFTER).ok());
    }

    /// Has the engine keep the edit as it stands, if it changes anything.
    pub async fn keep_draft(self) {
        let draft = self.peek(|phase| {
            let text = phase.text().filter(|text| text.is_changed())?;
            Some((SecretInput::new(text.text()), phase.subject()?.clone()))
        });
        let Some((text, Subject { target, name, base_version_id })) = draft else { return };
        self.drafts.is_kept.set_value(true);
        let Target { scope, secret_id } = target;
        let kept = ipc::call(SaveDraft { scope, secret_id, name, base_version_id, text }).await;
        if let Err(error) = kept
            && !self.drafts.is_told.get_value()
        {
            self.drafts.is_told.set_value(true);
            self.toasts.failed(&error);
        }
    }

    /// The edit is over: nothing is kept of it.
    pub(super) fn forget_draft(self, target: Target) {
        if self.drafts.is_kept.get_value() {
            self.drafts.is_kept.set_value(false);
            let Target { scope, secret_id } = target;
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
