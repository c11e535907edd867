//! The phases of the edit of a value, and what leads from one to the next.
//!
//! Pure: `state::value_edit` asks the engine. The answer to a question that is no longer waited for changes nothing.
//!
//! | from | by | to |
//! |---|---|---|
//! | `Idle`, `NotBegun`, `Binary` | [`Phase::begin`] | `Beginning` |
//! | `Beginning` | [`Phase::take_text`] | `Editing`, `Binary` or `NotBegun` |
//! | `Beginning` of a file | [`Phase::take_review`] | `Reviewing`, `Merging` or `NotBegun` |
//! | `Editing`, `Merging`, `Reviewing` | [`Phase::plan`] or [`Phase::save`], then [`Phase::take_review`] | `Reviewing` or `Merging` |
//! | `Reviewing` | [`Phase::leave_review`] | `Merging` if there is a merge, else `Editing`; `Idle` for a file |
//! | `Merging` | [`Phase::leave_review`] | `Editing`; `Idle` for a file, and where mine has landed over theirs |
//! | any | [`Phase::end`] | `Idle` |

mod seen;

use std::collections::BTreeMap;
use std::mem;

use latchkey_domain::ApiError;
use latchkey_domain::change::{
    AnyChange, ApplyChanges, ChangesReview, MergeReview, NewVersion, PlanChanges, Planned, ValueChange,
};
use latchkey_domain::diff::{Choice, MergeRow, MergeState, Take};
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::PlanId;

use crate::state::described::Target;
use crate::state::editing::Editing;
use crate::state::review_texts::ReviewTexts;
use crate::state::word::Said;

/// Where the edit stands, with all that is known then and nothing else. The text is none where the value comes from a
/// file, which the engine holds.
#[derive(Default)]
pub enum Phase {
    #[default]
    Idle,
    /// The value cannot be changed, or could not be read.
    NotBegun(Target, ApiError),
    /// The value is binary, which is replaced and not edited.
    Binary(Target),
    /// The value is read, or a file is asked for and its save planned.
    Beginning(Subject, Question),
    /// The value is typed.
    Editing { edit: Edit, text: Editing },
    /// Somebody else has saved meanwhile, and sides are chosen.
    Merging { edit: Edit, text: Option<Editing>, merge: Merge, values: ClearValues },
    /// What a save would do is in view, and the merge that it comes from is behind it. What was tried in vain is spent.
    Reviewing {
        edit: Edit,
        text: Option<Editing>,
        merge: Option<Merge>,
        values: ClearValues,
        plan: Box<ChangesReview>,
        is_spent: bool,
    },
}

/// Names a request to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question(pub u32);

/// What is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub target: Target,
    pub name: String,
    /// None for the first value of a secret.
    pub base_version_id: Option<String>,
}

/// What lasts from the begin of an edit to its end.
pub struct Edit {
    subject: Subject,
    /// Put and verify instead of a swap.
    put: bool,
    request: Request,
}

/// The last request of an edit.
enum Request {
    Settled,
    /// What a save would do; `put_before` counts again if it is not answered.
    Plan {
        question: Question,
        put_before: bool,
    },
    /// It is answered even if its review is left.
    Save(Question),
    Failed(ApiError),
}

/// Three versions of the value, and the sides that were chosen.
pub struct Merge {
    pub review: MergeReview,
    /// By the place of the row.
    choices: BTreeMap<usize, Take>,
    /// The version of somebody else that a save of this edit has replaced, in this merge or one before it.
    replaced: Option<String>,
}

/// The values of a review in the clear.
pub enum ClearValues {
    Masked,
    Asked(Question),
    Shown(Box<ReviewTexts>),
}

impl Subject {
    /// The version that the edit begins with.
    pub fn base(&self) -> Option<VersionRef> {
        let Target { scope, secret_id } = self.target.clone();
        Some(VersionRef { scope, secret_id, version_id: self.base_version_id.clone()? })
    }

    /// The question what a save would do.
    pub fn plan(&self, change: ValueChange, put: bool) -> PlanChanges {
        let Target { scope, secret_id } = self.target.clone();
        let version = NewVersion { base_version_id: self.base_version_id.clone(), change, put };
        PlanChanges::one(scope, secret_id, AnyChange::SaveValue(version))
    }
}

impl Edit {
    fn new(subject: Subject) -> Self {
        Self { subject, put: false, request: Request::Settled }
    }

    fn waits_for(&self) -> Option<Question> {
        match self.request {
            Request::Plan { question, .. } | Request::Save(question) => Some(question),
            Request::Settled | Request::Failed(_) => None,
        }
    }

