//! The values behind a review, in the clear for as long as somebody looks at them.

use std::collections::BTreeMap;

use latchkey_domain::ApiError;
use latchkey_domain::diff::{Choice, Merge, Take};
use latchkey_domain::value::{SecretValue, VersionRef};
use latchkey_domain::writes::MergeReview;
use leptos::prelude::*;

use super::{Target, ValueDesk};
use crate::state::sides::{SideText, Sides};

impl ValueDesk {
    /// Shows the values of the review in the clear; theirs is read from the engine.
    pub async fn reveal_sides(self) {
        let Some(subject) = self.subject.get_untracked() else { return };
        let theirs_id =
            self.merge.with_untracked(|merge| merge.as_ref().map(|merge| merge.theirs_version_id.clone()));
        let theirs = match theirs_id {
            Some(version_id) => {
                let Target { scope, secret_id } = subject.target.clone();
                match self.source(VersionRef { scope, secret_id, version_id }).await {
                    Ok(Some(text)) => Some(text),
                    Ok(None) => return self.failure.set(Some(binary())),
                    Err(failure) => return self.failure.set(Some(failure)),
                }
            }
            None => None,
        };
        let edited = self.editing.with_untracked(|editing| {
            editing.as_ref().map(|editing| (SideText::new(editing.original()), SideText::new(editing.text())))
        });
        let Some((base, mine)) = edited.filter(|_| self.subject.get_untracked() == Some(subject)) else {
            return;
        };
        let merged = theirs.as_ref().and_then(|theirs| self.merged(&base, theirs.expose(), &mine));
        let theirs = theirs.map(|theirs| SideText::new(theirs.expose()));
        self.touched_at.set((self.clock)());
        self.sides.set(Some(Sides { base, theirs, mine, merged }));
    }

    /// The merge with the choices so far, as the engine makes it.
    fn merged(self, base: &SideText, theirs: &str, mine: &SideText) -> Option<SideText> {
        let merge = self.merge.get_untracked()?;
        let choices = self.choices.with_untracked(|choices| chosen(&merge, choices));
        let all = Merge::new(
            &SecretValue::text(base.text()),
            &SecretValue::text(theirs),
            &SecretValue::text(mine.text()),
        );
        match all.resolve(&choices).ok()? {
            SecretValue::Text(text) => Some(SideText::new(&text)),
            SecretValue::Binary(_) => None,
        }
    }
}

fn binary() -> ApiError {
    ApiError::invalid("value", "Their value is binary. It is not shown here: export it from Versions.")
}

/// The choices as the engine takes them.
pub(super) fn chosen(merge: &MergeReview, choices: &BTreeMap<usize, Take>) -> Vec<Choice> {
    let choice =
        |(row, take): (&usize, &Take)| Some(Choice { path: merge.rows.get(*row)?.path.clone(), take: *take });
    choices.iter().filter_map(choice).collect()
}
