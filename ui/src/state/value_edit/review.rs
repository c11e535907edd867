//! The values behind a review, in the clear for as long as somebody looks at them.

use latchkey_domain::ApiError;
use latchkey_domain::diff::{Choice, Take};
use latchkey_domain::text::short_id;
use latchkey_domain::value::{CloseValue, Revealed, VersionRef};
use latchkey_domain::writes::{MergeReview, MergeSide, RevealMerge};

use super::phase::Phase;
use super::{Target, ValueEdit};
use crate::ipc;
use crate::state::review_texts::{ReviewText, ReviewTexts};
use crate::state::word;

impl ValueEdit {
    /// Takes one side of a row of the merge.
    pub fn choose(self, row: usize, take: Take) {
        self.update(|phase| phase.choose(row, take));
    }

    /// Back from the preview to the merge, or from either to the edit; there is no edit any more once it has landed.
    pub fn leave_review(self) {
        // What would be typed meanwhile would be lost with the edit, once the save has landed.
        if self.peek(Phase::is_saving) {
            return;
        }
        match self.peek(Phase::unmerged) {
            Some((subject, theirs)) => {
                self.drop_edit();
                self.tell_unmerged(&subject.name, &theirs);
                self.detail.follow_current(&subject.target);
            }
            None => self.dropping(Phase::leave_review),
        }
    }

    /// Leaves a review, a merge or the edit: what the engine held for it goes now.
    pub(super) fn dropping<T: Default>(self, leave: impl FnOnce(&mut Phase) -> T) -> T {
        let before = self.peek(Phase::held);
        let left = self.update(leave);
        let after = self.peek(Phase::held);
        before.into_iter().filter(|plan_id| !after.contains(plan_id)).for_each(word::let_go);
        left
    }

    /// Says what was not merged into a save that is stored.
    pub(super) fn tell_unmerged(self, name: &str, theirs: &str) {
        self.toasts.failed(&ApiError::internal(format!(
            "Saved {name}. It replaced version {}, which somebody else saved and which was not merged: compare the \
             two in Versions.",
            short_id(theirs)
        )));
    }

    /// Shows the values of the review in the clear; those of a merge are the ones that the engine holds.
    pub async fn reveal_values(self) {
        let question = self.question();
        self.update(|phase| phase.ask_values(question));
        let of_merge = self.peek(|phase| {
            let (target, merge) = (phase.target()?, phase.merge()?);
            Some((target.clone(), merge.review.clone(), merge.chosen()))
        });
        let values = match of_merge {
            Some((target, review, choices)) => values_of_merge(target, review, choices).await,
            None => match self.peek(Phase::values_of_edit) {
                Some(texts) => Ok(texts),
                None => return,
            },
        };
        self.touch();
        self.update(|phase| phase.take_values(question, values));
    }

    /// Masks the values of the review.
    pub fn hide_values(self) {
        self.update(Phase::hide_values);
    }
}

async fn values_of_merge(
    target: Target,
    review: MergeReview,
    choices: Vec<Choice>,
) -> Result<ReviewTexts, ApiError> {
    let merge_id = &review.merge_id;
    let side = async |side| match ipc::call(RevealMerge { merge_id: merge_id.clone(), side }).await? {
        Revealed::Text(text) => Ok(ReviewText::new(&text)),
        _ => Err(ApiError::internal("One side of the merge is not text.")),
    };
    let values = ReviewTexts {
        base: side(MergeSide::Base).await?,
        theirs: Some(side(MergeSide::Theirs).await?),
        now: Some(side(MergeSide::Onto).await?),
        mine: side(MergeSide::Mine).await?,
        // There is none before everything is chosen.
        merged: side(MergeSide::Merged(choices)).await.ok(),
    };
    let Target { scope, secret_id } = target;
    let version = VersionRef { scope, secret_id, version_id: review.theirs_version_id };
    // A version that cannot be closed is gone with its connection.
    drop(ipc::call(CloseValue { version }).await);
    Ok(values)
}
