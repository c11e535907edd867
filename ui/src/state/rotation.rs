//! What is done with the rotation of the open secret: set up, changed, started, turned off.

pub mod following;
pub mod key_check;

use chrono::{DateTime, Utc};
use latchkey_domain::name::Arn;
use latchkey_domain::rotation::{CancelRotation, PendingVersion, RotateSecret, SaveRotation};
use latchkey_domain::schedule::{RotationWindow, ScheduleExpression, WindowDuration};
use latchkey_domain::secret::{Rotation, SecretDetail};
use latchkey_domain::{ApiError, Command};
use leptos::prelude::*;

use super::described::Target;
use super::detail::Detail;
use super::form_failure::FormFailure;
use super::schedule_draft::ScheduleDraft;
use super::toasts::Toasts;
use crate::ipc;
use following::Following;
use key_check::KeyCheck;

/// The function that each local vault has.
const GENERIC_PASSWORD_ROTATION: &str = "GenericPasswordRotation";

/// The members of the request that have a field in the form.
const FIELDS: [&str; 4] = ["lambda_arn", "schedule_expression", "duration", "typed_name"];

/// A question that stands over the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    RotateNow,
    /// Calls the function again for the version that has AWSPENDING.
    TryAgain,
    Cancel,
}

/// The rotation of the open secret. What is typed stays while another tab is looked at.
#[derive(Clone, Copy)]
pub struct RotationDesk {
    detail: Detail,
    toasts: Toasts,
    /// The secret whose rotation is being changed.
    edited: RwSignal<Option<Target>>,
    pub draft: RwSignal<ScheduleDraft>,
    /// Empty for a rotation that AWS manages.
    pub lambda_arn: RwSignal<String>,
    pub rotate_immediately: RwSignal<bool>,
    /// The name of the secret, where the connection wants it typed.
    pub typed_name: RwSignal<String>,
    /// Why saving failed.
    pub failure: FormFailure,
    pub question: RwSignal<Option<Question>>,
    /// Why starting or turning off failed.
    pub refusal: RwSignal<Option<ApiError>>,
    pub busy: RwSignal<bool>,
    pub following: Following,
    pub key_check: KeyCheck,
}

impl RotationDesk {
    pub fn new(detail: Detail, toasts: Toasts) -> Self {
        Self {
            detail,
            toasts,
            edited: RwSignal::default(),
            draft: RwSignal::default(),
            lambda_arn: RwSignal::default(),
            rotate_immediately: RwSignal::new(true),
            typed_name: RwSignal::default(),
            failure: FormFailure::new(&FIELDS),
            question: RwSignal::default(),
            refusal: RwSignal::default(),
            busy: RwSignal::default(),
            following: Following::new(detail),
            key_check: KeyCheck::new(detail),
        }
    }

    /// Whether the rotation of the open secret is being changed; tracks.
    pub fn is_editing(self) -> bool {
        let open = self.detail.described.with(|described| described.target.clone());
        self.edited.with(|edited| edited.is_some() && *edited == open)
    }

    /// Begins to change the rotation, from what the secret has.
    pub fn edit(self) {
        let rotation = self.detail.secret.get_untracked().and_then(|secret| secret.summary.rotation);
        self.draft.set(rotation.as_ref().map(kept_schedule).unwrap_or_default());
        // What is stored is rotated when its time comes; a new rotation is tried at once, as AWS does.
        self.rotate_immediately.set(rotation.is_none());
        let lambda_arn = rotation.and_then(|rotation| rotation.lambda_arn).unwrap_or_default();
        self.key_check.begin(&lambda_arn);
        self.lambda_arn.set(lambda_arn);
        self.failure.clear();
        self.typed_name.set(String::new());
        self.edited.set(self.detail.target_untracked());
    }

    /// Leaves everything as it was.
    pub fn leave(self) {
        self.failure.clear();
        self.edited.set(None);
    }

    /// Asks before something is done that cannot be taken back.
    pub fn ask(self, question: Question) {
        self.refusal.set(None);
        self.typed_name.set(String::new());
        self.question.set(Some(question));
    }

    /// Stores what was typed and turns rotation on. On failure everything typed stays.
    pub async fn save(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let Some(secret_id) = self.arn_untracked() else { return };
        let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let request = self.draft.with_untracked(|draft| SaveRotation {
            scope: target.scope.clone(),
            secret_id,
            lambda_arn: self.lambda_arn.with_untracked(|arn| trimmed(arn)),
            schedule_expression: draft.text().trim().to_owned(),
            duration: trimmed(draft.duration_text()),
            rotate_immediately: self.rotate_immediately.get_untracked(),
            typed_name: self.typed_untracked(),
        });
        self.failure.clear();
        let started = request.rotate_immediately;
        match self.send(&target, request, !started).await {
            Ok(()) => {
                self.leave();
                let done = "The rotation is set up and on.";
                self.toasts.done(if started { "The rotation is set up, and one has begun." } else { done });
            }
            Err(failure) => self.failure.set(failure),
        }
    }

