//! Plans label moves with everything to review first, and applies them.

use latchkey_domain::change::{
    ItemOutcome, LabelMove, Planned, StageChange, StagePreview, TargetCheck, check_writable, effects,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::{CURRENT, Lost, Pending, Refusal, StagePlan, Undo};
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation, PlanId, StageRecord, WayOut};
use latchkey_domain::{ApiError, Code, Scope};

use super::apply::Noted;
use super::item::{Ended, Kind, PlannedItem, Planning, Prepared};
use super::labels::Open;
use super::writer::Writer;
use crate::Engine;

/// A previewed move that waits for confirmation.
pub(super) struct PlannedMove {
    pub plan: StagePlan,
    /// The version that becomes current.
    pub target: Option<String>,
    pub operation: Operation,
    /// The entry of the journal that ends with it, and its scope.
    recovers: Option<(Scope, String, WayOut)>,
}

impl PlannedMove {
    pub fn record_in(&self, entry: &mut JournalEntry) {
        entry.version_ids = touched(&self.plan);
        let StagePlan { before, steps } = self.plan.clone();
        entry.stages = Some(StageRecord { before, steps });
    }
}

impl Engine {
    /// Describes the secret and plans the move on what is there now.
    pub(super) async fn prepare_move(
        &self,
        planning: &Planning<'_>,
        secret_id: &str,
        moved: LabelMove,
    ) -> Result<Prepared, ApiError> {
        let Planning { scope, client, guard, .. } = planning;
        let recovers = match &moved.change {
            StageChange::Recover { entry_id, way_out } => {
                Some(((*scope).clone(), entry_id.clone(), *way_out))
            }
            _ => None,
        };
        let described = self.describe(scope, client, secret_id).await;
        if let (Err(error), Some((_, entry_id, _))) = (&described, &recovers) {
            self.end_if_gone(scope, secret_id, entry_id, error).await;
        }
        let detail = described?;
        if let Some((_, entry_id, _)) = &recovers {
            self.end_looked_up(scope, &detail, entry_id).await?;
        }
        let (plan, lost) = self.planned_change(scope, &moved.change, &detail).await?;
        check_writable(*guard, &scope.region, &detail.summary)?;
        let plan = keeping(plan, moved.keep_under.as_deref()).map_err(refused)?;
        let (arn, name) = (detail.summary.arn.clone(), detail.summary.name.clone());
        let target = new_current(&plan);
        let mut effects = effects(&detail, &plan);
        if let Some((_, entry_id, _)) = &recovers {
            effects.extend(self.replaced_theirs(&scope.connection, entry_id, &detail).await);
        }
        let cli = plan.cli_lines(planning.cli_target(Some(&arn)));
        let operation = match moved.change {
            StageChange::Undo { .. } => Operation::UndoChange,
            _ => Operation::MoveStages,
        };
        let preview = StagePreview {
            moved,
            before: plan.before.clone(),
            after: plan.after(),
            steps: plan.steps.clone(),
            deprecates: plan.deprecates(),
            lost,
            target: target.clone().map(|version_id| TargetCheck {
                was_read: self.values.was_read(scope, &arn, &version_id),
                version_id,
            }),
        };
        let kind = Kind::Labels(Box::new(PlannedMove { plan, target, operation, recovers }));
        Ok(PlannedItem { arn, name, kind }.prepared(Planned::Labels(preview), effects, cli))
    }

    /// Carries a plan out.
    pub(super) async fn send_move(&self, writer: &Writer, arn: &str, moving: &PlannedMove) -> (Ended, Noted) {
        let moved = self.move_labels(writer, arn, &moving.plan).await;
        let result = moved.as_ref().map_or_else(Open::journal_result, ItemOutcome::journal_result);
        let outcome = moved.unwrap_or_else(Open::into_outcome);
        (Ended { shows: Some(arn.to_owned()), ..outcome.into() }, result.into())
    }

