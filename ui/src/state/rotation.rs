//! What is done with the rotation of the open secret: set up, changed, started, turned off.

pub mod following;
pub mod key_check;

use chrono::{DateTime, Utc};
use latchkey_domain::change::Change;
use latchkey_domain::name::Arn;
use latchkey_domain::rotation::PendingVersion;
use latchkey_domain::schedule::{RotationWindow, ScheduleExpression, WindowDuration};
use latchkey_domain::secret::{Rotation, SecretDetail};
use leptos::prelude::*;

use super::change_review::{ChangeReview, Review};
use super::described::Target;
use super::detail::Detail;
use super::request::Request;
use super::schedule_draft::ScheduleDraft;
use super::toasts::Toasts;
use following::Following;
use key_check::KeyCheck;

/// The function that each local vault has.
const GENERIC_PASSWORD_ROTATION: &str = "GenericPasswordRotation";

/// The members of the request that have a field in the form.
const FIELDS: [&str; 3] = ["lambda_arn", "schedule_expression", "duration"];

/// What is reviewed before it is done to a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    RotateNow,
    /// Calls the function again for the version that has AWSPENDING.
    TryAgain,
    Cancel,
}

/// The rotation of the open secret. What is typed stays while another tab is looked at.
#[derive(Clone, Copy)]
pub struct RotationForm {
    detail: Detail,
    changes: ChangeReview,
    toasts: Toasts,
    /// The secret whose rotation is being changed.
    edited: RwSignal<Option<Target>>,
    /// That secret as its rotation was when the change was begun.
    seen: StoredValue<Option<SecretDetail>>,
    pub draft: RwSignal<ScheduleDraft>,
    /// Empty for a rotation that AWS manages.
    pub lambda_arn: RwSignal<String>,
    pub rotate_immediately: RwSignal<bool>,
    pub request: Request,
    pub following: Following,
    pub key_check: KeyCheck,
}

impl RotationForm {
    pub fn new(detail: Detail, changes: ChangeReview, toasts: Toasts) -> Self {
        Self {
            detail,
            changes,
            toasts,
            edited: RwSignal::default(),
            seen: StoredValue::default(),
            draft: RwSignal::default(),
            lambda_arn: RwSignal::default(),
            rotate_immediately: RwSignal::new(true),
            request: Request::of_form(&FIELDS),
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
        let secret = self.detail.secret.get_untracked();
        let rotation = secret.as_ref().and_then(|secret| secret.summary.rotation.clone());
        self.seen.set_value(secret);
        self.draft.set(rotation.as_ref().map(kept_schedule).unwrap_or_default());
        // What is stored is rotated when its time comes; a new rotation is tried at once, as AWS does.
        self.rotate_immediately.set(rotation.is_none());
        let lambda_arn = rotation.and_then(|rotation| rotation.lambda_arn).unwrap_or_default();
        self.key_check.begin(&lambda_arn);
        self.lambda_arn.set(lambda_arn);
        self.request.clear();
        self.edited.set(self.detail.target_untracked());
    }

    /// Leaves everything as it was.
    pub fn leave(self) {
        self.request.clear();
        self.edited.set(None);
    }

    /// Reviews what cannot be taken back before it is done.
    pub async fn ask(self, question: Question) {
        let Some(target) = self.target_untracked() else { return };
        let again_for = match question {
            Question::TryAgain => self.pending_untracked().map(|pending| pending.version_id),
            _ => None,
        };
        let change = match question {
            Question::RotateNow | Question::TryAgain => Change::RotateNow { version_id: again_for },
            Question::Cancel => Change::CancelRotation,
        };
        let on_applied = self.following_after(&target, false);
        let seen = self.detail.secret.get_untracked();
        let proposed = self.changes.propose(target, change, seen.as_ref(), Review::Always, on_applied);
        if let Err(refusal) = proposed.await {
            self.toasts.failed(&refusal);
        }
    }

    /// Stores what was typed and turns rotation on. On failure everything typed stays.
    pub async fn save(self) {
        let Some(target) = self.target_untracked() else { return };
        let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let rotate_immediately = self.rotate_immediately.get_untracked();
        let change = self.draft.with_untracked(|draft| Change::ConfigureRotation {
            lambda_arn: self.lambda_arn.with_untracked(|arn| trimmed(arn)),
            schedule_expression: draft.text().trim().to_owned(),
            duration: trimmed(draft.duration_text()),
            rotate_immediately,
            version_id: None,
        });
        self.request.clear();
        let follow = self.following_after(&target, !rotate_immediately);
        // The rotation of another secret may be edited by the time that this one is answered.
        let edited = self.edited.get_untracked();
        let is_edited = move || edited.is_some() && self.edited.get_untracked() == edited;
        let was_edited = is_edited.clone();
        let on_applied = Callback::new(move |()| {
            if was_edited() {
                self.leave();
            }
            follow.run(());
        });
        let seen = self.seen.get_value();
        let proposed = self.changes.propose(target, change, seen.as_ref(), Review::WhereDue, on_applied);
        match proposed.await {
            Err(failure) if is_edited() => self.request.fail(failure),
            Err(failure) => self.toasts.failed(&failure),
            Ok(()) => {}
        }
    }

    /// Follows what is begun now on this secret, unless another one is open by then.
    fn following_after(self, target: &Target, is_test: bool) -> Callback<()> {
        let (target, before) = (target.clone(), self.detail.secret.get_untracked());
        Callback::new(move |()| {
            if self.target_untracked().as_ref() == Some(&target) {
                self.following.begin(before.clone(), is_test);
            }
        })
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

    fn pending_untracked(self) -> Option<PendingVersion> {
        self.detail.secret.with_untracked(|secret| PendingVersion::of(secret.as_ref()?))
    }

    /// The open secret by its ARN.
    fn target_untracked(self) -> Option<Target> {
        let target = self.detail.target_untracked()?;
        let secret_id =
            self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.arn.clone()))?;
        Some(Target { secret_id, ..target })
    }
}

/// The schedule of a secret as a draft. Days without an expression become the rate that means the same.
pub fn kept_schedule(rotation: &Rotation) -> ScheduleDraft {
    let duration = rotation.duration.as_deref().unwrap_or_default();
    rotation
        .schedule()
        .map_or_else(ScheduleDraft::default, |expression| ScheduleDraft::of(&expression, duration))
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
