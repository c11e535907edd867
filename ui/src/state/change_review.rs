//! Every change of a secret that is open: planned, reviewed where that is due, applied, and offered to be undone.
//! Creations and saves are typed in forms of their own, and confirmed and sent by the same code (`state::word`).

mod labels;
mod told;

use latchkey_domain::change::{
    AnyChange, Change, ChangesReview, ItemReview, LabelMove, PlanChanges, PlanUndo, Planned, StageChange,
    StagePreview,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::settings::Settings;
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::comparison::Comparison;
use super::described::Target;
use super::detail::Detail;
use super::request::Request;
use super::timeline::Timeline;
use super::toasts::{Toasts, UNDO_SECONDS};
use super::word::{self, Unsent, Word};
use crate::ipc;
pub use told::is_retry;

/// Whether a person reviews a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    Always,
    /// Not where the plan says that it may go without one.
    WhereDue,
}

/// A planned change that waits to be applied.
#[derive(Debug, Clone)]
pub struct Reviewed {
    pub target: Target,
    /// Of one secret.
    pub plan: ChangesReview,
    pub item: ItemReview,
    on_applied: Callback<()>,
}

impl Reviewed {
    /// Where labels move: the picture before and after.
    pub fn labels(&self) -> Option<&StagePreview> {
        match &self.item.planned {
            Planned::Labels(preview) => Some(preview),
            _ => None,
        }
    }

    /// The same change, to be planned anew on the secret as it is then.
    fn again(&self) -> Option<AnyChange> {
        match &self.item.planned {
            Planned::Change { change, .. } => Some(AnyChange::plain(change.clone())),
            Planned::Labels(preview) => Some(AnyChange::MoveLabels(preview.moved.clone())),
            _ => None,
        }
    }
}

/// The change under review, from any pane.
#[derive(Clone, Copy)]
pub struct ChangeReview {
    detail: Detail,
    toasts: Toasts,
    pub open: RwSignal<Option<Reviewed>>,
    /// What the person says to it.
    pub word: Word,
    /// The plan, and its application.
    pub request: Request,
    /// The labels differ from those that were confirmed, so they must be reviewed again.
    pub is_new_picture: RwSignal<bool>,
    /// What consumers read now and after a move of AWSCURRENT; also proves that the target can be read.
    pub comparison: Comparison,
}

impl ChangeReview {
    pub fn new(detail: Detail, timeline: Timeline, toasts: Toasts, settings: Signal<Settings>) -> Self {
        Self {
            detail,
            toasts,
            open: RwSignal::default(),
            word: Word::default(),
            request: Request::new(),
            is_new_picture: RwSignal::default(),
            comparison: Comparison::new(settings, timeline.seen),
        }
    }

    /// Plans a change of a secret, and applies it at once or opens its review. An error leaves the secret as it was, or
    /// says what became of it. `seen` is the secret that the change was begun from; `on_applied` runs once it is done.
    pub async fn propose(
        self,
        target: Target,
        change: Change,
        seen: Option<&SecretDetail>,
        review: Review,
        on_applied: Callback<()>,
    ) -> Result<(), ApiError> {
        let begun_from = seen.map(|seen| change.part_of(seen));
        self.begin(target, AnyChange::Plain { change, begun_from }, review, on_applied).await
    }

    /// Shows what it would take to undo an entry of the journal.
    pub async fn propose_undo(self, target: Target, entry_id: String) -> Result<(), ApiError> {
        let request = PlanUndo { scope: target.scope.clone(), entry_id };
        self.check_free()?;
        self.plan(target, request, Review::Always, Callback::new(|()| ())).await
    }

    async fn begin(
        self,
        target: Target,
        change: AnyChange,
        review: Review,
        on_applied: Callback<()>,
    ) -> Result<(), ApiError> {
        self.check_free()?;
        self.plan(target.clone(), of_one(&target, change), review, on_applied).await
    }

    fn check_free(self) -> Result<(), ApiError> {
        if self.request.is_busy() {
            let message = "Another change is in progress. Try again when it has finished.";
            return Err(ApiError::new(Code::Conflict, message));
        }
        self.word.clear();
        self.is_new_picture.set(false);
        self.comparison.close();
        Ok(())
    }

