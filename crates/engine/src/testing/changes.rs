//! A change of one secret, planned and applied at once.

use latchkey_domain::change::{
    ApplyChanges, ApplyCreation, Change, ItemOutcome, PlanChanges, PlanCreation, SecretChange,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::writes::{JournalEntry, SearchJournal};
use latchkey_domain::{ApiError, Scope};

use super::{Bench, scope};

impl Bench {
    /// Plans a creation and applies it at once, as the front end does where no review is due.
    pub async fn create_as(&self, request: PlanCreation) -> Result<SecretDetail, ApiError> {
        let plan_id = self.engine.plan_creation(request).await?.plan_id;
        Box::pin(self.engine.apply_creation(ApplyCreation { plan_id, is_reviewed: false })).await
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
        let changes = vec![SecretChange { secret_id: secret_id.to_owned(), change, begun_from: None }];
        let review = self.engine.plan_changes(PlanChanges { scope, changes }).await?;
        let request =
            ApplyChanges { plan_id: review.plan_id, typed: typed.map(str::to_owned), is_reviewed: true };
        let item = self.engine.apply_changes(request).await?.items.remove(0);
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
