//! Changing the value of the open secret: edited here, reviewed and saved by the engine. Nothing of the value stays
//! once the edit is over.

mod draft;
mod file;
mod refusal;
mod review;
mod save;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::diff::Take;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::{CloseValue, Part, RevealValue, Revealed, SecretInput, ValueField, VersionRef};
use latchkey_domain::writes::{MergeReview, PlanSave, SavePreview, SaveReview, ValueChange};
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

use self::refusal::refusal;
use super::described::{CURRENT, Target};
use super::detail::{Departure, Detail};
use super::editing::Editing;
use super::hiding::{hide_on_blur, tick_while};
use super::review_texts::ReviewTexts;
use super::stage_review::StageReview;
use super::toasts::Toasts;
use crate::ipc;
use draft::Drafts;
use review::chosen;

/// The edit of one secret. It stays while another tab is looked at.
#[derive(Clone, Copy)]
pub struct ValueEdit {
    detail: Detail,
    stage_review: StageReview,
    toasts: Toasts,
    settings: Signal<Settings>,
    clock: fn() -> DateTime<Utc>,
    subject: RwSignal<Option<Subject>>,
    pub editing: RwSignal<Option<Editing>>,
    /// The new value comes from a file that the engine asks for.
    pub is_file: RwSignal<bool>,
    /// When something was last typed or shown.
    touched_at: RwSignal<DateTime<Utc>>,
    /// What the engine says that a save would do.
    pub preview: RwSignal<Option<SavePreview>>,
    /// Somebody else has saved meanwhile. It stays behind the preview of what was merged.
    pub merge: RwSignal<Option<MergeReview>>,
    /// A version of somebody else that a save of this edit has replaced, to be merged.
    replaced: RwSignal<Option<String>>,
    /// The plan in view was tried in vain, and cannot be tried again.
    pub is_spent: RwSignal<bool>,
    /// The sides that were chosen in a merge, by the place of the row.
    pub choices: RwSignal<BTreeMap<usize, Take>>,
    /// The name of the secret, where a save must be meant.
    pub typed_name: RwSignal<String>,
    /// Put and verify instead of a swap.
    pub put: RwSignal<bool>,
    /// The values of both sides of the review, in the clear.
    pub review_texts: RwSignal<Option<ReviewTexts>>,
    pub failure: RwSignal<Option<ApiError>>,
    /// The value was found to be binary when its edit was to begin.
    binary: RwSignal<Option<Target>>,
    pub busy: RwSignal<bool>,
    drafts: Drafts,
}

/// What is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    target: Target,
    name: String,
    /// None for the first value of a secret.
    base_version_id: Option<String>,
}

