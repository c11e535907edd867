//! Label moves: planned by the engine, previewed, confirmed, and undone.

use latchkey_domain::settings::Settings;
use latchkey_domain::stages::CURRENT;
use latchkey_domain::text::short_id;
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::{
    Applied, ApplyPlan, Outcome, PlanId, PlanStages, StageChange, StagePreview, WayOut,
};
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::comparison::{Comparison, Pair};
use super::described::Target;
use super::detail::Detail;
use super::request::Request;
use super::timeline::Timeline;
use super::toasts::{Toasts, UNDO_SECONDS};
use crate::ipc;

/// The label move under review, from any pane.
#[derive(Clone, Copy)]
pub struct StageReview {
    detail: Detail,
    toasts: Toasts,
    pub proposal: RwSignal<Option<Proposal>>,
    /// The plan, and its application.
    pub request: Request,
    /// The plan differs from the one that was confirmed, so it must be reviewed again.
    pub is_new_picture: RwSignal<bool>,
    /// What consumers read now and after the change; also proves that the target can be read.
    pub comparison: Comparison,
}

/// A change and what it would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub target: Target,
    /// The name of the secret.
    pub name: String,
    pub change: StageChange,
    /// The new label of the version that would lose its last one.
    pub keep_under: Option<String>,
    pub preview: StagePreview,
}

impl StageReview {
    pub fn new(detail: Detail, timeline: Timeline, toasts: Toasts, settings: Signal<Settings>) -> Self {
        Self {
            detail,
            toasts,
            proposal: RwSignal::default(),
            request: Request::new(),
            is_new_picture: RwSignal::default(),
            comparison: Comparison::new(settings, timeline.seen),
        }
    }

    /// Shows what a change of the open secret would do. Nothing is written, no value is read.
    pub fn propose(self, change: StageChange) {
        spawn_local(async move { self.tell(self.try_propose(change).await) });
    }

    /// The same for a secret that need not be open.
    pub fn propose_for(self, target: Target, name: String, change: StageChange) {
        spawn_local(async move { self.tell(self.try_propose_for(target, name, change).await) });
    }

