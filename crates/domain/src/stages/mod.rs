//! Staging labels: which version holds which, and the effect of moving them, computed in advance.
//!
//! The rules are AWS's as recorded: moving AWSCURRENT takes AWSPREVIOUS along to the version that loses it, custom labels
//! stay, and AWSPENDING stays where it is. Nothing here sends a request; a plan is a list of UpdateSecretVersionStage
//! calls and the labels that they leave.

mod plan;
mod swap;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use plan::{Pending, Refusal, StagePlan, StageStep};
pub use swap::{ValueSwap, save_label};
pub use undo::{Lost, Undo};

pub const CURRENT: &str = "AWSCURRENT";
pub const PREVIOUS: &str = "AWSPREVIOUS";
pub const PENDING: &str = "AWSPENDING";

/// Staging labels that a secret may have across all of its versions (AWS quota).
pub const MAX_LABELS: usize = 20;

/// Which staging labels each version holds: the state that moves are planned on. A version without a label is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionMap(pub BTreeMap<String, Vec<String>>);

impl VersionMap {
    /// The version that holds a label.
    pub fn holder(&self, label: &str) -> Option<&str> {
        let (version_id, _) = self.0.iter().find(|(_, labels)| labels.iter().any(|held| held == label))?;
        Some(version_id)
    }

    /// The labels of a version; none for one that is deprecated.
    pub fn labels(&self, version_id: &str) -> &[String] {
        self.0.get(version_id).map_or(&[], Vec::as_slice)
    }

    /// How many labels the secret has, of [`MAX_LABELS`].
    pub fn label_count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether both show the same labels on the same versions; the order of labels means nothing. This is the
    /// comparison before every write: a difference is a conflict.
    pub fn same_as(&self, other: &Self) -> bool {
        self.as_sets() == other.as_sets()
    }

    /// Whether AWSPENDING sits on another version than AWSCURRENT: a rotation is in progress or stuck, and AWS refuses
    /// every further one.
    pub fn blocks_rotation(&self) -> bool {
        self.holder(PENDING).is_some_and(|pending| self.holder(CURRENT) != Some(pending))
    }

    /// The version that the current one replaced, where it is not the one that was current `before`: somebody has saved
    /// in between.
    pub fn replaced_since(&self, before: &Self) -> Option<&str> {
        let expected = before.holder(CURRENT).or_else(|| before.holder(PREVIOUS));
        self.holder(PREVIOUS).filter(|replaced| Some(*replaced) != expected)
    }

    /// The labels after a plan.
    pub fn apply(&self, plan: &StagePlan) -> Self {
        let mut after = self.clone();
        for step in &plan.steps {
            after.take_step(step);
        }
        after
    }

    /// One UpdateSecretVersionStage, as AWS carries it out.
    fn take_step(&mut self, step: &StageStep) {
        let StageStep { label, from, to } = step;
        if let Some(from) = from {
            self.detach(label, from);
        }
        if let Some(to) = to {
            self.attach(label, to);
        }
        if let (CURRENT, Some(from), Some(_)) = (label.as_str(), from, to) {
            if let Some(previous) = self.holder(PREVIOUS).map(str::to_owned) {
                self.detach(PREVIOUS, &previous);
            }
            self.attach(PREVIOUS, from);
        }
    }

    fn attach(&mut self, label: &str, version_id: &str) {
        let labels = self.0.entry(version_id.to_owned()).or_default();
        if !labels.iter().any(|held| held == label) {
            labels.push(label.to_owned());
        }
    }

    fn detach(&mut self, label: &str, version_id: &str) {
        if let Some(labels) = self.0.get_mut(version_id) {
            labels.retain(|held| held != label);
            if labels.is_empty() {
                self.0.remove(version_id);
            }
        }
    }

    fn as_sets(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let sets =
            self.0.iter().map(|(id, labels)| (id.as_str(), labels.iter().map(String::as_str).collect()));
        sets.filter(|(_, labels): &(_, BTreeSet<_>)| !labels.is_empty()).collect()
    }
}
