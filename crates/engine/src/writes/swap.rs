//! Saves a value by a swap: staged under a label of its own, AWSCURRENT moved by compare-and-swap, the label removed.

use latchkey_domain::stages::{CURRENT, Pending, StagePlan, StageStep};
use latchkey_domain::writes::Outcome;
use latchkey_domain::{ApiError, Code};

use super::labels::{labels, moved_meanwhile};
use super::put::{Ended, send_value};
use super::save::PlannedSave;
use crate::Engine;
use crate::connections::Writer;

/// How often the label is looked for when a save is withdrawn.
const REMOVALS: usize = 4;

impl Engine {
    pub(super) async fn swap_in(
        &self,
        writer: &Writer,
        save: &PlannedSave,
        request_ids: &mut Vec<String>,
    ) -> Result<Ended, ApiError> {
        let base_id = save.base.as_ref().map(|base| base.version_id.as_str()).unwrap_or_default();
        let attach = save.before.plan_label_attach(&save.label, base_id).map_err(super::stages::refused)?;
        let moved = self.move_labels(writer, &save.arn, &attach).await?;
        request_ids.extend(moved.request_ids);
        if let Outcome::NotDone(error) = &moved.outcome
            && error.code == Code::AccessDenied
        {
            self.plans.unmovable().insert((save.scope.clone(), save.arn.clone()));
        }
        if moved.outcome != Outcome::Done {
            return self.withdraw(writer, save, moved.outcome).await;
        }
        let staged = attach.after();
        let carry = StageStep {
            label: save.label.clone(),
            from: Some(base_id.to_owned()),
            to: Some(save.new_version_id.clone()),
        };
        let put = StagePlan { before: staged.clone(), steps: vec![carry] }.after();
        let refused = match send_value(&writer.writes, save, &save.label).await {
            Ok(request_id) => {
                request_ids.extend(request_id);
                None
            }
            Err(error) => Some(error),
        };
        match self.settle(&writer.reads, &save.arn, &staged, &put, refused).await? {
            Outcome::Done => {}
            other => return self.withdraw(writer, save, other).await,
        }
        let mut swap =
            put.plan_rollback(&save.new_version_id, Pending::Detach).map_err(super::stages::refused)?;
        swap.steps.push(StageStep {
            label: save.label.clone(),
            from: Some(save.new_version_id.clone()),
            to: None,
        });
        let moved = self.move_labels_after(writer, &save.arn, &swap, &[&save.before, &staged]).await?;
        request_ids.extend(moved.request_ids);
        match moved.outcome {
            Outcome::Done => Ok(Ended { left: Some(swap.after()), ..Ended::done() }),
            other => self.withdraw(writer, save, other).await,
        }
    }

    /// Takes the label away again and says how things stand. The version itself cannot be deleted.
    async fn withdraw(
        &self,
        writer: &Writer,
        save: &PlannedSave,
        outcome: Outcome,
    ) -> Result<Ended, ApiError> {
        let mut is_clean = false;
        for _ in 0..REMOVALS {
            let now = labels(&writer.reads, &save.arn).await?;
            // What was refused may have landed all the same, or somebody else's label was in the way only.
            let Ok(removal) = now.plan_label_remove(&save.label) else {
                is_clean = true;
                break;
            };
            self.move_labels(writer, &save.arn, &removal).await?;
        }
        let now = labels(&writer.reads, &save.arn).await?;
        let is_current = now.holder(CURRENT) == Some(save.new_version_id.as_str());
        let ended = match outcome {
            _ if is_current => Ended::done(),
            Outcome::NotDone(error) if now.same_as(&save.before) => Ended::with(Outcome::NotDone(error)),
            _ => self.after_conflict(save, &now).await?,
        };
        Ok(Ended { is_clean, ..ended })
    }

    /// Opens the merge if somebody else has saved; else it is the labels alone that were moved.
    pub(super) async fn after_conflict(
        &self,
        save: &PlannedSave,
        now: &latchkey_domain::stages::VersionMap,
    ) -> Result<Ended, ApiError> {
        if let (Some(base), Some(current)) = (&save.base, now.holder(CURRENT))
            && base.version_id != current
        {
            let theirs = self.held(&save.scope, &save.arn, current).await?;
            return Ok(Ended::merge(self.open_merge(
                &save.scope,
                &save.arn,
                base,
                &theirs,
                &save.mine,
                &theirs,
            )));
        }
        Ok(Ended::with(Outcome::Conflict(moved_meanwhile(&save.arn))))
    }
}
