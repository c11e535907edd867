//! Saves a value by a swap: staged under a label of its own, AWSCURRENT moved by compare-and-swap, the label removed.

use std::time::Duration;

use latchkey_domain::change::ItemOutcome;
use latchkey_domain::stages::{CURRENT, StageStep, ValueSwap, VersionMap};
use latchkey_domain::{ApiError, Code};

use super::labels::{Open, WAITS, labels, moved_meanwhile, send, unknown};
use super::put::{Saving, send_value};
use super::save::PlannedSave;
use super::stages::refused;
use super::writer::Writer;
use crate::Engine;

impl Engine {
    pub(super) async fn swap_in(&self, writer: &Writer, save: &PlannedSave) -> Result<Saving, Open> {
        let planned = save.before.plan_value_swap(&save.new_version_id, &save.label);
        let ValueSwap { attach, stored, swap, .. } = match planned {
            Ok(planned) => planned,
            Err(refusal) => return Ok(Saving::with(ItemOutcome::NotDone(refused(refusal)))),
        };
        let moved = self.move_labels(writer, &save.arn, &attach).await?;
        if let ItemOutcome::NotDone(error) = &moved
            && error.code == Code::AccessDenied
        {
            self.plans.unmovable().insert((save.scope.clone(), save.arn.clone()));
        }
        if moved != ItemOutcome::Done {
            return self.withdraw(writer, save, moved).await;
        }
        let staged = attach.after();
        let failure = send_value(&writer.writes, save, &save.label).await.err();
        match self.settle(&writer.reads, &save.arn, &staged, &stored, failure).await? {
            ItemOutcome::Done => {}
            other => return self.withdraw(writer, save, other).await,
        }
        match self.move_labels_after(writer, &save.arn, &swap, &[&save.before, &staged]).await? {
            ItemOutcome::Done => Ok(Saving { left: Some(swap.after()), ..Saving::done() }),
            other => self.withdraw(writer, save, other).await,
        }
    }

    /// Takes the label away again and says how things stand. The version itself cannot be deleted.
    async fn withdraw(
        &self,
        writer: &Writer,
        save: &PlannedSave,
        outcome: ItemOutcome,
    ) -> Result<Saving, Open> {
        let is_clean = self.take_off(writer, save).await.map_err(unknown)?;
        let now = labels(&writer.reads, &save.arn).await.map_err(unknown)?;
        let is_current = now.holder(CURRENT) == Some(save.new_version_id.as_str());
        let ended = match outcome {
            _ if is_current => Saving::done(),
            ItemOutcome::NotDone(error) if now.same_as(&save.before) => {
                Saving::with(ItemOutcome::NotDone(error))
            }
            _ => self.after_conflict(save, &now).await,
        };
        Ok(Saving { is_clean, ..ended })
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
    pub(super) async fn after_conflict(&self, save: &PlannedSave, now: &VersionMap) -> Saving {
        let conflict = |error| Saving::with(ItemOutcome::Conflict(error));
        let (Some(base), Some(current)) = (&save.base, now.holder(CURRENT)) else {
            return conflict(moved_meanwhile(&save.arn));
        };
        if base.version_id == current {
            return conflict(moved_meanwhile(&save.arn));
        }
        match self.held(&save.scope, &save.arn, current).await {
            Ok(theirs) => {
                let review = self.open_merge(&save.scope, &save.arn, base, &theirs, &save.mine, &theirs);
                Saving::merge(review)
            }
            Err(mut error) => {
                let told = format!(
                    "Somebody else saved version {current} meanwhile, so nothing was overwritten; and it cannot be \
                     read for a merge. "
                );
                error.message.insert_str(0, &told);
                conflict(error)
            }
        }
    }
}
