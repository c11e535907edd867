//! What a person says to a plan under review, and the one place that sends it.

use latchkey_domain::change::{AppliedItem, ApplyChanges, CancelChanges, ItemOutcome};
use latchkey_domain::writes::PlanId;
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ipc;

#[derive(Clone, Copy, Default)]
pub struct Word {
    /// What the plan asks to be typed.
    pub typed: RwSignal<String>,
    /// The tick beside the effects.
    pub acknowledged: RwSignal<bool>,
}

/// What was said when the person confirmed.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub typed: String,
    pub acknowledged: bool,
}

/// Why a plan was not applied.
#[derive(Debug)]
pub enum Unsent {
    /// Before it was used up: it still waits.
    Refused(ApiError),
    /// What came of its secret.
    Failed(ApiError),
}

impl Word {
    pub fn said(self) -> Said {
        Said { typed: self.typed.get_untracked(), acknowledged: self.acknowledged.get_untracked() }
    }

    pub fn clear(self) {
        self.typed.set(String::new());
        self.acknowledged.set(false);
    }
}

impl Said {
    /// The request that applies a plan with this.
    pub fn to(self, plan_id: PlanId, is_reviewed: bool) -> ApplyChanges {
        let typed = Some(self.typed).filter(|typed| !typed.is_empty());
        ApplyChanges { plan_id, typed, acknowledged: self.acknowledged, is_reviewed }
    }
}

impl Unsent {
    pub fn into_error(self) -> ApiError {
        let (Self::Refused(error) | Self::Failed(error)) = self;
        error
    }
}

/// Applies a plan of one secret, whatever it does. What became of the secret is for the caller to tell.
pub async fn apply(request: ApplyChanges) -> Result<AppliedItem, Unsent> {
    ipc::call(request).await.map_err(Unsent::Refused)?.into_only().map_err(Unsent::Failed)
}

/// Why it was not done; none if it was.
pub fn failure(item: &AppliedItem) -> Option<ApiError> {
    if item.outcome == ItemOutcome::NotStarted {
        let message = "The change was cancelled before it was sent.";
        return Some(ApiError::new(Code::Conflict, message));
    }
    item.outcome.error().cloned()
}

/// Lets a plan go that is not applied: the engine drops what it holds for it.
pub fn let_go(plan_id: PlanId) {
    spawn_local(async move { drop(ipc::call(CancelChanges { plan_id }).await) });
}
