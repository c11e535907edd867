//! What every plan of a write has: its id, the operation that it is, and its result in the journal.

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Names one plan: a hash of its scope, the labels that it was made on, and the change. It can be used once, within
/// [`PLAN_LIFETIME_SECONDS`]; the journal knows what was done under the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

/// How long a plan can be applied.
pub const PLAN_LIFETIME_SECONDS: i64 = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    CreateSecret,
    MoveStages,
    UndoChange,
    SaveValue,
    SaveRotation,
    RotateSecret,
    CancelRotation,
    SaveDescription,
    SaveKmsKey,
    SaveTags,
    DeleteSecret,
    RestoreSecret,
}

impl Operation {
    /// As a person reads and searches it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CreateSecret => "create secret",
            Self::MoveStages => "move labels",
            Self::UndoChange => "undo change",
            Self::SaveValue => "save value",
            Self::SaveRotation => "save rotation",
            Self::RotateSecret => "rotate secret",
            Self::CancelRotation => "cancel rotation",
            Self::SaveDescription => "change description",
            Self::SaveKmsKey => "change encryption key",
            Self::SaveTags => "change tags",
            Self::DeleteSecret => "delete secret",
            Self::RestoreSecret => "restore secret",
        }
    }
}

/// Which way out of a half-done change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayOut {
    Finish,
    Withdraw,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", content = "error", rename_all = "snake_case")]
pub enum JournalResult {
    /// In progress or interrupted: the console closed before it knew the outcome.
    Unfinished,
    Done,
    Conflict(ApiError),
    NotDone(ApiError),
    /// Some of its requests were applied and a later one was not.
    Partly(ApiError),
    /// An answer was lost, and DescribeSecret could not decide the outcome.
    Unknown(ApiError),
}

impl JournalResult {
    /// Whether its outcome is still to be decided.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Unfinished | Self::Unknown(_))
    }

    pub fn words(&self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Done => "done",
            Self::Conflict(_) => "conflict",
            Self::NotDone(_) => "not done",
            Self::Partly(_) => "partly done",
            Self::Unknown(_) => "unknown",
        }
    }
}
