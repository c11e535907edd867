//! The four steps of a rotation, as far as labels and versions show them, without access to the function.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::SecretDetail;
use crate::stages::{CURRENT, PENDING};

/// What Secrets Manager asks of a rotation function, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
    CreateSecret,
    SetSecret,
    TestSecret,
    FinishSecret,
}

impl RotationStep {
    /// In the order in which they are called.
    pub const ALL: [Self; 4] = [Self::CreateSecret, Self::SetSecret, Self::TestSecret, Self::FinishSecret];

    /// The name in the event that the function gets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "createSecret",
            Self::SetSecret => "setSecret",
            Self::TestSecret => "testSecret",
            Self::FinishSecret => "finishSecret",
        }
    }

    /// What the function does in it.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::CreateSecret => "generates the new value and stores it in the version with AWSPENDING",
            Self::SetSecret => "sets the new value at the service",
            Self::TestSecret => "tests the new value at the service",
            Self::FinishSecret => "makes the version AWSCURRENT",
        }
    }
}

impl fmt::Display for RotationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Its effect is there.
    Done,
    /// Its effect is not there yet, and everything before it is done.
    UnderWay,
    /// Not observable: it leaves no trace in labels or versions.
    NotVisible,
    /// Pending: an earlier step comes first.
    Waiting,
    Failed,
}

impl StepState {
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UnderWay => "in progress",
            Self::NotVisible => "not observable",
            Self::Waiting => "pending",
            Self::Failed => "failed",
        }
    }
}

/// How far the rotation is that makes one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub version_id: String,
    /// In the order of [`RotationStep::ALL`].
    pub states: [StepState; 4],
}

impl Progress {
    /// What the labels say of a version; none once it has neither AWSPENDING nor AWSCURRENT.
    pub fn of(detail: &SecretDetail, version_id: &str) -> Option<Self> {
        use StepState::{Done, NotVisible, UnderWay, Waiting};
        let labels = detail.version_map.labels(version_id);
        let holds = |label: &str| labels.iter().any(|held| held == label);
        let version = detail.versions.iter().find(|version| version.version_id == version_id);
        let states = if holds(CURRENT) {
            [Done; 4]
        } else if holds(PENDING) {
            match version.and_then(|version| version.has_value) {
                Some(false) => [UnderWay, Waiting, Waiting, Waiting],
                Some(true) => [Done, NotVisible, NotVisible, Waiting],
                None => [NotVisible, NotVisible, NotVisible, Waiting],
            }
        } else {
            return None;
        };
        Some(Self { version_id: version_id.to_owned(), states })
    }

    /// The same with a step of which it is known that it failed: what comes before it is done.
    pub fn failed_at(mut self, step: RotationStep) -> Self {
        if self.is_complete() {
            return self;
        }
        let at = RotationStep::ALL.iter().position(|known| *known == step).unwrap_or_default();
        for (place, state) in self.states.iter_mut().enumerate() {
            *state = match place.cmp(&at) {
                std::cmp::Ordering::Less => StepState::Done,
                std::cmp::Ordering::Equal => StepState::Failed,
                std::cmp::Ordering::Greater => StepState::Waiting,
            };
        }
        self
    }

    pub fn is_complete(&self) -> bool {
        self.states == [StepState::Done; 4]
    }
}

/// The version that a rotation is making, or that one has left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingVersion {
    pub version_id: String,
    /// None where versions may not be listed.
    pub has_value: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
}

impl PendingVersion {
    /// The version with AWSPENDING, unless it is the one that readers get: then the rotation is complete.
    pub fn of(detail: &SecretDetail) -> Option<Self> {
        let version_id = detail.version_map.holder(PENDING)?;
        if detail.version_map.holder(CURRENT) == Some(version_id) {
            return None;
        }
        let version = detail.versions.iter().find(|version| version.version_id == version_id);
        Some(Self {
            version_id: version_id.to_owned(),
            has_value: version.and_then(|version| version.has_value),
            created_at: version.and_then(|version| version.created_at),
        })
    }
}