    /// Ends what was asked without a review: what is in view is still the way of before.
    fn end_with(&mut self, request: Request) {
        if let Request::Plan { put_before, .. } = self.request {
            self.put = put_before;
        }
        self.request = request;
    }

    /// A plan or failure no longer matches what is shown; a running save continues.
    fn forget_plan(&mut self) {
        if !matches!(self.request, Request::Save(_)) {
            self.end_with(Request::Settled);
        }
    }
}

impl Merge {
    /// Whether a save of this edit has landed, so that there is no edit to go back to.
    pub fn has_landed(&self) -> bool {
        self.replaced.is_some()
    }

    /// The side that was chosen of a row.
    pub fn choice(&self, row: usize) -> Option<Take> {
        self.choices.get(&row).copied()
    }

    /// How many rows must still be chosen.
    pub fn undecided(&self) -> usize {
        let is_open = |(at, row): &(usize, &MergeRow)| {
            row.state == MergeState::Conflict && !self.choices.contains_key(at)
        };
        self.review.rows.iter().enumerate().filter(is_open).count()
    }

    /// The choices as the engine takes them.
    pub fn chosen(&self) -> Vec<Choice> {
        let choice = |(row, take): (&usize, &Take)| {
            Some(Choice { path: self.review.rows.get(*row)?.path.clone(), take: *take })
        };
        self.choices.iter().filter_map(choice).collect()
    }
}

impl Phase {
    /// Begins an edit, if there is none. Its answer goes to [`Self::take_text`], that of a file to
    /// [`Self::take_review`].
    pub fn begin(&mut self, question: Question, subject: Subject) -> bool {
        let begins = !self.is_begun();
        if begins {
            *self = Self::Beginning(subject, question);
        }
        begins
    }

    /// Takes the text to edit, none of a binary value. Whether it is edited now.
    pub fn take_text(&mut self, question: Question, answer: Result<Option<Editing>, ApiError>) -> bool {
        let subject = match self {
            Self::Beginning(subject, asked) if *asked == question => subject.clone(),
            _ => return false,
        };
        *self = match answer {
            Ok(Some(text)) => Self::Editing { edit: Edit::new(subject), text },
            Ok(None) => Self::Binary(subject.target),
            Err(failure) => Self::NotBegun(subject.target, failure),
        };
        self.text().is_some()
    }

    /// Changes the text in the editor.
    pub fn change(&mut self, change: impl FnOnce(&mut Editing)) {
        if let Self::Editing { edit, text } = self {
            edit.forget_plan();
            change(text);
        }
    }

    /// The question what a save would do, unless another one is open. Its answer goes to [`Self::take_review`].
    pub fn plan(&mut self, question: Question, change: ValueChange, put: bool) -> Option<PlanChanges> {
        let edit = self.edit_mut().filter(|edit| edit.waits_for().is_none())?;
        edit.request = Request::Plan { question, put_before: edit.put };
        edit.put = put;
        Some(edit.subject.plan(change, put))
    }

    /// Takes what a save would do, or the merge that has to be decided before. Whether it counts.
    pub fn take_review(&mut self, question: Question, answer: Result<ChangesReview, ApiError>) -> bool {
        let counts = self.awaits(question);
        if counts {
            match answer.map(|plan| (plan.only().map(|item| item.planned.clone()), plan)) {
                Ok((Some(Planned::Merge(merge)), _)) => self.show_merge(merge),
                Ok((_, plan)) => self.show_plan(plan),
                Err(failure) => self.fail(failure),
            }
        }
        counts
    }

    /// Takes the merge that has to be decided after a save. Whether it counts.
    pub fn take_merge(&mut self, question: Question, merge: MergeReview) -> bool {
        let counts = self.awaits(question);
        if counts {
            self.show_merge(merge);
        }
        counts
    }

    fn show_plan(&mut self, plan: ChangesReview) {
        if let Some((edit, text, merge, values)) = self.take_parts() {
            let plan = Box::new(plan);
            *self = Self::Reviewing { edit, text, merge, values, plan, is_spent: false };
        }
    }

    fn show_merge(&mut self, review: MergeReview) {
        if let Some((edit, text, before, _)) = self.take_parts() {
            let replaced = review.has_landed().then(|| review.theirs_version_id.clone());
            let replaced = replaced.or_else(|| before?.replaced);
            let merge = Merge { review, choices: BTreeMap::new(), replaced };
            *self = Self::Merging { edit, text, merge, values: ClearValues::Masked };
        }
    }

