//! Moves of labels: asked for and previewed.

use serde::{Deserialize, Serialize};

use crate::plan::{PlanId, WayOut};
use crate::stages::{Lost, StageStep, VersionMap};

/// A move of labels, planned on what DescribeSecret shows now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelMove {
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
    /// What was asked for.
    pub moved: LabelMove,
    pub before: VersionMap,
    pub after: VersionMap,
    pub steps: Vec<StageStep>,
    /// The versions that lose their last label: deprecated from then on, and AWS may remove them.
    pub deprecates: Vec<String>,
    /// What an undo cannot bring back.
    pub lost: Vec<Lost>,
    /// The version that becomes current; absent if AWSCURRENT stays.
    pub target: Option<TargetCheck>,
}

/// Whether the version that becomes current is known to be readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetCheck {
    pub version_id: String,
    /// It was read in this session. If not, it must be opened first, or the name of the secret typed.
    pub was_read: bool,
}
