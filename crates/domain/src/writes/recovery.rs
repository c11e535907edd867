//! How to finish or withdraw an interrupted change, planned on the current labels.

use super::{JournalEntry, JournalResult, SaveRecord, StageRecord};
use crate::change::Change;
use crate::plan::WayOut;
use crate::stages::{CURRENT, Pending, StagePlan, StageStep, VersionMap};

/// What remains of an interrupted change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// These steps are left.
    Plan(StagePlan),
    /// It had been carried out: nothing is left to do.
    WasDone,
    /// Nothing of it is there.
    WasNotDone,
    /// It had been carried out over this version, which somebody else saved meanwhile.
    Replaced { version_id: String },
    /// The value never arrived, so there is nothing to finish with. It can be withdrawn.
    ValueIsMissing,
    /// Somebody else moved on since.
    MovedOn,
}

impl JournalEntry {
    /// The plan for this entry on the current labels.
    pub fn recover(&self, now: &VersionMap, way_out: WayOut) -> Recovery {
        match (&self.save, &self.stages) {
            (Some(save), _) => save.recover(now, way_out),
            (None, Some(stages)) => stages.recover(now, way_out),
            (None, None) => Recovery::MovedOn,
        }
    }
}

impl JournalEntry {
    /// The change that carries this one out or takes it back, once its outcome is known: what was not applied can be
    /// finished, and what was applied in part can be withdrawn as well. What was applied is undone instead.
    pub fn way_out(&self, way_out: WayOut) -> Option<Change> {
        let record = self.change.as_ref()?;
        match (way_out, &self.result) {
            (WayOut::Finish, JournalResult::NotDone(_) | JournalResult::Conflict(_)) => {
                Some(record.change.clone())
            }
            (WayOut::Withdraw, JournalResult::Conflict(_)) => record.undo().ok(),
            _ => None,
        }
    }
}

impl StageRecord {
    fn recover(&self, now: &VersionMap, way_out: WayOut) -> Recovery {
        let after = |count: usize| self.before.apply(&self.plan(&self.steps[..count], &self.before));
        let Some(landed) = (0..=self.steps.len()).rfind(|count| now.same_as(&after(*count))) else {
            return Recovery::MovedOn;
        };
        match way_out {
            _ if landed == 0 => Recovery::WasNotDone,
            _ if landed == self.steps.len() => Recovery::WasDone,
            WayOut::Finish => Recovery::Plan(self.plan(&self.steps[landed..], now)),
            WayOut::Withdraw => {
                now.plan_undo(&self.before).map_or(Recovery::MovedOn, |undo| Recovery::Plan(undo.plan))
            }
        }
    }

    fn plan(&self, steps: &[StageStep], before: &VersionMap) -> StagePlan {
        StagePlan { before: before.clone(), steps: steps.to_vec() }
    }
}

impl SaveRecord {
    fn recover(&self, now: &VersionMap, way_out: WayOut) -> Recovery {
        let new = self.new_version_id.as_str();
        let current = now.holder(CURRENT);
        let Some(label) = self.label.as_deref().filter(|label| now.holder(label).is_some()) else {
            return self.recover_without_label(now, way_out);
        };
        let Ok(mut removal) = now.plan_label_remove(label) else { return Recovery::MovedOn };
        let staged = now.holder(label) == Some(new);
        let swap = match (way_out, current) {
            (WayOut::Finish, _) if !staged => return Recovery::ValueIsMissing,
            (WayOut::Finish, Some(id)) if id == new => None,
            (WayOut::Finish, id) if id == self.base_version_id.as_deref() => Some(new),
            (WayOut::Finish, _) => return Recovery::MovedOn,
            (WayOut::Withdraw, Some(id)) if id == new => self.base_version_id.as_deref(),
            (WayOut::Withdraw, _) => None,
        };
        if let Some(target) = swap {
            let Ok(swap) = now.plan_rollback(target, Pending::Detach) else { return Recovery::MovedOn };
            // The label goes last: until then it is how the version is found again.
            removal.steps.splice(0..0, swap.steps);
        }
        Recovery::Plan(removal)
    }

    /// A put to AWSCURRENT, or a swap whose label is gone: only labels that the put dropped may be left to put back.
    fn recover_without_label(&self, now: &VersionMap, way_out: WayOut) -> Recovery {
        if let Some(theirs) = self.replaced(now) {
            return self.recover_theirs(now, theirs, way_out);
        }
        if now.labels(&self.new_version_id).is_empty() {
            return Recovery::WasNotDone;
        }
        match now.plan_reattach(&self.before).filter(|_| self.label.is_none()) {
            None => Recovery::WasDone,
            Some(plan) if way_out == WayOut::Finish => Recovery::Plan(plan),
            Some(_) if now.holder(CURRENT) != Some(&self.new_version_id) => Recovery::MovedOn,
            Some(_) => {
                now.plan_undo(&self.before).map_or(Recovery::MovedOn, |undo| Recovery::Plan(undo.plan))
            }
        }
    }

    /// The version of somebody else that a put of ours replaced unseen.
    pub fn replaced<'m>(&self, now: &'m VersionMap) -> Option<&'m str> {
        let is_put = self.label.is_none() && now.holder(CURRENT) == Some(&self.new_version_id);
        now.replaced_since(&self.before).filter(|_| is_put)
    }

    /// Withdrawn, theirs is current again. Labels that were dropped are put back either way.
    fn recover_theirs(&self, now: &VersionMap, theirs: &str, way_out: WayOut) -> Recovery {
        let dropped = now.plan_reattach(&self.before);
        if way_out == WayOut::Finish {
            return dropped.map_or(Recovery::Replaced { version_id: theirs.to_owned() }, Recovery::Plan);
        }
        let Ok(mut back) = now.plan_rollback(theirs, Pending::Detach) else { return Recovery::MovedOn };
        back.steps.extend(dropped.into_iter().flat_map(|plan| plan.steps));
        Recovery::Plan(back)
    }
}
