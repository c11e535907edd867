//! Plans of moves, and why one cannot be made.

use serde::{Deserialize, Serialize};

use super::swap::is_save_label;
use super::{CURRENT, MAX_LABELS, PENDING, PREVIOUS, VersionMap};
use crate::cli_line::{CliLineError, CliTarget, option};
use crate::text::short_id;

/// Characters that AWS allows in a label.
const MAX_LABEL_CHARS: usize = 256;

/// Label moves, in order, and the labels that they were planned on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlan {
    pub before: VersionMap,
    pub steps: Vec<StageStep>,
}

/// One UpdateSecretVersionStage. AWS carries it out only if the label is where `from` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageStep {
    pub label: String,
    /// RemoveFromVersionId: the version that holds the label; none if no version does.
    pub from: Option<String>,
    /// MoveToVersionId; none to take the label away.
    pub to: Option<String>,
}

/// What becomes of AWSPENDING on a version that AWSCURRENT leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pending {
    /// It is removed in a separate step, before AWSCURRENT moves: if it stayed, AWS would refuse every later rotation.
    #[default]
    Detach,
    Leave,
}

/// Why a plan cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    #[error("Version {} is AWSCURRENT already.", short_id(version_id))]
    AlreadyCurrent { version_id: String },
    #[error("No version holds AWSCURRENT, so there is nothing to roll back from. Save a value first.")]
    NoCurrent,
    #[error("AWSCURRENT can be moved to another version, but not removed.")]
    CurrentCannotBeRemoved,
    #[error("Version {} holds {label} already.", short_id(version_id))]
    AlreadyThere { label: String, version_id: String },
    #[error("{label} is on version {}. Move it from there.", short_id(version_id))]
    AttachedElsewhere { label: String, version_id: String },
    #[error("No version holds {label}.")]
    NotAttached { label: String },
    #[error(
        "The secret has all {MAX_LABELS} labels that AWS allows across its versions. Remove one that is not needed."
    )]
    TooManyLabels,
    #[error("A label has 1 to {MAX_LABEL_CHARS} characters.")]
    LabelLength,
    #[error("Version {} keeps a label, so it needs no other to be kept.", short_id(version_id))]
    NotLosingItsLabels { version_id: String },
    #[error("The labels are as they were: there is nothing to undo.")]
    NothingToUndo,
}

impl VersionMap {
    /// Makes a version current, a deprecated one too.
    pub fn plan_rollback(&self, target: &str, pending: Pending) -> Result<StagePlan, Refusal> {
        let current = self.holder(CURRENT).ok_or(Refusal::NoCurrent)?;
        if current == target {
            return Err(Refusal::AlreadyCurrent { version_id: target.to_owned() });
        }
        let strands_pending = self.holder(PENDING) == Some(current);
        let detach = (strands_pending && pending == Pending::Detach).then(|| StageStep {
            label: PENDING.to_owned(),
            from: Some(current.to_owned()),
            to: None,
        });
        let steps = detach.into_iter().chain([StageStep {
            label: CURRENT.to_owned(),
            from: Some(current.to_owned()),
            to: Some(target.to_owned()),
        }]);
        Ok(StagePlan { before: self.clone(), steps: steps.collect() })
    }

    /// Puts a label that no version holds on a version.
    pub fn plan_label_attach(&self, label: &str, version_id: &str) -> Result<StagePlan, Refusal> {
        Ok(self.plan_of(self.attach_step(label, version_id)?))
    }

    /// Moves a label to another version. AWSCURRENT moves as in a rollback that detaches AWSPENDING.
    pub fn plan_label_move(&self, label: &str, version_id: &str) -> Result<StagePlan, Refusal> {
        if label == CURRENT {
            return self.plan_rollback(version_id, Pending::default());
        }
        let from = self.holder(label).ok_or_else(|| Refusal::NotAttached { label: label.to_owned() })?;
        if from == version_id {
            return Err(Refusal::AlreadyThere { label: label.to_owned(), version_id: version_id.to_owned() });
        }
        Ok(self.plan_of(StageStep {
            label: label.to_owned(),
            from: Some(from.to_owned()),
            to: Some(version_id.to_owned()),
        }))
    }