impl ValueEdit {
    pub fn new(
        detail: Detail,
        stage_review: StageReview,
        toasts: Toasts,
        settings: Signal<Settings>,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            detail,
            stage_review,
            toasts,
            settings,
            clock,
            subject: RwSignal::default(),
            editing: RwSignal::new(None),
            is_file: RwSignal::default(),
            touched_at: RwSignal::default(),
            preview: RwSignal::default(),
            merge: RwSignal::default(),
            replaced: RwSignal::default(),
            is_spent: RwSignal::default(),
            choices: RwSignal::default(),
            typed_name: RwSignal::default(),
            put: RwSignal::default(),
            review_texts: RwSignal::new(None),
            failure: RwSignal::default(),
            binary: RwSignal::default(),
            busy: RwSignal::default(),
            drafts: Drafts::default(),
        }
    }

    /// Ends the edit of a secret that is left, and masks what nobody has touched for a while. Lasts as long as the
    /// owner.
    pub fn follow(self) {
        Effect::new(move || {
            let open = self.detail.described.with(|described| described.target.clone());
            let is_left = self
                .subject
                .with_untracked(|subject| subject.as_ref().is_some_and(|s| Some(&s.target) != open.as_ref()));
            if is_left {
                self.drop_edit();
            }
        });
        let is_clear = Memo::new(move |_| {
            self.review_texts.with(Option::is_some)
                || self.editing.with(|editing| editing.as_ref().is_some_and(Editing::is_anything_shown))
        });
        self.keep_drafts();
        tick_while(is_clear, move || self.tick());
        hide_on_blur(self.settings, move || self.hide());
    }

    fn tick(self) {
        let seconds = self.settings.with_untracked(|settings| settings.hide_after_seconds);
        let hides_at = self.touched_at.get_untracked() + TimeDelta::seconds(seconds.into());
        if (self.clock)() >= hides_at {
            self.hide();
        }
    }

    /// Masks everything; what is typed stays.
    pub fn hide(self) {
        self.review_texts.set(None);
        self.editing.update(|editing| {
            if let Some(editing) = editing {
                editing.hide();
            }
        });
    }

    /// Whether the value of the open secret is being edited; tracks.
    pub fn is_editing(self) -> bool {
        let open = self.detail.described.with(|described| described.target.clone());
        self.subject.with(|subject| subject.as_ref().map(|subject| &subject.target) == open.as_ref())
            && self.editing.with(Option::is_some)
    }

    /// The name of the secret whose value is edited.
    pub fn name(self) -> Option<String> {
        self.subject.with(|subject| subject.as_ref().map(|subject| subject.name.clone()))
    }

    /// Reads the current value to edit it, or begins the first one of a secret without any.
    pub async fn begin(self) {
        let Some(subject) = self.new_subject() else { return };
        self.failure.set(None);
        self.binary.set(None);
        self.busy.set(true);
        let begun = self.read(&subject).await;
        self.busy.set(false);
        let is_open = self.detail.target_untracked().as_ref() == Some(&subject.target);
        match begun {
            _ if !is_open => {}
            Ok(None) => self.binary.set(Some(subject.target)),
            Ok(Some(editing)) => {
                self.detail.value.mask();
                self.drafts.take_up(&subject.target);
                self.detail.unsaved.set(editing.is_changed());
                self.subject.set(Some(subject));
                self.editing.set(Some(editing));
            }
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    /// The edit of a base version, as far as a draft came with it; none of a binary one.
    async fn read(self, subject: &Subject) -> Result<Option<Editing>, ApiError> {
        let source = match subject.base() {
            Some(version) => self.source(version).await?,
            None => Some(SecretInput::new("")),
        };
        let Some(source) = source else { return Ok(None) };
        Ok(Some(match self.draft_text(&subject.target).await? {
            Some(text) => Editing::resumed(source.expose(), text.expose()),
            None => Editing::new(source.expose()),
        }))
    }

    /// What an edit of the open secret is about; none, with the reason, where it cannot be changed.
    fn new_subject(self) -> Option<Subject> {
        let (target, secret) = (self.detail.target_untracked()?, self.detail.secret.get_untracked()?);
        if self.busy.get_untracked() || self.editing.with_untracked(Option::is_some) {
            return None;
        }
        if let Some(refusal) =
            refusal(self.detail.guard.get_untracked(), &secret.summary, &target.scope.region)
        {
            self.failure.set(Some(refusal));
            return None;
        }
        let base_version_id = match self.drafts.of(&target) {
            Some(draft) => draft.base_version_id,
            None => secret.version_map.holder(CURRENT).map(str::to_owned),
        };
        Some(Subject { target, name: secret.summary.name, base_version_id })
    }

    /// A version's text as it is stored, if it is one. The engine forgets it again.
    async fn source(self, version: VersionRef) -> Result<Option<SecretInput>, ApiError> {
        let revealed = ipc::call(RevealValue { version: version.clone(), part: Part::Source }).await;
        // A version that cannot be closed is gone with its connection.
        drop(ipc::call(CloseValue { version }).await);
        Ok(match revealed? {
            Revealed::Text(text) => Some(SecretInput::new(text)),
            _ => None,
        })
    }

    /// Changes the edit. Why the text could not be saved as it was says nothing of the new one.
    pub fn change(self, change: impl FnOnce(&mut Editing)) {
        self.touched_at.set((self.clock)());
        self.failure.set(None);
        self.editing.update(|editing| {
            if let Some(editing) = editing {
                change(editing);
                self.detail.unsaved.set(editing.is_changed());
            }
        });
    }

    /// Leaves the edit, if nothing is lost by it; else it is asked.
    pub fn cancel(self) {
        if self.detail.unsaved.get_untracked() {
            self.detail.departure.set(Some(Departure::Edit));
        } else {
            self.drop_edit();
        }
    }

    /// Drops the edit and goes where the person was going.
    pub fn depart(self) {
        let departure = self.detail.departure.get_untracked();
        self.drop_edit();
        match departure {
            Some(Departure::Close) => self.detail.close(),
            Some(Departure::Open(scope, secret_id)) => self.detail.open(scope, secret_id),
            Some(Departure::Show(scope, detail)) => self.detail.show(scope, *detail),
            Some(Departure::Elsewhere(go)) => go.run(()),
            Some(Departure::Edit) | None => {}
        }
    }

    /// Stays with the edit.
    pub fn stay(self) {
        self.detail.departure.set(None);
    }

    /// Drops the edit and everything typed.
    pub fn drop_edit(self) {
        self.forget_draft();
        self.merge.set(None);
        self.replaced.set(None);
        self.leave_review();
        self.editing.set(None);
        self.subject.set(None);
        self.put.set(false);
        self.is_file.set(false);
        self.detail.unsaved.set(false);
        self.detail.departure.set(None);
    }

    /// Back from the preview to the merge, or from either to the edit; there is no edit any more once it has landed.
    pub fn leave_review(self) {
        if self.preview.with_untracked(Option::is_none) {
            if let Some(theirs) = self.replaced.get_untracked() {
                return self.leave_unmerged(&theirs);
            }
            self.merge.set(None);
            self.choices.set(BTreeMap::new());
        }
        self.preview.set(None);
        self.is_spent.set(false);
        self.review_texts.set(None);
        self.typed_name.set(String::new());
        self.failure.set(None);
        if self.is_file.get_untracked() && self.merge.with_untracked(Option::is_none) {
            self.is_file.set(false);
            self.subject.set(None);
        }
    }

    /// Asks the engine what a save would do: of what was tried in vain, of the merge with its choices, or of the edit.
    pub async fn plan(self) {
        let tried = self.preview.with_untracked(|preview| Some(preview.as_ref()?.plan_id.clone()));
        if let Some(plan_id) = tried.filter(|_| self.is_spent.get_untracked()) {
            self.ask(ValueChange::Planned(plan_id)).await;
            let is_gone = |failure: &ApiError| failure.code == Code::Conflict;
            if !self.failure.with_untracked(|failure| failure.as_ref().is_some_and(is_gone)) {
                return;
            }
        }
        let merged = self.merge.with_untracked(|merge| {
            let merge = merge.as_ref()?;
            let choices = self.choices.with_untracked(|choices| chosen(merge, choices));
            Some(ValueChange::Merged { merge_id: merge.merge_id.clone(), choices })
        });
        if let Some(change) = merged {
            return self.ask(change).await;
        }
        if self.is_file.get_untracked() {
            return self.ask(ValueChange::File).await;
        }
        let problem = self.editing.with_untracked(|editing| editing.as_ref().and_then(Editing::problem));
        if let Some(problem) = problem {
            return self.failure.set(Some(ApiError::invalid("value", problem)));
        }
        let text = self.editing.with_untracked(|editing| Some(SecretInput::new(editing.as_ref()?.text())));
        if let Some(text) = text {
            self.ask(ValueChange::Text(text)).await;
        }
    }

    /// Reviews the same value for the other way of saving it.
    pub async fn choose_way(self, put: bool) {
        let planned =
            self.preview.with_untracked(|preview| preview.as_ref().map(|preview| preview.plan_id.clone()));
        let Some(plan_id) = planned.filter(|_| !self.busy.get_untracked()) else { return };
        self.put.set(put);
        self.ask(ValueChange::Planned(plan_id)).await;
        if self.failure.with_untracked(Option::is_some) {
            // What is in view is still the way of before.
            self.put.set(!put);
        }
    }

    /// Reviews the same bytes of a file for the other field.
    pub async fn choose_field(self, field: ValueField) {
        let planned =
            self.preview.with_untracked(|preview| preview.as_ref().map(|preview| preview.plan_id.clone()));
        let Some(plan_id) = planned.filter(|_| !self.busy.get_untracked()) else { return };
        self.ask(ValueChange::PlannedIn { plan_id, field }).await;
    }

    async fn ask(self, change: ValueChange) {
        let Some(subject) = self.subject.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.failure.set(None);
        self.busy.set(true);
        let Target { scope, secret_id } = subject.target.clone();
        let base_version_id = subject.base_version_id.clone();
        let put = self.put.get_untracked();
        let answer = ipc::call(PlanSave { scope, secret_id, base_version_id, change, put }).await;
        self.busy.set(false);
        if self.subject.get_untracked() != Some(subject) {
            return;
        }
        match answer {
            Ok(SaveReview::Save(preview)) => {
                self.is_spent.set(false);
                self.preview.set(Some(preview));
            }
            Ok(SaveReview::Merge(merge)) => self.show_merge(merge),
            Err(failure) => self.failure.set(Some(failure)),
        }
    }
}

impl Subject {
    fn base(&self) -> Option<VersionRef> {
        let Target { scope, secret_id } = self.target.clone();
        Some(VersionRef { scope, secret_id, version_id: self.base_version_id.clone()? })
    }
}
