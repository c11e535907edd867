//! What panes and requests read of a phase.

use latchkey_domain::ApiError;
use latchkey_domain::change::{ChangesReview, ValueChange};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::writes::PlanId;

use super::{ClearValues, Edit, Merge, Phase, Question, Request, Subject};
use crate::state::described::Target;
use crate::state::editing::Editing;
use crate::state::review_texts::{ReviewText, ReviewTexts};

impl Phase {
    pub(super) fn edit(&self) -> Option<&Edit> {
        match self {
            Self::Editing { edit, .. } | Self::Merging { edit, .. } | Self::Reviewing { edit, .. } => {
                Some(edit)
            }
            Self::Idle | Self::NotBegun(..) | Self::Binary(_) | Self::Beginning(..) => None,
        }
    }

    pub(super) fn edit_mut(&mut self) -> Option<&mut Edit> {
        match self {
            Self::Editing { edit, .. } | Self::Merging { edit, .. } | Self::Reviewing { edit, .. } => {
                Some(edit)
            }
            Self::Idle | Self::NotBegun(..) | Self::Binary(_) | Self::Beginning(..) => None,
        }
    }

    /// Whether the answer to this question is waited for.
    pub fn awaits(&self, question: Question) -> bool {
        let awaited = match self {
            Self::Beginning(_, awaited) => Some(*awaited),
            _ => self.edit().and_then(Edit::waits_for),
        };
        awaited == Some(question)
    }

    /// Whether the engine is at work for the edit.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Beginning(..)) || self.edit().is_some_and(|edit| edit.waits_for().is_some())
    }

    pub fn is_saving(&self) -> bool {
        self.edit().is_some_and(|edit| matches!(edit.request, Request::Save(_)))
    }

    pub fn is_begun(&self) -> bool {
        self.subject().is_some()
    }

    /// Whether a save or a merge is in view.
    pub fn is_in_review(&self) -> bool {
        matches!(self, Self::Merging { .. } | Self::Reviewing { .. })
    }

    pub fn is_merging(&self) -> bool {
        matches!(self, Self::Merging { .. })
    }

    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Beginning(subject, _) => Some(subject),
            _ => self.edit().map(|edit| &edit.subject),
        }
    }

    /// The secret that the phase is about.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::NotBegun(target, _) | Self::Binary(target) => Some(target),
            _ => self.subject().map(|subject| &subject.target),
        }
    }

    /// The name of the secret whose value is edited.
    pub fn name(&self) -> String {
        self.subject().map(|subject| subject.name.clone()).unwrap_or_default()
    }

    /// The text that is edited.
    pub fn text(&self) -> Option<&Editing> {
        match self {
            Self::Editing { text, .. } => Some(text),
            Self::Merging { text, .. } | Self::Reviewing { text, .. } => text.as_ref(),
            Self::Idle | Self::NotBegun(..) | Self::Binary(_) | Self::Beginning(..) => None,
        }
    }

    /// Whether the end of the edit would lose what was typed.
    pub fn is_unsaved(&self) -> bool {
        self.text().is_some_and(Editing::is_changed)
    }

    pub fn is_anything_shown(&self) -> bool {
        self.values().is_some() || self.text().is_some_and(Editing::is_anything_shown)
    }

    /// Why the last step could not be taken.
    pub fn failure(&self) -> Option<&ApiError> {
        match (self, self.edit().map(|edit| &edit.request)) {
            (Self::NotBegun(_, failure), _) | (_, Some(Request::Failed(failure))) => Some(failure),
            _ => None,
        }
    }

    /// What a save would do.
    pub fn plan_in_view(&self) -> Option<&ChangesReview> {
        let Self::Reviewing { plan, .. } = self else { return None };
        Some(plan)
    }

    /// Whether the plan in view was tried in vain, and cannot be tried again.
    pub fn is_spent(&self) -> bool {
        matches!(self, Self::Reviewing { is_spent: true, .. })
    }

    /// The plan in view.
    pub fn plan_id(&self) -> Option<PlanId> {
        self.plan_in_view().map(|plan| plan.plan_id.clone())
    }

    /// Whether the value is put and verified instead of swapped.
    pub fn puts(&self) -> bool {
        self.edit().is_some_and(|edit| edit.put)
    }

    /// The merge in view or behind the preview.
    pub fn merge(&self) -> Option<&Merge> {
        match self {
            Self::Merging { merge, .. } => Some(merge),
            Self::Reviewing { merge, .. } => merge.as_ref(),
            _ => None,
        }
    }

    /// Whose edit has landed over which version of somebody else, while that merge is in view.
    pub fn unmerged(&self) -> Option<(Subject, String)> {
        let Self::Merging { edit, merge, .. } = self else { return None };
        Some((edit.subject.clone(), merge.replaced.clone()?))
    }

    /// What a save would put there: the merge with its choices, a file, or the text.
    pub fn new_value(&self) -> Option<Result<ValueChange, ApiError>> {
        self.edit()?;
        Some(match (self.merge(), self.text()) {
            (Some(merge), _) => {
                Ok(ValueChange::Merged { merge_id: merge.review.merge_id.clone(), choices: merge.chosen() })
            }
            (None, None) => Ok(ValueChange::File),
            (None, Some(text)) => match text.problem() {
                Some(problem) => Err(ApiError::invalid("value", problem)),
                None => Ok(ValueChange::Text(SecretInput::new(text.text()))),
            },
        })
    }

    /// The values of the review, while they are in the clear.
    pub fn values(&self) -> Option<&ReviewTexts> {
        match self {
            Self::Merging { values: ClearValues::Shown(texts), .. }
            | Self::Reviewing { values: ClearValues::Shown(texts), .. } => Some(texts),
            _ => None,
        }
    }

    /// The values of a review without a merge.
    pub fn values_of_edit(&self) -> Option<ReviewTexts> {
        let text = self.text()?;
        let (base, mine) = (ReviewText::new(text.original()), ReviewText::new(text.text()));
        Some(ReviewTexts { base, theirs: None, now: None, mine, merged: None })
    }
}
