//! A change of one secret, as the tests ask for it and look at its review and its outcome.

use std::ops::Deref;

use latchkey_domain::change::{
    AnyChange, ApplyChanges, Change, ChangesReview, Effect, ItemOutcome, LabelMove, MergeReview, NewSecret,
    NewVersion, PlanChanges, Planned, SavePreview, SavedValue, StageChange, StagePreview, ValueChange,
};
use latchkey_domain::guard::WritesThrough;
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::value::NewValue;
use latchkey_domain::writes::{JournalEntry, PlanId, SearchJournal};
use latchkey_domain::{ApiError, Scope};

use super::{Bench, scope};

#[derive(Clone)]
pub struct PlanCreation {
    pub scope: Scope,
    pub name: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub value: NewValue,
    pub tags: Vec<Tag>,
}

#[derive(Clone)]
pub struct PlanSave {
    pub scope: Scope,
    pub secret_id: String,
    pub base_version_id: Option<String>,
    pub change: ValueChange,
    pub put: bool,
}

#[derive(Clone)]
pub struct PlanStages {
    pub scope: Scope,
    pub secret_id: String,
    pub change: StageChange,
    pub keep_under: Option<String>,
}

impl From<PlanCreation> for PlanChanges {
    fn from(request: PlanCreation) -> Self {
        let PlanCreation { scope, name, description, kms_key_id, value, tags } = request;
        let secret = NewSecret { description, kms_key_id, value, tags };
        Self::one(scope, name, AnyChange::Create(secret))
    }
}

impl From<PlanSave> for PlanChanges {
    fn from(request: PlanSave) -> Self {
        let PlanSave { scope, secret_id, base_version_id, change, put } = request;
        let version = NewVersion { base_version_id, change, put };
        Self::one(scope, secret_id, AnyChange::SaveValue(version))
    }
}

impl From<PlanStages> for PlanChanges {
    fn from(request: PlanStages) -> Self {
        let PlanStages { scope, secret_id, change, keep_under } = request;
        Self::one(scope, secret_id, AnyChange::MoveLabels(LabelMove { change, keep_under }))
    }
}

/// The review of a plan of one secret: of its kind, and what every kind has.
#[derive(Debug)]
pub struct Seen<T> {
    of: T,
    pub plan_id: PlanId,
    pub effects: Vec<Effect>,
    pub cli_lines: Vec<String>,
    pub needs_name: bool,
    pub needs_tick: bool,
    pub is_quiet: bool,
    pub writes_through: Option<WritesThrough>,
    /// As it crosses to the front end.
    pub text: String,
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.of
    }
}

impl<T> Seen<T> {
    fn of(review: ChangesReview, take: impl FnOnce(Planned) -> T) -> Self {
        let text = serde_json::to_string(&review).expect("a review is JSON");
        let ChangesReview { plan_id, mut items, must_type, needs_tick, is_quiet, writes_through, .. } =
            review;
        let item = items.remove(0);
        let of = take(item.planned);
        let (effects, cli_lines) = (item.effects, item.cli_lines);
        let needs_name = must_type.is_some();
        Self { of, plan_id, effects, cli_lines, needs_name, needs_tick, is_quiet, writes_through, text }
    }
}

/// What a save would do, or the merge that comes first.
#[derive(Debug)]
pub enum SaveReview {
    Save(Seen<SavePreview>),
    Merge(MergeReview),
}

/// What came of a plan of one secret; the version, the labels and the merge are those of a save.
#[derive(Debug)]
pub struct Applied {
    pub plan_id: PlanId,
    pub outcome: ItemOutcome,
    pub detail: Option<SecretDetail>,
    pub version_id: String,
    pub lost_labels: Vec<String>,
    pub merge: Option<MergeReview>,
}

impl Bench {
    pub async fn plan_creation(&self, request: PlanCreation) -> Result<Seen<()>, ApiError> {
        Ok(Seen::of(self.engine.plan_changes(request.into()).await?, drop))
    }

