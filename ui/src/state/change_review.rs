//! Every change of a secret that is neither a value nor a move of labels: planned, reviewed where that is due, applied,
//! and offered to be undone.

use latchkey_domain::change::{
    AppliedItem, ApplyChanges, Change, ChangeRecord, ChangesReview, ItemOutcome, ItemReview, Part,
    PlanChanges, PlanUndo, Planned, SecretChange,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::described::Target;
use super::detail::Detail;
use super::request::Request;
use super::toasts::{Toasts, UNDO_SECONDS};
use crate::ipc;

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
    pub plan: ChangesReview,
    pub item: ItemReview,
    on_applied: Callback<()>,
}

/// Why a plan was not applied.
enum Unsent {
    /// Before it was used up: it still waits.
    Refused(ApiError),
    /// What came of its secret.
    Failed(ApiError),
}

impl Unsent {
    fn into_error(self) -> ApiError {
        let (Self::Refused(error) | Self::Failed(error)) = self;
        error
    }
}

/// The change under review, from any pane.
#[derive(Clone, Copy)]
pub struct ChangeReview {
    detail: Detail,
    toasts: Toasts,
    pub open: RwSignal<Option<Reviewed>>,
    /// What the plan asks to be typed.
    pub typed: RwSignal<String>,
    /// The plan, and its application.
    pub request: Request,
}