    /// Ends the entry that a move which is done has recovered.
    pub(super) async fn end_recovery(&self, moving: &PlannedMove) {
        if let Some((scope, entry_id, way_out)) = &moving.recovers {
            self.end_recovered(&scope.connection, entry_id, *way_out, &moving.plan.after()).await;
        }
    }

    /// The steps of a change, and what an undo cannot bring back.
    async fn planned_change(
        &self,
        scope: &Scope,
        change: &StageChange,
        detail: &SecretDetail,
    ) -> Result<(StagePlan, Vec<Lost>), ApiError> {
        let map = &detail.version_map;
        let plan = match change {
            StageChange::Rollback { version_id, detach_pending } => {
                let pending = if *detach_pending { Pending::Detach } else { Pending::Leave };
                map.plan_rollback(version_id, pending)
            }
            StageChange::Attach { label, version_id } => map.plan_label_attach(label, version_id),
            StageChange::Move { label, version_id } => map.plan_label_move(label, version_id),
            StageChange::Remove { label } => map.plan_label_remove(label),
            StageChange::SetPendingAside { keep_under } => map.plan_pending_aside(keep_under),
            StageChange::Recover { entry_id, way_out } => {
                return Ok((self.planned_recovery(scope, detail, entry_id, *way_out).await?, Vec::new()));
            }
            StageChange::Undo { plan_id } => {
                let Undo { plan, lost } = self.planned_undo(scope, detail, plan_id).await?;
                return Ok((plan, lost));
            }
        };
        Ok((plan.map_err(refused)?, Vec::new()))
    }

    async fn planned_undo(
        &self,
        scope: &Scope,
        detail: &SecretDetail,
        plan_id: &PlanId,
    ) -> Result<Undo, ApiError> {
        let (arn, now) = (&detail.summary.arn, &detail.version_map);
        let entry = self.journal.find(&scope.connection, &plan_id.0).await;
        let done = entry.filter(|entry| entry.secret_id == *arn && entry.result == JournalResult::Done);
        let (before, is_as_left) = match done.map(|entry| (entry.stages, entry.save)) {
            Some((Some(StageRecord { before, steps }), _)) => {
                let left = before.apply(&StagePlan { before: before.clone(), steps });
                (before, now.same_as(&left))
            }
            Some((None, Some(save))) => {
                let is_as_left = save.after().is_some_and(|left| now.same_as(&left));
                (save.before, is_as_left)
            }
            _ => {
                let message = "The journal has no such change of this secret, so there is nothing to undo.";
                return Err(ApiError::new(Code::NotFound, message));
            }
        };
        if !is_as_left {
            let message = format!(
                "The labels of {} are no longer where this change left them, so there is nothing to undo: somebody has \
                 moved them since. Nothing was written. See Versions for the current labels.",
                detail.summary.name
            );
            return Err(ApiError::new(Code::Conflict, message));
        }
        now.plan_undo(&before).map_err(refused)
    }
}

/// The version that a plan makes current.
fn new_current(plan: &StagePlan) -> Option<String> {
    let after = plan.after();
    let then = after.holder(CURRENT)?;
    (plan.before.holder(CURRENT) != Some(then)).then(|| then.to_owned())
}

fn keeping(plan: StagePlan, label: Option<&str>) -> Result<StagePlan, Refusal> {
    match (label, plan.deprecates().first().cloned()) {
        (Some(label), Some(version_id)) => plan.keeping(&version_id, label),
        _ => Ok(plan),
    }
}

/// Every version that the steps name, once.
fn touched(plan: &StagePlan) -> Vec<String> {
    let ids = plan.steps.iter().flat_map(|step| [&step.from, &step.to]).flatten();
    let mut ids: Vec<String> = ids.cloned().collect();
    ids.sort();
    ids.dedup();
    ids
}

pub(super) fn refused(refusal: Refusal) -> ApiError {
    ApiError::invalid("change", refusal.to_string())
}
