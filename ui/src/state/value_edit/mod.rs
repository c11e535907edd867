//! Changing the value of the open secret: edited here, reviewed and saved by the engine. Nothing of the value stays
//! once the edit is over.

mod draft;
mod file;
pub mod phase;
mod review;
mod save;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::{CloseValue, Part, RevealValue, Revealed, VersionRef};
use leptos::prelude::*;

use super::change_review::ChangeReview;
use super::described::{CURRENT, Target};
use super::detail::{Departure, Detail};
use super::editing::Editing;
use super::hiding::{hide_on_blur, tick_while};
use super::toasts::Toasts;
use crate::ipc;
use draft::Drafts;
use phase::{Phase, Question, Subject};

/// The edit of one secret. It stays while another tab is looked at.
#[derive(Clone, Copy)]
pub struct ValueEdit {
    detail: Detail,
    change_review: ChangeReview,
    toasts: Toasts,
    settings: Signal<Settings>,
    clock: fn() -> DateTime<Utc>,
    phase: RwSignal<Phase>,
    /// The number of the last question.
    asked: StoredValue<u32>,
    /// When something was last typed or shown.
    touched_at: StoredValue<DateTime<Utc>>,
    drafts: Drafts,
}

/// Where the new value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Typed,
    File,
}

impl ValueEdit {
    pub fn new(
        detail: Detail,
        change_review: ChangeReview,
        toasts: Toasts,
        settings: Signal<Settings>,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            detail,
            change_review,
            toasts,
            settings,
            clock,
            phase: RwSignal::default(),
            asked: StoredValue::default(),
            touched_at: StoredValue::default(),
            drafts: Drafts::default(),
        }
    }

    /// A part of the phase. It follows the phase, and tells only what changes of the part.
    pub fn part<T: PartialEq + Send + Sync + 'static>(
        self,
        look: impl Fn(&Phase) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.phase.with(&look))
    }

    /// A part of the phase as it is now.
    pub fn peek<T>(self, look: impl FnOnce(&Phase) -> T) -> T {
        self.phase.with_untracked(look)
    }

    fn update<T: Default>(self, change: impl FnOnce(&mut Phase) -> T) -> T {
        let changed = self.phase.try_update(change).unwrap_or_default();
        self.detail.unsaved.set(self.peek(Phase::is_unsaved));
        changed
    }

    fn question(self) -> Question {
        self.asked.update_value(|asked| *asked += 1);
        Question(self.asked.get_value())
    }

    /// Ends the edit of a secret that is left, and masks what nobody has touched for a while. Lasts as long as the
    /// owner.
    pub fn follow(self) {
        Effect::new(move || {
            self.detail.described.track();
            self.drop_left();
        });
        let is_clear = self.part(Phase::is_anything_shown);
        tick_while(is_clear, move || self.tick());
        hide_on_blur(self.settings, move || self.hide());
    }

    /// Ends what is about another secret than the open one.
    fn drop_left(self) {
        let open = self.detail.target_untracked();
        if self.peek(|phase| phase.target().is_some_and(|target| Some(target) != open.as_ref())) {
            self.drop_edit();
        }
    }

    fn touch(self) {
        self.touched_at.set_value((self.clock)());
    }

    fn tick(self) {
        let seconds = self.settings.with_untracked(|settings| settings.hide_after_seconds);
        if (self.clock)() >= self.touched_at.get_value() + TimeDelta::seconds(seconds.into()) {
            self.hide();
        }
    }

    /// Masks everything; what is typed stays.
    pub fn hide(self) {
        self.update(Phase::hide);
    }

    /// Whether the value of the open secret is being edited; tracks.
    pub fn is_editing(self) -> bool {
        self.is_of_open(|phase| phase.text().is_some())
    }

    /// Whether the open secret's value turned out to be bytes, which are replaced and not edited; tracks.
    pub fn is_binary(self) -> bool {
        self.is_of_open(|phase| matches!(phase, Phase::Binary(_)))
    }

    fn is_of_open(self, is_so: fn(&Phase) -> bool) -> bool {
        self.detail.described.with(|described| {
            self.phase.with(|phase| is_so(phase) && phase.target() == described.target.as_ref())
        })
    }

    /// Reads the current value to edit it, or begins the first one of a secret without any.
    pub async fn begin(self) {
        let Some((question, subject)) = self.start(Source::Typed) else { return };
        let text = self.read(&subject).await;
        self.drop_left();
        if self.update(|phase| phase.take_text(question, text)) {
            self.touch();
            self.detail.value.mask();
            self.drafts.take_up(&subject.target);
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

    /// Begins an edit of the open secret, from its draft or else from the current version; none, with the reason, where
    /// it cannot be changed. A file replaces the current version whatever draft there is.
    fn start(self, source: Source) -> Option<(Question, Subject)> {
        let (target, secret) = (self.detail.target_untracked()?, self.detail.secret.get_untracked()?);
        self.drop_left();
        let refusal = untrack(|| self.detail.not_writable());
        let base_version_id = match self.drafts.of(&target).filter(|_| source == Source::Typed) {
            Some(draft) => draft.base_version_id,
            None => secret.version_map.holder(CURRENT).map(str::to_owned),
        };
        let (question, subject) =
            (self.question(), Subject { target, name: secret.summary.name, base_version_id });
        if !self.update(|phase| phase.begin(question, subject.clone())) {
            return None;
        }
        if let Some(refusal) = refusal {
            self.update(|phase| phase.take_text(question, Err(refusal.into())));
            return None;
        }
        Some((question, subject))
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
        self.touch();
        self.update(|phase| phase.change(change));
        self.keep_draft_soon();
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
        if let Some(target) = self.dropping(Phase::end) {
            self.forget_draft(target);
        }
        self.detail.departure.set(None);
    }
}

#[cfg(test)]
mod tests;
