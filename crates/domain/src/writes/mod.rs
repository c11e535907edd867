//! Changes to a secret in two steps: a plan with its preview, and its application.
//!
//! Nothing here holds a value; what a person typed comes in as `SecretInput`.

mod effect;
mod journal;
mod recovery;
mod save;
mod stages;

pub use crate::plan::{JournalResult, Operation, PLAN_LIFETIME_SECONDS, PlanId};
pub use effect::{Effect, effects};
pub use journal::{
    ExportJournal, ExportedJournal, JournalEntry, JournalPage, SaveRecord, SearchJournal, SearchWords,
    StageRecord, Touched,
};
pub use recovery::{Recovery, WayOut};
pub use save::{
    ApplySave, MergeReview, MergeSide, PlanSave, RevealMerge, SaveOutcome, SavePreview, SaveReview, SaveWay,
    Saved, ValueChange, WayReason,
};
pub use stages::{Applied, ApplyPlan, Outcome, PlanStages, StageChange, StagePreview, TargetCheck};