impl ChangeReview {
    pub fn new(detail: Detail, toasts: Toasts) -> Self {
        Self {
            detail,
            toasts,
            open: RwSignal::default(),
            typed: RwSignal::default(),
            request: Request::new(),
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
        let changes = vec![SecretChange { secret_id: target.secret_id.clone(), change, begun_from }];
        let request = PlanChanges { scope: target.scope.clone(), changes };
        self.plan(target, request, review, on_applied).await
    }

    /// Shows what it would take to undo an entry of the journal.
    pub async fn propose_undo(self, target: Target, entry_id: String) -> Result<(), ApiError> {
        let request = PlanUndo { scope: target.scope.clone(), entry_id };
        self.plan(target, request, Review::Always, Callback::new(|()| ())).await
    }

    async fn plan<C: latchkey_domain::Command<Output = ChangesReview>>(
        self,
        target: Target,
        request: C,
        review: Review,
        on_applied: Callback<()>,
    ) -> Result<(), ApiError> {
        if self.request.is_busy() {
            let message = "Another change is in progress. Try again when it has finished.";
            return Err(ApiError::new(Code::Conflict, message));
        }
        self.typed.set(String::new());
        let Some(answer) = self.request.send(ipc::call(request)).await else { return Ok(()) };
        let mut plan = answer?;
        let item = plan.items.pop().ok_or_else(|| ApiError::internal("The plan names no secret."))?;
        let is_quiet = plan.is_quiet && review == Review::WhereDue;
        let reviewed = Reviewed { target, plan, item, on_applied };
        if is_quiet {
            return self.send(reviewed, None, false).await.map_err(Unsent::into_error);
        }
        self.open.set(Some(reviewed));
        Ok(())
    }

    /// Leaves everything as it is.
    pub fn leave(self) {
        self.open.set(None);
        self.request.clear();
    }

    /// Whether a change is reviewed; tracks.
    pub fn is_open(self) -> bool {
        self.open.with(Option::is_some)
    }

    /// Whether what must be typed is not typed yet; tracks.
    pub fn is_held(self) -> bool {
        let word = self.open.with(|open| open.as_ref().and_then(|open| open.plan.must_type.clone()));
        word.is_some_and(|word| self.typed.with(|typed| *typed != word))
    }

    /// Applies the reviewed plan.
    pub async fn apply(self) {
        let Some(reviewed) = self.open.get_untracked().filter(|_| !self.request.is_busy()) else { return };
        let typed = Some(self.typed.get_untracked()).filter(|typed| !typed.is_empty());
        match self.send(reviewed.clone(), typed, true).await {
            Ok(()) => self.leave(),
            // The engine needs a name or a sign-in: the plan is still valid.
            Err(Unsent::Refused(error)) if matches!(error.code, Code::Invalid(_) | Code::SignInNeeded) => {
                self.request.fail(error);
            }
            Err(failure) if self.open.with_untracked(Option::is_none) => {
                self.toasts.failed(&failure.into_error());
            }
            Err(failure) => self.plan_again(reviewed, failure.into_error()).await,
        }
    }

    /// Shows the current state of the secret with the reason why the earlier plan was not applied.
    async fn plan_again(self, reviewed: Reviewed, reason: ApiError) {
        let Reviewed { target, item, on_applied, .. } = reviewed;
        match self.propose(target, item.change, None, Review::Always, on_applied).await {
            Ok(()) => self.request.fail(reason),
            Err(refusal) => {
                self.leave();
                self.toasts.failed(&reason);
                if refusal.message != reason.message {
                    self.toasts.failed(&refusal);
                }
            }
        }
    }

    async fn send(self, reviewed: Reviewed, typed: Option<String>, is_reviewed: bool) -> Result<(), Unsent> {
        let Reviewed { target, plan, item, on_applied } = reviewed;
        let request = ApplyChanges { plan_id: plan.plan_id, typed, is_reviewed };
        let Some(answer) = self.request.send(ipc::call(request)).await else { return Ok(()) };
        let applied = answer.map_err(Unsent::Refused)?.items.pop();
        let nothing = || Unsent::Failed(ApiError::internal("The plan was applied to no secret."));
        let AppliedItem { outcome, entry_id, detail, .. } = applied.ok_or_else(nothing)?;
        let after = detail.clone();
        if let Some(detail) = detail {
            self.detail.take_changed(&target, Some(detail));
        }
        if let Some(error) = outcome.error() {
            return Err(Unsent::Failed(error.clone()));
        }
        if outcome != ItemOutcome::Done {
            let message = "The change was cancelled before it was sent.";
            return Err(Unsent::Failed(ApiError::new(Code::Conflict, message)));
        }
        on_applied.run(());
        self.tell(target, &item, after.as_ref(), entry_id);
        Ok(())
    }

    /// Says what is done, and offers to undo it where that can be done.
    fn tell(self, target: Target, item: &ItemReview, now: Option<&SecretDetail>, entry_id: Option<String>) {
        let text = done_text(item, now);
        let undo = match &item.planned {
            Planned::Change { before, .. } => {
                let record = ChangeRecord { change: item.change.clone(), before: before.clone() };
                record.undo().ok().and(entry_id)
            }
            Planned::Refused(_) => None,
        };
        let Some(entry_id) = undo else { return self.toasts.done(text) };
        let undo = Callback::new(move |()| {
            let (target, entry_id) = (target.clone(), entry_id.clone());
            spawn_local(async move {
                if let Err(error) = self.propose_undo(target, entry_id).await {
                    self.toasts.failed(&error);
                }
            });
        });
        self.toasts.offer(text, "Undo…", UNDO_SECONDS, undo);
    }
}

fn done_text(item: &ItemReview, now: Option<&SecretDetail>) -> String {
    let name = &item.name;
    match &item.change {
        Change::Description { .. } => format!("Saved the description of {name}."),
        Change::KmsKey { .. } => sealed_text(name, now),
        Change::Tags { .. } => format!("Saved the tags of {name}."),
        Change::Delete { .. } => format!("Scheduled {name} for deletion."),
        Change::Restore => format!("Restored {name}."),
        Change::ConfigureRotation { rotate_immediately: true, .. } => {
            "Rotation is set up, and a rotation has started.".to_owned()
        }
        Change::ConfigureRotation { .. } => "Rotation is set up and on.".to_owned(),
        Change::RotateNow { .. } if is_retry(item) => "Retrying the rotation.".to_owned(),
        Change::RotateNow { .. } => "A rotation has started.".to_owned(),
        Change::CancelRotation => "Rotation is off. Its function and schedule are kept.".to_owned(),
    }
}

/// Whether a rotation is one that did not end, called again.
pub fn is_retry(item: &ItemReview) -> bool {
    matches!(&item.planned, Planned::Change { before: Part::RotatedVersion { is_there: true }, .. })
}

/// The keys that AWS reports after a change: some versions may keep the old one.
fn sealed_text(name: &str, now: Option<&SecretDetail>) -> String {
    let versions = now.map(|now| now.versions.as_slice()).unwrap_or_default();
    let labelled = versions.iter().filter(|version| !version.stages.is_empty());
    let told: Vec<String> = labelled
        .filter(|version| !version.kms_key_ids.is_empty())
        .map(|version| format!("{} under {}", version.stages.join(", "), version.kms_key_ids.join(", ")))
        .collect();
    if told.is_empty() {
        return format!(
            "Saved the encryption key of {name}. AWS does not report which key its versions are encrypted with."
        );
    }
    format!("Saved the encryption key of {name}. Encrypted now: {}.", told.join("; "))
}

#[cfg(test)]
mod tests;
