//! Plans a save, carries it out once it is reviewed, and says what came of it.

use latchkey_domain::secret_text::ValueField;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{SaveOutcome, SaveReview, Saved, ValueChange};
use latchkey_domain::{ApiError, Code};

use super::ValueEdit;
use super::phase::{Phase, Question, Subject};
use crate::ipc;

impl ValueEdit {
    /// Asks the engine what a save would do: of what was tried in vain, of the merge with its choices, or of the edit.
    pub async fn plan(self) {
        let put = self.peek(Phase::puts);
        if let Some(plan_id) = self.peek(Phase::plan_id).filter(|_| self.peek(Phase::is_spent)) {
            self.ask(ValueChange::Planned(plan_id), put).await;
            let is_gone = |failure: &ApiError| failure.code == Code::Conflict;
            if !self.peek(|phase| phase.failure().is_some_and(is_gone)) {
                return;
            }
        }
        match self.peek(Phase::new_value) {
            Some(Ok(change)) => self.ask(change, put).await,
            Some(Err(problem)) => self.update(|phase| phase.refuse(problem)),
            None => {}
        }
    }

    /// Reviews the same value for the other way of saving it.
    pub async fn choose_way(self, put: bool) {
        if let Some(plan_id) = self.peek(Phase::plan_id) {
            self.ask(ValueChange::Planned(plan_id), put).await;
        }
    }

    /// Reviews the same bytes of a file for the other field.
    pub async fn choose_field(self, field: ValueField) {
        if let Some(plan_id) = self.peek(Phase::plan_id) {
            self.ask(ValueChange::PlannedIn { plan_id, field }, self.peek(Phase::puts)).await;
        }
    }

    async fn ask(self, change: ValueChange, put: bool) {
        let question = self.question();
        let Some(request) = self.update(|phase| phase.plan(question, change, put)) else { return };
        let answer = ipc::call(request).await;
        self.update(|phase| phase.take_review(question, answer));
    }

    /// Carries the reviewed save out. The name is typed where the review asks for it.
    pub async fn save(self, typed_name: String) {
        let question = self.question();
        let subject = self.peek(|phase| phase.subject().cloned());
        let request = self.update(|phase| phase.save(question, typed_name));
        let (Some(subject), Some(request)) = (subject, request) else { return };
        match ipc::call(request).await {
            Ok(saved) => self.take_saved(question, &subject, saved),
            Err(failure) => self.take_unsaved(question, &failure, false),
        }
    }

    fn take_saved(self, question: Question, subject: &Subject, saved: Saved) {
        if !saved.lost_labels.is_empty() {
            let lost = saved.lost_labels.join(", ");
            self.toasts.failed(&ApiError::internal(format!(
                "The save removed the labels {lost} from the old version, and they could not be restored. Add them \
                 again in Versions."
            )));
        }
        match saved.outcome {
            SaveOutcome::Done => {
                if self.peek(|phase| phase.awaits(question)) {
                    self.drop_edit();
                }
                let short = short_id(&saved.version_id);
                let done = format!("Saved {}. Version {short} is now AWSCURRENT.", subject.name);
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
            SaveOutcome::Merge(merge) => {
                let landed_over = merge.has_landed().then(|| merge.theirs_version_id.clone());
                let is_shown = self.update(|phase| phase.take_review(question, Ok(SaveReview::Merge(merge))));
                if let Some(theirs) = landed_over.filter(|_| !is_shown) {
                    self.tell_unmerged(&subject.name, &theirs);
                }
            }
            SaveOutcome::Conflict(failure) | SaveOutcome::NotDone(failure) => {
                self.take_unsaved(question, &failure, true);
            }
        }
        self.detail.take_changed(&subject.target, saved.detail);
    }

    /// Shows why a save was not done, or tells it where the edit is over.
    fn take_unsaved(self, question: Question, failure: &ApiError, uses_up: bool) {
        if !self.update(|phase| phase.take_unsaved(question, failure, uses_up)) {
            self.toasts.failed(failure);
        }
    }
}