    /// Does what the open question is about.
    pub async fn agree(self) {
        let (Some(question), Some(target)) = (self.question.get_untracked(), self.detail.target_untracked())
        else {
            return;
        };
        let Some(secret_id) = self.arn_untracked() else { return };
        let scope = target.scope.clone();
        self.refusal.set(None);
        let typed_name = self.typed_untracked();
        let again_for = match question {
            Question::TryAgain => self.pending_untracked().map(|pending| pending.version_id),
            _ => None,
        };
        let answer = match question {
            Question::RotateNow | Question::TryAgain => {
                self.send(&target, RotateSecret { scope, secret_id, again_for, typed_name }, false).await
            }
            Question::Cancel => self.send(&target, CancelRotation { scope, secret_id }, false).await,
        };
        match answer {
            Ok(()) => {
                self.question.set(None);
                self.toasts.done(match question {
                    Question::RotateNow => "A rotation has begun.",
                    Question::TryAgain => "The rotation is tried again.",
                    Question::Cancel => "Rotation is off. Its function and schedule are kept.",
                });
            }
            Err(refusal) => self.refusal.set(Some(refusal)),
        }
    }

    async fn send<C: Command<Output = SecretDetail>>(
        self,
        target: &Target,
        request: C,
        is_test: bool,
    ) -> Result<(), ApiError> {
        let before = self.detail.secret.get_untracked();
        self.busy.set(true);
        let answer = ipc::call(request).await;
        self.busy.set(false);
        self.detail.take_changed(target, answer?);
        if self.detail.target_untracked().as_ref() == Some(target) {
            self.following.begin(before, is_test);
        }
        Ok(())
    }

    /// Names and ARNs of what the local vault can call for the open secret: the function that is built in and these
    /// programs. None for a secret in AWS. Tracks.
    pub fn vault_functions<'n>(self, programs: impl Iterator<Item = &'n str>) -> Vec<(String, String)> {
        let is_local = self.detail.described.with(|described| {
            described.target.as_ref().is_some_and(|target| target.scope.connection.is_vault())
        });
        let arn = self.detail.secret.with(|secret| Arn::parse(&secret.as_ref()?.summary.arn));
        let Some(arn) = arn.filter(|_| is_local) else { return Vec::new() };
        let of_lambda = format!("arn:{}:lambda:{}:{}:function:", arn.partition, arn.region, arn.account_id);
        let names = [GENERIC_PASSWORD_ROTATION].into_iter().chain(programs);
        names.map(|name| (name.to_owned(), format!("{of_lambda}{name}"))).collect()
    }

    /// Whether the name has to be typed before the value is rotated, and is not yet; tracks.
    pub fn lacks_name(self) -> bool {
        let name = self.detail.secret.with(|secret| Some(secret.as_ref()?.summary.name.clone()));
        self.detail.asks_for_name() && Some(self.typed_name.get()) != name
    }

    /// Whether the connection wants the name typed before the value is rotated; tracks.
    pub fn asks_for_name(self) -> bool {
        self.detail.asks_for_name()
    }

    fn typed_untracked(self) -> Option<String> {
        Some(self.typed_name.get_untracked()).filter(|typed| !typed.is_empty())
    }

    fn pending_untracked(self) -> Option<PendingVersion> {
        self.detail.secret.with_untracked(|secret| PendingVersion::of(secret.as_ref()?))
    }

    fn arn_untracked(self) -> Option<String> {
        self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.arn.clone()))
    }
}

/// The schedule of a secret as a draft. Days without an expression become the rate that means the same.
pub fn kept_schedule(rotation: &Rotation) -> ScheduleDraft {
    let days = rotation.automatically_after_days;
    let of_days = || days.map(|days| format!("rate({days} day{})", if days == 1 { "" } else { "s" }));
    let expression = rotation.schedule_expression.clone().or_else(of_days);
    let duration = rotation.duration.as_deref().unwrap_or_default();
    expression.map_or_else(ScheduleDraft::default, |expression| ScheduleDraft::of(&expression, duration))
}

/// The window that is open now; none while rotation is off.
pub fn open_window(
    rotation: &Rotation,
    created_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<RotationWindow> {
    let expression: ScheduleExpression = rotation.schedule_expression.as_deref()?.parse().ok()?;
    let duration: Option<WindowDuration> = rotation.duration.as_deref().map(str::parse).transpose().ok()?;
    let counted_from = rotation.last_rotated_at.or(created_at).unwrap_or(now);
    expression.windows(duration, counted_from).open_at(now).filter(|_| rotation.enabled)
}

#[cfg(test)]
mod tests;
