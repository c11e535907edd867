//! The undo of a label change, and what it cannot restore.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{CURRENT, Refusal, StagePlan, StageStep, VersionMap};

/// A plan like any other, with what it leaves open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub plan: StagePlan,
    pub lost: Vec<Lost>,
}

/// What an undo cannot promise to restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lost", rename_all = "snake_case")]
pub enum Lost {
    /// No version was current before, and AWSCURRENT cannot be taken away.
    NoCurrentBefore,
    /// The version has no label now: AWS may have removed it.
    MayBePurged { version_id: String },
}

impl VersionMap {
    /// Goes back from these labels to earlier ones. Offered only while the secret still has these.
    pub fn plan_undo(&self, earlier: &Self) -> Result<Undo, Refusal> {
        if self.same_as(earlier) {
            return Err(Refusal::NothingToUndo);
        }
        let mut plan = StagePlan { before: self.clone(), steps: Vec::new() };
        let mut lost = Vec::new();
        match (self.holder(CURRENT), earlier.holder(CURRENT)) {
            (Some(_), None) => lost.push(Lost::NoCurrentBefore),
            (now, then) => plan.steps.extend(step(CURRENT, now, then)),
        }
        // AWSPREVIOUS has followed AWSCURRENT: the other labels are looked at in the picture after that.
        let moved = plan.after();
        let labels = moved.0.values().chain(earlier.0.values()).flatten();
        let labels: BTreeSet<_> = labels.map(String::as_str).filter(|label| *label != CURRENT).collect();
        let mut others: Vec<_> = labels
            .into_iter()
            .filter_map(|label| step(label, moved.holder(label), earlier.holder(label)))
            .collect();
        // What takes labels away comes last, so that no version is without one in between if it need not be.
        others.sort_by_key(|step| step.to.is_none());
        plan.steps.extend(others);
        if plan.steps.is_empty() {
            return Err(Refusal::CurrentCannotBeRemoved);
        }
        let targets: BTreeSet<_> = plan.steps.iter().filter_map(|step| step.to.as_deref()).collect();
        let unlabelled = targets.into_iter().filter(|id| self.labels(id).is_empty());
        lost.extend(unlabelled.map(|id| Lost::MayBePurged { version_id: id.to_owned() }));
        Ok(Undo { plan, lost })
    }
}

/// The move of a label, if it is not where it should be.
fn step(label: &str, from: Option<&str>, to: Option<&str>) -> Option<StageStep> {
    (from != to).then(|| StageStep {
        label: label.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    })
}
