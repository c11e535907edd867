//! Plans a save, carries it out once it is reviewed, and says what came of it.

use latchkey_domain::change::{AppliedItem, ValueChange};
use latchkey_domain::secret_text::ValueField;
use latchkey_domain::text::short_id;
use latchkey_domain::{ApiError, Code};

use super::ValueEdit;
use super::phase::{Phase, Question, Subject};
use crate::ipc;
use crate::state::word::{self, Said, Unsent};

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

    /// Carries the reviewed save out, with what the person said to it.
    pub async fn save(self, said: Said) {
        let question = self.question();
        let subject = self.peek(|phase| phase.subject().cloned());
        let request = self.update(|phase| phase.save(question, said));
        let (Some(subject), Some(request)) = (subject, request) else { return };
        match word::apply(request).await {
            Ok(item) => self.take_saved(question, &subject, item),
            Err(Unsent::Failed(failure)) => self.take_unsaved(question, &failure, true),
            Err(Unsent::Refused(failure)) => self.take_unsaved(question, &failure, false),
        }
    }

    fn take_saved(self, question: Question, subject: &Subject, item: AppliedItem) {
        let failure = word::failure(&item);
        let AppliedItem { entry_id, detail, saved, .. } = item;
        let (version_id, lost_labels, merge) = match saved {
            Some(saved) => (saved.version_id, saved.lost_labels, saved.merge),
            None => Default::default(),
        };
        if !lost_labels.is_empty() {
            let lost = lost_labels.join(", ");
            self.toasts.failed(&ApiError::internal(format!(
                "The save removed the labels {lost} from the old version, and they could not be restored. Add them \
                 again in Versions."
            )));
        }
        let Some(failure) = failure else {
            if self.peek(|phase| phase.awaits(question)) {
                self.drop_edit();
            }
            let done =
                format!("Saved {}. Version {} is now AWSCURRENT.", subject.name, short_id(&version_id));
            // AWSCURRENT of a first value has nowhere to go back to.
            match entry_id.filter(|_| subject.base_version_id.is_some()) {
                Some(entry_id) => self.change_review.offer_undo(done, subject.target.clone(), entry_id),
                None => self.toasts.done(done),
            }
            self.detail.take_changed(&subject.target, detail);
            self.detail.follow_current(&subject.target);
            return;
        };
        if let Some(merge) = merge {
            let landed_over = merge.has_landed().then(|| merge.theirs_version_id.clone());
            let is_shown = self.update(|phase| phase.take_merge(question, merge));
            if let Some(theirs) = landed_over.filter(|_| !is_shown) {
                self.tell_unmerged(&subject.name, &theirs);
            }
        } else {
            self.take_unsaved(question, &failure, true);
        }
        self.detail.take_changed(&subject.target, detail);
    }

    /// Shows why a save was not done, or tells it where the edit is over.
    fn take_unsaved(self, question: Question, failure: &ApiError, uses_up: bool) {
        if !self.update(|phase| phase.take_unsaved(question, failure, uses_up)) {
            self.toasts.failed(failure);
        }
    }
}