    pub async fn plan_stages(&self, request: PlanStages) -> Result<Seen<StagePreview>, ApiError> {
        let review = self.engine.plan_changes(request.into()).await?;
        Ok(Seen::of(review, |planned| match planned {
            Planned::Labels(preview) => preview,
            other => panic!("it is no move: {other:?}"),
        }))
    }

    pub async fn plan_save(&self, request: PlanSave) -> Result<SaveReview, ApiError> {
        let review = self.engine.plan_changes(request.into()).await?;
        if let Planned::Merge(merge) = &review.items[0].planned {
            return Ok(SaveReview::Merge(merge.clone()));
        }
        Ok(SaveReview::Save(Seen::of(review, |planned| match planned {
            Planned::Save(preview) => preview,
            other => panic!("it is no save: {other:?}"),
        })))
    }

    /// Applies a plan of one secret. What is not known, or was done in part, is an error.
    pub async fn apply(&self, request: ApplyChanges) -> Result<Applied, ApiError> {
        let plan_id = request.plan_id.clone();
        let item = Box::pin(self.engine.apply_changes(request)).await?.items.remove(0);
        if let ItemOutcome::Unknown(error) | ItemOutcome::Partly(error) = item.outcome {
            return Err(error);
        }
        let none = SavedValue { version_id: String::new(), lost_labels: Vec::new(), merge: None };
        let SavedValue { version_id, lost_labels, merge } = item.saved.unwrap_or(none);
        Ok(Applied { plan_id, outcome: item.outcome, detail: item.detail, version_id, lost_labels, merge })
    }

    /// Plans a creation and applies it at once, as the front end does where no review is due.
    pub async fn create_as(&self, request: PlanCreation) -> Result<SecretDetail, ApiError> {
        let plan_id = self.plan_creation(request).await?.plan_id;
        self.apply_creation(said(plan_id, None, false)).await
    }

    pub async fn apply_creation(&self, request: ApplyChanges) -> Result<SecretDetail, ApiError> {
        let applied = self.apply(request).await?;
        match applied.outcome.error() {
            Some(error) => Err(error.clone()),
            None => Ok(applied.detail.expect("a plan of one describes its secret")),
        }
    }

    /// Changes a secret; `typed` is what the person types. Answers the secret as it is then.
    pub async fn change(
        &self,
        secret_id: &str,
        change: Change,
        typed: Option<&str>,
    ) -> Result<SecretDetail, ApiError> {
        self.change_in(scope(), secret_id, change, typed).await
    }

    pub async fn change_in(
        &self,
        scope: Scope,
        secret_id: &str,
        change: Change,
        typed: Option<&str>,
    ) -> Result<SecretDetail, ApiError> {
        let request = PlanChanges::one(scope, secret_id.to_owned(), AnyChange::plain(change));
        let review = self.engine.plan_changes(request).await?;
        let item = self.engine.apply_changes(said(review.plan_id, typed, true)).await?.items.remove(0);
        match (item.outcome.error().cloned(), item.outcome) {
            (Some(error), _) => Err(error),
            (None, ItemOutcome::Done) => Ok(item.detail.expect("a plan of one describes its secret")),
            (None, other) => panic!("nobody cancelled it: {other:?}"),
        }
    }

    /// Every entry of the journal, newest first.
    pub async fn journal(&self) -> Vec<JournalEntry> {
        let request = SearchJournal {
            text: String::new(),
            secret_id: None,
            unfinished_only: false,
            offset: 0,
            limit: usize::MAX,
        };
        self.engine.search_journal(request).await.expect("the journal is open").entries
    }
}

/// What the person says to a plan whose effects are ticked.
pub fn said(plan_id: PlanId, typed: Option<&str>, is_reviewed: bool) -> ApplyChanges {
    ApplyChanges { plan_id, typed: typed.map(str::to_owned), acknowledged: true, is_reviewed }
}