    /// The same as [`Self::propose`], with the refusal as the answer: for a form that shows it.
    pub async fn try_propose(self, change: StageChange) -> Result<(), ApiError> {
        let name = self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.name.clone()));
        match (self.detail.target_untracked(), name) {
            (Some(target), Some(name)) => self.try_propose_for(target, name, change).await,
            _ => Ok(()),
        }
    }

    /// The same as [`Self::propose_for`], with the refusal as the answer.
    pub async fn try_propose_for(
        self,
        target: Target,
        name: String,
        change: StageChange,
    ) -> Result<(), ApiError> {
        if self.request.is_busy() {
            return Ok(());
        }
        self.is_new_picture.set(false);
        self.comparison.close();
        self.plan(target, name, change, None).await
    }

    fn tell(self, planned: Result<(), ApiError>) {
        if let Err(error) = planned {
            self.toasts.failed(&error);
        }
    }

    /// Plans the same secret's change anew, with another choice.
    pub fn choose(self, change: StageChange) {
        if let Some(proposal) = self.proposal.get_untracked() {
            self.plan_otherwise(Proposal { change, ..proposal });
        }
    }

    /// Keeps the version that would lose its last label under a new one, or not.
    pub fn keep_under(self, keep_under: Option<String>) {
        let proposal = self.proposal.get_untracked().filter(|proposal| proposal.keep_under != keep_under);
        if let Some(proposal) = proposal {
            self.plan_otherwise(Proposal { keep_under, ..proposal });
        }
    }

    fn plan_otherwise(self, wanted: Proposal) {
        let Proposal { target, name, change, keep_under, .. } = wanted;
        spawn_local(async move {
            if self.request.is_busy() {
                return;
            }
            if let Err(error) = self.plan(target, name, change, keep_under).await {
                self.request.fail(error);
            }
        });
    }

    /// Leaves everything as it is.
    pub fn close(self) {
        self.proposal.set(None);
        self.request.clear();
        self.comparison.close();
    }

    /// Reads the version that would become current, after a click: its KMS key may be unavailable.
    pub async fn check_target(self) {
        if let Some(pair) = self.pair() {
            self.comparison.read(pair.right).await;
        }
    }

    /// Reads the current and the future AWSCURRENT, and shows how they differ.
    pub async fn compare(self) {
        if let Some(pair) = self.pair() {
            self.comparison.compare(pair).await;
        }
    }

    /// Whether the version that would become current is known to be readable; tracks.
    pub fn is_target_readable(self) -> bool {
        self.proposal.with(|proposal| {
            let target = proposal.as_ref().and_then(|proposal| proposal.preview.target.as_ref());
            target.is_none_or(|target| {
                target.was_read || self.comparison.read_ids.with(|read| read.contains(&target.version_id))
            })
        })
    }

    /// Applies the plan that is shown.
    pub async fn confirm(self, acknowledged: bool, typed_name: Option<String>) {
        let Some(proposal) = self.proposal.get_untracked().filter(|_| !self.request.is_busy()) else {
            return;
        };
        let request = ApplyPlan { plan_id: proposal.preview.plan_id.clone(), typed_name, acknowledged };
        let Some(answer) = self.request.send(ipc::call(request)).await else { return };
        match answer {
            Ok(applied) => self.take(proposal, applied).await,
            // The engine needs an acknowledgement or a sign-in: the plan is still valid.
            Err(error) if matches!(error.code, Code::Invalid(_) | Code::SignInNeeded) => {
                self.request.fail(error);
            }
            Err(error) => self.plan_again(proposal, error).await,
        }
    }

    async fn take(self, proposal: Proposal, applied: Applied) {
        let Applied { plan_id, outcome, detail } = applied;
        self.detail.take_changed(&proposal.target, detail);
        match outcome {
            Outcome::Done => {
                self.close();
                let text = done_text(&proposal);
                self.offer_undo(text, proposal.target, proposal.name, plan_id);
            }
            Outcome::Conflict(error) | Outcome::NotDone(error) => self.plan_again(proposal, error).await,
        }
    }

    /// Shows the current labels with the reason why the previous plan failed.
    async fn plan_again(self, proposal: Proposal, reason: ApiError) {
        let Proposal { target, name, change, keep_under, .. } = proposal;
        match self.plan(target, name, change, keep_under).await {
            Ok(()) => {
                self.is_new_picture.set(true);
                self.request.fail(reason);
            }
            // The change makes no sense on the current labels: there is nothing left to review.
            Err(refusal) => {
                self.close();
                self.toasts.failed(&reason);
                self.toasts.failed(&refusal);
            }
        }
    }

    async fn plan(
        self,
        target: Target,
        name: String,
        change: StageChange,
        keep_under: Option<String>,
    ) -> Result<(), ApiError> {
        let request = PlanStages {
            scope: target.scope.clone(),
            secret_id: target.secret_id.clone(),
            change: change.clone(),
            keep_under: keep_under.clone(),
        };
        let Some(answer) = self.request.send(ipc::call(request)).await else { return Ok(()) };
        let preview = answer?;
        self.proposal.set(Some(Proposal { target, name, change, keep_under, preview }));
        Ok(())
    }

    /// Says what was done to a secret, and offers the preview of its undo.
    pub(super) fn offer_undo(self, done: String, target: Target, name: String, plan_id: PlanId) {
        let undo = Callback::new(move |()| {
            let change = StageChange::Undo { plan_id: plan_id.clone() };
            self.propose_for(target.clone(), name.clone(), change);
        });
        self.toasts.offer(done, "Undo…", UNDO_SECONDS, undo);
    }

    /// What consumers read now, and after the change.
    fn pair(self) -> Option<Pair> {
        self.proposal.with_untracked(|proposal| {
            let Proposal { target, preview, .. } = proposal.as_ref()?;
            let version = |version_id: &str| VersionRef {
                scope: target.scope.clone(),
                secret_id: target.secret_id.clone(),
                version_id: version_id.to_owned(),
            };
            let then = &preview.target.as_ref()?.version_id;
            Some(Pair { left: preview.before.holder(CURRENT).map(version)?, right: version(then) })
        })
    }
}

/// What a notice says of a plan that was carried out.
fn done_text(proposal: &Proposal) -> String {
    let Proposal { name, change, preview, .. } = proposal;
    if let StageChange::Recover { way_out, .. } = change {
        return match way_out {
            WayOut::Finish => format!("Finished the change to {name}."),
            WayOut::Withdraw => format!("Withdrew the change to {name}."),
        };
    }
    if let Some(target) = &preview.target {
        return format!("Version {} is now AWSCURRENT.", short_id(&target.version_id));
    }
    let Some(step) = preview.steps.last() else { return "The labels were restored.".to_owned() };
    match &step.to {
        Some(to) => format!("{} is now on {}.", step.label, short_id(to)),
        None => format!("{} was removed.", step.label),
    }
}

#[cfg(test)]
mod tests;