    async fn plan<C: latchkey_domain::Command<Output = ChangesReview>>(
        self,
        target: Target,
        request: C,
        review: Review,
        on_applied: Callback<()>,
    ) -> Result<(), ApiError> {
        let Some(answer) = self.request.send(ipc::call(request)).await else { return Ok(()) };
        let plan = answer?;
        let item = plan.only().cloned().ok_or_else(|| ApiError::internal("The plan names no secret."))?;
        let is_quiet = plan.is_quiet && review == Review::WhereDue;
        let reviewed = Reviewed { target, plan, item, on_applied };
        if is_quiet {
            return self.send(reviewed, false).await.map_err(Unsent::into_error);
        }
        self.open.set(Some(reviewed));
        Ok(())
    }

    /// Leaves everything as it is.
    pub fn leave(self) {
        self.open.set(None);
        self.request.clear();
        self.comparison.close();
    }

    /// Whether a change is reviewed; tracks.
    pub fn is_open(self) -> bool {
        self.open.with(Option::is_some)
    }

    /// Applies the reviewed plan.
    pub async fn apply(self) {
        let Some(reviewed) = self.open.get_untracked().filter(|_| !self.request.is_busy()) else { return };
        match self.send(reviewed.clone(), true).await {
            Ok(()) => self.leave(),
            // The engine needs a name, a tick or a sign-in: the plan is still valid.
            Err(Unsent::Refused(error)) if matches!(error.code, Code::Invalid(_) | Code::SignInNeeded) => {
                self.request.fail(error);
            }
            Err(failure) if self.open.with_untracked(Option::is_none) => {
                self.toasts.failed(&failure.into_error());
            }
            Err(failure) => self.plan_again(reviewed, failure.into_error()).await,
        }
    }

    /// Shows the current state of the secret with the reason why the earlier plan was not applied. What was read stays
    /// read.
    async fn plan_again(self, reviewed: Reviewed, reason: ApiError) {
        let (is_of_labels, again) = (reviewed.labels().is_some(), reviewed.again());
        let Reviewed { target, on_applied, .. } = reviewed;
        let Some(again) = again else { return self.request.fail(reason) };
        if !is_of_labels {
            self.word.clear();
        }
        match self.plan(target.clone(), of_one(&target, again), Review::Always, on_applied).await {
            Ok(()) => {
                self.is_new_picture.set(is_of_labels);
                self.request.fail(reason);
            }
            // It makes no sense any more: there is nothing left to review.
            Err(refusal) => {
                self.leave();
                self.toasts.failed(&reason);
                if refusal.message != reason.message {
                    self.toasts.failed(&refusal);
                }
            }
        }
    }

    async fn send(self, reviewed: Reviewed, is_reviewed: bool) -> Result<(), Unsent> {
        let Reviewed { target, plan, item, on_applied } = reviewed;
        let request = self.word.said().to(plan.plan_id, is_reviewed);
        let Some(answer) = self.request.send(word::apply(request)).await else { return Ok(()) };
        let applied = answer?;
        let failure = word::failure(&applied);
        let (entry_id, detail) = (applied.entry_id, applied.detail);
        let after = detail.clone();
        // After a refusal there is nothing new to show.
        if detail.is_some() || matches!(item.planned, Planned::Labels(_)) {
            self.detail.take_changed(&target, detail);
        }
        if let Some(failure) = failure {
            return Err(Unsent::Failed(failure));
        }
        on_applied.run(());
        let text = told::done_text(&item, after.as_ref());
        match entry_id.filter(|_| told::has_undo(&item)) {
            Some(entry_id) => self.offer_undo(text, target, entry_id),
            None => self.toasts.done(text),
        }
        Ok(())
    }

    /// Says what was done to a secret, and offers the review of its undo.
    pub(super) fn offer_undo(self, done: String, target: Target, entry_id: String) {
        let undo = Callback::new(move |()| {
            let (target, entry_id) = (target.clone(), entry_id.clone());
            spawn_local(async move {
                if let Err(error) = self.propose_undo(target, entry_id).await {
                    self.toasts.failed(&error);
                }
            });
        });
        self.toasts.offer(done, "Undo…", UNDO_SECONDS, undo);
    }
}

fn of_one(target: &Target, change: AnyChange) -> PlanChanges {
    PlanChanges::one(target.scope.clone(), target.secret_id.clone(), change)
}

#[cfg(test)]
mod label_tests;
#[cfg(test)]
mod tests;
