//! Moves of labels: asked for, previewed, applied.

use serde::{Deserialize, Serialize};

use super::{Effect, PlanId, WayOut};
use crate::error::ApiError;
use crate::guard::WritesThrough;
use crate::scope::Scope;
use crate::secret::SecretDetail;
use crate::stages::{Lost, StageStep, VersionMap};

/// Plans a change of labels on what DescribeSecret shows now. Writes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanStages {
    pub scope: Scope,
    pub secret_id: String,
    pub change: StageChange,
    /// A new label for the version that would lose its last one.
    pub keep_under: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum StageChange {
    /// Makes a version current.
    Rollback {
        version_id: String,
        /// Whether AWSPENDING is taken from the version that AWSCURRENT leaves; left there it blocks rotation.
        detach_pending: bool,
    },
    Attach {
        label: String,
        version_id: String,
    },
    Move {
        label: String,
        version_id: String,
    },
    Remove {
        label: String,
    },
    /// Takes AWSPENDING from a version that stays under a label, so that AWS rotates again.
    SetPendingAside {
        keep_under: String,
    },
    /// Goes back from an applied plan. Refused once the labels are no longer those that it left.
    Undo {
        plan_id: PlanId,
    },
    /// Finishes or withdraws an interrupted change, planned on the current labels. The value of a withdrawn save
    /// stays readable by its version ID until AWS removes it.
    Recover {
        entry_id: String,
        way_out: WayOut,
    },
}

/// What a change would do. A masked difference of the values is `compare_versions`, on the person's click.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StagePreview {
    pub plan_id: PlanId,
    pub before: VersionMap,
    pub after: VersionMap,
    pub steps: Vec<StageStep>,
    /// The versions that lose their last label: deprecated from then on, and AWS may remove them.
    pub deprecates: Vec<String>,
    /// Who is affected, and what does not go back with the labels.
    pub effects: Vec<Effect>,
    /// What an undo cannot bring back.
    pub lost: Vec<Lost>,
    /// The version that becomes current; absent if AWSCURRENT stays.
    pub target: Option<TargetCheck>,
    /// Whether `acknowledged` must be ticked.
    pub needs_tick: bool,
    /// Whether the name of the secret must be typed: the connection requires confirmation.
    pub needs_name: bool,
    /// Whose credentials will write, where they are not the connection's own.
    #[serde(default)]
    pub writes_through: Option<WritesThrough>,
    /// Whether the journal can only be kept in memory, so an interrupted change would not be found again.
    #[serde(default)]
    pub journal_in_memory: bool,
    /// The steps for the AWS CLI, for the record.
    pub cli_lines: Vec<String>,
    /// Why there are no lines for the AWS CLI.
    pub cli_problem: Option<String>,
}

/// Whether the version that becomes current is known to be readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetCheck {
    pub version_id: String,
    /// It was read in this session. If not, it must be opened first, or the name of the secret typed.
    pub was_read: bool,
}

/// Carries a plan out, if the labels are still those that it was made on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplyPlan {
    pub plan_id: PlanId,
    /// The name of the secret, typed where the connection requires confirmation, or to override a check: a target that was not read.
    pub typed_name: Option<String>,
    /// The tick beside the effects, where the preview asks for one.
    pub acknowledged: bool,
}

/// The outcome of a plan, and the current state of the secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub plan_id: PlanId,
    pub outcome: Outcome,
    /// None where it could not be described.
    pub detail: Option<SecretDetail>,
}

/// Decided by what DescribeSecret shows, never by an error's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "error", rename_all = "snake_case")]
pub enum Outcome {
    /// The labels are as the preview showed them.
    Done,
    /// Somebody else moved labels; nothing was written over that.
    Conflict(ApiError),
    /// The step was refused and the labels are as they were before it; AWS's words stand in the error.
    NotDone(ApiError),
}