    /// Takes a label away. Any but AWSCURRENT.
    pub fn plan_label_remove(&self, label: &str) -> Result<StagePlan, Refusal> {
        if label == CURRENT {
            return Err(Refusal::CurrentCannotBeRemoved);
        }
        let from = self.holder(label).ok_or_else(|| Refusal::NotAttached { label: label.to_owned() })?;
        Ok(self.plan_of(StageStep { label: label.to_owned(), from: Some(from.to_owned()), to: None }))
    }

    /// Takes AWSPENDING away from a version that stays under a label of its own: `label` is attached first, unless the
    /// version has another one. For a rotation that did not end, whose version may hold the live password.
    pub fn plan_pending_aside(&self, label: &str) -> Result<StagePlan, Refusal> {
        let plan = self.plan_label_remove(PENDING)?;
        match plan.deprecates().first().cloned() {
            Some(version_id) => plan.keeping(&version_id, label),
            None => Ok(plan),
        }
    }

    /// Puts custom labels back that no version holds any more: PutSecretValue may drop those of the version that it
    /// replaces. None if no such label is missing. The label of another save is not put back: that save removes it when
    /// it ends, and would leave it behind.
    pub fn plan_reattach(&self, earlier: &Self) -> Option<StagePlan> {
        let held = earlier.0.iter().flat_map(|(id, labels)| labels.iter().map(move |label| (id, label)));
        let steps: Vec<_> = held
            .filter(|(_, label)| ![CURRENT, PREVIOUS, PENDING].contains(&label.as_str()))
            .filter(|(_, label)| self.holder(label).is_none() && !is_save_label(label))
            .map(|(id, label)| StageStep { label: label.clone(), from: None, to: Some(id.clone()) })
            .collect();
        (!steps.is_empty()).then(|| StagePlan { before: self.clone(), steps })
    }

    fn plan_of(&self, step: StageStep) -> StagePlan {
        StagePlan { before: self.clone(), steps: vec![step] }
    }

    fn attach_step(&self, label: &str, version_id: &str) -> Result<StageStep, Refusal> {
        if !(1..=MAX_LABEL_CHARS).contains(&label.chars().count()) {
            return Err(Refusal::LabelLength);
        }
        let (label, version_id) = (label.to_owned(), version_id.to_owned());
        match self.holder(&label).map(str::to_owned) {
            Some(holder) if holder == version_id => Err(Refusal::AlreadyThere { label, version_id }),
            Some(holder) => Err(Refusal::AttachedElsewhere { label, version_id: holder }),
            None if self.label_count() >= MAX_LABELS => Err(Refusal::TooManyLabels),
            None => Ok(StageStep { label, from: None, to: Some(version_id) }),
        }
    }
}

impl StagePlan {
    /// The labels after the plan.
    pub fn after(&self) -> VersionMap {
        self.before.apply(self)
    }

    /// The versions that lose their last label: they become deprecated and AWS may remove them.
    pub fn deprecates(&self) -> Vec<String> {
        let after = self.after();
        let labelled = self.before.0.iter().filter(|(_, labels)| !labels.is_empty());
        labelled.map(|(id, _)| id.clone()).filter(|id| after.labels(id).is_empty()).collect()
    }

    /// The plan with a new label, attached first, on a version that would lose its last one.
    pub fn keeping(mut self, version_id: &str, label: &str) -> Result<Self, Refusal> {
        if !self.deprecates().iter().any(|id| id == version_id) {
            return Err(Refusal::NotLosingItsLabels { version_id: version_id.to_owned() });
        }
        // A label that the plan takes away is still attached when this step is taken.
        let kept: Vec<_> = self.steps.iter().filter(|step| step.from.is_none()).cloned().collect();
        let attached = self.before.apply(&Self { before: self.before.clone(), steps: kept });
        self.steps.insert(0, attached.attach_step(label, version_id)?);
        Ok(self)
    }

    /// The plan as lines for the AWS CLI, one for each step.
    pub fn cli_lines(&self, target: CliTarget<'_>) -> Result<Vec<String>, CliLineError> {
        let line = |step: &StageStep| {
            let options = [
                option("version-stage", "label", Some(step.label.as_str())),
                option("remove-from-version-id", "version", step.from.as_deref()),
                option("move-to-version-id", "version", step.to.as_deref()),
            ];
            target.line("update-secret-version-stage", &options, None)
        };
        self.steps.iter().map(line).collect()
    }
}
