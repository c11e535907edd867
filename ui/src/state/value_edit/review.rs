//! The values behind a review, in the clear for as long as somebody looks at them.

use std::collections::BTreeMap;

use latchkey_domain::ApiError;
use latchkey_domain::diff::{Choice, Take};
use latchkey_domain::value::{CloseValue, Revealed, VersionRef};
use latchkey_domain::writes::{MergeReview, MergeSide, RevealMerge};
use leptos::prelude::*;

use super::{Subject, Target, ValueEdit};
use crate::ipc;
use crate::state::review_texts::{ReviewText, ReviewTexts};

impl ValueEdit {
    pub(super) fn show_merge(self, merge: MergeReview) {
        if merge.has_landed() {
            self.replaced.set(Some(merge.theirs_version_id.clone()));
        }
        self.preview.set(None);
        self.is_spent.set(false);
        self.choices.set(BTreeMap::new());
        self.review_texts.set(None);
        self.merge.set(Some(merge));
    }

    /// Whether a save of this edit has landed, so that there is no edit to go back to; tracks.
    pub fn has_landed(self) -> bool {
        self.replaced.with(Option::is_some)
    }

    /// Takes one side of a row of the merge.
    pub fn choose(self, row: usize, take: Take) {
        self.review_texts.set(None);
        self.choices.update(|choices| {
            choices.insert(row, take);
        });
    }

    /// Shows the values of the review in the clear; those of a merge are the ones that the engine holds.
    pub async fn reveal_sides(self) {
        let Some(subject) = self.subject.get_untracked() else { return };
        let shown = match self.merge.get_untracked() {
            Some(merge) => self.sides_of(&subject, merge).await.map(Some),
            None => Ok(self.sides_of_edit()),
        };
        if self.subject.get_untracked() != Some(subject) {
            return;
        }
        match shown {
            Ok(review_texts) => {
                self.touched_at.set((self.clock)());
                self.review_texts.set(review_texts);
            }
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    fn sides_of_edit(self) -> Option<ReviewTexts> {
        self.editing.with_untracked(|editing| {
            let editing = editing.as_ref()?;
            let (base, mine) = (ReviewText::new(editing.original()), ReviewText::new(editing.text()));
            Some(ReviewTexts { base, theirs: None, now: None, mine, merged: None })
        })
    }

    async fn sides_of(self, subject: &Subject, merge: MergeReview) -> Result<ReviewTexts, ApiError> {
        let choices = self.choices.with_untracked(|choices| chosen(&merge, choices));
        let merge_id = &merge.merge_id;
        let side = async |side| match ipc::call(RevealMerge { merge_id: merge_id.clone(), side }).await? {
            Revealed::Text(text) => Ok(ReviewText::new(&text)),
            _ => Err(ApiError::internal("A side of the merge came back as no text.")),
        };
        let review_texts = ReviewTexts {
            base: side(MergeSide::Base).await?,
            theirs: Some(side(MergeSide::Theirs).await?),
            now: Some(side(MergeSide::Onto).await?),
            mine: side(MergeSide::Mine).await?,
            // There is none before everything is chosen.
            merged: side(MergeSide::Merged(choices)).await.ok(),
        };
        let Target { scope, secret_id } = subject.target.clone();
        let version = VersionRef { scope, secret_id, version_id: merge.theirs_version_id };
        // A version that cannot be closed is gone with its connection.
        drop(ipc::call(CloseValue { version }).await);
        Ok(review_texts)
    }
}

/// The choices as the engine takes them.
pub(super) fn chosen(merge: &MergeReview, choices: &BTreeMap<usize, Take>) -> Vec<Choice> {
    let choice =
        |(row, take): (&usize, &Take)| Some(Choice { path: merge.rows.get(*row)?.path.clone(), take: *take });
    choices.iter().filter_map(choice).collect()
}
