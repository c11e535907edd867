//! What is done with the rotation of the open secret: set up, changed, started, turned off.

use chrono::{DateTime, Utc};
use latchkey_domain::rotation::{CancelRotation, RotateSecret, SaveRotation};
use latchkey_domain::schedule::{RotationWindow, ScheduleExpression, WindowDuration};
use latchkey_domain::secret::{Rotation, SecretDetail};
use latchkey_domain::{ApiError, Command};
use leptos::prelude::*;

use super::described::{CURRENT, Target};
use super::detail::Detail;
use super::form_failure::FormFailure;
use super::schedule_draft::ScheduleDraft;
use super::toasts::Toasts;
use crate::ipc;

/// The stage of a version that a rotation is making.
const PENDING: &str = "AWSPENDING";

/// How often a rotation is looked after before it counts as one that takes its time.
const MAX_LOOKS: u32 = 100;

/// The members of the request that have a field in the form.
const FIELDS: [&str; 3] = ["lambda_arn", "schedule_expression", "duration"];

/// A question that stands over the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    RotateNow,
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
    /// Why saving failed.
    pub failure: FormFailure,
    pub question: RwSignal<Option<Question>>,
    /// Why starting or turning off failed.
    pub refusal: RwSignal<Option<ApiError>>,
    pub busy: RwSignal<bool>,
    /// How often the rotation that was started here may still be looked after.
    looks_left: RwSignal<u32>,
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
            failure: FormFailure::new(&FIELDS),
            question: RwSignal::default(),
            refusal: RwSignal::default(),
            busy: RwSignal::default(),
            looks_left: RwSignal::default(),
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
        self.lambda_arn.set(rotation.and_then(|rotation| rotation.lambda_arn).unwrap_or_default());
        self.failure.clear();
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
        });
        self.failure.clear();
        let started = request.rotate_immediately;
        match self.send(&target, request).await {
            Ok(()) => {
                self.leave();
                self.looks_left.set(if started { MAX_LOOKS } else { 0 });
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
        let answer = match question {
            Question::RotateNow => self.send(&target, RotateSecret { scope, secret_id }).await,
            Question::Cancel => self.send(&target, CancelRotation { scope, secret_id }).await,
        };
        match answer {
            Ok(()) => {
                self.question.set(None);
                self.looks_left.set(if question == Question::RotateNow { MAX_LOOKS } else { 0 });
                self.toasts.done(match question {
                    Question::RotateNow => "A rotation has begun.",
                    Question::Cancel => "Rotation is off. Its function and schedule are kept.",
                });
            }
            Err(refusal) => self.refusal.set(Some(refusal)),
        }
    }

    /// Describes the secret again while a rotation that was started here is under way. Call it every few seconds.
    pub fn follow(self) {
        if self.looks_left.get_untracked() == 0 {
            return;
        }
        let is_under_way = self
            .detail
            .secret
            .with_untracked(|secret| secret.as_ref().is_some_and(|secret| pending_version(secret).is_some()));
        if is_under_way {
            self.looks_left.update(|left| *left -= 1);
            self.detail.refresh();
        } else {
            self.looks_left.set(0);
        }
    }

    async fn send<C: Command<Output = SecretDetail>>(
        self,
        target: &Target,
        request: C,
    ) -> Result<(), ApiError> {
        self.busy.set(true);
        let answer = ipc::call(request).await;
        self.busy.set(false);
        self.detail.take_changed(target, answer?);
        Ok(())
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

/// The version that a rotation is making, or that one has left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingVersion {
    pub version_id: String,
    /// None where versions may not be listed.
    pub has_value: Option<bool>,
}

/// The version with AWSPENDING, unless it is the one that readers get: then the rotation is complete.
pub fn pending_version(detail: &SecretDetail) -> Option<PendingVersion> {
    let version =
        detail.versions.iter().find(|version| version.stages.iter().any(|stage| stage == PENDING))?;
    let is_complete = version.stages.iter().any(|stage| stage == CURRENT);
    (!is_complete)
        .then(|| PendingVersion { version_id: version.version_id.clone(), has_value: version.has_value })
}

#[cfg(test)]
mod tests;
