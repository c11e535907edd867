//! Saving a value: reviewed first, never a blind overwrite.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diff::{Choice, Difference, MergeRow};
use crate::document::Edit;
use crate::plan::PlanId;
use crate::secret_text::{SecretInput, ValueField};

/// A new value, reviewed against the version that was opened. If AWSCURRENT is another version by now, that one is read
/// and the answer is a merge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewVersion {
    /// The version that was opened; none for the first value of a secret.
    pub base_version_id: Option<String>,
    pub change: ValueChange,
    /// Put and verify instead of a swap: for consumers that read AWSCURRENT when PutSecretValue happens.
    pub put: bool,
}

/// What becomes of the value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "change", content = "with", rename_all = "snake_case")]
pub enum ValueChange {
    /// Edits of the JSON document, one after the other.
    Edits(Vec<Edit>),
    Text(SecretInput),
    /// Base64 (RFC 4648, padded).
    Binary(SecretInput),
    /// The bytes of a file that the person chooses in a dialog of the engine. Text stays text where the value was
    /// text, and where there was none.
    File,
    /// The value of a plan that was not applied, once more: to be saved the other way.
    Planned(PlanId),
    /// The same, for the other field.
    PlannedIn {
        plan_id: PlanId,
        field: ValueField,
    },
    /// A merge with its choices; `base_version_id` does not count then.
    Merged {
        merge_id: PlanId,
        choices: Vec<Choice>,
    },
}

/// What a save would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavePreview {
    /// Compared with the current version; none for the first value.
    pub difference: Option<Difference>,
    pub size_bytes: usize,
    /// Where consumers will find the value.
    pub field: ValueField,
    /// Where they find it now; none for the first value.
    pub field_before: Option<ValueField>,
    /// Whether the same bytes can be stored in the other field: they came from a file, and are text.
    pub may_choose_field: bool,
    /// How many versions the secret has, deprecated ones too; unknown where they may not be listed.
    pub version_count: Option<usize>,
    pub way: SaveWay,
    pub why: WayReason,
}

/// How a value is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveWay {
    /// The first value gets AWSCURRENT immediately.
    First,
    /// Staged under a label of its own, then AWSCURRENT is swapped by compare-and-swap.
    Swap,
    /// One PutSecretValue, then a look whether somebody saved in between.
    PutAndVerify,
}

/// Why it is saved that way. `Display` says it in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayReason {
    FirstValue,
    Safest,
    Asked,
    SetSo,
    MayNotMoveStages,
    NoFreeLabel,
}

impl fmt::Display for WayReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstValue => "The secret has no value yet, so the new one becomes current immediately.",
            Self::Safest => "The new version is staged, then swapped in if nobody else has saved.",
            Self::Asked => "The new version becomes current immediately, as requested, and is verified afterwards.",
            Self::SetSo => {
                "The connection is set to save this way: the new version becomes current immediately and is verified \
                 afterwards."
            }
            Self::MayNotMoveStages => {
                "This identity may not move staging labels: the new version becomes current immediately and is \
                 verified afterwards."
            }
            Self::NoFreeLabel => {
                "All 20 labels are used: the new version becomes current immediately and is verified afterwards."
            }
        })
    }
}

/// Three versions of the value side by side, masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MergeReview {
    pub merge_id: PlanId,
    pub base_version_id: String,
    /// The version that somebody else saved, to open and reveal.
    pub theirs_version_id: String,
    /// The current version, which the result will replace: theirs, or mine where a put has landed over theirs.
    pub onto_version_id: String,
    pub rows: Vec<MergeRow>,
    /// How many rows must be chosen.
    pub conflicts: usize,
    pub size_bytes: usize,
}

impl MergeReview {
    /// Whether mine is stored already, over theirs.
    pub fn has_landed(&self) -> bool {
        self.onto_version_id != self.theirs_version_id
    }
}

/// Hands one side of an open merge to the front end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevealMerge {
    pub merge_id: PlanId,
    pub side: MergeSide,
}

/// A value of a merge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "side", content = "with", rename_all = "snake_case")]
pub enum MergeSide {
    Base,
    Theirs,
    Mine,
    /// What is current.
    Onto,
    /// What comes of these choices.
    Merged(Vec<Choice>),
}
