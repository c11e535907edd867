//! Saves a value by a swap: staged under a label of its own, AWSCURRENT moved by compare-and-swap, the label removed.

use std::time::Duration;

use latchkey_domain::stages::{CURRENT, Pending, StagePlan, StageStep};
use latchkey_domain::writes::Outcome;
use latchkey_domain::{ApiError, Code};

use super::labels::{WAITS, labels, moved_meanwhile, send};
use super::put::{Ended, send_value};
use super::save::PlannedSave;
use super::writer::Writer;
use crate::Engine;

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
        let is_clean = self.take_off(writer, save).await?;
        let now = labels(&writer.reads, &save.arn).await?;
        let is_current = now.holder(CURRENT) == Some(save.new_version_id.as_str());
        let ended = match outcome {
            _ if is_current => Ended::done(),
            Outcome::NotDone(error) if now.same_as(&save.before) => Ended::with(Outcome::NotDone(error)),
            _ => self.after_conflict(save, &now).await?,
        };
        Ok(Ended { is_clean, ..ended })
    }

    /// Removes the label of the save from whichever version has it. No other label matters: somebody else may be moving
    /// theirs all the while. Whether it is gone, which DescribeSecret decides: a request that was refused may have
    /// landed, and one that was not sent may not be needed.
    async fn take_off(&self, writer: &Writer, save: &PlannedSave) -> Result<bool, ApiError> {
        for wait in [Duration::ZERO].iter().chain(&WAITS) {
            let now = labels(&writer.reads, &save.arn).await?;
            let Some(holder) = now.holder(&save.label) else { return Ok(true) };
            let removal = StageStep { label: save.label.clone(), from: Some(holder.to_owned()), to: None };
            if let Err(error) = send(&writer.writes, &save.arn, &removal).await
                && error.code == Code::AccessDenied
            {
                return Ok(false);
            }
            self.clock.sleep(*wait).await;
        }
        Ok(labels(&writer.reads, &save.arn).await?.holder(&save.label).is_none())
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
