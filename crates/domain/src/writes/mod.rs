//! The journal of changes, and the ways out of one that was cut off.

mod journal;
mod recovery;

pub use crate::change::{
    Effect, MergeReview, MergeSide, RevealMerge, SavePreview, SaveWay, StageChange, StagePreview,
    TargetCheck, ValueChange, WayReason,
};
pub use crate::plan::{JournalResult, Operation, PLAN_LIFETIME_SECONDS, PlanId, WayOut};
pub use journal::{
    ExportJournal, ExportedJournal, JournalEntry, JournalPage, SaveRecord, SearchJournal, SearchWords,
    StageRecord, Touched,
};
pub use recovery::Recovery;