    /// What goes on in the next phase, with nothing asked.
    fn take_parts(&mut self) -> Option<(Edit, Option<Editing>, Option<Merge>, ClearValues)> {
        let (mut edit, text, merge, values) = match mem::take(self) {
            Self::Beginning(subject, _) => (Edit::new(subject), None, None, ClearValues::Masked),
            Self::Editing { edit, text } => (edit, Some(text), None, ClearValues::Masked),
            Self::Merging { edit, text, merge, values } => (edit, text, Some(merge), values),
            Self::Reviewing { edit, text, merge, values, .. } => (edit, text, merge, values),
            Self::Idle | Self::NotBegun(..) | Self::Binary(_) => return None,
        };
        edit.request = Request::Settled;
        Some((edit, text, merge, values))
    }

    /// Why the next step cannot be taken, unless one is under way.
    pub fn refuse(&mut self, failure: ApiError) {
        if !self.is_busy() {
            self.fail(failure);
        }
    }

    fn fail(&mut self, failure: ApiError) {
        if let Self::Beginning(subject, _) = self {
            *self = Self::NotBegun(subject.target.clone(), failure);
        } else if let Some(edit) = self.edit_mut() {
            edit.end_with(Request::Failed(failure));
        }
    }

    /// Takes one side of a row of the merge.
    pub fn choose(&mut self, row: usize, take: Take) {
        if let Self::Merging { edit, merge, values, .. } = self {
            edit.forget_plan();
            *values = ClearValues::Masked;
            merge.choices.insert(row, take);
        }
    }

    /// The request that carries the reviewed save out, unless another one is open.
    pub fn save(&mut self, question: Question, said: Said) -> Option<ApplyChanges> {
        let Self::Reviewing { edit, plan, is_spent: false, .. } = self else { return None };
        if edit.waits_for().is_some() {
            return None;
        }
        edit.request = Request::Save(question);
        Some(said.to(plan.plan_id.clone(), true))
    }

    /// Takes why a save was not done, and whether its plan is used up. Whether it counts.
    pub fn take_unsaved(&mut self, question: Question, failure: &ApiError, uses_up: bool) -> bool {
        let counts = self.awaits(question);
        if counts {
            self.fail(failure.clone());
            if let Self::Reviewing { is_spent, .. } = self {
                *is_spent = uses_up;
            }
        }
        counts
    }

    /// Back from the preview to the merge, or from either to the edit, if there is one.
    pub fn leave_review(&mut self) {
        *self = match mem::take(self) {
            Self::Reviewing { mut edit, text, merge: Some(merge), .. } => {
                edit.forget_plan();
                Self::Merging { edit, text, merge, values: ClearValues::Masked }
            }
            Self::Merging { merge, .. } if merge.has_landed() => Self::Idle,
            Self::Merging { mut edit, text: Some(text), .. }
            | Self::Reviewing { mut edit, text: Some(text), .. } => {
                edit.forget_plan();
                Self::Editing { edit, text }
            }
            Self::Merging { .. } | Self::Reviewing { .. } => Self::Idle,
            phase => phase,
        };
    }

    /// The plan and the merge in view, by which the engine holds their values.
    pub fn held(&self) -> Vec<PlanId> {
        let (plan, merge) = match self {
            Self::Merging { merge, .. } => (None, Some(merge)),
            Self::Reviewing { plan, merge, .. } => (Some(&plan.plan_id), merge.as_ref()),
            _ => (None, None),
        };
        plan.into_iter().chain(merge.map(|merge| &merge.review.merge_id)).cloned().collect()
    }

    /// Ends the edit and drops everything of it. Answers whose value was edited.
    pub fn end(&mut self) -> Option<Target> {
        mem::take(self).edit().map(|edit| edit.subject.target.clone())
    }

    /// The values of the review are asked for, to be shown.
    pub fn ask_values(&mut self, question: Question) {
        if let Self::Merging { values, .. } | Self::Reviewing { values, .. } = self {
            *values = ClearValues::Asked(question);
        }
    }

    /// Shows the values, unless they were hidden or changed since they were asked for.
    pub fn take_values(&mut self, question: Question, answer: Result<ReviewTexts, ApiError>) {
        let (Self::Merging { values, .. } | Self::Reviewing { values, .. }) = self else { return };
        if !matches!(values, ClearValues::Asked(asked) if *asked == question) {
            return;
        }
        match answer {
            Ok(texts) => *values = ClearValues::Shown(Box::new(texts)),
            Err(failure) => {
                *values = ClearValues::Masked;
                self.refuse(failure);
            }
        }
    }

    /// Masks the values of the review.
    pub fn hide_values(&mut self) {
        if let Self::Merging { values, .. } | Self::Reviewing { values, .. } = self {
            *values = ClearValues::Masked;
        }
    }

    /// Masks everything; what is typed stays.
    pub fn hide(&mut self) {
        self.hide_values();
        match self {
            Self::Editing { text, .. }
            | Self::Merging { text: Some(text), .. }
            | Self::Reviewing { text: Some(text), .. } => text.hide(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
