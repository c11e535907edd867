//! What changes a secret, in two steps: a plan with its preview, and the word to carry it out.
//!
//! Nothing here holds a value; what a person typed comes in as `SecretInput`.

mod effect;
mod journal;
mod recovery;
mod save;
mod stages;

pub use effect::{Effect, effects};
pub use journal::{
    ExportJournal, ExportedJournal, JournalEntry, JournalPage, JournalResult, Operation, SaveRecord,
    SearchJournal, SearchWords, StageRecord, Touched,
};
pub use recovery::{Recovery, WayOut};
pub use save::{
    ApplySave, MergeReview, MergeSide, PlanSave, RevealMerge, SaveOutcome, SavePreview, SaveReview, SaveWay,
    Saved, ValueChange, WayReason,
};
pub use stages::{Applied, ApplyPlan, Outcome, PlanStages, StageChange, StagePreview, TargetCheck};

use serde::{Deserialize, Serialize};

/// Names one plan: a hash of its scope, the labels that it was made on, and the change. It can be used once, within
/// [`PLAN_LIFETIME_SECONDS`]; the journal knows what was done under the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

/// How long a plan can be applied.
pub const PLAN_LIFETIME_SECONDS: i64 = 120;
