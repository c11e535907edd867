//! Plans of changes, for one secret or for many: the request, the review, the outcome of each.

use serde::{Deserialize, Serialize};

use super::{Change, Effect, LabelMove, MergeReview, NewSecret, NewVersion, Part, SavePreview, StagePreview};
use crate::error::ApiError;
use crate::guard::WritesThrough;
use crate::plan::{JournalResult, PlanId};
use crate::scope::Scope;
use crate::secret::{SecretDetail, Tag};
use crate::secret_text::ValueField;

/// Plans changes of secrets as DescribeSecret shows them now. Writes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanChanges {
    pub scope: Scope,
    /// At most one for each secret.
    pub changes: Vec<SecretChange>,
}

/// What is done to one secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecretChange {
    /// A name or an ARN; the name of a secret that is created.
    pub secret_id: String,
    pub change: AnyChange,
}

/// A change of any kind, as it is asked for. It may hold a value, so that nothing answers with it; reviews show shapes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyChange {
    /// What makes no version by its own request and moves no label.
    Plain {
        change: Change,
        /// The state that the change started from; none if unknown. If the secret has changed since, the change is
        /// reviewed before it is applied.
        begun_from: Option<Part>,
    },
    Create(NewSecret),
    SaveValue(NewVersion),
    MoveLabels(LabelMove),
}

/// Plans the undo of a journal entry. Refused if the secret has changed since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanUndo {
    pub scope: Scope,
    pub entry_id: String,
}

/// The review of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangesReview {
    pub plan_id: PlanId,
    /// In the order of the request.
    pub items: Vec<ItemReview>,
    /// Must be typed before it is applied: the name of the secret, or how many there are and the connection's name.
    pub must_type: Option<String>,
    /// Whether [`ApplyChanges::acknowledged`] must be ticked: one of the effects is grave.
    #[serde(default)]
    pub needs_tick: bool,
    /// Whether it may be applied without a review: the change is small, nothing must be typed, the connection
    /// requires nothing, no service manages the secret, and it has not changed since the change was started.
    pub is_quiet: bool,
    /// Whose credentials will write, where they are not the connection's own.
    pub writes_through: Option<WritesThrough>,
    /// Whether the journal can only be kept in memory, so an interrupted change would not be found again.
    #[serde(default)]
    pub journal_in_memory: bool,
}

/// What a plan would do to one secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemReview {
    /// The full ARN; as it was asked for where the secret could not be described.
    pub secret_id: String,
    pub name: String,
    pub planned: Planned,
    /// Who is affected, and what to know before.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// The requests as lines for the AWS CLI, which reads a value from a file; none where nothing would be sent.
    #[serde(default)]
    pub cli_lines: Vec<String>,
    /// Why there are no lines for the AWS CLI.
    #[serde(default)]
    pub cli_problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "planned", rename_all = "snake_case")]
pub enum Planned {
    Change {
        change: Change,
        before: Part,
        after: Part,
        /// `before` is not what the change was begun from: somebody has changed it since.
        changed_since: bool,
    },
    Creation {
        description: Option<String>,
        kms_key_id: Option<String>,
        tags: Vec<Tag>,
        /// Where consumers will find the value.
        field: ValueField,
        size_bytes: usize,
    },
    Save(SavePreview),
    /// Somebody else has saved since: nothing is planned before the merge is decided.
    Merge(MergeReview),
    Labels(StagePreview),
    /// This secret does not take the change, and the plan leaves it out.
    Refused(ApiError),
}

/// Applies a plan, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplyChanges {
    pub plan_id: PlanId,
    /// What [`ChangesReview::must_type`] asks for, or the name of the secret to override a check: a version that was not
    /// read.
    pub typed: Option<String>,
    /// The tick beside the effects, where [`ChangesReview::needs_tick`] asks for one.
    #[serde(default)]
    pub acknowledged: bool,
    /// Whether the review was seen: what is not [`ChangesReview::is_quiet`] is refused without it.
    pub is_reviewed: bool,
}

/// Drops a plan or a merge that waits, with the values that it holds; stops a plan that is being applied before its next
/// secret, where what was sent is settled first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelChanges {
    pub plan_id: PlanId,
}

/// The outcome of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppliedChanges {
    pub plan_id: PlanId,
    /// In the order of the review, without those that the plan left out.
    pub items: Vec<AppliedItem>,
}

/// The outcome of one secret's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppliedItem {
    /// The ARN; the name of a secret that was not created.
    pub secret_id: String,
    pub name: String,
    pub outcome: ItemOutcome,
    /// The entry of the journal; none where nothing was sent.
    pub entry_id: Option<String>,
    /// The secret as it is now, for a plan of one; none where it could not be described.
    pub detail: Option<SecretDetail>,
    /// What else there is to tell of a save.
    #[serde(default)]
    pub saved: Option<SavedValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedValue {
    /// The version that was made, if it was.
    pub version_id: String,
    /// Labels that the put took from the old version and that could not be put back.
    pub lost_labels: Vec<String>,
    /// Somebody else saved meanwhile: no edit is lost, and this is to be decided.
    pub merge: Option<MergeReview>,
}

/// Decided by what DescribeSecret shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "error", rename_all = "snake_case")]
pub enum ItemOutcome {
    Done,
    /// The plan was cancelled before this secret's turn.
    NotStarted,
    /// The secret has changed since the plan. Nothing was overwritten.
    Conflict(ApiError),
    /// Refused, and the secret is as it was.
    NotDone(ApiError),
    /// Some of its requests were applied and a later one was not.
    Partly(ApiError),
    /// An answer was lost, and DescribeSecret could not decide the outcome.
    Unknown(ApiError),
}

impl AnyChange {
    /// Of a state that nobody has looked at before.
    pub fn plain(change: Change) -> Self {
        Self::Plain { change, begun_from: None }
    }
}

impl PlanChanges {
    /// A plan of one secret.
    pub fn one(scope: Scope, secret_id: String, change: AnyChange) -> Self {
        Self { scope, changes: vec![SecretChange { secret_id, change }] }
    }
}

impl ChangesReview {
    /// What a plan of one would do; none of a plan of many.
    pub fn only(&self) -> Option<&ItemReview> {
        let [item] = self.items.as_slice() else { return None };
        Some(item)
    }
}

impl AppliedChanges {
    /// The outcome of a plan of one.
    pub fn into_only(mut self) -> Result<AppliedItem, ApiError> {
        self.items.pop().ok_or_else(|| ApiError::internal("The plan was applied to no secret."))
    }
}

impl ItemOutcome {
    pub fn error(&self) -> Option<&ApiError> {
        match self {
            Self::Done | Self::NotStarted => None,
            Self::Conflict(error) | Self::NotDone(error) | Self::Partly(error) | Self::Unknown(error) => {
                Some(error)
            }
        }
    }

    /// What the journal keeps of it.
    pub fn journal_result(&self) -> JournalResult {
        match self.clone() {
            Self::Done => JournalResult::Done,
            Self::NotStarted => JournalResult::Unfinished,
            Self::Conflict(error) => JournalResult::Conflict(error),
            Self::NotDone(error) => JournalResult::NotDone(error),
            Self::Partly(error) => JournalResult::Partly(error),
            Self::Unknown(error) => JournalResult::Unknown(error),
        }
    }
}

/// How far a plan over several secrets has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesProgress {
    pub plan_id: PlanId,
    /// How many have an outcome.
    pub ended: usize,
    /// How many of these failed; what was not started did not.
    pub failed: usize,
    pub total: usize,
}
