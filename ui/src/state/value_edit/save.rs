//! Carries a reviewed save out, and says what came of it.

use latchkey_domain::ApiError;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{ApplySave, SaveOutcome, Saved};
use leptos::prelude::*;

use super::{Subject, ValueEdit};
use crate::ipc;

impl ValueEdit {
    /// Carries the reviewed save out.
    pub async fn save(self) {
        let plan = self.preview.with_untracked(|preview| {
            preview.as_ref().map(|preview| (preview.plan_id.clone(), preview.needs_name))
        });
        let (Some((plan_id, needs_name)), Some(subject)) = (plan, self.subject.get_untracked()) else {
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.failure.set(None);
        self.busy.set(true);
        let typed_name = needs_name.then(|| self.typed_name.get_untracked());
        let answer = ipc::call(ApplySave { plan_id, typed_name }).await;
        self.busy.set(false);
        match answer {
            Ok(saved) => self.take_saved(&subject, saved),
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    fn take_saved(self, subject: &Subject, saved: Saved) {
        if !saved.lost_labels.is_empty() {
            let lost = saved.lost_labels.join(", ");
            self.toasts.failed(&ApiError::internal(format!(
                "The save took the labels {lost} from the old version, and they could not be put back. Attach them \
                 again in Versions."
            )));
        }
        match saved.outcome {
            SaveOutcome::Done => {
                self.drop_edit();
                let short = short_id(&saved.version_id);
                let done = format!("{} is saved: version {short} is AWSCURRENT.", subject.name);
                if subject.base_version_id.is_some() {
                    let (target, name) = (subject.target.clone(), subject.name.clone());
                    self.stage_review.offer_undo(done, target, name, saved.plan_id);
                } else {
                    // AWSCURRENT of a first value has nowhere to go back to.
                    self.toasts.done(done);
                }
                self.detail.take_changed(&subject.target, saved.detail);
                self.detail.follow_current(&subject.target);
                return;
            }
            SaveOutcome::Merge(merge) => self.show_merge(merge),
            SaveOutcome::Conflict(error) | SaveOutcome::NotDone(error) => {
                self.is_spent.set(true);
                self.failure.set(Some(error));
            }
        }
        self.detail.take_changed(&subject.target, saved.detail);
    }

    /// Leaves a merge whose own side is stored already, and says what was not merged into it.
    pub(super) fn leave_unmerged(self, theirs: &str) {
        let Some(subject) = self.subject.get_untracked() else { return };
        self.drop_edit();
        self.toasts.failed(&ApiError::internal(format!(
            "{} is saved. Version {} of somebody else, which it replaced, was not merged into it: compare the two in \
             Versions.",
            subject.name,
            short_id(theirs)
        )));
        self.detail.follow_current(&subject.target);
    }
}
