//! Merges that wait to be decided: the values that they are made of stay here, and leave one at a time when asked for.

use std::sync::Arc;

use latchkey_domain::change::{MergeReview, MergeSide, RevealMerge};
use latchkey_domain::diff::{Choice, Merge};
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::value::{Revealed, VersionRef};
use latchkey_domain::{ApiError, Scope};
use uuid::Uuid;

use super::plans::{LONG_LIFETIME, plan_id};
use super::save::Held;
use crate::Engine;

/// A merge that is being decided, and the version that its result will be saved on.
pub(super) struct OpenMerge {
    pub scope: Scope,
    pub arn: String,
    base: SecretValue,
    theirs: Held,
    mine: SecretValue,
    pub onto: Held,
    merge: Merge,
}

impl OpenMerge {
    pub fn merged(&self, choices: &[Choice]) -> Result<SecretValue, ApiError> {
        self.merge.resolve(choices).map_err(|error| ApiError::invalid("choices", error.to_string()))
    }

    fn side(&self, side: &MergeSide) -> Result<SecretValue, ApiError> {
        Ok(match side {
            MergeSide::Base => self.base.clone(),
            MergeSide::Theirs => self.theirs.value.clone(),
            MergeSide::Mine => self.mine.clone(),
            MergeSide::Onto => self.onto.value.clone(),
            MergeSide::Merged(choices) => self.merged(choices)?,
        })
    }
}

impl Engine {
    /// Lays three values side by side and keeps them until it is decided. `onto` is the version that is current.
    pub(super) fn open_merge(
        &self,
        scope: &Scope,
        arn: &str,
        base: &Held,
        theirs: &Held,
        mine: &SecretValue,
        onto: &Held,
    ) -> MergeReview {
        let merge = Merge::new(&base.value, &theirs.value, mine);
        let merge_id = plan_id(scope, self.clock.now(), &(arn, Uuid::new_v4().to_string()));
        let review = MergeReview {
            merge_id: merge_id.clone(),
            base_version_id: base.version_id.clone(),
            theirs_version_id: theirs.version_id.clone(),
            onto_version_id: onto.version_id.clone(),
            rows: merge.rows().to_vec(),
            conflicts: merge.conflicts().count(),
            size_bytes: mine.as_bytes().len(),
        };
        let open = OpenMerge {
            scope: scope.clone(),
            arn: arn.to_owned(),
            base: base.value.clone(),
            theirs: theirs.clone(),
            mine: mine.clone(),
            onto: onto.clone(),
            merge,
        };
        self.keep(&self.plans.merges, &merge_id, &scope.connection, LONG_LIFETIME, Arc::new(open));
        review
    }

    /// Hands one side of a merge to the front end, once the person has said so where the connection asks for it.
    pub(crate) async fn reveal_merge(&self, request: RevealMerge) -> Result<Revealed, ApiError> {
        let open = self.plans.merges.look(&request.merge_id, self.clock.now())?;
        let theirs = VersionRef {
            scope: open.scope.clone(),
            secret_id: open.arn.clone(),
            version_id: open.theirs.version_id.clone(),
        };
        self.check_leaves(&theirs, "Show").await?;
        match open.side(&request.side)? {
            SecretValue::Text(text) => Ok(Revealed::Text(text.to_string())),
            SecretValue::Binary(_) => Err(ApiError::invalid(
                "side",
                "The value is binary. It is not shown here: export it from Versions.",
            )),
        }
    }
}
