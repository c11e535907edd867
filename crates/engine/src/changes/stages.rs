//! Plans label moves with everything to review first, and applies them.

use latchkey_domain::change::check_writable;
use latchkey_domain::cli_line::CliTarget;
use latchkey_domain::guard::WritesThrough;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::{CURRENT, Lost, Pending, Refusal, StagePlan, Undo};
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{
    Applied, ApplyPlan, Effect, JournalResult, Operation, Outcome, PlanId, PlanStages, StageChange,
    StagePreview, StageRecord, TargetCheck, WayOut, effects,
};
use latchkey_domain::{ApiError, Code, Scope};

use super::apply::Plan;
use super::labels::Open;
use super::plans::{LIFETIME, plan_id};
use crate::Engine;

/// A previewed move that waits for confirmation.
#[derive(Clone)]
pub(super) struct PlannedStages {
    scope: Scope,
    arn: String,
    name: String,
    plan: StagePlan,
    /// The version that becomes current.
    target: Option<String>,
    needs_tick: bool,
    operation: Operation,
    writes_through: Option<WritesThrough>,
    /// The entry of the journal that ends with it.
    recovers: Option<(String, WayOut)>,
}

impl Plan for PlannedStages {
    type Word = ApplyPlan;

    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn check_word(&self, engine: &Engine, word: &ApplyPlan) -> Result<(), ApiError> {
        if self.needs_tick && !word.acknowledged {
            let message = "Tick that you understand the impact, then confirm.";
            return Err(ApiError::invalid("acknowledged", message));
        }
        let connection = &self.scope.connection;
        engine.check_writer(connection, self.writes_through.as_ref())?;
        engine.check_typed(connection, &self.name, word.typed_name.as_deref())?;
        let Some(target) = &self.target else { return Ok(()) };
        let was_read = engine.values.was_read(&self.scope, &self.arn, target);
        if was_read || word.typed_name.as_ref() == Some(&self.name) {
            return Ok(());
        }
        Err(ApiError::invalid(
            "typed_name",
            format!(
                "Version {} was not read, so nobody knows that it can be. Open it first, or type the name {} to continue without verifying it.",
                short_id(target),
                self.name
            ),
        ))
    }
}

impl Engine {
    /// Describes the secret, plans the change on what is there now, and keeps the plan for two minutes.
    pub(crate) async fn plan_stages(&self, request: PlanStages) -> Result<StagePreview, ApiError> {
        // The outcome of what was cut off can be looked up all the same.
        if !matches!(request.change, StageChange::Recover { .. }) {
            self.check_guard_of_writes(&request.scope.connection)?;
        }
        let client = self.client(&request.scope).await?;
        let described = self.describe(&request.scope, &client, &request.secret_id).await;
        if let (Err(error), StageChange::Recover { entry_id, .. }) = (&described, &request.change) {
            self.end_if_gone(&request.scope, &request.secret_id, entry_id, error).await;
        }
        let detail = described?;
        if let StageChange::Recover { entry_id, .. } = &request.change {
            self.end_looked_up(&request.scope, &detail, entry_id).await?;
        }
        let (plan, lost) = self.planned_change(&request, &detail).await?;
        let guard = self.guard_of_writes(&request.scope.connection);
        check_writable(guard, &request.scope.region, &detail.summary)?;
        let plan = keeping(plan, request.keep_under.as_deref()).map_err(refused)?;
        let now = self.clock.now();
        let arn = &detail.summary.arn;
        let plan_id = plan_id(&request.scope, arn, now, &plan);
        let target = new_current(&plan);
        let mut effects = effects(&detail, &plan);
        if let StageChange::Recover { entry_id, .. } = &request.change {
            effects.extend(self.replaced_theirs(&request.scope.connection, entry_id, &detail).await);
        }
        let needs_tick = effects.iter().any(Effect::needs_tick);
        let endpoint_url = self.endpoint_of(&request.scope.connection);
        let cli = plan.cli_lines(CliTarget {
            secret_id: Some(arn),
            region: request.scope.region.as_str(),
            endpoint_url: endpoint_url.as_deref(),
        });
        let writes_through = self.writes_through(&request.scope.connection);
        let planned = PlannedStages {
            scope: request.scope.clone(),
            arn: arn.clone(),
            name: detail.summary.name.clone(),
            plan: plan.clone(),
            target: target.clone(),
            needs_tick,
            operation: match request.change {
                StageChange::Undo { .. } => Operation::UndoChange,
                _ => Operation::MoveStages,
            },
            writes_through: writes_through.clone(),
            recovers: match request.change {
                StageChange::Recover { entry_id, way_out } => Some((entry_id, way_out)),
                _ => None,
            },
        };
        self.keep(&self.plans.stages, &plan_id, &request.scope.connection, LIFETIME, planned);
        Ok(StagePreview {
            plan_id,
            after: plan.after(),
            deprecates: plan.deprecates(),
            effects,
            lost,
            target: target.map(|version_id| TargetCheck {
                was_read: self.values.was_read(&request.scope, arn, &version_id),
                version_id,
            }),
            needs_tick,
            needs_name: self.asks_for_name(&request.scope.connection),
            writes_through,
            journal_in_memory: self.journal.is_in_memory(&request.scope.connection).await,
            cli_problem: cli.as_ref().err().map(ToString::to_string),
            cli_lines: cli.unwrap_or_default(),
            before: plan.before,
            steps: plan.steps,
        })
    }

