//! Every change of a secret, as plain data, in two steps: a plan with its review, and its application.
//!
//! [`AnyChange`] has a row for each kind. Of a [`Change`], which is neither a value nor a move of labels, everything that
//! the rest needs to know stands here: what it requires, which requests it sends, how its outcome is decided. What a
//! person typed comes in as `SecretInput`; no review holds a value.

mod check;
mod creation;
mod effect;
mod part;
mod plan;
mod requests;
mod save;
mod stages;
mod undo;
mod writable;

use serde::{Deserialize, Serialize};

pub use check::{RECOVERY_DAYS, check_new_tags};
pub use creation::NewSecret;
pub use effect::{Effect, effects};
pub use part::{Part, Settled};
pub use plan::{
    AnyChange, AppliedChanges, AppliedItem, ApplyChanges, CancelChanges, ChangesProgress, ChangesReview,
    ItemOutcome, ItemReview, PlanChanges, PlanUndo, Planned, SavedValue, SecretChange,
};
pub use requests::WriteRequest;
pub use save::{
    MergeReview, MergeSide, NewVersion, RevealMerge, SavePreview, SaveWay, ValueChange, WayReason,
};
pub use stages::{LabelMove, StageChange, StagePreview, TargetCheck};
pub use undo::NoUndo;
pub use writable::{NotWritable, check_writable};

use crate::plan::Operation;
use crate::secret::Tag;

/// The key that AWS uses where no customer managed one is set. As an alias it begins with `alias/`.
pub const DEFAULT_KEY: &str = "aws/secretsmanager";

/// One change of one secret. None holds a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new description; empty removes it.
    Description {
        description: String,
    },
    /// Another encryption key: an id, an ARN or an alias; empty for `aws/secretsmanager`.
    KmsKey {
        kms_key_id: String,
    },
    /// The tags become these.
    Tags {
        tags: Vec<Tag>,
    },
    /// Scheduled, with days to restore the secret in.
    Delete {
        recovery_days: u32,
    },
    Restore,
    ConfigureRotation {
        /// None for a rotation that AWS manages, or to keep the function that the secret has.
        lambda_arn: Option<String>,
        schedule_expression: String,
        duration: Option<String>,
        /// False leaves the value as it is until the next window; AWS only runs testSecret now.
        rotate_immediately: bool,
        /// The version that a rotation at once makes; the plan names it.
        version_id: Option<String>,
    },
    RotateNow {
        /// The version that the rotation makes, which the plan names, or the one that it goes on with.
        version_id: Option<String>,
    },
    CancelRotation,
}

/// Whether the name of the secret must be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameIsTyped {
    Never,
    WhereGuarded,
    Always,
}

/// What the journal keeps of a change, to decide its outcome later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    pub change: Change,
    /// As the secret was described before.
    pub before: Part,
}

impl Change {
    pub fn operation(&self) -> Operation {
        match self {
            Self::Description { .. } => Operation::SaveDescription,
            Self::KmsKey { .. } => Operation::SaveKmsKey,
            Self::Tags { .. } => Operation::SaveTags,
            Self::Delete { .. } => Operation::DeleteSecret,
            Self::Restore => Operation::RestoreSecret,
            Self::ConfigureRotation { .. } => Operation::SaveRotation,
            Self::RotateNow { .. } => Operation::RotateSecret,
            Self::CancelRotation => Operation::CancelRotation,
        }
    }

    /// As it will be sent: a key without spaces around it, AWS's own key as none, and the version that a rotation makes
    /// named, so that the request sent twice is still one rotation.
    pub fn prepared(mut self, new_id: impl FnOnce() -> String) -> Self {
        match &mut self {
            Self::KmsKey { kms_key_id } => {
                let key = kms_key_id.trim();
                // AWS's own key, which DescribeSecret leaves out.
                let is_default = key.strip_prefix("alias/").unwrap_or(key) == DEFAULT_KEY;
                *kms_key_id = if is_default { String::new() } else { key.to_owned() };
            }
            Self::RotateNow { version_id }
            | Self::ConfigureRotation { version_id, rotate_immediately: true, .. }
                if version_id.is_none() =>
            {
                *version_id = Some(new_id());
            }
            _ => {}
        }
        self
    }

    /// Whether it may be applied without a review if nothing requires one: consumers are not affected.
    pub fn may_be_quiet(&self) -> bool {
        match self {
            Self::Description { .. } | Self::Tags { .. } | Self::Restore => true,
            Self::ConfigureRotation { rotate_immediately, .. } => !rotate_immediately,
            Self::KmsKey { .. } | Self::Delete { .. } | Self::RotateNow { .. } | Self::CancelRotation => {
                false
            }
        }
    }

    pub fn name_is_typed(&self) -> NameIsTyped {
        match self {
            Self::Delete { .. } => NameIsTyped::Always,
            Self::ConfigureRotation { rotate_immediately: true, .. } | Self::RotateNow { .. } => {
                NameIsTyped::WhereGuarded
            }
            _ => NameIsTyped::Never,
        }
    }
}