    /// Applies a plan, once; answers with what came of it and the secret as it is then.
    pub(crate) async fn apply_plan(&self, request: ApplyPlan) -> Result<Applied, ApiError> {
        let plan_id = request.plan_id.clone();
        let begun = self.begin(&self.plans.stages, &plan_id, &request).await?;
        let (planned, writer) = (&begun.plan, &begun.writer);
        let subject = (planned.arn.as_str(), planned.name.as_str());
        let mut entry = self.new_entry(writer, plan_id.0.clone(), planned.operation, subject);
        entry.version_ids = touched(&planned.plan);
        let StagePlan { before, steps } = planned.plan.clone();
        entry.stages = Some(StageRecord { before, steps });
        let moving = async {
            let moved = Box::pin(self.move_labels(writer, &planned.arn, &planned.plan)).await;
            let result = moved.as_ref().map_or_else(Open::journal_result, journal_result);
            (moved, result.into())
        };
        let moved = self.journalled(&writer.writes, entry, moving).await;
        let outcome = moved.map_err(Open::into_error)?;
        if let (Some((entry_id, way_out)), Outcome::Done) = (&planned.recovers, &outcome) {
            let after = planned.plan.after();
            self.end_recovered(&planned.scope.connection, entry_id, *way_out, &after).await;
        }
        let detail = self.describe(&planned.scope, &writer.reads, &planned.arn).await.ok();
        Ok(Applied { plan_id, outcome, detail })
    }

    /// The steps of a change, and what an undo cannot bring back.
    async fn planned_change(
        &self,
        request: &PlanStages,
        detail: &SecretDetail,
    ) -> Result<(StagePlan, Vec<Lost>), ApiError> {
        let map = &detail.version_map;
        let plan = match &request.change {
            StageChange::Rollback { version_id, detach_pending } => {
                let pending = if *detach_pending { Pending::Detach } else { Pending::Leave };
                map.plan_rollback(version_id, pending)
            }
            StageChange::Attach { label, version_id } => map.plan_label_attach(label, version_id),
            StageChange::Move { label, version_id } => map.plan_label_move(label, version_id),
            StageChange::Remove { label } => map.plan_label_remove(label),
            StageChange::SetPendingAside { keep_under } => map.plan_pending_aside(keep_under),
            StageChange::Recover { entry_id, way_out } => {
                return Ok((
                    self.planned_recovery(&request.scope, detail, entry_id, *way_out).await?,
                    Vec::new(),
                ));
            }
            StageChange::Undo { plan_id } => {
                let Undo { plan, lost } = self.planned_undo(&request.scope, detail, plan_id).await?;
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

pub(super) fn journal_result(outcome: &Outcome) -> JournalResult {
    match outcome {
        Outcome::Done => JournalResult::Done,
        Outcome::Conflict(error) => JournalResult::Conflict(error.clone()),
        Outcome::NotDone(error) => JournalResult::NotDone(error.clone()),
    }
}
